"""Fits the gate's score and its operating point on the development bench; `pincite train gate`.

Imports scikit-learn. Knows nothing of how signals come about.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from chat.gate_bench import Progress, Row
from chat.signals import SupportSignals
from chat.support import Gate, Score

_FOLDS = 10
_USUAL = 0.05  # share of false alarms at which the recall is told, too
_PENALTY = 0.1  # scikit-learn's C: the inverse of the L2 penalty, over standardised signals


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row of the bench with the signals of each set of units that is tried, fewest first; none
    if a rule decides, and then whether it lets the sentence pass."""

    row: Row
    sets: tuple[SupportSignals, ...]
    ruled: bool


def weigh(
    gate: Gate, rows: Sequence[Row], progress: Progress = lambda done, total: None
) -> list[Weighed]:
    """The signals of every row."""
    weighed = []
    for done, row in enumerate(rows, start=1):
        ruling = gate.rule(row.sentence, row.question, row.evidence)
        found = () if ruling else gate.weighed(row.sentence, row.question, row.evidence)
        sets = tuple(signals for _, signals in found)
        weighed.append(Weighed(row, sets, bool(ruling and ruling.units)))
        progress(done, len(rows))
    return weighed


def fit(weighed: Sequence[Weighed], caught: float) -> dict[str, Any]:
    """The model, as in `gate.json`, with what it reaches in cross-validation over documents.

    Args:
        caught: the share of corrupted sentences that must be caught, rules included. What a gate
            lets pass is read as true; what it catches without need is only quoted.
    """
    documents = np.array([one.row.document for one in weighed])
    left_out = np.zeros(len(weighed))
    for train, test in GroupKFold(_FOLDS).split(documents, groups=documents):
        score = _fitted([weighed[i] for i in train])
        left_out[test] = [_best(score, weighed[i]) for i in test]
    true = np.array([one.row.supported for one in weighed])
    threshold = float(np.quantile(left_out[~true], caught, method="higher")) + 1e-4
    usual = float(np.quantile(left_out[true], _USUAL, method="lower"))
    score = _fitted(weighed)
    return {
        "bias": round(score.bias, 4),
        "threshold": round(threshold, 4),
        "weights": {
            field.name: round(weight, 4)
            for field, weight in zip(fields(SupportSignals), score.weights, strict=True)
        },
        "cross_validated": {
            "true_sentences": int(true.sum()),
            "corrupted_sentences": int((~true).sum()),
            "false_alarms": round(float(np.mean(left_out[true] < threshold)), 4),
            "recall": round(float(np.mean(left_out[~true] < threshold)), 4),
            f"recall_at_{_USUAL}_false_alarms": round(float(np.mean(left_out[~true] < usual)), 4),
        },
    }


def _fitted(weighed: Sequence[Weighed]) -> Score:
    """Logistic regression. A true sentence teaches with all of its units, a corrupted one with
    each set that is tried, since any of them may let it pass."""
    rows: list[tuple[float, ...]] = []
    labels: list[bool] = []
    weights: list[float] = []
    for one in weighed:
        taught = one.sets[-1:] if one.row.supported else one.sets
        for found in taught:
            rows.append(astuple(found))
            labels.append(one.row.supported)
            weights.append(1 / len(taught))
    table, right = np.array(rows), np.array(labels)
    weight = np.array(weights)
    weight[right] *= weight[~right].sum() / weight[right].sum()
    center, spread = table.mean(0), np.maximum(table.std(0), 1e-6)
    model = LogisticRegression(C=_PENALTY, max_iter=2000)
    model.fit((table - center) / spread, right, sample_weight=weight)
    slopes: NDArray[np.float64] = model.coef_[0] / spread
    bias = float(model.intercept_[0] - slopes @ center)
    return Score(bias, tuple(float(slope) for slope in slopes), 0.0)


def _best(score: Score, one: Weighed) -> float:
    if not one.sets:
        return np.inf if one.ruled else -np.inf
    return max(score.over(found) for found in one.sets)
