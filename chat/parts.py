"""A question in several parts, taken apart into questions that stand alone: "X and how many Y",
"the fee and the deadline for Z", "A against B", "price of A, and when is B?". Knows nothing of
documents.
"""

import re

from chat.completing import completed
from chat.leaning import content_words, refers_back

_ASKING = r"(?:what|which|who|whom|whose|when|where|why|how)\b"
# A second question without a question word turns verb and subject round: ", and can I …".
_TURNED = (
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|may|must|has|have)\s+"
    r"(?:i|you|we|it|they|he|she|there|the|an?|my|our|your|this|that|these|those|any|some|all)\b"
)
# Where a second question begins: "What is X, and how much is Y?", "What is X? When is Y?"
_NEXT_PART = re.compile(
    r"(?:\?\s+(?:and\s+|also[,\s]+)?|[;,]\s+and\s+|;\s*|\s+and\s+)(?:also\s+|then\s+)?"
    rf"(?={_ASKING})|(?:\?\s+(?:and\s+|also[,\s]+)?|[;,]\s+and\s+)(?:also\s+|then\s+)?(?={_TURNED})",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"(?:{_ASKING}|{_TURNED}|\w+ (?:is|are|do|does|did|can|will)\b)", re.IGNORECASE)
# "length of the path, and when is it shut?": a thing that is asked for. What is told ("moved last
# week, and how …") names nothing of the kind, or has a verb or somebody in it.
_ASKED_FOR = (
    r"(?:age|amount|bill|capacity|charge|code|colou?r|condition|cost|date|day|deadline|delay|deposit|"
    r"discount|distance|dues|duration|entitlement|fee|fine|forecast|height|hire|income|interval|length|"
    r"level|limit|mark|maximum|meaning|minimum|number|outcome|pay|penalty|percentage|period|position|"
    r"premium|price|purpose|qualification|range|rate|reason|requirement|risk|rule|salary|share|size|"
    r"spacing|speed|sum|temperature|term|time|total|value|wage|way|weight|width)s?|"
    r"(?:cheap|larg|bigg|small|high|low|long|short|earli|fast)est"
)
_TELLS = (
    r"(?:what|which|who|whom|whose|where|why|how|if|when|after|before|because|while|each|"
    r"i|we|you|he|she|it|they|there|my|our|this|that|these|those|"
    r"am|is|are|was|were|be|been|has|have|had|do|does|did|can|could|will|would|shall|should|may|"
    r"might|must|need|want|got|i['’]\w+|\w+n['’]t|please|hi|hello|thanks|"
    r"name|list|give|tell|show|explain|describe|compare|difference|between)\b"
)
_TOPIC = re.compile(
    rf"(?!(?:the|an?|one|good|same) )(?!.*\b{_TELLS})(?=(?:[\w'’-]+ ){{0,2}}(?:{_ASKED_FOR})\b)"
    r"(?:[\w'’-]+ ){1,7}[\w'’-]+",
    re.IGNORECASE,
)
_EACH = re.compile(r"\beach\b", re.IGNORECASE)  # asks of a list, and not for another thing
# What is told before the question: "Lost my card on holiday. What does …"
_TOLD = re.compile(r"^[^?]*[^?\s]{3}[.!]\s+(?=\w)")
# "What are the fee and the deadline for members?": two things of one, each with its article.
_TWO_THINGS = re.compile(
    r"(what|when|where|who) (?:is|are|was|were) ((?:the|my|our) [^,?]{1,60}?),? and "
    r"((?:the|my|our) [^,?]{1,60}?) ((?:of|for|in|on|at|under|with|to) [^?]+)\??",
    re.IGNORECASE,
)
_COMPARED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:and )?how (?:does|do|did) (?P<a>[^?]{1,80}?) "
        r"(?:compare (?:with|to|against)|differ from) (?P<b>[^?]+)\??",
        r"compare (?P<a>[^?]{1,80}?) (?:with|to|against) (?P<b>[^?.]+)[?.]?",
        r"(?:set|hold) (?P<a>[^?]{1,80}?) against (?P<b>[^?.]+)\.?",
        rf"(?:(?!{_TURNED})[^?]*\b(?:need|want|have) to know|"
        r"(?:please )?(?:give|show|tell) me) both "
        r"(?P<a>[^?]{3,80}?) and (?P<b>[^?.]{3,80})\.?",
        r"what(?:['’]s| is| are) the differences? (?:in (?P<of>[^?]{1,60}?) )?between "
        r"(?P<a>[^?]{1,80}?) and (?P<b>[^?]+)\??",
        r"(?P<before>(?:what|how|when|where|which)\b[^?]*\b(?:for|of|in|on|at) )"
        r"(?P<a>[^?]{2,40}?),? (?:versus|vs\.?|against) (?P<b>[^?]{2,40})\??",
        r"(?P<a>[^?]{3,60}?),? (?:versus|vs\.?) "
        r"(?P<b>(?:that|those) (?:of|for|in|at|on) [^?]{2,60})\??",
    )
)
_THAT_OF = re.compile(r"^(?:that|those|the one) (of|for|in|at|on)\b", re.IGNORECASE)
_MOST_PARTS = 3
_LEAST_PART = 4  # words; a shorter part asks nothing without the others


