"""Fits the two models of `refusal` to questions whose answers are known; `pincite train refusal`.

Development data only: the default document's development questions and the development documents
of `corpus/training`, which the reranker was not trained on. Imports scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold

from chat.observing import Observed
from chat.refusal import AnswerSignals, Logistic, UnitSignals

_FOLDS = 10
_UNITS = 40  # best units of a question that the unit model learns from
_SEED = 1


def fit(observed: Sequence[Observed], refused: float) -> dict[str, Any]:
    """Both models, as in `refusal.json`, with what they reach in cross-validation.

    Args:
        refused: the share of answerable questions, by weight, that may be refused at the balance
            of one half; the bias is chosen for it on the folds that were left out.
    """
    observed = [row for row in observed if row.scored]
    unit, first = _fit_units([row for row in observed if any(row.gold)])
    rows = np.array([astuple(_signals(row, unit)) for row in observed])
    answerable = np.array([row.answerable for row in observed])
    weights = np.array([row.weight for row in observed])
    left_out = np.zeros(len(rows))
    for train, test in KFold(_FOLDS, shuffle=True, random_state=_SEED).split(rows):
        model = _logistic(rows[train], answerable[train], weights[train])
        left_out[test] = model.decision_function(rows[test])
    point = _quantile(left_out[answerable], weights[answerable], refused)
    model = _logistic(rows, answerable, weights)
    own = weights == weights.max()
    return {
        "unit": _named(UnitSignals, unit.bias, unit.weights),
        "answer": _named(AnswerSignals, float(model.intercept_[0]) - point, model.coef_[0]),
        "cross_validated": {
            "questions": len(observed),
            "first_unit_is_gold": round(first, 4),
            "answerable_auc": round(
                float(roc_auc_score(answerable, left_out, sample_weight=weights)), 4
            ),
            "answerable_auc_default_document": round(
                float(roc_auc_score(answerable[own], left_out[own])), 4
            ),
            "false_refusal": round(float(np.mean(left_out[answerable & own] < point)), 4),
            "refusal_recall": round(float(np.mean(left_out[~answerable & own] < point)), 4),
        },
    }


def _fit_units(observed: Sequence[Observed]) -> tuple[Logistic, float]:
    """The unit model, and how often its first unit is gold among questions left out."""
    rows = [
        (number, astuple(scored.signals), gold, row.weight)
        for number, row in enumerate(observed)
        for scored, gold in list(zip(row.scored, row.gold, strict=True))[:_UNITS]
    ]
    owner = np.array([number for number, *_ in rows])
    signals = np.array([values for _, values, _, _ in rows])
    gold = np.array([label for *_, label, _ in rows])
    weights = np.array([weight for *_, weight in rows])
    left_out = np.zeros(len(rows))
    for train, test in GroupKFold(_FOLDS).split(signals, groups=owner):
        model = _logistic(signals[train], gold[train], weights[train])
        left_out[test] = model.decision_function(signals[test])
    first = [gold[owner == n][left_out[owner == n].argmax()] for n in np.unique(owner)]
    model = _logistic(signals, gold, weights)
    weights_of = tuple(float(weight) for weight in model.coef_[0])
    return Logistic(float(model.intercept_[0]), weights_of), float(np.mean(first))


def _signals(row: Observed, unit: Logistic) -> AnswerSignals:
    """The signals of a question once its units are ranked by a unit model."""
    scored = [
        replace(one, unit=replace(one.unit, score=unit.probability(one.signals)))
        for one in row.scored
    ]
    scored.sort(key=lambda one: -one.unit.score)
    return row.finder.signals(row.question, scored, row.hits)


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Any:
    return LogisticRegression(C=1.0, max_iter=1000).fit(rows, labels, sample_weight=weights)


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """The value below which a share of the weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][int(np.searchsorted(below, share))])


def _named(
    signals: type[UnitSignals] | type[AnswerSignals], bias: float, weights: Sequence[float]
) -> dict[str, Any]:
    names = [field.name for field in fields(signals)]
    return {
        "bias": round(float(bias), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
    }
