"""Questions whose answers are known, seen with the eyes of the evidence finder, for `fitting`."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.cases import Case, Place, judged_cases
from chat.correctness import supporting
from chat.evidence import Weighed
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


def _untold(done: int, total: int) -> None:
    """Of what goes on without a bar."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A question of a kind as the evidence finder sees it: its units best first, and which are
    gold; `golds` is how many gold units the documents have."""

    question: str
    kind: str
    answerable: bool
    golds: int
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

    def observe(
        self, documents: Sequence[Document], cases: Sequence[Case], progress: Progress = _untold
    ) -> Iterator[Observed]:
        """Questions whose gold is located in the documents, follow-ups as they would be completed.
        Those in parts are left out: each part is judged for itself."""
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(Path(folder), documents, self._memory.encoder)
        finder = EvidenceFinder(index, self._memory, self._reranker, self._reader)
        for done, case in enumerate(cases, start=1):
            asked = without_orders(case.question)
            question = standalone_question(asked, case.history) if asked else ""
            if question and len(parts(question)) == 1:
                yield self._observed(index, finder, question, case)
            progress(done, len(cases))

    def judged(
        self, judged: Sequence[JudgedDocument], progress: Progress = _untold
    ) -> Iterator[Observed]:
        """Questions about judged documents, each asked of its own document alone."""
        for done, one in enumerate(judged, start=1):
            yield from self.observe([one.document], judged_cases([one]))
            progress(done, len(judged))

    def _observed(
        self, index: Index, finder: EvidenceFinder, question: str, case: Case
    ) -> Observed:
        hits = search(index, self._memory.encoder, question, READ, None, "reranked", self._reranker)
        weighed = finder.weigh(question, hits)
        units = [row.unit for row in weighed.units]
        found = [Place(one.passage.document_id, one.unit.start, one.unit.end) for one in units]
        return Observed(
            question,
            case.kind,
            case.answerable,
            len(case.gold),
            finder,
            tuple(hits),
            weighed,
            tuple(supporting(case.gold, found)),
        )
