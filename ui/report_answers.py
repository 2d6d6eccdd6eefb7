"""Judged answers for readers: a part of the report's page, or a part of its Markdown.

Knows nothing of how answers are judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chat.compare import AnswerComparison
from chat.evaluate import AnswerReport, Outcome
from chat.measures import (
    MEANING,
    Kind,
    Seconds,
    Share,
    by_kind,
    counts,
    failures,
    latency,
    measures,
)
from chat.report import gold_of
from chat.risk import OperatingPoint, operating_points
from ui.numbers import measured, share
from ui.plots import risk_coverage

_SHOWN = 40  # failures that a page holds


@dataclass(frozen=True, slots=True)
class ShownFailure:
    """A wrong outcome, and what would have been right."""

    outcome: Outcome
    gold: str


@dataclass(frozen=True, slots=True)
class ShownAnswers:
    """What a page tells of answers."""

    report: AnswerReport
    measures: Mapping[str, Share]
    meaning: Mapping[str, str]
    counts: Mapping[str, int]
    latency: Mapping[str, Seconds]
    kinds: Mapping[str, Kind]
    points: Sequence[OperatingPoint]
    curve: Markup
    failures: Sequence[ShownFailure]
    wrong: int
    comparison: AnswerComparison | None


def shown_answers(report: AnswerReport, comparison: AnswerComparison | None = None) -> ShownAnswers:
    """A report, ready for the page."""
    wrong = failures(report)
    return ShownAnswers(
        report=report,
        measures=measures(report),
        meaning=MEANING,
        counts=counts(report),
        latency=latency(report),
        kinds=by_kind(report),
        points=operating_points(report.outcomes),
        curve=risk_coverage(report.outcomes),
        failures=[ShownFailure(outcome, gold_of(outcome.case)) for outcome in wrong[:_SHOWN]],
        wrong=len(wrong),
        comparison=comparison,
    )


def as_markdown(report: AnswerReport, comparison: AnswerComparison | None = None) -> str:
    """The tables of measures and of kinds for a README."""
    times = latency(report)["whole_answer"]
    lines = [
        f"| answers of {report.generator} | value | questions |",
        "| --- | --- | --- |",
        *(
            f"| {name.replace('_', ' ')}: {MEANING[name]} | {measured(found.measured)} "
            f"| {found.questions} |"
            for name, found in measures(report).items()
        ),
        f"| whole answer, p50 / p95 | {times.p50:.2f} / {times.p95:.2f} s "
        f"| {len(report.outcomes)} |",
        "",
        "| kind | right | citation precision | citation recall |",
        "| --- | --- | --- | --- |",
        *(
            f"| {_cell(name)} | {kind.right} of {kind.questions} "
            f"| {_share(kind, 'citation_precision')} | {_share(kind, 'citation_recall')} |"
            for name, kind in by_kind(report).items()
        ),
        "",
        f"{report.judged_by} 95% bootstrap intervals.",
        "",
    ]
    if comparison:
        lines += [
            f"| answers against {_cell(comparison.earlier.name)} | before | now | |",
            "| --- | --- | --- | --- |",
            *(
                f"| {name.replace('_', ' ')} | {share(change.before)} | {share(change.now)} "
                f"| {'fell' if change.fell else 'rose' if change.rose else 'within noise'} |"
                for name, change in comparison.changes.items()
                if change.difference
            ),
            "",
        ]
    return "\n".join(lines)


def _share(kind: Kind, name: str) -> str:
    found = kind.citation_precision if name == "citation_precision" else kind.citation_recall
    return measured(found) if found else "–"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
