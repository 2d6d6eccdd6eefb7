"""The plots of a report as inline SVG: bars with intervals, recall at k, scores of first results,
risk against coverage.

Drawn by matplotlib; colours are left to the page's style sheet (`var(--…)`), so that one plot
suits light and dark. Knows nothing of the page otherwise.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chat.evaluate import Outcome
from chat.risk import curve, operating_points
from retrieval.evaluate import RetrievalReport
from retrieval.report import first_scores, fronted
from ui.numbers import share

COLOURS = 8  # of systems, as the style sheet has them; further ones begin again
_WIDTH = 380.0  # points; small, so that the text can still be read on a phone
_INCH = 72.0
_ROW, _HEAD = 15.0, 25.0  # of the bars: a system, and a measure's name above its systems
_NAME = 16  # characters of a system's name that have room
# matplotlib cannot write var(--…); each of these stands for one until the SVG is made.
_INK, _SOFT, _GRID, _RIGHT, _WRONG = "#010101", "#020202", "#030303", "#040404", "#050505"
_STAND_INS = {
    _INK: "ink",
    _SOFT: "soft",
    _GRID: "grid",
    _RIGHT: "right",
    _WRONG: "wrong",
    **{f"#0a0b{number:02d}": f"s{number}" for number in range(COLOURS)},
}
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, found and copied
    "text.parse_math": False,
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _GRID,
    "axes.linewidth": 0.8,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def bars(report: RetrievalReport) -> Markup:
    """Every measure of every system, with its 95% interval."""
    measures = list(next(iter(report.systems.values())).measures)
    height = len(measures) * (_HEAD + _ROW * len(report.systems)) + 22

    def draw(figure: Figure) -> None:
        longest = max(len(_short(name)) for name in report.systems)
        axes = _axes(figure, left=14 + 5.4 * longest, right=36, top=0, bottom=22)
        axes.set(xlim=(0, 1), ylim=(height - 22, 0), yticks=[])
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
        axes.grid(axis="x", color=_GRID, linewidth=0.8)
        y = 0.0
        for measure in measures:
            axes.text(0, y + 18, measure, fontweight="bold", fontsize=10)
            y += _HEAD
            for number, (name, system) in enumerate(report.systems.items()):
                found = system.measures[measure]
                middle = y + _ROW / 2
                axes.barh(middle, found.value, _ROW * 0.68, color=_colour(number), zorder=2)
                axes.errorbar(
                    found.value,
                    middle,
                    xerr=[[max(0, found.value - found.low)], [max(0, found.high - found.value)]],
                    color=_INK,
                    elinewidth=1.1,
                    capsize=2.4,
                    capthick=1.1,
                    zorder=3,
                )
                _label(axes, -0.02, middle, _short(name), ha="right", bold=name == report.default)
                _label(axes, max(found.high, found.value) + 0.02, middle, share(found.value))
                y += _ROW

    return _svg(
        "bars",
        height,
        draw,
        "Measures of every system",
        "Horizontal bars from 0 to 1 with 95% intervals; the table above holds the same figures.",
    )


def recall_curve(report: RetrievalReport) -> Markup:
    """The share of the gold that is found among the first k, for k from 1 to 20."""

    def draw(figure: Figure) -> None:
        axes = _axes(figure, left=30, right=92, top=8, bottom=36)
        lowest = min(min(system.recall) for system in report.systems.values())
        floor = np.floor(min(lowest, 0.95) * 10) / 10
        axes.set(xlim=(1, 20), ylim=(floor, 1.005))
        axes.set_xticks([1, 5, 10, 15, 20])
        ticks = np.linspace(floor, 1, 5 if floor < 0.75 else round((1 - floor) / 0.05) + 1)
        axes.set_yticks(ticks, [share(tick, 2) for tick in ticks])
        axes.grid(axis="y", color=_GRID, linewidth=0.8)
        axes.set_xlabel("k, documents or sections looked at", color=_SOFT, fontsize=9, labelpad=5)
        ends = [system.recall[-1] for system in report.systems.values()]
        places = _apart(ends, 12 * (1.005 - floor) / (230 - 44))
        for number, (name, system) in enumerate(report.systems.items()):
            ks = range(1, len(system.recall) + 1)
            colour = _colour(number)
            axes.plot(ks, system.recall, color=colour, linewidth=2, clip_on=False, zorder=3)
            text = f"{_short(name)} {share(ends[number])}"
            _label(axes, 20.5, places[number], text, colour, bold=name == report.default)

    return _svg(
        "recall",
        230,
        draw,
        "Recall at k",
        "One line a system, k from 1 to 20; the table below holds the figures.",
    )


def quality_and_latency(report: RetrievalReport) -> Markup:
    """nDCG@10 against the median latency; those on the Pareto front are joined and named."""
    timed = {name: one for name, one in report.systems.items() if one.latency}
    front = fronted(report)

    def draw(figure: Figure) -> None:
        axes = _axes(figure, left=34, right=16, top=14, bottom=36)
        axes.grid(color=_GRID, linewidth=0.8)
        points = {
            name: (one.latency.p50 if one.latency else 0.0, one.measures["nDCG@10"].value)
            for name, one in timed.items()
        }
        for number, (name, (cost, quality)) in enumerate(points.items()):
            size = 64 if name in front else 30
            axes.scatter(cost, quality, size, _colour(number), zorder=3, linewidths=0)
        line = [points[name] for name in front]
        axes.plot(*zip(*line, strict=True), color=_SOFT, linewidth=1.2, zorder=2)
        low, high = axes.get_xlim()
        for name in front:
            cost, quality = points[name]
            side = "left" if cost < (low + high) / 2 else "right"
            axes.annotate(
                _short(name),
                (cost, quality),
                (7 if side == "left" else -7, 6),
                textcoords="offset points",
                ha=side,
                fontsize=9,
                fontweight="bold" if name == report.default else "normal",
            )
        axes.set_xlabel("ms a query, median", color=_SOFT, fontsize=9, labelpad=5)

    if not timed:
        return Markup("")
    return _svg(
        "front",
        230,
        draw,
        "nDCG@10 against latency",
        "One point a system; those that no other beats in both are joined and named; the table "
        "above holds the figures.",
    )


def score_distribution(report: RetrievalReport, name: str) -> Markup:
    """The scores of a system's first results: right ones upwards, wrong ones down."""
    scores = first_scores(report, name)
    height = 128.0

    def draw(figure: Figure) -> None:
        axes = _axes(figure, left=44, right=8, top=6, bottom=22)
        edges = _edges([*scores.right, *scores.wrong])
        tallest = 0.01
        for group, colour, sign in ((scores.right, _RIGHT, 1), (scores.wrong, _WRONG, -1)):
            counts, _ = np.histogram(group, edges)
            shares = counts / max(1, len(group))
            widths = np.diff(edges) * 0.88
            axes.bar(edges[:-1], sign * shares, widths, align="edge", color=colour, zorder=2)
            tallest = max(tallest, float(shares.max()))
        axes.set(ylim=(-tallest * 1.04, tallest * 1.04), yticks=[], xlim=(edges[0], edges[-1]))
        axes.axhline(0, color=_SOFT, linewidth=0.8, zorder=3)
        axes.locator_params(axis="x", nbins=5)
        _side(axes, 0.75, "right", len(scores.right), _RIGHT)
        _side(axes, 0.25, "wrong", len(scores.wrong), _WRONG)

    return _svg(
        f"scores-{list(report.systems).index(name)}",
        height,
        draw,
        f"Scores of the first results of {name}",
        "Two histograms on one axis of scores: right first results above the line, wrong ones "
        "below; the table below holds their quartiles.",
    )


