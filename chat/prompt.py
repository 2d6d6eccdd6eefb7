"""What the small language model is told: compose plain sentences from the evidence alone.

As published it is told in the messages of its chat template; with our adapter in a form of its own,
which it was trained on. Evidence is data: it stands between marks and is never an instruction.
Knows nothing of models.
"""

from collections.abc import Sequence

_SYSTEM = (
    "You answer a question in one to three short, plain sentences. Use only the facts given, in "
    "their own words, and keep every figure and name as it is. Do not add anything."
)


def messages(question: str, evidence: Sequence[str]) -> list[dict[str, str]]:
    """Chat messages for a question and its evidence."""
    return [
        {"role": "system", "content": _SYSTEM},
        {
            "role": "user",
            "content": f"Facts:\n{_numbered(evidence)}\n\nQuestion: {question}\nAnswer:",
        },
    ]


def adapted(question: str, evidence: Sequence[str]) -> str:
    """What comes before the answer in the adapter's form; a line break ends the answer."""
    return f"{_numbered(evidence)}\nQuestion: {question}\nAnswer:"


def shown(path: Sequence[str], text: str) -> str:
    """A unit of evidence as the composer reads it: its own heading, then its words."""
    return f"{path[-1]}: {text}" if path else text


def _numbered(evidence: Sequence[str]) -> str:
    return "\n".join(f"[{number}] {text}" for number, text in enumerate(evidence, start=1))
