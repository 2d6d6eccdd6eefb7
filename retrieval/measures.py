"""How good a ranking is: the field's measures, through ir-measures, with bootstrap intervals.

Knows nothing of passages; see `ranking` for how hits become ids, and `significance` for
comparisons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from numpy.typing import NDArray

from retrieval.ranking import Ranking

Qrels = Mapping[str, Mapping[str, int]]
Values = Mapping[str, float]  # of one measure, by query

MEASURES = ("nDCG@10", "R@1", "R@5", "R@10", "RR@10")
CURVE = tuple(f"R@{k}" for k in range(1, 21))  # recall at every depth that the curve shows

RESAMPLES = 2000
SEED = 20_240
_BATCH = 100  # resamples drawn at once, so that many queries do not fill the memory


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean of a measure over queries, and its 95% bootstrap interval."""

    value: float
    low: float
    high: float


def per_query(
    qrels: Qrels, rankings: Mapping[str, Ranking], measures: Sequence[str] = MEASURES
) -> dict[str, dict[str, float]]:
    """Each measure of each query that has qrels: measure to query to value in [0, 1]; a query
    without a ranking gets 0.

    nDCG takes gains as they are (Järvelin and Kekäläinen 2002), as trec_eval does. Only the order
    of a ranking counts, not its scores.
    """
    run = {
        query: {found.id: -float(rank) for rank, found in enumerate(ranking, start=1)}
        for query, ranking in rankings.items()
    }
    parsed = [ir_measures.parse_measure(name) for name in measures]
    values = {name: dict.fromkeys(qrels, 0.0) for name in measures}
    for metric in ir_measures.iter_calc(parsed, dict(qrels), run):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def summarise(values: Values) -> Measured:
    """The mean over queries with its 95% percentile bootstrap interval (Efron 1979), seeded."""
    row = np.array(list(values.values()), np.float64)
    return Measured(float(row.mean()), *interval(row))


def interval(row: NDArray[np.float64]) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the mean of values, shape (n,), n > 0."""
    draw = np.random.default_rng(SEED)
    means = [
        row[draw.integers(0, len(row), (_BATCH, len(row)))].mean(axis=1)
        for _ in range(RESAMPLES // _BATCH)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
