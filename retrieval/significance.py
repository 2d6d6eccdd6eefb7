"""Whether two systems differ by more than the choice of questions explains.

Paired randomisation tests on per-query values, with Holm's correction. Smucker, Allan and
Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation"
(CIKM 2007), recommend the test; Holm, "A Simple Sequentially Rejective Multiple Test Procedure"
(1979), gives the correction. Knows nothing of what the values measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import permutation_test

from retrieval.measures import SEED, Values, interval

ALPHA = 0.05
PERMUTATIONS = 9999
_BATCH = 500  # permutations at once, so that many queries do not fill the memory


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences with its 95% bootstrap interval, and its two-sided p.

    `adjusted` is p after the correction for the other comparisons of its family.
    """

    value: float
    low: float
    high: float
    p: float
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the adjusted p is below 0.05."""
        return self.adjusted < ALPHA


def difference(values: Values, baseline: Values) -> Difference:
    """How far values lie above a baseline of the same queries, not yet corrected.

    Raises:
        KeyError: the baseline lacks a query.
    """
    row = np.array([values[query] - baseline[query] for query in values], np.float64)
    p = randomisation_p(row)
    return Difference(float(row.mean()), *interval(row), p=p, adjusted=p)


def randomisation_p(row: NDArray[np.float64]) -> float:
    """The two-sided p of paired differences, shape (n,), under random signs.

    Exact where all sign patterns are fewer than `PERMUTATIONS`, otherwise from that many seeded
    ones. Queries without a difference are the same under any sign and are left out first.
    """
    row = row[row != 0]
    if len(row) < 2:  # none, or one, which is as extreme with either sign
        return 1.0
    test = permutation_test(
        (row,),
        lambda x, axis: np.sum(x, axis=axis),
        permutation_type="samples",  # of a single sample: random signs
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=_BATCH,
        rng=np.random.default_rng(SEED),
    )
    return float(test.pvalue)


def holm(family: Mapping[str, Difference]) -> dict[str, Difference]:
    """A family of differences, same keys, with p adjusted by Holm's step-down procedure."""
    adjusted: dict[str, Difference] = {}
    floor = 0.0
    for place, name in enumerate(sorted(family, key=lambda name: family[name].p)):
        floor = max(floor, min(1.0, (len(family) - place) * family[name].p))
        adjusted[name] = replace(family[name], adjusted=floor)
    return {name: adjusted[name] for name in family}
