"""Fits the two models of `refusal` to questions whose answers are known; `pincite train refusal`.

Development data only: questions about the default document, and about documents of
`corpus/training` that nothing else was trained on. Imports scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold

from chat.evidence import Weighed
from chat.observing import Observed
from chat.refusal import AnswerSignals, Logistic, UnitSignals

_FOLDS = 10
_UNITS = 40  # best units of a question that the unit model learns from
_SEED = 1
# Whether more of a signal speaks for an answer or against it, in the order of the fields.
_UNIT_SIGNS = (1, 1, 1, 1, 1, 1, 1)
_ANSWER_SIGNS = (1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1)


def fit(own: Sequence[Observed], others: Sequence[Observed], refused: float) -> dict[str, Any]:
    """The models of `refusal.json`, with what they reach in cross-validation: with the reader, and
    without it, which leaves its signals out of the same observations.

    Args:
        own: questions about the default document, for which the figures are given alone, too.
        others: questions about other documents.
        refused: the share of answerable questions that may be refused at the balance of one half;
            the bias is chosen for it on the folds that were left out.
    """
    own, others = ([row for row in rows if row.weighed.units] for rows in (own, others))
    observed = [*own, *others]
    unread = [replace(row, weighed=_unread(row.weighed)) for row in observed]
    return {
        "read": _fit(observed, len(own), refused),
        "unread": _fit(unread, len(own), refused),
    }


def _unread(weighed: Weighed) -> Weighed:
    units = (replace(one, signals=replace(one.signals, read=0.0)) for one in weighed.units)
    return replace(weighed, units=tuple(units), answers=None)


def _fit(observed: Sequence[Observed], own: int, refused: float) -> dict[str, Any]:
    """Of questions of which so many, the first, are about the default document."""
    unit, first = _fit_units([row for row in observed if any(row.gold)])
    rows = np.array([astuple(_signals(row, unit)) for row in observed])
    answerable = np.array([row.answerable for row in observed])
    left_out = np.zeros(len(rows))
    for train, test in KFold(_FOLDS, shuffle=True, random_state=_SEED).split(rows):
        model = _logistic(rows[train], answerable[train], _ANSWER_SIGNS)
        left_out[test] = rows[test] @ model.weights + model.bias
    point = float(np.quantile(left_out[answerable], refused))
    model = _logistic(rows, answerable, _ANSWER_SIGNS)
    return {
        "unit": _named(UnitSignals, unit.bias, unit.weights),
        "answer": _named(AnswerSignals, model.bias - point, model.weights),
        "cross_validated": {
            "questions": len(observed),
            "first_unit_is_gold": round(first, 4),
            **_reached(answerable, left_out, point, ""),
            **_reached(answerable[:own], left_out[:own], point, "_default_document"),
        },
    }


def _reached(
    answerable: NDArray[np.bool_], sure: NDArray[np.float64], point: float, where: str
) -> dict[str, float]:
    """How well log odds tell which questions are answerable, if those below a point are refused."""
    return {
        f"answerable_auc{where}": round(float(roc_auc_score(answerable, sure)), 4),
        f"false_refusal{where}": round(float(np.mean(sure[answerable] < point)), 4),
        f"refusal_recall{where}": round(float(np.mean(sure[~answerable] < point)), 4),
    }


def _fit_units(observed: Sequence[Observed]) -> tuple[Logistic, float]:
    """The unit model, and how often its first unit is gold among questions left out."""
    rows = [
        (number, astuple(scored.signals), gold)
        for number, row in enumerate(observed)
        for scored, gold in list(zip(row.weighed.units, row.gold, strict=True))[:_UNITS]
    ]
    owner = np.array([number for number, *_ in rows])
    signals = np.array([values for _, values, _ in rows])
    gold = np.array([label for *_, label in rows])
    left_out = np.zeros(len(rows))
    for train, test in GroupKFold(_FOLDS).split(signals, groups=owner):
        model = _logistic(signals[train], gold[train], _UNIT_SIGNS)
        left_out[test] = signals[test] @ model.weights + model.bias
    first = [gold[owner == n][left_out[owner == n].argmax()] for n in np.unique(owner)]
    return _logistic(signals, gold, _UNIT_SIGNS), float(np.mean(first))


def _signals(row: Observed, unit: Logistic) -> AnswerSignals:
    """The signals of a question once its units are ranked by a unit model."""
    units = tuple(
        replace(one, unit=replace(one.unit, score=unit.probability(one.signals)))
        for one in row.weighed.units
    )
    ranked = replace(row.weighed, units=units).ranked()
    return row.finder.signals(row.question, ranked, row.hits)


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], signs: Sequence[int]
) -> Logistic:
    """Logistic regression with a slight L2 penalty, in which each signal keeps its sign: +1 may
    only raise the probability, -1 only lower it. Without that, a small sample teaches nonsense,
    such as that a closer match is less of an answer."""
    targets = np.where(labels, 1.0, -1.0)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = targets * (rows @ parameters[1:] + parameters[0])
        pulls = -targets / (1 + np.exp(margins))
        gradient = np.concatenate([[pulls.sum()], pulls @ rows + parameters[1:]])
        penalty = float(parameters[1:] @ parameters[1:]) / 2
        return float(np.logaddexp(0, -margins).sum()) + penalty, gradient

    bounds = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in signs)]
    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    return Logistic(float(found.x[0]), tuple(float(weight) for weight in found.x[1:]))


def _named(
    signals: type[UnitSignals] | type[AnswerSignals], bias: float, weights: Sequence[float]
) -> dict[str, Any]:
    names = [field.name for field in fields(signals)]
    return {
        "bias": round(float(bias), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
    }
