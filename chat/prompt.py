"""What a small instruction-tuned model is told: compose plain sentences from the evidence alone.

Knows nothing of models; a chat template turns these messages into tokens.
"""

from collections.abc import Sequence

_SYSTEM = (
    "You answer a question in one to three short, plain sentences. Use only the facts given, in "
    "their own words, and keep every figure and name as it is. Do not add anything."
)


def messages(question: str, evidence: Sequence[str]) -> list[dict[str, str]]:
    """Chat messages for a question and its evidence.

    Evidence is data: it stands between marks and is never an instruction.
    """
    facts = "\n".join(f"[{number}] {text}" for number, text in enumerate(evidence, start=1))
    return [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": f"Facts:\n{facts}\n\nQuestion: {question}\nAnswer:"},
    ]
