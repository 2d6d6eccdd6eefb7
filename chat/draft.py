"""An answer in the making: what is known so far, its sentences, and the time that each step took.

Knows nothing of how evidence is found or verified.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from chat.answer import (
    Answer,
    Citation,
    ModelNames,
    Reason,
    Replacement,
    RetrievedPassage,
    Sentence,
    Timings,
    Trace,
    TracedHit,
    TracedUnit,
)
from chat.evidence import Evidence
from chat.verify import Verified
from ingest.document import Document

_T = TypeVar("_T")


@dataclass
class Draft:
    """An answer in the making: what is known so far, and the time spent in each step."""

    question: str
    model: ModelNames
    standalone: str = ""
    confidence: float = 0.0
    passages: tuple[RetrievedPassage, ...] = ()
    hits: tuple[TracedHit, ...] = ()
    units: tuple[TracedUnit, ...] = ()
    sentences: list[Sentence] = field(default_factory=list)
    unanswered: tuple[str, ...] = ()
    cited: dict[tuple[str, int], Citation] = field(default_factory=dict)
    replaced: list[Replacement] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    began: float = field(default_factory=time.perf_counter)
    mark: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        """Count the time since the last lap for a step."""
        now = time.perf_counter()
        self.spent[step] = self.spent.get(step, 0.0) + 1000 * (now - self.mark)
        self.mark = now

    def timed(self, step: str, values: Iterator[_T]) -> Iterator[_T]:
        """Count the time until each value for a step, without what an inner step counted."""
        while True:
            self.mark = time.perf_counter()
            try:
                value = next(values)
            except StopIteration:
                self.lap(step)
                return
            self.lap(step)
            yield value

    def add(self, verified: Verified, whole_list: bool, documents: dict[str, Document]) -> Sentence:
        """Give a verified sentence its markers: a unit that is cited already keeps its own."""
        for evidence in verified.evidence:
            if evidence.place not in self.cited:
                number = 1 + len(self.cited)
                self.cited[evidence.place] = _citation(number, evidence, documents)
        citations = tuple(self.cited[evidence.place] for evidence in verified.evidence)
        item = whole_list and verified.evidence[0].unit.group is not None
        sentence = Sentence(verified.text, citations, verified.quoted, item)
        self.sentences.append(sentence)
        if verified.replaces:
            self.replaced.append(Replacement(verified.replaces, verified.text))
        return sentence

    def answer(self) -> Answer:
        """The whole answer."""
        whole = self._finish("", tuple(self.sentences), None)
        return replace(whole, answer="\n\n".join(filter(None, (whole.said, whole.unsaid))))

    def refusal(self, text: str, reason: Reason) -> Answer:
        """A refusal: plain words and no citation."""
        return self._finish(text, (), reason)

    def _finish(self, text: str, sentences: tuple[Sentence, ...], reason: Reason | None) -> Answer:
        total = 1000 * (time.perf_counter() - self.began)
        timings = replace(Timings(), **self.spent, total=total)
        return Answer(
            id=self.id,
            question=self.question,
            standalone_question=self.standalone or self.question,
            answer=text,
            answered=reason is None,
            reason=reason,
            confidence=round(self.confidence, 4),
            sentences=sentences,
            citations=tuple(self.cited.values()),
            passages=self.passages,
            model=self.model,
            timings_ms=timings,
            trace=Trace(self.hits, self.units, tuple(self.replaced)),
            unanswered=self.unanswered,
        )


def _citation(number: int, evidence: Evidence, documents: dict[str, Document]) -> Citation:
    passage, unit = evidence.passage, evidence.unit
    document = documents[passage.document_id]
    return Citation(
        marker=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=passage.title,
        section=passage.path,
        anchor=passage.anchor,
        quote=document.text[unit.start : unit.end],
        start=unit.start,
        end=unit.end,
        score=round(evidence.score, 4),
        page=document.page_of(unit.start),
    )
