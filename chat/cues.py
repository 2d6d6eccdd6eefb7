"""What the words of a question and of a unit say about each other: cues for `refusal`.

Pure functions of texts; knows nothing of models or hits.
"""

import re
from collections.abc import Sequence

from retrieval.bm25 import tokenize

FUNCTION_WORDS = frozenset(
    "what which who whom whose when where why how is are was were do does did the a an of for in "
    "on to and or i you me my we it this that be been have has had can could should would will at "
    "by with from as about there their they please tell much many any if so not no s".split()
)

_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w-]+")
_POINTING = re.compile(
    r"\b(?:(?:for|of|in|to|about|on|according to|by) )?(?:this|these) (?:same )?"
    r"(?:role|job|position|guide|document|text|page|file)s?\b",
    re.IGNORECASE,
)
_ASKS_SHARE = re.compile(r"\b(?:percent(?:age)?|per cent|proportion)\b", re.IGNORECASE)
_ASKS_NUMBER = re.compile(r"\bhow (?:much|many|long|old|big|large|often|fast)\b", re.IGNORECASE)
_SHARE = re.compile(r"%|\bper ?cent|\bhalf|\bthird|\bquarter|majority", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|"
    r"thousand|once|twice|half|none|no|never|always|every)\b",
    re.IGNORECASE,
)


def names_missing(question: str, text: str) -> float:
    """1 if the question has a name that a lower-case text does not hold, else 0."""
    return float(any(name.lower() not in text for name in _NAME.findall(question)))


def figures_missing(question: str, text: str) -> float:
    """1 if the question has a figure that a text does not hold, else 0."""
    return float(any(figure not in text for figure in _FIGURE.findall(question)))


def said_in(question: str) -> str:
    """The words of a question that say what is looked for: without those that only make it a
    question, and without "for this role" and the like, which point at what is being read; the
    question as it is where nothing else would be left."""
    words = _POINTING.sub(" ", question).split()
    kept = [word for word in words if word.strip("?!.,;:").lower() not in FUNCTION_WORDS]
    return " ".join(kept) or question


def names_heading(asked: set[str], path: Sequence[str]) -> float:
    """How many stems the longest heading has that a question names whole, at most 3, of 3; a
    heading of one word may only happen to be in it, and counts for nothing."""
    headings = [set(stems) for stems in tokenize(list(path))]
    named = max((len(stems) for stems in headings if stems and stems <= asked), default=0)
    return min(3, named) / 3 if named > 1 else 0.0


def lacks_kind(question: str, text: str) -> float:
    """1 if a question asks for a share or a number and the text holds none, else 0."""
    if _ASKS_SHARE.search(question):
        return float(not _SHARE.search(text))
    return float(bool(_ASKS_NUMBER.search(question)) and not _NUMBER.search(text))
