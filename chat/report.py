"""Judged answers as JSON for other programs. Knows nothing of how it is shown."""

from typing import Any

from chat.cases import Case
from chat.evaluate import AnswerReport, Outcome
from chat.measures import (
    MEANING,
    Kind,
    Share,
    by_kind,
    counts,
    failures,
    latency,
    measures,
    per_question,
)
from chat.risk import OperatingPoint, Point, curve, operating_points
from retrieval.measures import RESAMPLES, SEED, Measured


def as_json(report: AnswerReport) -> dict[str, Any]:
    """A report for other programs; values by question are whole, so that runs can be paired."""
    outcomes = report.outcomes
    return {
        "generator": report.generator,
        "questions": len(outcomes),
        **{name: _share(found) for name, found in measures(report).items()},
        "counts": counts(report),
        "latency_ms": {
            name: {"p50": round(1000 * one.p50, 2), "p95": round(1000 * one.p95, 2)}
            for name, one in latency(report).items()
        },
        "peak_memory_mb": report.peak_mb and round(report.peak_mb, 1),
        "risk_coverage": {
            "curve": [_point(point) for point in curve(outcomes)],
            "strictness": {one.strictness: _operating(one) for one in operating_points(outcomes)},
        },
        "by_kind": {kind: _kind(one) for kind, one in by_kind(report).items()},
        "failures": [_failure(outcome) for outcome in failures(report)],
        "per_question": per_question(outcomes),
        "method": {
            "judged_by": report.judged_by,
            "measures": MEANING,
            "resamples": RESAMPLES,
            "seed": SEED,
        },
    }


def gold_of(case: Case) -> str:
    """What is gold for a question, for readers: its gold answer, its facts, or a refusal."""
    if not case.answerable:
        return "a refusal"
    return case.gold_answer or "; ".join(" / ".join(group) for group in case.facts)


def _share(found: Share) -> dict[str, Any]:
    return _measured(found.measured) | {"questions": found.questions}


def _measured(found: Measured) -> dict[str, Any]:
    return {
        "value": round(found.value, 4),
        "ci95": [round(found.low, 4), round(found.high, 4)],
    }


def _point(point: Point) -> dict[str, float]:
    return {
        "confidence": round(point.confidence, 4),
        "coverage": round(point.coverage, 4),
        "risk": round(point.risk, 4),
    }


def _operating(one: OperatingPoint) -> dict[str, Any]:
    return _point(one.point) | {
        "false_refusal": None if one.false_refusal is None else round(one.false_refusal, 4),
        "refusal_recall": None if one.refusal_recall is None else round(one.refusal_recall, 4),
    }


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "questions": kind.questions,
        "right": kind.right,
        "correct": _measured(kind.correct),
        "citation_precision": kind.citation_precision and _measured(kind.citation_precision),
        "citation_recall": kind.citation_recall and _measured(kind.citation_recall),
    }


def _failure(outcome: Outcome) -> dict[str, Any]:
    case, given = outcome.case, outcome.given
    return {
        "id": case.id,
        "kind": case.kind,
        "question": case.question,
        "gold": gold_of(case),
        "answered": given.answered,
        "answer": given.text,
        "confidence": given.confidence,
        "quotes": [cited.quote for cited in given.citations],
        "gold_places": [
            [[place.document_id, place.start, place.end] for place in unit] for unit in case.gold
        ],
    }
