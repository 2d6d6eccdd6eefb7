"""Fits the models of `listing` and `beside` to questions whose answers are known, for
`pincite train lists`.

What a question's words say is learnt from the questions that models of language were trained on;
how units compare, from development questions only. Imports scikit-learn.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold

from chat.beside import BesideSignals, beside_signals
from chat.choosing import BESIDE_FROM, MEMBER_FROM
from chat.evidence import Weighed
from chat.listing import MemberSignals, SeveralSignals, member_signals, several_signals
from retrieval.encoder import Vectors

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FOLDS = 10
_SEED = 1
_PENALTY = 1.0  # scikit-learn's C: the inverse of the L2 penalty, over standardised signals
_WORDS_PENALTY = 3.0  # the same for the vectors of questions, which are of unit length
_LIST = "list"
_PARTED = "multi"  # its several units say nothing of lists


@dataclass(frozen=True, slots=True)
class Wording:
    """A question, its kind, and how many units are gold for it."""

    question: str
    kind: str
    golds: int

    @property
    def tells(self) -> bool:
        """Whether it shows what a list is, or what is none."""
        return self.golds > 0 and self.kind != _PARTED

    @property
    def is_list(self) -> bool:
        """Whether several units make up the answer; one sentence may hold a whole list."""
        return self.kind == _LIST and self.golds > 1


@dataclass(frozen=True, slots=True)
class Seen:
    """A question, the units that were weighed for it, and which of them are gold."""

    wording: Wording
    weighed: Weighed
    gold: tuple[bool, ...]


def fit(
    wordings: Sequence[Wording],
    seen: Sequence[Seen],
    vectors_of: Callable[[Sequence[str]], Vectors],
    encoder_sha256: str,
) -> dict[str, Any]:
    """The models, as in `listing.json`, with what they reach in cross-validation over questions.

    Args:
        wordings: what a question's words say is learnt from these.
        seen: other questions, with the units weighed for each.
        vectors_of: the vectors of questions, (n, d).
    """
    taught = [one for one in wordings if one.tells and one.kind != "followup"]
    words = LogisticRegression(C=_WORDS_PENALTY, max_iter=3000, class_weight="balanced")
    words.fit(vectors_of([one.question for one in taught]), [one.is_list for one in taught])
    asks = words.decision_function(vectors_of([one.wording.question for one in seen]))
    seen = [
        replace(one, weighed=replace(one.weighed, asks=float(odds)))
        for one, odds in zip(seen, asks, strict=True)
        if one.weighed.units
    ]
    several, found = _fit_several([one for one in seen if one.wording.tells])
    lists = [one for one in seen if one.wording.is_list]
    member, found_in_lists = _fit_members(lists)
    others = [one for one in seen if _answered_by_the_best(one)]
    beside, found_beside = _fit_beside(others)
    return {
        "encoder_sha256": encoder_sha256,
        "asks": {
            "bias": round(float(words.intercept_[0]), 4),
            "weights": [round(float(weight), 3) for weight in words.coef_[0]],
        },
        "several": several,
        "member": member,
        "beside": beside,
        "cross_validated": {**found, **found_in_lists, **found_beside},
    }


def _fit_several(seen: Sequence[Seen]) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = np.array([astuple(several_signals(one.weighed)) for one in seen])
    is_list = np.array([one.wording.is_list for one in seen])
    sure = _left_out(rows, is_list, KFold(_FOLDS, shuffle=True, random_state=_SEED))
    asks = [one.weighed.asks for one in seen]
    return _named(SeveralSignals, rows, is_list), {
        "questions": len(seen),
        "list_auc_by_words": round(float(roc_auc_score(is_list, asks)), 4),
        "list_auc": round(float(roc_auc_score(is_list, sure)), 4),
    }


def _fit_members(lists: Sequence[Seen]) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = [member_signals(one.weighed.units) for one in lists]
    model, auc, sure = _fit_units(MemberSignals, rows, [one.gold for one in lists])
    taken = [_taken(one, found) for one, found in zip(lists, sure, strict=True)]
    complete, precise = zip(*taken, strict=True)
    return model, {
        "lists": len(lists),
        "member_auc": auc,
        "lists_complete": round(float(np.mean(complete)), 4),
        "list_precision": round(float(np.mean(precise)), 4),
    }


def _fit_beside(others: Sequence[Seen]) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = [beside_signals(one.wording.question, one.weighed.units) for one in others]
    after = [one.gold[1 : 1 + len(row)] for one, row in zip(others, rows, strict=True)]
    model, auc, sure = _fit_units(BesideSignals, rows, after)
    cited = [_cited(one, found) for one, found in zip(others, sure, strict=True)]
    precision, recall = zip(*cited, strict=True)
    return model, {
        "others": len(others),
        "beside_auc": auc,
        "other_precision": round(float(np.mean(precision)), 4),
        "other_recall": round(float(np.mean(recall)), 4),
    }


def _fit_units(
    signals: "type[DataclassInstance]",
    by_question: Sequence[Sequence["DataclassInstance"]],
    gold: Sequence[Sequence[bool]],
) -> tuple[dict[str, Any], float, list[NDArray[np.float64]]]:
    """A model of units; its area under the ROC curve, and how sure it is of each question's units,
    fitted without that question."""
    rows = np.array([astuple(one) for row in by_question for one in row])
    is_gold = np.array([one for row in gold for one in row])
    owner = np.array([number for number, row in enumerate(by_question) for _ in row])
    sure = _left_out(rows, is_gold, GroupKFold(_FOLDS), owner)
    auc = round(float(roc_auc_score(is_gold, sure)), 4)
    each = [sure[owner == number] for number in range(len(by_question))]
    return _named(signals, rows, is_gold), auc, each


def _answered_by_the_best(one: Seen) -> bool:
    """Whether a question is one whose best unit, and those beside it, make the answer."""
    return any(one.gold) and not one.wording.is_list


def _cited(one: Seen, sure: NDArray[np.float64]) -> tuple[float, float]:
    """Precision and recall of the best unit and those beside it that are taken."""
    gold = np.array(one.gold[: 1 + len(sure)])
    taken = np.concatenate([[True], sure >= BESIDE_FROM])
    # Units that say the same are one unit of gold evidence.
    return float(gold[taken].mean()), min(1.0, float(gold[taken].sum() / one.wording.golds))


def _taken(one: Seen, sure: NDArray[np.float64]) -> tuple[bool, float]:
    """Whether all gold units of a question are taken, and the share of those taken that are."""
    gold = np.array(one.gold)
    taken = sure >= MEMBER_FROM
    taken[sure.argmax()] = True
    return bool(gold[taken].sum() >= one.wording.golds), float(gold[taken].mean())


def _left_out(
    rows: NDArray[np.float64],
    labels: NDArray[np.bool_],
    folds: KFold | GroupKFold,
    groups: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    found = np.zeros(len(rows))
    for train, test in folds.split(rows, groups=groups):
        weights, bias = _logistic(rows[train], labels[train])
        found[test] = 1 / (1 + np.exp(-(rows[test] @ weights + bias)))
    return found


def _logistic(
    rows: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of logistic regression over standardised signals, for signals as they
    are."""
    center, spread = rows.mean(0), np.maximum(rows.std(0), 1e-6)
    model = LogisticRegression(C=_PENALTY, max_iter=2000).fit((rows - center) / spread, labels)
    weights: NDArray[np.float64] = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ center)


def _named(
    signals: "type[DataclassInstance]", rows: NDArray[np.float64], labels: NDArray[np.bool_]
) -> dict[str, Any]:
    weights, bias = _logistic(rows, labels)
    names = [field.name for field in fields(signals)]
    return {
        "bias": round(bias, 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
    }
