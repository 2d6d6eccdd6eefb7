"""Questions whose answers are known, seen with the eyes of the evidence finder, for `fitting`."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.cases import Case
from chat.evidence import Evidence, Weighed
from chat.finding import EvidenceFinder
from chat.judged import JudgedDocument
from chat.question import parts, standalone_question, without_orders
from chat.reader import Reader
from ingest.document import Document
from retrieval.hit import Hit
from retrieval.index import Index, build_index
from retrieval.reranker import Reranker, TokenMemory
from retrieval.search import search

READ = 8  # passages in which evidence is looked for, as in an answer

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Observed:
    """A question as the evidence finder sees it: its units best first, and which are gold.
    `weight` is how much it counts in a fit."""

    question: str
    answerable: bool
    weight: float
    finder: EvidenceFinder
    hits: tuple[Hit, ...]
    weighed: Weighed
    gold: tuple[bool, ...]


class Observer:
    """Observes questions with the models of the default configuration."""

    def __init__(
        self, memory: TokenMemory, reranker: Reranker, reader: Reader | None = None
    ) -> None:
        self._memory = memory
        self._reranker = reranker
        self._reader = reader

    def cases(
        self, documents: Sequence[Document], cases: Sequence[Case], weight: float
    ) -> Iterator[Observed]:
        """Questions with gold facts; a unit that holds one of the facts is gold. Questions in
        parts are left out: each part is judged for itself."""
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(Path(folder), documents, self._memory.encoder)
            for case in cases:
                asked = without_orders(case.question)
                question = standalone_question(asked, case.history) if asked else ""
                if not question or len(parts(question)) > 1:
                    continue

                def is_gold(unit: Evidence, case: Case = case) -> bool:
                    text = unit.text.casefold()
                    return any(any(s.casefold() in text for s in group) for group in case.facts)

                yield self._observe(index, question, is_gold, case.answerable, weight)

    def judged(
        self, judged: Sequence[JudgedDocument], progress: Progress = lambda done, total: None
    ) -> Iterator[Observed]:
        """Questions with gold units, each asked of its own document alone."""
        for done, one in enumerate(judged, start=1):
            with tempfile.TemporaryDirectory() as folder:
                index = build_index(Path(folder), [one.document], self._memory.encoder)
            for question in one.questions:

                def is_gold(
                    unit: Evidence, gold: tuple[tuple[int, int], ...] = question.gold
                ) -> bool:
                    return any(s < unit.unit.end and unit.unit.start < e for s, e in gold)

                yield self._observe(index, question.standalone, is_gold, bool(question.gold), 1.0)
            progress(done, len(judged))

    def _observe(
        self,
        index: Index,
        question: str,
        is_gold: Callable[[Evidence], bool],
        answerable: bool,
        weight: float,
    ) -> Observed:
        finder = EvidenceFinder(index, self._memory, self._reranker, self._reader)
        hits = search(index, self._memory.encoder, question, READ, None, "reranked", self._reranker)
        weighed = finder.weigh(question, hits)
        gold = tuple(answerable and is_gold(row.unit) for row in weighed.units)
        return Observed(question, answerable, weight, finder, tuple(hits), weighed, gold)
