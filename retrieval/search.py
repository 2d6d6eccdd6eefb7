"""A question to its best passages. Knows the index and the encoder, not what answers are."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ingest.passages import answering_units, in_context
from retrieval.encoder import Encoder
from retrieval.fusion import DENSE_WEIGHT, convex
from retrieval.hit import Hit
from retrieval.index import Index
from retrieval.reranker import Reranker

System = Literal["bm25", "dense", "hybrid", "reranked"]
SYSTEMS: tuple[System, ...] = ("bm25", "dense", "hybrid", "reranked")

# Each system's best are candidates for the fusion; both scores of every candidate are exact.
_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a search can be tuned by; `pincite evaluate --sweep` tries others.

    `dense_weight` is the share of the cosine in the fusion; the reranker reads the
    `rerank_depth` best by fusion, and the probability that one of a passage's units answers is
    added to its fused score with `rerank_weight`.
    """

    dense_weight: float = DENSE_WEIGHT
    rerank_depth: int = 10
    rerank_weight: float = 0.25


def search(
    index: Index,
    encoder: Encoder,
    question: str,
    top_k: int,
    documents: Collection[str] | None = None,
    system: System = "hybrid",
    reranker: Reranker | None = None,
    tuning: Tuning = Tuning(),
) -> list[Hit]:
    """The best `top_k` passages, best first, of the documents named (all if None).

    Args:
        reranker: needed by the system "reranked", and by no other.
    """
    if system == "reranked":
        if reranker is None:
            raise ValueError('the system "reranked" needs a reranker')
        deep = max(top_k, tuning.rerank_depth)
        hits = search(index, encoder, question, deep, documents, "hybrid", tuning=tuning)
        return _reranked(index, reranker, question, hits, tuning)[:top_k]
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
    both = convex(cosines, bm25[rows], tuning.dense_weight)
    fused = {"dense": cosines, "bm25": bm25[rows], "hybrid": both}[system]
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


def _reranked(
    index: Index, reranker: Reranker, question: str, hits: Sequence[Hit], tuning: Tuning
) -> list[Hit]:
    """Hits in the order of their fused scores and the reranker's odds; those beyond its depth
    keep their places."""
    read, rest = hits[: tuning.rerank_depth], hits[tuning.rerank_depth :]
    texts = [_units(index, hit) for hit in read]
    odds = iter(reranker.logits(question, [text for row in texts for text in row]))
    best = [max(float(next(odds)) for _ in row) for row in texts]
    judged = [
        replace(hit, score=_joined(hit.score, odd, tuning), odds=odd)
        for hit, odd in zip(read, best, strict=True)
    ]
    judged.sort(key=lambda hit: -hit.score)
    unread = (replace(hit, score=_joined(hit.score, -math.inf, tuning)) for hit in rest)
    return [replace(hit, rank=rank) for rank, hit in enumerate([*judged, *unread], start=1)]


def _units(index: Index, hit: Hit) -> list[str]:
    passage = hit.passage
    document = index.documents[passage.document_id]
    units = answering_units(passage) or list(passage.units)
    return [in_context(document, passage, unit) for unit in units]


def _joined(fused: float, odds: float, tuning: Tuning) -> float:
    """In [0, 1], as both of its parts are."""
    probability = 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0
    return (fused + tuning.rerank_weight * probability) / (1 + tuning.rerank_weight)
