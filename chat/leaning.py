"""Whether a question leans on what was said before it, by its words alone."""

import re

# How a follow-up opens: "and for contractors?", "what about New York?", "same on Sunday?"
OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|so|thanks|right|yes|no|oh|hm+|great|cool)\b[,.!]*\s+)*"
    r"(?:and|or|but|also|then|n|what about|how about|what(?= if\b)|even|"
    r"same(?: (?:for|with|goes for))?"
    r"|only if|&)(?:\s+(?:also|then))?(?:$|[\s,:?]+)"
    r"(?:(?:what|how) about\b\s*|the same for\s+)?",
    re.IGNORECASE,
)
# Always pointing back: "that one", "the other one", "of those", "how much is that?"
_POINTER = re.compile(
    r"\b(?:this|that|these|those) (?:ones?|year|amount|figure|number|case|list)\b|"
    r"\bthe (?:other|first|second|third|fourth|fifth|last|next|same|smaller|larger|bigger|\w+est) "
    r"ones?\b|\bthe (?:former|latter|others|same)\b(?! \w)|\bthe other \w+\b|"
    r"\b(?:of|than|after|before|like|about|from|besides|without|why|past) "
    r"(?:that|those|these|this)\b(?=\s*(?:$|[?.!,]|then|too|instead|again|at))|"
    r"\b(?:is|are|was|were|does|do|did|can|could|will|would|should|has|have|about|switch|turn) "
    r"(?:that|those|these|this)\b(?=\s*(?:$|[?.!,]|(?:not|also|still|be|been|have|get|go|mean|"
    r"include|apply|cost|work|happen|depend|help|count|cover|change|take|compare|true|base|"
    r"too|off|on|up|again|enough|normal|all|per|a|an|in|for)\b))|"
    r"\b(?:the|that) (?:year|month|week|day) (?:before|after)\b|"
    r"\b(?:is|are|was|were) there (?:one|any|some)\b(?=\s*(?:$|[?]|(?:at|in|on|for|with)\b))|"
    r"^(?:and )?(?:then )?(?:what|how often|where|when|who) (?:comes |is |was )?"
    r"(?:next|after(?:wards)?|then)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|it's|they|them|he|she|him|hers|theirs|its|their|his|her)\b", re.IGNORECASE
)
_OWNING = {"its", "their", "his", "her"}
# "it" that stands for nothing: "how much does it cost to retake …", "is it true that …"
_EMPTY_IT = re.compile(
    r"\bit (?:\w+ )?(?:cost|take|mean|count|matter|true|possible|allowed|worth|normal|common|"
    r"necessary|important|ok|okay|legal|hard|easy|better|best)s?\b(?: (?:\w+ ){0,3}?(?:to|if|when|"
    r"for|that|before|until|\w+ing)\b)|\b(?:make|leave|put) it\b(?= to\b)|"
    r"\b(?:their|its|his|her) own\b|"
    r"\bit (?:is|was) \w+ (?:to|that)\b|\bif it'?s? (?:raining|pouring|snowing|cold|hot)\b|"
    r"\btheir (?=\w+ing\b)",
    re.IGNORECASE,
)
# Where a clause ends, so that a pronoun in the next may stand for something in this one.
_BOUNDARY = re.compile(
    r"[.,;:?!–-]\s|\b(?:and|but|or|if|when|while|before|after|since|as|who|that|which|because|so|"
    r"though|until|once|whose|where|what|how|than|for|on|in|to|with|from)\b",
    re.IGNORECASE,
)
FUNCTION = frozenset(
    "a an the this that these those some any no each every all both one ones other another such "
    "i me my we us our you your he him his she her it its they them their "
    "what which who whom whose when where why how much many long often far soon big large "
    "is are was were be been being am do does did have has had having can could may might must "
    "shall should will would get gets got give gives go goes need needs take takes make makes "
    "say says said mean means use happen happens come comes know tell "
    "of in on at by for from to with without about as into over under up down out off than between "
    "during through per and or but if so then too also only just even still again yet not else "
    "there here more most less least really exactly instead anyway ever well now ok okay please "
    "whats what's wheres hows whos it's that's i'm im id i'd ive i've dont don't "
    "like same thing things anything something".split()
)
_WORD = re.compile(r"[\w'’&+-]+")
_DEFINES = re.compile(
    r"^(?:what(?:'s| is| are| was| were)|who(?:'s| is| are| was| were)|where(?:'s| is| are)|"
    r"define|explain|describe|tell me about|list)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|would|will|has|have|had)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(
    r"^(?:i'?m|i am|i have|i've|we're|we are|we have|we've)\b", re.IGNORECASE
)
_PREPOSITION = re.compile(
    r"^(?:in|at|for|with|without|from|by|on|to|under|over|during|after|before|between|since|until|"
    r"past)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^(?:if|unless|once|when(?! (?:is|are|was|were|do|does|did|can|will|must|"
    r"should|have|has|would|could)\b))\b",
    re.IGNORECASE,
)
_ANTECEDENT = 2  # words that an earlier sentence needs for "that" to stand for it
_FRAGMENT = 2  # words; "test ones?" cannot stand alone, "vault tour price?" can
_SHORT = 6  # words of a fragment that opens with a preposition, or of "I'm already a member"


def leans(question: str) -> bool:
    """Whether a question needs what was said before it."""
    question = question.strip().replace("’", "'")
    if OPENING.match(question) or refers_back(question):
        return True
    words = _WORD.findall(question)
    content = content_words(question)
    asks = bool(_ASKING.search(question))
    if len(words) <= _FRAGMENT and not asks:
        return True
    if len(content) == 1 and asks and not _DEFINES.match(question):
        return True  # "how much had been planned?"
    if _CONDITION.match(question):
        return (
            not re.search(r"[,?]\s*\w+", question)
            and "?" not in question[:-1]
            and not (
                re.search(
                    r"\b(?:what|which|who|where|why|how|do i|can i|is there|will)\b", question
                )
            )
        )
    if len(words) <= _SHORT:
        if _PREPOSITION.match(question) and not re.search(
            r"\b(?:is|are|was|were|do|does|did|can|could|should|will|may|must)\b", question
        ):
            return True
        return bool(_FIRST_PERSON.match(question)) and "?" not in question
    return False


def refers_back(question: str) -> bool:
    """Whether a word of a question stands for something that was said before it, or it names
    nothing at all."""
    question = question.strip().replace("’", "'")
    return _points_back(question) or _dangling_pronoun(question) or not content_words(question)


def content_words(text: str) -> list[str]:
    """The words of a text that name something or say what happens to it."""
    words = (word.lower().replace("’", "'") for word in _WORD.findall(text))
    return [word for word in words if (word not in FUNCTION and len(word) > 1) or word.isdigit()]


def _points_back(question: str) -> bool:
    """Whether "that one" or "of those" finds nothing in an earlier sentence of the question."""
    found = _POINTER.search(question)
    if not found:
        return False
    said = re.match(r".*[.,;:!?-]\s", question[: found.start()])
    return not said or len(content_words(said.group())) < _ANTECEDENT


def _dangling_pronoun(question: str) -> bool:
    """Whether a pronoun stands for nothing within the question itself."""
    for found in _PRONOUN.finditer(_EMPTY_IT.sub(lambda m: "-" * len(m.group()), question)):
        before = question[: found.start()]
        if found.group().lower() in _OWNING:
            if not content_words(before):
                return True
            continue
        ends = [match.start() for match in _BOUNDARY.finditer(before)]
        if not any(content_words(before[:end]) for end in ends):
            return True
    return False
