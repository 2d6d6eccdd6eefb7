"""A question in several parts, taken apart into questions that stand alone."""

import re

from chat.completing import completed
from chat.leaning import refers_back

# Where a second question begins: "What is X, and how much is Y?", "What is X? When is Y?"
_NEXT_PART = re.compile(
    r"(?:\?\s+(?:and\s+|also[,\s]+)?|[;,]\s+and\s+|;\s*|\s+and\s+)(?:also\s+)?"
    r"(?=(?:what|which|who|when|where|why|how)\b)",
    re.IGNORECASE,
)
_MOST_PARTS = 3
_LEAST_PART = 4  # words; a shorter part asks nothing without the others


def parts(question: str) -> list[str]:
    """The questions that a standalone question asks, in order; one for most.

    A later part that leans on the first is completed from it.
    """
    first, *rest = _NEXT_PART.split(question, _MOST_PARTS - 1)
    if any(len(part.split()) < _LEAST_PART for part in (first, *rest)):
        return [question]
    whole = [first, *(_completed(part.strip(), first) for part in rest)]
    return [part if part.endswith("?") else f"{part.rstrip(' ,.')}?" for part in whole]


def _completed(part: str, first: str) -> str:
    return completed(part, first) if refers_back(part) else part
