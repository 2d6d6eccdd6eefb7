"""Sections that a question names as the place to look: "in the overview", "according to the Market
Demand section", "what do the requirements say about …". Knows nothing of how evidence is chosen.
"""

import re
from collections.abc import Sequence

# What a heading stands between where it is meant as a place, and not as a subject: "the pay range
# in the overview", but not "the people in the overview of whom …".
_FORMS = (
    r"\b(?:in|from|under|by|according to) {the}{heading}"
    r"(?=[?.,;:!]|$| (?:and|or|vs|versus|against|as|compares?|differs?|next)\b)",
    r"\b(?:the|what|do|does) {heading} "
    r"(?:ask|call|give|list|mention|name|quote|require|say|state)(?:s|d|ed)?\b",
    r"\b{heading}(?:['’]s)? (?:section|chapter)\b",
)
_CALLED = re.compile(r"\bthe ((?:[\w&/-]+ ){1,5})(?:section|chapter)\b", re.IGNORECASE)


def sections_named(question: str, paths: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    """Those of some heading paths that lie under a heading that the question names as a place."""
    question = " ".join(question.split())
    headings = {heading for path in paths for heading in path}
    named = {heading for heading in headings if _names(question, heading)}
    if not named:  # "the trends section" for "Industry Trends"
        called = [words.lower().split() for words in _CALLED.findall(question)]
        named = {h for h in headings if any(h.lower().split()[-len(c) :] == c for c in called)}
    return {tuple(path) for path in paths if named.intersection(path)}


def _names(question: str, heading: str) -> bool:
    # A place of one word needs its article: "in education" is hardly one.
    the = "(?:the )?" if " " in heading else "the "
    words = re.escape(" ".join(heading.split()))
    return any(
        re.search(form.replace("{the}", the).replace("{heading}", words), question, re.IGNORECASE)
        for form in _FORMS
    )
