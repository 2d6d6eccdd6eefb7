"""Small evaluation folders on disk, and reports of them made with the hashed encoder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from retrieval.dataset import Dataset, load_beir
from retrieval.evaluate import Find, RetrievalReport, evaluate_retrieval
from retrieval.hit import Hit
from retrieval.index import build_index
from retrieval.runs import Run
from retrieval.search import SYSTEMS, System, search
from tests.fakes import HashedEncoder, WordReranker

CORPUS = {
    "cars": ("Cars", "A red car is fast.\nA blue car is slow."),
    "boats": ("Boats", "A boat with sails needs wind."),
    "planes": ("Planes", "A plane with engines needs fuel."),
}
QUERIES = {"q1": "how slow is a blue car", "q2": "sails and wind", "q3": "fuel for engines"}
QRELS = {"q1": {"cars": 1}, "q2": {"boats": 2, "planes": 1}, "q3": {"planes": 1}}


def write_beir(
    folder: Path,
    corpus: Mapping[str, tuple[str, str]] = CORPUS,
    queries: Mapping[str, str] = QUERIES,
    qrels: Mapping[str, Mapping[str, int]] = QRELS,
    split: str = "test",
) -> Path:
    """Write a BEIR folder and return it."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    rows = [{"_id": name, "title": title, "text": text} for name, (title, text) in corpus.items()]
    _write_lines(folder / "corpus.jsonl", [json.dumps(row) for row in rows])
    asked = [json.dumps({"_id": name, "text": text}) for name, text in queries.items()]
    _write_lines(folder / "queries.jsonl", asked)
    judged = [f"{q}\t{name}\t{gain}" for q, gains in qrels.items() for name, gain in gains.items()]
    _write_lines(folder / "qrels" / f"{split}.tsv", ["query-id\tcorpus-id\tscore", *judged])
    return folder


def finder(dataset: Dataset, folder: Path) -> Find:
    """Searches an index of a dataset's corpus, made with the hashed encoder."""
    encoder = HashedEncoder()
    index = build_index(folder, dataset.documents, encoder)

    def find(question: str, top_k: int, system: str) -> list[Hit]:
        known: dict[str, System] = {name: name for name in SYSTEMS}
        return search(
            index, encoder, question, top_k, system=known[system], reranker=WordReranker()
        )

    return find


def report_of(
    folder: Path, systems: Sequence[str] = SYSTEMS, runs: Sequence[Run] = ()
) -> RetrievalReport:
    """A report on a BEIR folder."""
    dataset = load_beir(folder, "test")
    return evaluate_retrieval(dataset, finder(dataset, folder / "index"), systems, runs)


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
