"""Two rankings into one: a convex combination of min-max normalised scores.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (TOIS 2023), find
it better than reciprocal rank fusion; so did our measurements (see `DENSE_WEIGHT`).
"""

import numpy as np
from numpy.typing import NDArray

# On SQuAD 2.0 and CLAPNQ halves, 0.6 dense + 0.4 BM25 gave MRR@10 .889 and .978, against
# .759/.969 for dense, .866/.926 for BM25 and .846/.958 for reciprocal rank fusion.
DENSE_WEIGHT = 0.6


def convex(
    dense: NDArray[np.float32], bm25: NDArray[np.float32], dense_weight: float = DENSE_WEIGHT
) -> NDArray[np.float32]:
    """Fused scores in [0, 1] of candidates whose scores by both systems are given, same order."""
    return dense_weight * _min_max(dense) + (1 - dense_weight) * _min_max(bm25)


def _min_max(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores scaled to [0, 1]; all equal scores say nothing and become 0."""
    if scores.size == 0:
        return scores
    low, high = scores.min(), scores.max()
    if high == low:
        return np.zeros_like(scores)
    scaled: NDArray[np.float32] = (scores - low) / (high - low)
    return scaled
