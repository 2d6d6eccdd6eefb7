"""How well confidence tells right answers from wrong ones: risk against coverage.

Of the questions answered at a confidence or above, coverage is their share of all questions, and
risk the share of wrong answers among them; an answer to a question that the documents do not
answer is wrong (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
Classification", JMLR 2010). The area under the curve is AURC (Geifman, Uziel and El-Yaniv,
"Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019): the mean risk over
every number of questions covered; lower is better. Knows nothing of how answers are made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chat.evaluate import Outcome
from chat.refusal import ANSWER_FROM
from retrieval.measures import RESAMPLES, SEED, Measured

_Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """What is covered and risked by answering from a confidence on."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A strictness: its point, and the refusals that it brings; None where there is none."""

    strictness: str
    point: Point
    false_refusal: float | None
    refusal_recall: float | None


def curve(outcomes: Sequence[Outcome]) -> list[Point]:
    """The points of every confidence, from the highest on. What would be said at no confidence is
    never covered."""
    confidences, wrong = _said(outcomes)
    levels = sorted(set(confidences.tolist()), reverse=True)
    return [_point(level, confidences, wrong, len(outcomes)) for level in levels]


def operating_points(outcomes: Sequence[Outcome]) -> list[OperatingPoint]:
    """Each strictness by its threshold alone. A question in parts is taken whole: as it was
    answered, or as it would be without any threshold."""
    confidences, wrong = _said(outcomes)
    asked = [_says(o) for o in outcomes if o.case.answerable]
    unanswerable = [_says(o) for o in outcomes if not o.case.answerable]
    return [
        OperatingPoint(
            strictness,
            _point(threshold, confidences, wrong, len(outcomes)),
            _share([said < threshold for said in asked]),
            _share([said < threshold for said in unanswerable]),
        )
        for strictness, threshold in ANSWER_FROM.items()
    ]


def aurc(outcomes: Sequence[Outcome]) -> Measured | None:
    """The area under the curve, with its 95% bootstrap interval over questions; None if nothing
    would be said."""
    confidences, wrong = _said(outcomes)
    if not len(wrong):
        return None
    return _bootstrapped(
        area(confidences, wrong),
        lambda draw: area(*_drawn(draw, confidences, wrong)),
    )


def area(confidences: _Rows, wrong: _Rows) -> float:
    """The mean over k of the share of wrong answers among the k surest; shapes (n,), n > 0.

    Equal confidences have no order: each of them counts as wrong as they are on average.
    """
    _, group = np.unique(-confidences, return_inverse=True)
    mean = np.bincount(group, wrong) / np.bincount(group)
    expected = mean[np.sort(group)]
    return float((np.cumsum(expected) / np.arange(1, len(wrong) + 1)).mean())


def answerable_auc(outcomes: Sequence[Outcome]) -> Measured | None:
    """How often an answerable question gets a higher confidence than an unanswerable one, equal
    counted half (the area under the ROC curve); None without either kind."""
    high = np.array([o.given.confidence for o in outcomes if o.case.answerable])
    low = np.array([o.given.confidence for o in outcomes if not o.case.answerable])
    if not len(high) or not len(low):
        return None
    above = (high[:, None] > low) + 0.5 * (high[:, None] == low)

    def again(draw: np.random.Generator) -> float:
        rows, columns = (draw.integers(0, n, n) for n in above.shape)
        return float(above[np.ix_(rows, columns)].mean())

    return _bootstrapped(float(above.mean()), again)


def _says(outcome: Outcome) -> float:
    """The confidence of what is said, below every threshold if nothing is."""
    return -1.0 if outcome.given.right_if_said is None else outcome.given.confidence


def _said(outcomes: Sequence[Outcome]) -> tuple[_Rows, _Rows]:
    """Confidence and wrongness, 0 or 1, of all that would be said."""
    rows = [o.given for o in outcomes if o.given.right_if_said is not None]
    confidences = np.array([given.confidence for given in rows], np.float64)
    return confidences, np.array([not given.right_if_said for given in rows], np.float64)


def _point(threshold: float, confidences: _Rows, wrong: _Rows, questions: int) -> Point:
    covered = wrong[confidences >= threshold]
    risk = float(covered.mean()) if len(covered) else 0.0
    return Point(threshold, len(covered) / questions, risk)


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _drawn(draw: np.random.Generator, *rows: _Rows) -> list[_Rows]:
    places = draw.integers(0, len(rows[0]), len(rows[0]))
    return [row[places] for row in rows]


def _bootstrapped(value: float, again: Callable[[np.random.Generator], float]) -> Measured:
    """A value with its 95% percentile bootstrap interval (Efron 1979), seeded."""
    draw = np.random.default_rng(SEED)
    low, high = np.percentile([again(draw) for _ in range(RESAMPLES)], [2.5, 97.5])
    return Measured(value, float(low), float(high))
