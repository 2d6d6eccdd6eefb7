"""A conversation as the browser keeps it: compact JSON, and back.

What comes back from a browser may be old, cut or forged; whatever does not fit is refused whole.
Knows nothing of the page.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chat.answer import Answer, Sentence
from ui.conversation import Exchange, Exchanges, Verdict

MAX_EXCHANGES = 60  # the latest are kept
MAX_CHARACTERS = 8_000_000  # of a conversation that is taken back; browsers keep less
_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Stored:
    """An exchange that is over: its answer, or the sentences that there were before it stopped."""

    question: str
    answer: Answer | None = None
    sentences: tuple[Sentence, ...] = ()
    stopped: bool = False
    verdict: Verdict | None = None
    noted: bool = False


@dataclass(frozen=True, slots=True)
class _Conversation:
    version: int
    exchanges: tuple[_Stored, ...]


_ADAPTER = TypeAdapter(_Conversation)


def pack(exchanges: Exchanges) -> dict[str, Any]:
    """A conversation as plain JSON values, without what failed and without the passages' texts.

    An answer that is being written is kept as one that was stopped here.
    """
    kept = [_packed(exchange) for exchange in exchanges if not exchange.failure]
    conversation = _Conversation(_VERSION, tuple(kept[-MAX_EXCHANGES:]))
    packed: dict[str, Any] = _ADAPTER.dump_python(conversation, mode="json")
    return packed


def unpack(stored: Any) -> Exchanges:
    """The conversation that a browser kept.

    Raises:
        ValueError: it is none, too large, or of another version.
    """
    if len(json.dumps(stored)) > MAX_CHARACTERS:
        raise ValueError("it is too large")
    try:
        conversation = _ADAPTER.validate_python(stored)
    except ValidationError as error:
        raise ValueError("what the browser kept is no conversation") from error
    if conversation.version != _VERSION:
        raise ValueError(f"it is of version {conversation.version}")
    return tuple(_unpacked(stored) for stored in conversation.exchanges[-MAX_EXCHANGES:])


def _packed(exchange: Exchange) -> _Stored:
    answer = exchange.answer
    if answer:
        passages = tuple(replace(passage, text="") for passage in answer.passages)
        # They stand in the sentences already.
        answer = replace(answer, passages=passages, citations=())
    return _Stored(
        exchange.question,
        answer,
        () if answer else exchange.sentences,
        answer is None,
        exchange.verdict,
        exchange.noted,
    )


def _unpacked(stored: _Stored) -> Exchange:
    sentences = stored.answer.sentences if stored.answer else stored.sentences
    exchange = Exchange(stored.question, sentences=sentences)
    answer = stored.answer and replace(stored.answer, citations=exchange.citations)
    return replace(
        exchange,
        answer=answer,
        passages=answer.passages if answer else (),
        stopped=stored.stopped or answer is None,
        verdict=stored.verdict,
        noted=stored.noted,
    )
