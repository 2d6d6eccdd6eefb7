"""A retrieval report for readers: one self-contained HTML page, or a Markdown table.

Knows nothing of how measures are made; everything that comes from documents is escaped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrieval.compare import Comparison
from retrieval.evaluate import RetrievalReport
from retrieval.measures import MEASURES
from retrieval.report import Failure, failures, first_scores
from ui.numbers import differs, mark, measured, p_value, share, signed
from ui.plots import COLOURS, bars, quality_and_latency, recall_curve, score_distribution
from ui.report_answers import ShownAnswers

_SHOWN = 30  # failures of a system that a page holds
_EXCERPT = 180  # characters
_DEPTHS = (1, 2, 3, 5, 10, 15, 20)


@dataclass(frozen=True, slots=True)
class Quartiles:
    """How the scores of first results spread; `points` are the quartiles, empty if none."""

    system: str
    kind: str
    count: int
    points: tuple[float, ...]


def as_html(
    report: RetrievalReport,
    about: Mapping[str, str],
    comparison: Comparison | None = None,
    answers: ShownAnswers | None = None,
) -> str:
    """The report as one page that asks nothing of any other host.

    Args:
        about: what to tell of how it came about, by label.
        answers: what to tell of answers, where they were judged.
    """
    shown = {name: failures(report, name) for name in report.systems}
    page = _environment().get_template("report.html")
    return page.render(
        report=report,
        dataset=report.dataset,
        measures=MEASURES,
        best=_best(report),
        colours={name: f"s{n % COLOURS}" for n, name in enumerate(report.systems)},
        bars=bars(report),
        curve=recall_curve(report),
        front=quality_and_latency(report),
        scores={name: score_distribution(report, name) for name in report.systems},
        auc={name: first_scores(report, name).auc for name in report.systems},
        depths=_DEPTHS,
        quartiles=list(_quartiles(report)),
        failures={name: found[:_SHOWN] for name, found in shown.items()},
        wrong={name: len(found) for name, found in shown.items()},
        missed={name: _missed(found) for name, found in shown.items()},
        comparison=comparison,
        answers=answers,
        about=about,
    )


def as_markdown(report: RetrievalReport) -> str:
    """The table of systems for a README."""
    default = report.default
    heading = (
        f"{report.dataset.name}, {report.dataset.split} ({len(report.dataset.queries)} queries)"
    )
    lines = [
        f"| {' | '.join(map(_cell, (heading, *MEASURES, 'ms p50 / p95')))} |",
        f"| --- |{' --- |' * (len(MEASURES) + 1)}",
    ]
    for name, system in report.systems.items():
        latency = system.latency
        times = f"{latency.p50:.1f} / {latency.p95:.1f}" if latency else "–"
        label = f"{name} (default)" if name == default else name
        values = [measured(system.measures[measure]) for measure in MEASURES]
        marks = [mark(found) for found in system.versus_default.values()] or [""] * len(values)
        cells = [f"{value} {sign}".strip() for value, sign in zip(values, marks, strict=True)]
        lines.append(f"| {' | '.join(map(_cell, (label, *cells, times)))} |")
    return "\n".join(
        [
            *lines,
            "",
            f"95% bootstrap intervals. ▲ ▼: differs from {default} beyond noise (paired "
            "randomisation test, Holm, p < .05).",
            "",
        ]
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "share": share,
        "signed": signed,
        "measured": measured,
        "differs": differs,
        "mark": mark,
        "p_value": p_value,
        "excerpt": _excerpt,
        "style": _style,
    }
    return environment


def _style(name: str) -> Markup:
    """A style sheet beside this module, as it is."""
    return Markup((Path(__file__).parent / name).read_text(encoding="utf-8"))


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _EXCERPT else flat[: _EXCERPT - 1].rsplit(" ", 1)[0] + " …"


def _best(report: RetrievalReport) -> dict[str, float]:
    return {
        measure: max(system.measures[measure].value for system in report.systems.values())
        for measure in MEASURES
    }


def _missed(found: Iterable[Failure]) -> int:
    return sum(failure.missed for failure in found)


def _quartiles(report: RetrievalReport) -> Iterable[Quartiles]:
    for name in report.systems:
        scores = first_scores(report, name)
        for kind, group in (("right", scores.right), ("wrong", scores.wrong)):
            points = tuple(np.percentile(group, [25, 50, 75]).tolist()) if group else ()
            yield Quartiles(name, kind, len(group), points)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
