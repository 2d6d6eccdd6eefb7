"""What an evaluation measures: a dataset, and the indexes that it is searched in.

A dataset with its own corpus is indexed in the cache, once; so is each document of a file of
documents with judged questions, alone. The default questions are about the index of the settings.
Heavy libraries are imported inside, so that `--help` is instant.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.console import Console

from chat.settings import Settings
from retrieval.errors import BadDataset
from ui.terminal import progress_bar, quiet_libraries

if TYPE_CHECKING:
    from chat.cases import Case
    from ingest.document import Document
    from retrieval.dataset import Dataset
    from retrieval.encoder import Encoder
    from retrieval.hit import Hit
    from retrieval.index import Index
    from retrieval.reranker import Reranker
    from retrieval.search import System

ALL = ""  # the name of the only index
# Settings that no result depends on.
_ELSEWHERE = {
    *("cache", "host", "port", "uploads", "feedback", "reports", "max_upload_mb"),
    "max_documents",
}
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: questions with their gold, and what is searched for them.

    `indexes` is one, or one for each document by its id; `asked_of` names that of a question by
    its words, where there are several. `cases` are the questions whose answers are judged, empty
    where none are.
    """

    settings: Settings
    dataset: "Dataset"
    indexes: "Mapping[str, Index]"
    encoder: "Encoder"
    reranker: "Reranker"
    asked_of: Mapping[str, str] = field(default_factory=dict)
    cases: "Sequence[Case]" = ()

    @property
    def index(self) -> "Index":
        """The first index."""
        return next(iter(self.indexes.values()))

    def index_of(self, document: str) -> "Index":
        """The index of one document alone where each has its own, otherwise of all."""
        return self.indexes.get(document, self.index)

    def find(self, question: str, top_k: int, system: str) -> "list[Hit]":
        """Search as the program does."""
        from retrieval.search import search

        return search(
            self.index_of(self.asked_of.get(question, ALL)),
            self.encoder,
            question,
            top_k,
            system=cast("System", system),
            reranker=self.reranker,
        )

    def key(self, layers: Sequence[str] = ("ingest", "retrieval")) -> str:
        """Names questions, indexes, settings and the program of some layers: results of two runs
        with the same key may be mixed."""
        settings = self.settings.model_dump(mode="json", exclude=_ELSEWHERE)
        program = [
            path.read_text(encoding="utf-8")
            for layer in layers
            for pattern in ("*.py", "*.json")
            for path in sorted((Path(__file__).parent.parent / layer).rglob(pattern))
        ]
        parts = (
            self.dataset.sha256,
            dict(self.dataset.queries),
            [index.manifest for index in self.indexes.values()],
            self.reranker.name,
            settings,
            repr(self.cases),
        )
        return hashlib.sha256(json.dumps([*parts, program], default=str).encode()).hexdigest()[:24]


def is_judged(path: Path) -> bool:
    """Whether a path names a file of documents with judged questions, not an evaluation folder."""
    return path.suffix == ".jsonl"


def open_bench(settings: Settings, path: Path, split: str | None, answers: bool) -> Bench:
    """Read the dataset, and load the indexes that it is about, or make them."""
    from chat.judged import read_judged
    from chat.models import ModelMaker
    from retrieval.dataset import choose_split, is_beir, load_beir
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    # What may be wrong with the dataset is told before the models are loaded.
    judged = read_judged(path) if is_judged(path) else []
    chosen = "" if judged else choose_split(path, split)
    if answers and not judged and not (path / "answers.jsonl").exists():
        raise BadDataset(f"{path} has no answers.jsonl; leave out --answers")
    beir = load_beir(path, chosen) if not judged and is_beir(path) else None
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    reranker = ModelMaker(settings).reranker(TokenMemory(encoder))
    if judged:
        from chat.cases import judged_cases
        from chat.judged import sections_asked_for

        dataset = sections_asked_for(path, judged)
        cases = judged_cases(judged)
        own = {case.id: case.document for case in cases}
        return Bench(
            settings,
            dataset,
            _indexes_of(dataset.documents, settings, encoder),
            encoder,
            reranker,
            {words: own[name] for name, words in dataset.queries.items()},
            cases if answers else (),
        )
    if beir:
        index = _index_of(beir.documents, settings, encoder)
        found = _cases(path, chosen, index) if answers else ()
        return Bench(settings, beir, {ALL: index}, encoder, reranker, cases=found)
    dataset, index = _anchored(settings, path, chosen, encoder)
    found = _cases(path, chosen, index) if answers else ()
    return Bench(settings, dataset, {ALL: index}, encoder, reranker, cases=found)


def _cases(folder: Path, split: str, index: "Index") -> "Sequence[Case]":
    from chat.cases import load_cases, located

    return located(load_cases(folder, split), index.documents)


def _indexes_of(
    documents: "Sequence[Document]", settings: Settings, encoder: "Encoder"
) -> "dict[str, Index]":
    """An index of each document alone."""
    indexes = {}
    with progress_bar(_err, "indexing documents") as progress:
        for done, document in enumerate(documents, start=1):
            indexes[document.id] = _index_of([document], settings, encoder)
            progress(done, len(documents))
    return indexes


def _index_of(documents: "Sequence[Document]", settings: Settings, encoder: "Encoder") -> "Index":
    """The index of a corpus; made once for a corpus and an encoder."""
    from ingest.folder import corpus_hash
    from retrieval.index import build_index

    name = f"{corpus_hash(documents)[:16]}-{encoder.sha256[:16]}"
    folder = settings.cache / "evaluation" / "indexes" / name
    with progress_bar(_err, "embedding passages") as progress:
        return build_index(folder, documents, encoder, progress)


def _anchored(
    settings: Settings, folder: Path, split: str, encoder: "Encoder"
) -> "tuple[Dataset, Index]":
    from retrieval.index import load_index

    index = load_index(settings.index, encoder)
    return questions_about(index, folder, split), index


def questions_about(index: "Index", folder: Path, split: str) -> "Dataset":
    """The questions of a folder whose gold are sections of an index; follow-ups are completed.

    Raises BadDataset.
    """
    from chat.cases import load_cases
    from chat.question import standalone_question
    from retrieval.dataset import load_anchored, load_queries

    if (folder / "answers.jsonl").exists():
        cases = load_cases(folder, split)
        queries = {case.id: standalone_question(case.question, case.history) for case in cases}
    else:
        queries = load_queries(folder / "queries.jsonl")
    return load_anchored(folder, split, queries, index.documents.values())