def risk_coverage(outcomes: Sequence[Outcome]) -> Markup:
    """Risk against coverage, one point a confidence; the settings of strictness are named."""
    points = curve(outcomes)
    named = operating_points(outcomes)
    top = max([0.1, *(point.risk for point in points)]) * 1.08

    def draw(figure: Figure) -> None:
        axes = _axes(figure, left=34, right=16, top=14, bottom=36)
        axes.set(xlim=(0, 1), ylim=(0, top))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
        ticks = np.arange(0, top, 0.1 if top > 0.25 else 0.05)
        axes.set_yticks(ticks, [share(tick, 2) for tick in ticks])
        axes.grid(color=_GRID, linewidth=0.8)
        axes.set_xlabel("coverage: questions answered", color=_SOFT, fontsize=9, labelpad=5)
        axes.set_title("risk: answers that are wrong", color=_SOFT, fontsize=9, loc="left")
        axes.plot(
            [point.coverage for point in points],
            [point.risk for point in points],
            color=_WRONG,
            linewidth=2,
            zorder=3,
        )
        for number, one in enumerate(named):
            place = (one.point.coverage, one.point.risk)
            axes.scatter(*place, 40, _INK, zorder=4, linewidths=0)
            left = one.point.coverage < 0.5
            axes.annotate(
                f"{one.strictness} {share(one.point.risk, 2)}",
                place,
                # Above and below by turns: neighbours on the line are close.
                (4 if left else -4, -15 if number % 2 else 8),
                textcoords="offset points",
                ha="left" if left else "right",
                fontsize=9,
            )

    return _svg(
        "risk",
        230,
        draw,
        "Risk against coverage",
        "One line over the questions by falling confidence, and a point for each setting of "
        "strictness; the table below holds the figures.",
    )


