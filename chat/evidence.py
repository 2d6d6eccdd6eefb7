"""Units of the documents as evidence: what they say, where they stand, how well they answer.

Plain values; knows nothing of how they are weighed, chosen, or said.
"""

from dataclasses import dataclass, replace

from chat.page import Place
from chat.refusal import UnitSignals
from ingest.document import Document, Unit
from ingest.passages import Passage, context
from ingest.wording import unit_words


@dataclass(frozen=True, slots=True)
class Evidence:
    """A unit that supports the answer. `text` is its plain words, `context` its heading path and
    lead-in; `score` in [0, 1] says how well it answers."""

    passage: Passage
    unit: Unit
    text: str
    context: str
    score: float

    @property
    def place(self) -> Place:
        """Where it stands: document and first character."""
        return self.passage.document_id, self.unit.start

    @property
    def read(self) -> str:
        """What the scorer reads: the unit in its context."""
        return f"{self.context} {self.text}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence in the order in which it is to be read, and the probability that it answers.

    `whole_list` if it is a list that is to be shown item by item; `weighed` are the best units,
    whether chosen or not.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    whole_list: bool
    weighed: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit with the signals that its score comes from.

    `closeness` is the cosine of the mean token vectors of question and unit.
    """

    unit: Evidence
    signals: UnitSignals
    closeness: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every unit of some hits, best first, and the reader's log odds that any of them answers;
    None without a reader. `asks` are the log odds that the question asks for several things."""

    units: tuple[Scored, ...]
    answers: float | None
    asks: float = 0.0

    def ranked(self) -> "Weighed":
        """The same, best first again after scores changed."""
        return replace(self, units=tuple(sorted(self.units, key=lambda one: -one.unit.score)))


def evidence_of(document: Document, passage: Passage, unit: Unit, score: float = 0.0) -> Evidence:
    """A unit with its words and its context."""
    return Evidence(
        passage=passage,
        unit=unit,
        text=unit_words(document, unit),
        context=context(document, passage, unit),
        score=score,
    )
