"""A question to its best passages. Knows the index and the encoder, not what answers are."""

from collections.abc import Collection
from typing import Literal

import numpy as np

from retrieval.encoder import Encoder
from retrieval.fusion import convex
from retrieval.hit import Hit
from retrieval.index import Index

System = Literal["bm25", "dense", "hybrid"]
SYSTEMS: tuple[System, ...] = ("bm25", "dense", "hybrid")

# Each system's best are candidates for the fusion; both scores of every candidate are exact.
_CANDIDATES = 100


def search(
    index: Index,
    encoder: Encoder,
    question: str,
    top_k: int,
    documents: Collection[str] | None = None,
    system: System = "hybrid",
) -> list[Hit]:
    """The best `top_k` passages, best first, of the documents named (all if None)."""
    among = None
    if documents is not None:
        among = [i for i, p in enumerate(index.passages) if p.document_id in documents]
    if not index.passages or among == []:
        return []
    query = encoder.encode([question])[0]
    bm25 = index.bm25.scores(question)
    candidates, _ = index.dense.search(query, max(_CANDIDATES, top_k), among)
    if among is not None:
        outside = np.ones(len(bm25), bool)
        outside[among] = False
        bm25[outside] = 0
    best_words = np.argsort(-bm25, kind="stable")[: max(_CANDIDATES, top_k)]
    rows = np.union1d(candidates, best_words[bm25[best_words] > 0])
    cosines = index.dense.cosines(query, rows)
    fused = {"dense": cosines, "bm25": bm25[rows], "hybrid": convex(cosines, bm25[rows])}[system]
    order = np.argsort(-fused, kind="stable")[:top_k]
    return [
        Hit(
            passage=index.passages[rows[i]],
            score=float(fused[i]),
            rank=rank,
            dense=float(cosines[i]),
            bm25=float(bm25[rows[i]]),
        )
        for rank, i in enumerate(order, start=1)
    ]
