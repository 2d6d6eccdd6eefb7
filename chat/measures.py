"""What judged answers come to: shares with intervals, by kind of question; counts; times.

Every share is a mean over questions, so that its interval is over the choice of questions, and two
runs can be paired. Knows nothing of how it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chat.correctness import covered, supporting
from chat.evaluate import AnswerReport, Outcome
from chat.risk import answerable_auc, aurc
from retrieval.measures import Measured, Values, summarise

# Measures that are means of one value a question, in the order in which they are shown.
PAIRED = (
    "correct",
    "false_refusal",
    "refusal_precision",
    "refusal_recall",
    "citation_precision",
    "citation_recall",
)
LOWER_IS_BETTER = frozenset({"false_refusal", "aurc"})
MEANING = {
    "correct": "answerable questions that are answered rightly",
    "false_refusal": "answerable questions that are refused",
    "refusal_precision": "refused questions that the documents do not answer",
    "refusal_recall": "questions that the documents do not answer that are refused",
    "citation_precision": "citations that overlap a gold unit, mean over questions (macro)",
    "citation_recall": "gold units that a citation overlaps, mean over questions (macro)",
    "answerable_auc": "chance that an answerable question gets the higher confidence",
    "aurc": "area under the risk-coverage curve; lower is better",
}


@dataclass(frozen=True, slots=True)
class Share:
    """A measure with its interval, and how many questions it is over."""

    measured: Measured
    questions: int


@dataclass(frozen=True, slots=True)
class Seconds:
    """Half and 95 in a hundred of the answers took no longer."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of question fared; for a kind that the documents do not answer, a refusal is
    right."""

    right: int
    questions: int
    correct: Measured
    citation_precision: Measured | None
    citation_recall: Measured | None


def per_question(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """The measures of `PAIRED`: measure to question to value in [0, 1].

    Citation precision is the share of an answer's citations that overlap a gold unit, citation
    recall the share of the gold units that a citation overlaps; both are of answered answerable
    questions that have gold evidence.
    """
    asked = [o for o in outcomes if o.case.answerable]
    unanswerable = [o for o in outcomes if not o.case.answerable]
    refused = [o for o in outcomes if not o.given.answered]
    cited = [o for o in asked if o.given.answered and o.case.gold]
    return {
        "correct": {o.case.id: float(o.given.correct) for o in asked},
        "false_refusal": {o.case.id: float(not o.given.answered) for o in asked},
        "refusal_precision": {o.case.id: float(not o.case.answerable) for o in refused},
        "refusal_recall": {o.case.id: float(not o.given.answered) for o in unanswerable},
        "citation_precision": {o.case.id: _mean(_supporting(o)) for o in cited},
        "citation_recall": {o.case.id: _mean(_covered(o)) for o in cited},
    }


def measures(report: AnswerReport) -> dict[str, Share]:
    """Every measure by name; one of no questions is left out."""
    values = per_question(report.outcomes)
    shares = {name: Share(summarise(rows), len(rows)) for name, rows in values.items() if rows}
    whole = {"answerable_auc": answerable_auc, "aurc": aurc}
    for name, measure in whole.items():
        found = measure(report.outcomes)
        if found:
            shares[name] = Share(found, len(report.outcomes))
    return shares


def counts(report: AnswerReport) -> dict[str, int]:
    """What is counted rather than averaged."""
    given = [o.given for o in report.outcomes]
    cited = [o for o in report.outcomes if o.case.gold and o.given.answered]
    judged = [one for o in cited for one in _supporting(o)]
    return {
        "answered": sum(one.answered for one in given),
        "refused": sum(not one.answered for one in given),
        "answered_with_gold_evidence": len(cited),
        "citations": sum(len(one.citations) for one in given),
        "citations_judged": len(judged),
        "citations_supporting": sum(judged),
        "inexact_citations": sum(one.inexact for one in given),
        "dangling_markers": sum(one.dangling for one in given),
        "sentences": sum(one.sentences for one in given),
        "uncited_sentences": sum(one.uncited for one in given),
        "composed_sentences": sum(one.composed for one in given),
        "replaced_sentences": sum(one.replaced for one in given),
    }


def latency(report: AnswerReport) -> dict[str, Seconds]:
    """Times to the first verified sentence and to the whole answer."""
    return {
        "first_sentence": _seconds([o.given.first for o in report.outcomes]),
        "whole_answer": _seconds([o.given.seconds for o in report.outcomes]),
    }


def by_kind(report: AnswerReport) -> dict[str, Kind]:
    """How each kind of question fared, in the order of the questions."""
    kinds: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        kinds.setdefault(outcome.case.kind, []).append(outcome)
    return {kind: _kind(outcomes) for kind, outcomes in kinds.items()}


def failures(report: AnswerReport) -> list[Outcome]:
    """The outcomes that are wrong: what was wrongly said before what was wrongly refused, the
    surest first."""
    wrong = [outcome for outcome in report.outcomes if not outcome.given.correct]
    return sorted(wrong, key=lambda o: (not o.given.answered, -o.given.confidence))


def _kind(outcomes: Sequence[Outcome]) -> Kind:
    values = per_question(outcomes)
    right = {o.case.id: float(o.given.correct) for o in outcomes}
    return Kind(
        right=round(sum(right.values())),
        questions=len(right),
        correct=summarise(right),
        citation_precision=_summarised(values["citation_precision"]),
        citation_recall=_summarised(values["citation_recall"]),
    )


def _summarised(values: Values) -> Measured | None:
    return summarise(values) if values else None


def _supporting(outcome: Outcome) -> list[bool]:
    return supporting(outcome.case.gold, (cited.place for cited in outcome.given.citations))


def _covered(outcome: Outcome) -> list[bool]:
    return covered(outcome.case.gold, (cited.place for cited in outcome.given.citations))


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _seconds(values: Sequence[float]) -> Seconds:
    p50, p95 = np.percentile(values, [50, 95]) if values else (0.0, 0.0)
    return Seconds(float(p50), float(p95))
