"""A follow-up completed from the history, so that it can be searched for alone.

A gate decides whether a question leans on what came before; if so, the subject of the earlier
question is carried over. Knows nothing of documents.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str


# How a follow-up opens: "and for contractors?", "what about New York?", "why is that?"
_OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|so|thanks|right)[,.!]?\s+)?"
    r"(?:and|or|but|also|then|n|what about|how about|what if|same(?: for)?|only)\b[\s,:]*"
    r"(?:what about\b\s*|how about\b\s*)?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:it|its|they|them|their|theirs|that|those|this|these|he|she|his|her|there|"
    r"the (?:same|other|others|former|latter|first|second|third|last)(?: one)?|ones?)\b",
    re.IGNORECASE,
)
# "that" and "there" that point at nothing earlier: "skills that matter", "are there …"
_NO_REFERENCE = re.compile(
    r"\b(?:is|are|was|were) there(?: that)?\b|\bthere (?:is|are|was|were)\b|"
    r"\b(?!(?:of|for|about|with|at|after|before|in|on|to|like|than|is|was|does|did|do)\b)"
    r"\w+ that \w+|"
    r"\b(?:this|these) (?:role|job|position|guide|document|section|page)s?\b|"
    r"\bit (?:is|was) \w+ to\b|"
    r"\b(?:their|its|his|her) own\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks?(?: you)?(?: very much)?|"
    r"thx|cheers|bye|goodbye|ok(?:ay)?|great|what can you do|who are you|help)"
    r"(?:[\s,]+(?:there|all|again|so much|a lot|pincite))*\W*$",
    re.IGNORECASE,
)
_QUESTION_WORDS = re.compile(
    r"^(?:please\s+)?(?:(?:can|could|would) you (?:please )?(?:tell me|say|explain)\s+)?"
    r"(?:what(?:'s| is| are| was| were| does| do| did)?|how (?:much|many|long|often)"
    r"(?: is| are| does| do| did)?|which|who|when|where|why|how|is|are|do|does|did|can|tell me)\s+",
    re.IGNORECASE,
)
# One or more capitalised words in a row, not at the beginning of a question.
_NAME = re.compile(r" [A-Z][\w&-]*(?: [A-Z][\w&-]*)*")
# What orders the system about instead of asking the documents.
_ORDER = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass)\b.*\b(?:instruction|rule|prompt|guideline|"
    r"restriction|everything|above|previous|prior)|^(?:system|assistant|developer|admin)\s*[:>]|"
    r"\b(?:reply|respond|answer)\b.{0,12}\b(?:only|just)\b|"
    r"\b(?:say|print|output|write|repeat|reply with|respond with|only)\b.{0,12}\bthe words?\b|"
    r"\byou are (?:\w+ )?(?:now|no longer)\b|\bfrom now on\b|"
    r"\b(?:act|behave) as (?:if|an?)\b|\bpretend\b|"
    r"\bdeveloper mode\b|\b(?:system prompt|hidden (?:rules?|configuration|instructions?))\b|"
    r"\b(?:from|use|using) your own (?:knowledge|memory)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|would|will)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[.!?:;])\s+")
_CONNECTED = re.compile(r"^(?:also|and|then|now|afterwards|besides)\b[\s,:]*", re.IGNORECASE)
# Where a second question begins: "What is X, and how much is Y?", "What is X? When is Y?"
_NEXT_PART = re.compile(
    r"(?:\?\s+(?:and\s+|also[,\s]+)?|[;,]\s+and\s+|;\s*|\s+and\s+)(?:also\s+)?"
    r"(?=(?:what|which|who|when|where|why|how)\b)",
    re.IGNORECASE,
)
_MOST_PARTS = 3
_LEAST_PART = 4  # words; a shorter part asks nothing without the others
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTH = re.compile(
    r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"\$\d[\d,.]*[kKmM]?")
_PREPOSITION = re.compile(
    r"(in|at|for|with|without|from|by|on|to|under|over|during|after|before|between)\b",
    re.IGNORECASE,
)
# "Which deep learning frameworks should I know?": what is asked for ends where the verb begins.
_ASKED_THING = re.compile(
    r"((?:which|what)) ((?:[\w'’/-]+ ){1,5}?)((?:is|are|was|were|do|does|did|should|can|could|"
    r"would|will|must|has|have|had|matter|count)\b.*)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|do|does|did|have|has|had|can|could|should|would|will|must|what|"
    r"why|how|when|where|who|it|its|that|this|they|them|i|if)\b",
    re.IGNORECASE,
)
# "the year before", "the other one": they point into what was said, and name nothing themselves.
_RELATIVE = re.compile(
    r"\b(?:before|after|last|next|other|others|same|previous|following|first|second|third|rest|"
    r"ones?|else|more|most|least|\w+est)\b",
    re.IGNORECASE,
)
_DATE_WORDS = 2  # "in February" and no more: other words would be lost
_PHRASE = 6  # words that a bare follow-up may have
_SHORT = 3  # words; "for top earners?" after a question cannot stand alone


def is_small_talk(question: str) -> bool:
    """Whether a message is a greeting, thanks or "what can you do?", not a question."""
    return bool(_GREETING.match(question))


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


def parts(question: str) -> list[str]:
    """The questions that a standalone question asks, in order; one for most.

    A later part that leans on the first is completed from it.
    """
    first, *rest = _NEXT_PART.split(question, _MOST_PARTS - 1)
    if any(len(part.split()) < _LEAST_PART for part in (first, *rest)):
        return [question]
    whole = [first, *(_complete(part.strip(), first) for part in rest)]
    return [part if part.endswith("?") else f"{part.rstrip(' ,.')}?" for part in whole]


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the earlier ones where it leans on them; otherwise the
    question as it is, without white space around it."""
    standalone = ""
    for turn in history:
        if turn.role == "user" and turn.content.strip() and not is_small_talk(turn.content):
            standalone = _complete(turn.content.strip(), standalone)
    return _complete(question.strip(), standalone)


