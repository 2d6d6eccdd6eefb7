"""Every question asked, and what it got: judged answers, one after the other.

Knows nothing of how answers are made, or of what the outcomes come to; see `chat.correctness` for
what is right and `chat.measures` for the sums.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from chat.answer import Answer, Event, Sentence
from chat.cases import Case, Place
from chat.correctness import is_correct
from chat.question import Turn
from ingest.document import Document
from retrieval.journal import ResultJournal, Row

_MARKER = re.compile(r"\[(\d+)\]")
_SYSTEM = "answers"  # under which a journal keeps what was given

Progress = Callable[[int, int], None]


class Answering(Protocol):
    """What answers: a chatbot, or what plays one."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents that can be asked, by id."""
        ...

    def stream(
        self,
        question: str,
        history: Sequence[Turn],
        top_k: int | None,
        documents: Sequence[str] | None,
    ) -> Iterator[Event]:
        """Events, the last of which is the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answers a question: `usual` as readers have it, and `insistent` the same without the
    threshold, which tells what a refusal held back."""

    usual: Answering
    insistent: Answering


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation: where it stands, and its words."""

    place: Place
    quote: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a question got.

    `right_if_said` is whether the answer would be right had it been said whatever its confidence;
    None if nothing would have been said. `inexact` counts quotes that are not the document's
    words, `dangling` markers without a citation or out of order, `uncited` sentences without a
    marker. Of the `sentences`, `composed` are the generator's own and `replaced` stand in place of
    one that the gate did not let pass. `seconds` is the whole answer, `first` the first verified
    sentence, or the refusal.
    """

    answered: bool
    text: str
    confidence: float
    correct: bool
    right_if_said: bool | None
    citations: tuple[Cited, ...]
    inexact: int
    dangling: int
    sentences: int
    uncited: int
    composed: int
    replaced: int
    seconds: float
    first: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and what it got."""

    case: Case
    given: Given


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """The outcomes of a set of questions. `judged_by` says what makes an answer right;
    `peak_mb` is the most resident memory that this process has had, None where unknown."""

    generator: str
    judged_by: str
    outcomes: tuple[Outcome, ...]
    peak_mb: float | None = None


class AnswerJournal(ResultJournal[Given]):
    """What questions got, on disk; see `ResultJournal`."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        super().__init__(path, asdict, _given, fresh)


def evaluate_answers(
    cases: Sequence[Case],
    asked: Callable[[Case], Asked],
    journal: AnswerJournal | None = None,
    progress: Progress = lambda done, total: None,
) -> tuple[Outcome, ...]:
    """Ask every question.

    Args:
        asked: who answers a question.
        journal: what was given before is taken from it, what is given now is added to it.
    """
    outcomes = []
    progress(0, len(cases))
    for done, case in enumerate(cases, start=1):
        given = journal.get(_SYSTEM, case.id) if journal else None
        if given is None:
            given = _ask(asked(case), case)
            if journal:
                journal.add(_SYSTEM, case.id, given)
        outcomes.append(Outcome(case, given))
        progress(done, len(cases))
    return tuple(outcomes)


def inexact_citations(answer: Answer, texts: Mapping[str, str]) -> int:
    """Citations whose quote is not the document's text at their offsets."""
    return sum(
        citation.quote != texts[citation.document_id][citation.start : citation.end]
        or not citation.quote.strip()
        for citation in answer.citations
    )


def dangling_markers(answer: Answer) -> int:
    """Markers without a citation, citations without a marker, and numbers out of order.

    A refusal may not have any. Markers are looked for where the system put them, at the ends of
    sentences; brackets in a document's own words are not markers.
    """
    expected = [citation.marker for sentence in answer.sentences for citation in sentence.citations]
    first_seen = list(dict.fromkeys(expected))
    numbered = list(range(1, len(answer.citations) + 1))
    cited = [citation.marker for citation in answer.citations]
    written = [int(number) for number in _MARKER.findall(answer.answer.removesuffix(answer.unsaid))]
    missing = sum(marker not in written for marker in cited)
    return missing + (cited != numbered) + (first_seen != numbered)


def peak_megabytes() -> float | None:
    """The most resident memory that this process has had, in MB; None where nobody knows."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, kilobytes here


def _ask(asked: Asked, case: Case) -> Given:
    began = perf_counter()
    first = 0.0
    answer: Answer | None = None
    for number, event in enumerate(asked.usual.stream(case.question, case.history, None, None)):
        if number == 1:
            first = perf_counter() - began
        answer = event if isinstance(event, Answer) else None
    seconds = perf_counter() - began
    assert answer is not None
    texts = {name: document.text for name, document in asked.usual.documents.items()}
    correct = is_correct(case, answer)
    return Given(
        answered=answer.answered,
        text=answer.answer,
        confidence=answer.confidence,
        correct=correct,
        right_if_said=correct and case.answerable
        if answer.answered
        else _right_if_said(asked.insistent, case),
        citations=tuple(
            Cited(Place(c.document_id, c.start, c.end), c.quote) for c in answer.citations
        ),
        inexact=inexact_citations(answer, texts),
        dangling=dangling_markers(answer),
        sentences=len(answer.sentences),
        uncited=sum(not sentence.citations for sentence in answer.sentences),
        composed=sum(not sentence.quoted for sentence in answer.sentences),
        replaced=len(answer.trace.replaced),
        seconds=seconds,
        first=first,
    )


def _right_if_said(insistent: Answering, case: Case) -> bool | None:
    """What a refusal held back: whether it is right; None if there was nothing to say."""
    for event in insistent.stream(case.question, case.history, None, None):
        if isinstance(event, Sentence) and not case.answerable:
            return False  # whatever else it says
        if isinstance(event, Answer) and event.sentences:
            return is_correct(case, event)
    return None


def _given(row: Row) -> Given:
    fields: dict[str, Any] = {key: row[key] for key in Given.__slots__}
    citations = tuple(Cited(Place(**c["place"]), c["quote"]) for c in fields.pop("citations"))
    return Given(**fields, citations=citations)
