"""Reports of evaluations as HTML: figures in tables, and each system drawn with its interval.

Pure functions from plain values to HTML; every word passes `escape`. A report may be of an older
version: what it does not hold is left out.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ui.evaluations import EvaluationProgress, SavedReport
from ui.numbers import share

_MEASURES = ("nDCG@10", "R@1", "R@5", "R@10", "RR@10")
_DRAWN = ("nDCG@10", "R@5", "RR@10")
_ANSWERS = {
    "correct": "Answerable questions answered correctly",
    "false_refusal": "Answerable questions refused",
    "refusal_recall": "Unanswerable questions refused",
    "refusal_precision": "Refusals that were right",
    "citation_precision": "Citations that support what they are cited for",
    "citation_recall": "Gold evidence that is cited",
}
_LOWER_IS_BETTER = frozenset({"false_refusal"})


def evaluation_html(
    reports: Sequence[SavedReport],
    progress: EvaluationProgress | None = None,
    failure: str = "",
) -> str:
    """The latest report, what came before it, and how far a run is that goes on.

    Args:
        failure: why the last run did not come to its end.
    """
    if reports:
        body = _report(reports[0]) + _earlier(reports[1:])
    else:
        body = (
            '<div class="pc-card pc-empty"><p class="pc-card-title">No report yet</p>'
            "<p>Run the default questions, or <code>pincite evaluate</code>; "
            "the report is shown here.</p></div>"
        )
    return (
        '<section class="pc-evaluation" aria-labelledby="pc-evaluation-title">'
        '<header><div><h2 id="pc-evaluation-title">Evaluation</h2>'
        "<p class=pc-soft>Measured on this machine, with this index and its questions.</p></div>"
        f"{_start(progress)}</header>{_running(progress)}{_failed(failure)}{body}</section>"
    )


def _start(progress: EvaluationProgress | None) -> str:
    busy = " disabled" if progress else ""
    return (
        '<button type="button" class="pc-button pc-primary" data-do="start"'
        f"{busy}>Run the default questions</button>"
    )


def _running(progress: EvaluationProgress | None) -> str:
    if not progress:
        return ""
    label = escape(f"{progress.label[:1].upper()}{progress.label[1:]}")
    return (
        '<div class="pc-card pc-running" role="status">'
        f"<p>{label}: {progress.done:,} of {progress.total:,}</p>"
        f'<progress max="{max(1, progress.total)}" value="{progress.done}" '
        f'aria-label="Evaluation"></progress></div>'
    )


def _failed(failure: str) -> str:
    if not failure:
        return ""
    return (
        '<div class="pc-card pc-failure" role="alert"><p class="pc-card-title">'
        f"The evaluation did not finish</p><p>{escape(failure)}</p></div>"
    )


def _report(report: SavedReport) -> str:
    systems = _mapping(report.body.get("systems"))
    default = str(report.body.get("default", ""))
    queries = report.body.get("queries")
    about = [f"{escape(report.dataset)}, {escape(report.split)}"]
    if isinstance(queries, int):
        about.append(f"{queries:,} questions")
    if report.made:
        about.append(_when(report.made))
    link = (
        f'<a class="pc-link" href="/reports/{escape(report.html.name)}" target="_blank" '
        'rel="noopener">Full report with every failure</a>'
        if report.html
        else ""
    )
    answers = _answers_of(report)
    return (
        f'<p class="pc-about"><span>{" · ".join(about)}</span>{link}</p>'
        f"{_answers(answers)}"
        f'<section class="pc-part"><h3>Retrieval, system by system</h3>{_plots(systems, default)}'
        f"{_table(systems, default)}"
        '<p class="pc-soft">Means over the questions, with 95% bootstrap intervals; '
        "higher is better.</p></section>"
    )


def _answers_of(report: SavedReport) -> Mapping[str, Any]:
    return _mapping(report.body.get("answers"))


def _answers(answers: Mapping[str, Any]) -> str:
    rows = []
    for key, name in _ANSWERS.items():
        value, interval = _value(answers.get(key))
        if value is None:
            continue
        good = " pc-low" if key in _LOWER_IS_BETTER else ""
        rows.append(
            f'<tr><th scope="row">{name}</th><td class="pc-value">{share(value, 2)}</td>'
            f'<td class="pc-bar{good}">{_bar(value, interval)}</td></tr>'
        )
    if not rows:
        return ""
    return (
        '<section class="pc-part"><h3>Answers</h3><table class="pc-figures pc-shares"><tbody>'
        f"{''.join(rows)}</tbody></table></section>"
    )


def _plots(systems: Mapping[str, Any], default: str) -> str:
    """A row of bars for each measure; the table below holds the same figures."""
    plots = []
    for measure in _DRAWN:
        rows = []
        for name, system in systems.items():
            value, interval = _value(_mapping(_mapping(system).get("measures")).get(measure))
            if value is None:
                continue
            chosen = ' class="pc-chosen"' if name == default else ""
            rows.append(
                f"<tr{chosen}><th>{escape(str(name))}</th>"
                f'<td class="pc-bar">{_bar(value, interval)}</td>'
                f'<td class="pc-value">{share(value)}</td></tr>'
            )
        if rows:
            plots.append(
                f'<figure aria-hidden="true"><figcaption>{measure}</figcaption>'
                f"<table><tbody>{''.join(rows)}</tbody></table></figure>"
            )
    return f'<div class="pc-plots">{"".join(plots)}</div>'


def _bar(value: float, interval: tuple[float, float] | None) -> str:
    low, high = interval or (value, value)
    whisker = (
        f'<i style="left:{100 * low:.1f}%;width:{100 * max(0.0, high - low):.1f}%"></i>'
        if interval
        else ""
    )
    return f'<span class="pc-track"><b style="width:{100 * value:.1f}%"></b>{whisker}</span>'


def _table(systems: Mapping[str, Any], default: str) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in _MEASURES)
    rows = []
    for name, system in systems.items():
        measures = _mapping(_mapping(system).get("measures"))
        cells = "".join(f"<td>{_cell(measures.get(measure))}</td>" for measure in _MEASURES)
        latency = _mapping(_mapping(system).get("latency_ms")).get("p50")
        time = f"{latency:.1f} ms" if isinstance(latency, int | float) else "–"
        label = f"{name} (default)" if name == default else str(name)
        rows.append(f'<tr><th scope="row">{escape(label)}</th>{cells}<td>{time}</td></tr>')
    return (
        '<div class="pc-wide" tabindex="0" role="group" aria-label="Measures of every system">'
        f'<table class="pc-figures"><thead><tr><th scope="col">System</th>{heads}'
        f'<th scope="col">Median</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _cell(measure: Any) -> str:
    value, interval = _value(measure)
    if value is None:
        return "–"
    if interval is None:
        return share(value)
    between = f"{share(interval[0], 2)}–{share(interval[1], 2)}"
    return f'{share(value)}<span class="pc-soft">{between}</span>'


def _earlier(reports: Sequence[SavedReport]) -> str:
    rows = []
    for report in reports[:10]:
        systems = _mapping(report.body.get("systems"))
        default = _mapping(systems.get(str(report.body.get("default", ""))))
        ndcg, _ = _value(_mapping(default.get("measures")).get("nDCG@10"))
        correct, _ = _value(_answers_of(report).get("correct"))
        name = f"{escape(report.dataset)}, {escape(report.split)}"
        if report.html:
            name = f'<a href="/reports/{escape(report.html.name)}" target="_blank">{name}</a>'
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{_when(report.made)}</td>'
            f"<td>{'–' if ndcg is None else share(ndcg)}</td>"
            f"<td>{'–' if correct is None else share(correct, 2)}</td></tr>"
        )
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("Questions", "Made", "nDCG@10", "Correct")
    )
    return (
        '<section class="pc-part"><h3>Earlier reports</h3><div class="pc-wide" tabindex="0" '
        'role="group" aria-label="Earlier reports"><table class="pc-figures">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _value(measure: Any) -> tuple[float | None, tuple[float, float] | None]:
    """A figure and its interval, whether it is a number alone or has one."""
    if isinstance(measure, Mapping):
        value, interval = measure.get("value"), measure.get("ci95")
        if isinstance(value, int | float) and isinstance(interval, Sequence) and len(interval) == 2:
            return float(value), (float(interval[0]), float(interval[1]))
        return (float(value) if isinstance(value, int | float) else None), None
    return (float(measure), None) if isinstance(measure, int | float) else (None, None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _when(made: str) -> str:
    """A time in ISO 8601 to the minute."""
    return escape(made[:16].replace("T", " "))