def _complete(question: str, earlier: str) -> str:
    if not earlier or not _leans(question):
        return question
    added = _OPENING.sub("", question).strip().rstrip("?!. ") or question
    if replaced := _replaced(added, earlier):
        return replaced
    subject = _QUESTION_WORDS.sub("", earlier).rstrip("?!. ")
    return f"{added[0].upper()}{added[1:]}: {subject}?"


def _replaced(added: str, earlier: str) -> str:
    """The earlier question with what a bare follow-up names in the place of its counterpart;
    empty where the follow-up says more than that, or no counterpart is found."""
    if len(added.split()) > _PHRASE or _VERB.search(added):
        return ""
    names = _NAME.findall(earlier)
    if _NAME.fullmatch(f" {added}") and len(names) == 1:
        return earlier.replace(names[0].strip(), added)
    for kind in (_YEAR, _MONTH, _MONEY):
        new, old = kind.findall(added), kind.findall(earlier)
        if len(new) == len(old) == 1 and len(added.split()) <= _DATE_WORDS:
            return earlier.replace(old[0], new[0])
    preposition = _PREPOSITION.match(added)
    if preposition:
        word = preposition.group(1).lower()
        ending = re.search(rf"\b{word}\b(?!.*\b{word}\b)[^?]*", earlier, re.IGNORECASE)
        body = earlier.rstrip("?!. ")
        return f"{earlier[: ending.start()] if ending else body + ' '}{added}?"
    asked = None if _RELATIVE.search(added) else _ASKED_THING.match(earlier)
    return f"{asked.group(1)} {added} {asked.group(3)}" if asked else ""


def _leans(question: str) -> bool:
    """Whether a question needs the one before it."""
    if _OPENING.match(question):
        return True
    if _REFERENCE.search(_NO_REFERENCE.sub(" ", question)):
        return True
    return len(re.findall(r"\w+", question)) <= _SHORT
