"""A message as a question that can be searched for alone: nothing else is asked of a history.

A gate (`leaning`) decides whether a question leans on what came before; if so, `completing` makes
it stand alone. Knows nothing of documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chat.completing import completed
from chat.leaning import leans
from chat.orders import without_orders
from chat.parts import parts
from chat.small_talk import is_small_talk, small_talk_reply

__all__ = [
    "Turn",
    "is_small_talk",
    "parts",
    "small_talk_reply",
    "standalone_question",
    "without_orders",
]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leans on from the conversation; otherwise, and where it changes
    the topic, the question as it is, without white space around it.

    Orders and small talk of earlier turns add nothing.
    """
    earlier, answer = "", ""
    for turn in history:
        if turn.role == "assistant":
            answer = turn.content
            continue
        asked = without_orders(turn.content)
        if asked and not is_small_talk(asked):
            earlier, answer = _complete(asked, earlier, answer), ""
    return _complete(question.strip(), earlier, answer)


def _complete(question: str, earlier: str, answer: str) -> str:
    return completed(question, earlier, answer) if earlier and leans(question) else question
