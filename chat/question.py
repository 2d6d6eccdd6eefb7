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
    r"(?:and|or|but|also|then|what about|how about|what if|same for|only)\b[\s,:]*",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:it|its|they|them|their|theirs|that|those|this|these|he|she|his|her|there|"
    r"the (?:same|other|others|former|latter|first|second|third|last)(?: one)?|ones?)\b",
    re.IGNORECASE,
)
# "that" and "there" that point at nothing earlier: "skills that matter", "are there …"
_NO_REFERENCE = re.compile(
    r"\b(?:is|are|was|were) there(?: that)?\b|\bthere (?:is|are|was|were)\b|\b\w+s? that \w+|"
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
_SHORT = 3  # words; "for top earners?" after a question cannot stand alone


def is_small_talk(question: str) -> bool:
    """Whether a message is a greeting, thanks or "what can you do?", not a question."""
    return bool(_GREETING.match(question))


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
    added = _OPENING.sub("", question).rstrip("?!. ") or question
    replaced = _name_replaced(added, earlier)
    if replaced:
        return replaced
    subject = _QUESTION_WORDS.sub("", earlier).rstrip("?!. ")
    return f"{added[0].upper()}{added[1:]}: {subject}?"


def _name_replaced(added: str, earlier: str) -> str:
    """The earlier question about another name ("what about LinkedIn?" after one on Indeed);
    empty unless both have exactly one name and the follow-up is nothing else."""
    names = _NAME.findall(earlier)
    if _NAME.fullmatch(f" {added}") is None or len(names) != 1:
        return ""
    return earlier.replace(names[0].strip(), added)


def _leans(question: str) -> bool:
    """Whether a question needs the one before it."""
    if _OPENING.match(question):
        return True
    if _REFERENCE.search(_NO_REFERENCE.sub(" ", question)):
        return True
    return len(re.findall(r"\w+", question)) <= _SHORT
