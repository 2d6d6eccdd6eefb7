"""How good a ranking is: the field's measures, through ir-measures, with bootstrap intervals.

Knows nothing of passages; see `evaluate` for how hits become a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ir_measures
import numpy as np
from numpy.typing import NDArray

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]

MEASURES = ("nDCG@10", "R@1", "R@5", "R@10", "RR@10")
_RESAMPLES = 2000
_SEED = 20_240


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean of a measure over queries, and its 95% bootstrap interval."""

    value: float
    low: float
    high: float


def per_query(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Each measure of each query that has qrels: measure to query to value in [0, 1]; a query
    without a ranking gets 0."""
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    values = {name: dict.fromkeys(qrels, 0.0) for name in MEASURES}
    for metric in ir_measures.iter_calc(measures, dict(qrels), dict(run)):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def summarise(values: Mapping[str, float]) -> Measured:
    """The mean over queries with its 95% percentile bootstrap interval (Efron 1979), seeded."""
    row = np.array(list(values.values()), np.float64)
    return Measured(float(row.mean()), *interval(row))


def interval(row: NDArray[np.float64]) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the mean of values, shape (n,), n > 0."""
    draws = np.random.default_rng(_SEED).integers(0, len(row), (_RESAMPLES, len(row)))
    low, high = np.percentile(row[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
