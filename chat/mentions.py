"""What a conversation has named that a follow-up may point at: the list that was shown, the thing
that was asked about. Knows nothing of how questions are completed.
"""

import re

from chat.answer import UNSAID

_MARKER = re.compile(r"\s*\[\d+\]|\*\*|__")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(.*)", re.MULTILINE)
_LABEL = re.compile(r"^([^:.]{2,60}):\s+\S")
# "A, B and C", "A and B": each short, without a sentence end in it.
_ITEM = r"[^,;:.?!]{1,60}?"
_INLINE = re.compile(
    rf"({_ITEM}(?:[,;] {_ITEM})+,? (?:and|or) {_ITEM}|{_ITEM} and {_ITEM})"
    r"(?=[.?!]|, (?:which|with|and)|$)"
)
_BEFORE_ITEMS = re.compile(
    r"^.*\b(?:are|is|were|include|includes|including|namely|as|with|need|needs|like|has|have|from|"
    r"path starts with|starts with)\s+(?:both\s+)?|^(?:yes|no),?\s+|^(?:first|then|last|lastly|"
    r"finally|and|ends with|among them)\s+",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4}
ORDINAL = re.compile(
    r"\b(?:the\s+)(first|second|third|fourth|fifth|last|former|latter|other)"
    r"(?:\s+ones?|\s+of\s+(?:them|those|these)|(?=\s*[?.!,]*$))",
    re.IGNORECASE,
)
# Verbs in the form that follows "do", "does" and "did", and "can" and its kind.
_VERBS = (
    "accept|add|advise|aim|allow|announce|answer|apply|appear|arrive|ask|attend|award|become|begin|"
    "belong|buy|call|carry|carry out|change|charge|close|collect|come|consist|contain|contribute|"
    "cost|count|cover|deliver|depend|design|differ|drop|earn|eat|employ|end|expect|fall|fill|find|"
    "finish|forecast|gain|get|give|go|grow|guarantee|happen|have|help|hire|hold|hatch|include|"
    "increase|involve|keep|know|last|lead|leave|let|live|lose|make|manage|matter|mean|measure|meet|"
    "mention|move|need|offer|open|order|own|pay|perform|plan|play|prefer|produce|promise|provide|"
    "publish|put|rank|reach|receive|recommend|reduce|refund|rent|replace|report|require|return|"
    "rise|run|say|see|sell|send|serve|show|spend|stand|start|stay|stop|suggest|support|take|tell|"
    "treat|try|turn|use|visit|wait|want|weigh|win|work|write"
)
# "the first reply from [support]" is a noun there, not a verb.
_NOT_AFTER = "".join(rf"(?<!\b{word})" for word in ("from", "of", "for", "in", "on", "to", "with"))
_PARTICIPLE = (
    r"(?:\w{3,}ed|built|held|kept|paid|made|sold|run|given|put|set|said|open|closed|taken|written|"
    r"drawn|found|free|covered|meant|sent|spent|bought|born|located|valid|available|allowed)"
)
# What is asked about, before its verb: "does [a baker] earn", "are [personal files] kept".
_SUBJECTS = (
    re.compile(
        r"\b(?:do|does|did|can|could|should|must|will|would|may)\s+"
        rf"([\w'’&, -]{{1,50}}?){_NOT_AFTER}\s+(?=(?:{_VERBS})\b)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:is|are|was|were|has|have)\s+([\w'’& -]{{2,50}}?)\s+(?={_PARTICIPLE}\b)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:how \w+|what|which|when|where|who)(?:\s+(?:is|are|was|were)|['’]s)\s+"
        r"((?:the|an?|my|our)\s+[\w'’&-]+(?:\s+(?!(?:of|for|in|on|at|with|to|by|from|about|under|per)"
        r"\b)[\w'’&-]+){0,4})(?=[?.!\s]*$|\s+(?:of|for|in|on|at|with|to|by|from|about|under|per)\b)",
        re.IGNORECASE,
    ),
)
_NO_SUBJECT = {"i", "you", "we", "it", "they", "he", "she", "there", "one", "a", "the", "people"}
_THING = re.compile(
    r"^(?:what|which|who)\b(?!.*\b(?:how|and)\b).*\b(?:is|are|was|were)\b|^who\b", re.I
)
_NAMED = re.compile(r"^(?:it (?:is|was)|that (?:is|was)|they are)\s+", re.IGNORECASE)
_BARE = 8  # words; a longer answer says more than a name


def plain(text: str) -> str:
    """A message without citation markers and bold type, and without what it says is not said."""
    return _MARKER.sub("", text.partition(f"\n\n{UNSAID}")[0]).strip()


def items(text: str) -> list[str]:
    """The things that a message lists, in order: labels of its bullets, or the members of a list
    within a sentence; empty if it lists nothing."""
    text = plain(text)
    bullets = [row.strip() for row in _BULLET.findall(text)]
    if len(bullets) > 1:
        return [_label(row) for row in bullets]
    found = _INLINE.search(text)
    if not found:
        return []
    members = re.split(r"[,;] (?:and |or |then )*|,? (?:and|or) ", found.group())
    return [name for member in members if (name := _bare(member))]


def pointed_at(question: str, earlier: str, answer: str) -> tuple[str, str] | None:
    """What an ordinal of a question points at: the words that point, and the thing in the last
    answer's list, or the earlier question's; None if nothing does."""
    found = ORDINAL.search(question)
    if not found:
        return None
    which = found.group(1).lower()
    for text in (answer, earlier):
        listed = items(text)
        if which == "other":
            listed = (
                [x for x in listed if x.lower() not in earlier.lower()] if text == answer else []
            )
            if len(listed) == 1:
                return found.group(), listed[0]
        elif listed:
            place = _ORDINALS.get(which, len(listed) - 1)
            return (found.group(), listed[place]) if place < len(listed) else None
    return None


def subject(question: str) -> tuple[int, int] | None:
    """Where a question names what it asks about, as start and end; None where it cannot be told."""
    for pattern in _SUBJECTS:
        found = pattern.search(question)
        if found and found.group(1).lower() not in _NO_SUBJECT:
            return found.span(1)
    return None


def answered_with(earlier: str, answer: str) -> str:
    """The thing that a bare answer names ("What was the largest gift?" "The Halloran bequest.");
    empty if it says more than a name."""
    text = _NAMED.sub("", plain(answer)).rstrip(". ")
    if not _THING.search(earlier) or len(text.split()) > _BARE or re.search(r"[,;:.]", text):
        return ""
    if not re.search(r"[A-Z]", text[1:]) or re.search(r"\d", text.split()[0]):
        return ""
    return re.sub(r"^(The|A|An)\b", lambda m: m.group().lower(), text)


def _label(row: str) -> str:
    label = _LABEL.match(row)
    return label.group(1) if label else row.rstrip(". ")


def _bare(member: str) -> str:
    member, before = member.strip(), ""
    while member != before:
        before = member
        member = _BEFORE_ITEMS.sub("", member).strip()
    return member
