"""Searches a dataset with every configuration of a sweep: opens each index once, when it is used.

Decides nothing of how measures are made.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.search import System, Tuning, search
from retrieval.sweep import Configuration, Cut
from ui.bench import Bench

if TYPE_CHECKING:
    from retrieval.encoder import Encoder
    from retrieval.hit import Hit
    from retrieval.index import Index
    from retrieval.reranker import Reranker


class Sweep:
    """Finds with the configuration named.

    Args:
        bench: the dataset, and the documents of the index that it is about.
    """

    def __init__(self, bench: Bench, configurations: Mapping[str, Configuration]) -> None:
        self._bench = bench
        self._configurations = configurations
        self._opened: dict[Cut, tuple[Index, Encoder, Reranker]] = {}

    @property
    def names(self) -> list[str]:
        """The configurations, in the order of the file."""
        return list(self._configurations)

    @property
    def default(self) -> str:
        """The configuration that is the program's own, or else the first."""
        own = Configuration(Cut(self._bench.settings.encoder), Tuning())
        named = (name for name, one in self._configurations.items() if one == own)
        return next(named, self.names[0])

    def find(self, question: str, top_k: int, name: str) -> "list[Hit]":
        """Search with a configuration."""
        configuration = self._configurations[name]
        index, encoder, reranker = self._open(configuration.cut)
        tuning = configuration.tuning
        system: System = "reranked" if tuning.rerank_depth else "hybrid"
        return search(
            index, encoder, question, top_k, system=system, reranker=reranker, tuning=tuning
        )

    def _open(self, cut: Cut) -> "tuple[Index, Encoder, Reranker]":
        if cut not in self._opened:
            self._opened[cut] = self._made(cut)
        return self._opened[cut]

    def _made(self, cut: Cut) -> "tuple[Index, Encoder, Reranker]":
        from chat.models import ModelMaker
        from retrieval.encoder import SentenceEncoder
        from retrieval.index import build_index
        from retrieval.reranker import TokenMemory

        bench, settings = self._bench, self._bench.settings
        encoder = bench.encoder
        if cut.encoder != settings.encoder:
            encoder = SentenceEncoder(cut.encoder, settings.threads, settings.precision)
        documents = list(bench.index.documents.values())
        index = build_index(
            self._folder(cut, encoder),
            documents,
            encoder,
            passage_tokens=cut.passage_tokens,
            overlap=cut.overlap,
        )
        return index, encoder, ModelMaker(settings).reranker(TokenMemory(encoder))

    def _folder(self, cut: Cut, encoder: "Encoder") -> Path:
        from ingest.folder import corpus_hash

        corpus = corpus_hash(self._bench.index.documents.values())
        name = f"{corpus[:16]}-{encoder.sha256[:16]}-{cut.passage_tokens}-{cut.overlap}"
        return self._bench.settings.cache / "evaluation" / "indexes" / name
