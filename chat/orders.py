"""Sentences that order the system about, and a message without them. Knows nothing of answers:
what a document orders is quoted like any other text, and never obeyed."""

import re

_ORDER = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass)\b.*\b(?:instruction|rule|prompt|guideline|"
    r"restriction|everything|above|previous|prior|document|source)|"
    r"^(?:system|assistant|developer|admin)\s*[:>]|"
    r"\b(?:reply|respond|answer)\b.{0,12}\b(?:only|just)\b|"
    r"\b(?:say|print|output|write|repeat|reply with|respond with|only)\b.{0,12}\bthe words?\b|"
    r"\byou are (?:\w+ )?(?:now|no longer)\b|\bfrom now on\b|"
    r"\b(?:act|behave) as (?:if|an?)\b|\bpretend\b|"
    r"\bdeveloper mode\b|\b(?:system prompt|hidden (?:rules?|configuration|instructions?))\b|"
    r"\b(?:do not|don't|without) (?:cite|citing|citations?|sources?)\b|"
    r"\b(?:from|use|using) your own (?:knowledge|memory)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do(?!n't| not)|does|did|"
    r"can|could|should|would|will)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[.!?:;])\s+")
_CONNECTED = re.compile(r"^(?:also|and|then|now|afterwards|besides)\b[\s,:]*", re.IGNORECASE)


def without_orders(message: str) -> str:
    """A message without the sentences that order the system about ("ignore your rules and …");
    empty if it asks nothing else.

    A sentence that asks is kept whatever its words, so that documents about prompts can be asked.
    """
    clauses = _CLAUSE.split(message.strip())
    kept = [clause for clause in clauses if _ASKS.match(clause) or not _ORDER.search(clause)]
    if len(kept) == len(clauses):
        return message.strip()
    kept = [rest for clause in kept if (rest := _CONNECTED.sub("", clause))]
    return " ".join(kept)
