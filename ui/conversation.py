"""A conversation with the service: what has been asked, and what has become of it so far.

Plain values, and the words that a reader is told when something fails. Knows no HTML and no page.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from chat.answer import Answer, Citation, Retrieved, RetrievedPassage, Sentence
from chat.errors import Busy, ChatError, NotReady
from chat.question import Turn
from chat.schema import MAX_QUESTION, MAX_TURNS
from chat.service import Service
from ingest.markdown import plain_text

_NO_DOCUMENT = (
    "No document is ticked",
    "Tick at least one of the documents that are to be asked, and ask again.",
)

Verdict = Literal["up", "down"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has become of it so far."""

    question: str
    passages: tuple[RetrievedPassage, ...] | None = None
    sentences: tuple[Sentence, ...] = ()
    answer: Answer | None = None
    failure: tuple[str, str] | None = None
    stopped: bool = False
    verdict: Verdict | None = None
    noted: bool = False  # a reader said why

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come."""
        return bool(self.answer or self.failure or self.stopped)

    @property
    def passages_read(self) -> tuple[RetrievedPassage, ...]:
        """What search brought; empty while it still searches."""
        return self.passages or ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of the sentences so far, each marker once."""
        found = {c.marker: c for sentence in self.sentences for c in sentence.citations}
        return tuple(found[marker] for marker in sorted(found))


Exchanges = tuple[Exchange, ...]


def converse(
    service: Service,
    question: str,
    earlier: Exchanges,
    documents: Sequence[str] | None = None,
) -> Iterator[Exchange]:
    """An exchange as it grows: searching, reading, sentence by sentence, then the answer.

    Whatever fails ends as an exchange that says so; nothing is raised.

    Args:
        documents: ids of those that are asked; None asks all.
    """
    exchange = Exchange(question)
    yield exchange
    if documents is not None and not documents:
        yield replace(exchange, failure=_NO_DOCUMENT)
        return
    if len(question) > MAX_QUESTION:
        yield replace(exchange, failure=("That question is too long", _too_long(question)))
        return
    try:
        with closing(service.stream(question, history_of(earlier), None, documents)) as events:
            for event in events:
                if isinstance(event, Retrieved):
                    exchange = replace(exchange, passages=event.passages)
                elif isinstance(event, Sentence):
                    exchange = replace(exchange, sentences=(*exchange.sentences, event))
                else:
                    sentences, passages = event.sentences, event.passages
                    exchange = replace(
                        exchange, answer=event, sentences=sentences, passages=passages
                    )
                yield exchange
    except Exception as error:
        yield replace(exchange, failure=_explain(error))


def history_of(exchanges: Exchanges) -> list[Turn]:
    """The turns that have an answer, oldest first, at most MAX_TURNS."""
    turns = []
    for exchange in exchanges:
        if exchange.answer:
            turns.append(Turn("user", exchange.question))
            turns.append(Turn("assistant", _spoken(exchange.answer)))
    return turns[-MAX_TURNS:]


def _spoken(answer: Answer) -> str:
    if not answer.answered:
        return answer.answer
    return " ".join(plain_text(sentence.text) for sentence in answer.sentences)


def _too_long(question: str) -> str:
    return f"It has {len(question):,} characters; shorten it to {MAX_QUESTION:,}."


def _explain(error: Exception) -> tuple[str, str]:
    """Title and advice for a reader."""
    detail = str(error)
    detail = f"{detail[:1].upper()}{detail[1:].rstrip('.')}."
    if isinstance(error, Busy):
        return "Pincite is busy", detail
    if isinstance(error, NotReady):
        return "Pincite is not ready", detail
    if isinstance(error, ChatError):
        return "That question could not be answered", detail
    _log.error("a question broke", exc_info=error)
    return (
        "Something went wrong",
        "The server's log says what. Ask again, or in other words.",
    )
