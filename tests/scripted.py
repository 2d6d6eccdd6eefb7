"""Answers written by hand, and a chatbot that plays them in place of a real one."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from chat.answer import (
    Answer,
    Citation,
    Event,
    ModelNames,
    Reason,
    RetrievedPassage,
    Sentence,
    Timings,
    join_sentences,
)
from chat.chatbot import Chatbot
from chat.evidence import Selection
from chat.question import Turn
from chat.service import Service
from ingest.document import Document, build_document
from ingest.markdown import parse_markdown
from retrieval.bm25 import Bm25Index
from retrieval.dense import DenseIndex
from retrieval.index import Index

Script = Callable[[str], Iterator[Event]]


def passage(text: str, start: int = 100, section: tuple[str, ...] = ("Pay",)) -> RetrievedPassage:
    """A passage that begins at `start` in its document."""
    end = start + len(text)
    return RetrievedPassage(f"doc#{start}", "doc", section, "pay", text, start, end, 0.9, 1)


def cite(
    source: RetrievedPassage, quote: str, marker: int, title: str = "Guide", page: int | None = None
) -> Citation:
    """A citation of words of a passage."""
    start = source.start + source.text.index(quote)
    return Citation(
        marker=marker,
        passage_id=source.passage_id,
        document_id=source.document_id,
        title=title,
        section=source.section,
        anchor=source.anchor,
        quote=quote,
        start=start,
        end=start + len(quote),
        score=0.9,
        page=page,
    )


def said(text: str, *citations: Citation, item: bool = False, quoted: bool = True) -> Sentence:
    """A verified sentence."""
    return Sentence(text, citations, quoted, item)


def answer_of(
    question: str, sentences: tuple[Sentence, ...], passages: tuple[RetrievedPassage, ...]
) -> Answer:
    """An answer that holds some sentences."""
    found = {c.marker: c for sentence in sentences for c in sentence.citations}
    return Answer(
        id="a1",
        question=question,
        standalone_question=question,
        answer=join_sentences(sentences),
        answered=True,
        reason=None,
        confidence=0.9,
        sentences=sentences,
        citations=tuple(found[marker] for marker in sorted(found)),
        passages=passages,
        model=ModelNames("fake", None, "fake"),
        timings_ms=Timings(),
    )


def refusal_of(
    question: str,
    text: str,
    passages: tuple[RetrievedPassage, ...],
    reason: Reason = "not_in_documents",
) -> Answer:
    """A refusal."""
    answer = answer_of(question, (), passages)
    return replace(answer, answer=text, answered=False, reason=reason, confidence=0.1)


def document(text: str, doc_id: str = "doc", title: str = "Guide") -> Document:
    """A document of Markdown."""
    return build_document(doc_id, title, text, parse_markdown(text))


class ScriptedChatbot:
    """Plays the events of a script and remembers what it was asked."""

    def __init__(self, script: Script, *documents: Document) -> None:
        self.documents = {document.id: document for document in documents}
        self.index = Index(self.documents, (), cast(DenseIndex, None), cast(Bm25Index, None), {})
        self.asked: list[tuple[str, list[Turn]]] = []
        self.of: list[Sequence[str] | None] = []  # the documents that were asked
        self.closed = threading.Event()
        self._script = script

    def wait_asked(self, count: int, seconds: float = 60) -> bool:
        """Whether so many questions have been asked, soon."""
        deadline = time.monotonic() + seconds
        while len(self.asked) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(self.asked) >= count

    def weigh(self, question: str) -> Selection:
        """Nothing is sure enough to be suggested."""
        return Selection((), 0.0, False)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        documents: Sequence[str] | None = None,
    ) -> Iterator[Event]:
        self.asked.append((question, list(history)))
        self.of.append(documents)
        try:
            yield from self._script(question)
        finally:
            self.closed.set()


def service_of(chatbot: ScriptedChatbot, max_waiting: int = 8) -> Service:
    return Service(lambda: cast(Chatbot, chatbot), max_waiting)