def _edges(scores: Sequence[float]) -> NDArray[np.float64]:
    """The edges of thirty bins over the scores."""
    low, high = (min(scores), max(scores)) if scores else (0.0, 1.0)
    if high == low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, 31)


def _side(axes: Axes, y: float, word: str, count: int, colour: str) -> None:
    axes.text(
        -0.03,
        y,
        f"{word}\n{count:,}",
        transform=axes.transAxes,
        color=colour,
        ha="right",
        va="center",
        fontsize=9,
    )


def _axes(figure: Figure, left: float, right: float, top: float, bottom: float) -> Axes:
    """Axes without a frame; margins in points."""
    height = figure.get_figheight() * _INCH
    box = (
        left / _WIDTH,
        bottom / height,
        (_WIDTH - left - right) / _WIDTH,
        (height - top - bottom) / height,
    )
    axes = figure.add_axes(box)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    return axes


def _label(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    colour: str = _INK,
    ha: str = "left",
    bold: bool = False,
) -> None:
    weight = "bold" if bold else "normal"
    axes.text(x, y, text, color=colour, ha=ha, va="center_baseline", fontsize=9, fontweight=weight)


def _apart(values: Sequence[float], gap: float) -> list[float]:
    """Places for labels near their values, at least `gap` from each other, none above the rest
    out of order; pushed down from the top."""
    places = list(values)
    above: float | None = None
    for number in sorted(range(len(values)), key=lambda number: -values[number]):
        if above is not None:
            places[number] = min(values[number], above - gap)
        above = places[number]
    return places


def _colour(number: int) -> str:
    return f"#0a0b{number % COLOURS:02d}"


def _short(name: str) -> str:
    """A name with room in a plot; of a numbered one ("12:overlap=1,…") the number."""
    number, colon, _ = name.partition(":")
    if colon and number.isdigit():
        return f"no. {number}"
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _svg(
    key: str, height: float, draw: Callable[[Figure], None], title: str, description: str
) -> Markup:
    """What was drawn, with a title and a description for those who do not see it."""
    with mpl.rc_context(_STYLE | {"svg.hashsalt": key}):
        figure = Figure(figsize=(_WIDTH / _INCH, height / _INCH))
        draw(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    body = re.search(r"<svg[^>]*>(.*)</svg>", file.getvalue(), re.DOTALL)
    assert body is not None
    drawing = re.sub(r"<metadata>.*?</metadata>", "", body.group(1), flags=re.DOTALL)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)  # the same in every plot of a page
    for stand_in, name in _STAND_INS.items():
        drawing = drawing.replace(stand_in, f"var(--{name})")
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>{drawing}</svg>'
    )