def parts(question: str) -> list[str]:
    """The questions that a standalone question asks, in order; one for most.

    A later part is given what was told before the first, or is completed from it where it leans
    on it.
    """
    question = question.strip()
    return _compared(question) or _two_things(question) or _one_after_another(question)


def _one_after_another(question: str) -> list[str]:
    first, *rest = _NEXT_PART.split(question, _MOST_PARTS - 1)
    joined = question[len(first) :]
    is_topic = bool(
        rest and _TOPIC.fullmatch(first) and not joined.startswith(";") and not _EACH.search(joined)
    )
    if any(len(part.split()) < _LEAST_PART for part in (rest if is_topic else (first, *rest))):
        return [question]
    told = _TOLD.match(first)
    if rest and not is_topic and not _ASKS.search(first[told.end() :] if told else first):
        return [question]  # a statement, then one question
    context = told.group() if told else ""
    whole = [first, *(_alone(part.strip(), first, context) for part in rest)]
    return [part if part.endswith("?") else f"{part.rstrip(' ,.')}?" for part in whole]


def _alone(part: str, first: str, context: str) -> str:
    if context:
        return f"{context}{_capital(part)}"
    return completed(part, first) if refers_back(part) else part


def _two_things(question: str) -> list[str]:
    found = _TWO_THINGS.fullmatch(question)
    if not found:
        return []
    asks, *things, of = found.groups()
    if any(re.search(r"\b(?:of|for|in|on|that|who)\b", thing) for thing in things):
        return []  # "the fee for members and the price of the book …": not of one thing
    return [f"{asks} {_is(thing)} {thing} {of}?" for thing in things]


def _compared(question: str) -> list[str]:
    found = next((m for pattern in _COMPARED if (m := pattern.fullmatch(question))), None)
    if not found:
        return []
    one, other = found["a"].strip(), found["b"].strip()
    named = found.groupdict()
    if (
        not content_words(one)
        or not content_words(other)
        or (refers_back(other) and not (_THAT_OF.match(other)))
    ):
        return []
    other = _THAT_OF.sub(lambda m: f"{_head(one, m.group(1))} {m.group(1)}", other)
    if named.get("before"):
        return [f"{named['before']}{thing}?" for thing in (one, other)]
    if named.get("of"):
        return [f"What is the {_bare(named['of'])} of {thing}?" for thing in (one, other)]
    return [_asked(thing) for thing in (one, other)]


def _asked(thing: str) -> str:
    """What a thing is; "what the report says of it" asks for itself."""
    return f"{_capital(thing)}?" if _ASKS.match(thing) else f"What {_is(thing)} {thing}?"


def _head(thing: str, preposition: str) -> str:
    """ "the salary of a baker" up to its preposition: what "that of" stands for."""
    return re.split(rf"\s{preposition}\b", thing, maxsplit=1, flags=re.IGNORECASE)[0]


def _is(thing: str) -> str:
    head = re.split(r"\s(?:of|for|in|on|at|with)\b", thing, maxsplit=1)[0]
    return "are" if re.search(r"[^s]s$", head) else "is"


def _bare(thing: str) -> str:
    return re.sub(r"^(?:the|an?) ", "", thing, flags=re.IGNORECASE)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
