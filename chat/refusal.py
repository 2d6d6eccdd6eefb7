"""From signals to probabilities: how well a unit answers, and whether the documents answer at all.

Two small logistic models whose coefficients lie in `refusal.json`; `pincite train refusal` fits
them. Knows nothing of where signals come from.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Strictness = Literal["cautious", "balanced", "generous"]

# The least confidence at which an answer is given; the fit puts its balance at one half.
ANSWER_FROM: dict[Strictness, float] = {"cautious": 0.7, "balanced": 0.5, "generous": 0.3}

COEFFICIENTS = Path(__file__).with_name("refusal.json")


@dataclass(frozen=True, slots=True)
class UnitSignals:
    """What tells how well a unit answers a question.

    `read` are the reader's log odds, 0 where there is no reader; `odds` are the reranker's;
    `match` is the mean over the question's words of their best match among the unit's tokens,
    `lowest` the lowest of these; `coverage` is the share of the question's words, by rarity, that
    the unit holds; `passage` is its passage's score; `named` grows with the
    longest of the headings that it stands under which the question names.
    """

    read: float
    odds: float
    match: float
    lowest: float
    coverage: float
    passage: float
    named: float


@dataclass(frozen=True, slots=True)
class AnswerSignals:
    """What tells whether the best unit answers.

    `reads` are the reader's log odds that the page answers, `read` its highest for a unit, both 0
    where there is no reader; `odds` are the reranker's highest; `match` and `lowest` are those of
    the best unit, and `closeness` is its cosine with the question; `unknown` is the share of the
    question's words, by rarity, that no document holds; `name` and `figure` are 1 if the question
    has one that stands in no hit, `name_there` and `figure_there` if one does not stand in the best
    unit or its context, `kind` if the question asks for a number and the best unit has none.
    """

    reads: float
    read: float
    odds: float
    match: float
    lowest: float
    closeness: float
    unknown: float
    name: float
    figure: float
    name_there: float
    figure_there: float
    kind: float


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic function of signals: `weights` in the order of their fields."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, signals: "DataclassInstance") -> float:
        """In [0, 1]."""
        values = astuple(signals)
        total = self.bias + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


@cache
def fitted(name: Literal["unit", "answer"], reads: bool) -> Logistic:
    """The model in `refusal.json` of that name, for units that the reader has read or not."""
    models: dict[str, Any] = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    signals = UnitSignals if name == "unit" else AnswerSignals
    return named(name, signals, models["read" if reads else "unread"])


def named(name: str, signals: "type[DataclassInstance]", body: Mapping[str, Any]) -> Logistic:
    """The model of that name in a file of models, whose weights are named as the signals are."""
    weights = body[name]["weights"]
    return Logistic(
        float(body[name]["bias"]),
        tuple(float(weights.get(field.name, 0.0)) for field in fields(signals)),
    )
