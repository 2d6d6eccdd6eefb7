"""What an evaluation measures: a dataset, and the index that it is searched in.

A dataset with its own corpus is indexed in the cache, once; the default questions are about the
index of the settings. Heavy libraries are imported inside, so that `--help` is instant.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.console import Console

from chat.settings import Settings
from retrieval.errors import BadDataset
from ui.terminal import progress_bar, quiet_libraries

if TYPE_CHECKING:
    from retrieval.dataset import Dataset
    from retrieval.encoder import Encoder
    from retrieval.hit import Hit
    from retrieval.index import Index
    from retrieval.reranker import Reranker
    from retrieval.search import System

# Settings that no result depends on.
_ELSEWHERE = {
    *("cache", "host", "port", "uploads", "feedback", "reports", "max_upload_mb"),
    "max_documents",
}
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: questions with their gold, and the index that is searched."""

    settings: Settings
    dataset: "Dataset"
    index: "Index"
    encoder: "Encoder"
    reranker: "Reranker"

    def find(self, question: str, top_k: int, system: str) -> "list[Hit]":
        """Search as the program does."""
        from retrieval.search import search

        return search(
            self.index,
            self.encoder,
            question,
            top_k,
            system=cast("System", system),
            reranker=self.reranker,
        )

    def key(self) -> str:
        """Names questions, index, settings and program: results of two runs with the same key
        may be mixed."""
        settings = self.settings.model_dump(mode="json", exclude=_ELSEWHERE)
        program = [
            path.read_text(encoding="utf-8")
            for layer in ("ingest", "retrieval")
            for path in sorted((Path(__file__).parent.parent / layer).glob("*.py"))
        ]
        parts = (
            self.dataset.sha256,
            dict(self.dataset.queries),
            self.index.manifest,
            self.reranker.name,
            settings,
        )
        return hashlib.sha256(json.dumps([*parts, program], default=str).encode()).hexdigest()[:24]


def open_bench(settings: Settings, folder: Path, split: str | None, answers: bool) -> Bench:
    """Read the dataset, and load the index that it is about, or make it."""
    from chat.chatbot import make_reranker
    from retrieval.dataset import choose_split, is_beir, load_beir
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    chosen = choose_split(folder, split)
    if answers and not (folder / "answers.jsonl").exists():
        raise BadDataset(f"{folder} has no answers.jsonl; leave out --answers")
    beir = load_beir(folder, chosen) if is_beir(folder) else None
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    reranker = make_reranker(settings.reranker, TokenMemory(encoder))
    if beir:
        return Bench(settings, beir, _index_of(beir, settings, encoder), encoder, reranker)
    dataset, index = _anchored(settings, folder, chosen, encoder)
    return Bench(settings, dataset, index, encoder, reranker)


def _index_of(dataset: "Dataset", settings: Settings, encoder: "Encoder") -> "Index":
    """The index of a dataset's own corpus; made once for a corpus and an encoder."""
    from ingest.folder import corpus_hash
    from retrieval.index import build_index

    name = f"{corpus_hash(dataset.documents)[:16]}-{encoder.sha256[:16]}"
    folder = settings.cache / "evaluation" / "indexes" / name
    with progress_bar(_err, "embedding passages") as progress:
        return build_index(folder, dataset.documents, encoder, progress)


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
    from chat.evaluate import load_cases
    from chat.question import standalone_question
    from retrieval.dataset import load_anchored, load_queries

    if (folder / "answers.jsonl").exists():
        cases = load_cases(folder, split)
        queries = {case.id: standalone_question(case.question, case.history) for case in cases}
    else:
        queries = load_queries(folder / "queries.jsonl")
    return load_anchored(folder, split, queries, index.documents.values())
