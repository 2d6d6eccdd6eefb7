"""A passage that search found."""

from dataclasses import dataclass

from ingest.passages import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its score (higher is better) and its rank (from 1).

    `dense` is the cosine of question and passage, `bm25` the Lucene BM25 score; `score` is the
    fused score in [0, 1]. `odds` are the reranker's log odds that one of its units answers, None
    where it was not asked.
    """

    passage: Passage
    score: float
    rank: int
    dense: float
    bm25: float
    odds: float | None = None
