"""The halves of a question that may ask for two things in one breath: "length of the path, and when
is the museum shut". Whether it does is told by what answers each half (see `beside`); `parts` takes
apart only what surely is two questions. Knows nothing of documents.
"""

import re

from chat.leaning import content_words

_ASKING = r"(?:what|which|who|whom|whose|when|where|why|how)(?:['’]?s)?\b"
_TURNED = (
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|may|must|has|have|had)\s+"
    r"(?:i|you|we|it|they|he|she|there|the|any|some|all|my|our|your)\b"
)
# Where a question may fall apart, the likeliest first.
_JOINTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[.?]\s+(?:and|also)\s+|;\s+(?:and\s+)?",
        r",\s+(?:and|plus|also|then)\s+(?:also\s+)?",
        rf"\s+(?:and|plus)\s+(?={_ASKING}|{_TURNED})",
        r"\s+(?:and|plus|&)\s+",
        r",\s+",
    )
)
_COMMA = _JOINTS[-1]
_FRAME = re.compile(r"([^:?]+):\s+(.+)")
# "If I want beaches and reef, …": the first half tells, and only the second asks.
_TELLS = re.compile(
    r"(?:i|i['’]?m|i['’]?ve|i['’]?d|we|we['’]?re|we['’]?ve|if|since|as|given|because|after|before|"
    r"once|while|unless|suppose)\b",
    re.IGNORECASE,
)
_HALF_MORE = re.compile(r"an? (?:half|quarter|third)\b", re.IGNORECASE)  # "two and a half"
_QUESTION = re.compile(rf"{_ASKING}|{_TURNED}", re.IGNORECASE)
_BOTH = re.compile(r"\bboth\s", re.IGNORECASE)
# "fee and deadline for the course": what stands behind the second is of the first, too.
_OF = re.compile(r"\s((?:of|for|in|on|at|under|with|to|during)\s.+)$", re.IGNORECASE)
_SHORT = 2  # words of a thing that is named alone


def halves(question: str) -> tuple[str, ...]:
    """The two halves of a standalone question, each as a question of its own; none for most."""
    body = question.strip().rstrip("?!. ")
    framed = _FRAME.fullmatch(body)
    if not framed:
        found = _halved(body)
        return tuple(f"{half}?" for half in _with_its_end(*found)) if found else ()
    frame, rest = framed.groups()
    if found := _halved(rest):
        return tuple(f"{frame}: {half}?" for half in found)
    if found := _halved(frame):
        return tuple(f"{half}: {rest}?" for half in found)
    return ()


def _halved(text: str) -> tuple[str, str] | None:
    """What stands before and behind the first joint of the likeliest kind."""
    if _TELLS.match(text):
        return None
    for joint in _JOINTS:
        for found in joint.finditer(text):
            first, second = text[: found.start()].strip(" ,"), text[found.end() :].strip(" ,")
            if _are_halves(first, second, asked=joint is _COMMA):
                return _BOTH.sub("", first), second
    return None


def _are_halves(first: str, second: str, asked: bool) -> bool:
    """Whether both name something; if they must be `asked`, whether both begin as questions do."""
    if not content_words(first) or not content_words(second) or _HALF_MORE.match(second):
        return False
    return not asked or bool(_QUESTION.match(first) and _QUESTION.match(second))


def _with_its_end(first: str, second: str) -> tuple[str, str]:
    """The first with what ends the second, where it is a thing that is named alone."""
    of = _OF.search(second)
    alone = len(first.split()) <= _SHORT and not _OF.search(first)
    return (f"{first} {of.group(1)}" if of and alone else first), second
