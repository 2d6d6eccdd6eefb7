"""Judged answers against those of an earlier report, question by question.

Values of one question are yes or no for most measures; for these the exact paired randomisation
test is McNemar's exact test. Knows nothing of how it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from chat.cases import Case
from chat.evaluate import AnswerReport
from chat.measures import LOWER_IS_BETTER, measures, per_question
from retrieval.compare import Change, change_json
from retrieval.errors import BadReport
from retrieval.significance import difference, holm

# What is tested. Refusal precision is not: of questions that both runs refuse it is the same.
TESTED = ("correct", "false_refusal", "refusal_recall", "citation_precision", "citation_recall")
GUARDED = ("correct", "refusal_recall", "citation_precision")  # what a build may fail on
_WHOLE = ("correct", "refusal_recall")  # measured on every question of their kind, in every run


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """What is compared with: each measure's value, and its values by question."""

    path: Path
    values: Mapping[str, float]
    per_question: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """The changes of every measure that both reports have.

    A measure of answered questions is compared on those that both runs answered; `paired` says how
    many questions a change is over. `before` and `now` of a tested measure are of these alone.
    """

    earlier: Path
    changes: Mapping[str, Change]
    paired: Mapping[str, int]


def earlier_answers(path: Path, body: Mapping[str, Any] | None) -> EarlierAnswers:
    """What an earlier report, read already, says of answers.

    Raises:
        BadReport: it says nothing of answers, or lacks what is compared.
    """
    remedy = "make it again with --answers and this version"
    if not body:
        raise BadReport(f"{path} holds no answers; {remedy}, or leave out --answers")
    try:
        return EarlierAnswers(
            path,
            {
                name: float(found["value"])
                for name, found in body.items()
                if isinstance(found, dict) and "value" in found
            },
            {
                name: {question: float(value) for question, value in values.items()}
                for name, values in body["per_question"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadReport(
            f"{path} lacks what is compared of answers ({error!r}); {remedy}"
        ) from error


def check_same_cases(cases: Sequence[Case], earlier: EarlierAnswers) -> None:
    """Raise BadReport unless an earlier report is of the same questions, answerable or not."""
    asked = {
        "correct": {case.id for case in cases if case.answerable},
        "refusal_recall": {case.id for case in cases if not case.answerable},
    }
    if any(set(earlier.per_question.get(name, {})) != asked[name] for name in _WHOLE):
        raise BadReport(
            f"{earlier.path} judges answers to other questions; name a report of the same "
            "questions, or make it again"
        )


def compare_answers(report: AnswerReport, earlier: EarlierAnswers) -> AnswerComparison:
    """Every measure that both have; p is corrected for the number of measures tested (Holm).

    Raises:
        BadReport: the earlier report is of other questions.
    """
    check_same_cases([outcome.case for outcome in report.outcomes], earlier)
    values = per_question(report.outcomes)
    pairs = {name: _paired(values[name], earlier.per_question.get(name, {})) for name in TESTED}
    pairs = {name: rows for name, rows in pairs.items() if rows[0]}
    tested = holm({name: difference(*rows) for name, rows in pairs.items()})
    changes = {}
    for name, share in measures(report).items():
        if name in tested:
            now, before = pairs[name]
            changes[name] = Change(
                mean(before.values()),
                mean(now.values()),
                tested[name],
                name in LOWER_IS_BETTER,
            )
        elif name in earlier.values:
            changes[name] = Change(
                earlier.values[name], share.measured.value, None, name in LOWER_IS_BETTER
            )
    return AnswerComparison(
        earlier.path, changes, {name: len(rows[0]) for name, rows in pairs.items()}
    )


def answer_regressions(comparison: AnswerComparison) -> tuple[str, ...]:
    """The guarded measures that fell beyond noise."""
    changes = comparison.changes
    return tuple(name for name in GUARDED if name in changes and changes[name].fell)


def comparison_json(comparison: AnswerComparison) -> dict[str, Any]:
    """A comparison for other programs."""
    return {
        name: change_json(change) | {"questions": comparison.paired.get(name)}
        for name, change in comparison.changes.items()
    }


def _paired(
    now: Mapping[str, float], before: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    both = [question for question in now if question in before]
    return {q: now[q] for q in both}, {q: before[q] for q in both}
