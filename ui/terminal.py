"""How reports and hits look in a terminal. Knows rich, and nothing of how they are made."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from ui.numbers import differs, mark, measured, p_value, share, signed

if TYPE_CHECKING:
    from chat.answer import Citation
    from chat.compare import AnswerComparison
    from chat.evaluate import AnswerReport
    from retrieval.compare import Comparison
    from retrieval.evaluate import RetrievalReport
    from retrieval.hit import Hit

# A document must not be able to move the cursor or colour the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_FEW = 5  # failures that a terminal shows


def clean(text: str) -> str:
    """A text without control characters."""
    return _CONTROL.sub("", text)


def say(console: Console, text: str) -> None:
    """One line as it is, without mark-up."""
    console.print(clean(text), markup=False, highlight=False, soft_wrap=True)


def citation_text(citation: "Citation") -> str:
    """A citation on two lines: where it stands, then its words."""
    page = f", p. {citation.page}" if citation.page else ""
    where = clean(" › ".join(citation.section))
    return f"[{citation.marker}] {where}{page}\n    “{clean(citation.quote)}”"


@contextmanager
def progress_bar(console: Console, label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere; yields what takes (done, total)."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Without the model libraries' own progress bars and advice."""
    from transformers.utils import logging

    transformers_logging: Any = logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    yield


def show_hits(console: Console, hits: Sequence["Hit"]) -> None:
    """Hits as a table, best first."""
    table = Table("rank", "score", "dense", "bm25", "section", "text")
    for hit in hits:
        table.add_row(
            str(hit.rank),
            f"{hit.score:.3f}",
            f"{hit.dense:.3f}",
            f"{hit.bm25:.2f}",
            escape(clean(" › ".join(hit.passage.path))),
            escape(clean(" ".join(hit.passage.text.split())[:160])),
        )
    console.print(table)


def show_retrieval(console: Console, report: "RetrievalReport") -> None:
    """One row a system, each measure with its 95% interval; then the differences from the default
    and the questions that the default missed."""
    names = list(next(iter(report.systems.values())).measures)
    dataset = report.dataset
    title = f"{dataset.name}, {dataset.split}: {len(dataset.queries):,} queries"
    table = _measures_table(names, title, "default bold; 95% bootstrap intervals")
    table.add_column("ms p50\nms p95", no_wrap=True)
    for name, system in report.systems.items():
        latency = system.latency
        times = f"{latency.p50:.1f}\n{latency.p95:.1f}" if latency else "–"
        cells = (escape(_stacked(measured(found))) for found in system.measures.values())
        style = "bold" if name == report.default else ""
        table.add_row(escape(clean(name)), *cells, times, style=style)
    console.print(table)
    _show_differences(console, report, names)
    _show_missed(console, report)


def _measures_table(names: list[str], title: str, caption: str) -> Table:
    """A table that fits eighty columns with five measures and their intervals."""
    table = Table(box=SIMPLE_HEAD, padding=0)
    table.title, table.caption = escape(clean(title)), caption
    table.add_column("system", overflow="fold", min_width=9)
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def _show_differences(console: Console, report: "RetrievalReport", names: list[str]) -> None:
    others = {name: s.versus_default for name, s in report.systems.items() if s.versus_default}
    if not others:
        return
    caption = "▲ ▼ beyond noise: paired randomisation, p after Holm < .05"
    table = _measures_table(names, f"against {report.default}", caption)
    for name, differences in others.items():
        cells = [
            f"{_stacked(differs(d))}\n{p_value(d.adjusted)} {mark(d)}".rstrip()
            for d in differences.values()
        ]
        table.add_row(escape(clean(name)), *map(escape, cells))
    console.print(table)


def _show_missed(console: Console, report: "RetrievalReport") -> None:
    """The first few questions whose gold the default did not find, and what came instead."""
    from retrieval.report import failures

    name = report.default if report.default in report.systems else next(iter(report.systems))
    missed = [failure for failure in failures(report, name) if failure.missed]
    if not missed:
        return
    table = Table(
        "question",
        Column("gold", overflow="fold"),
        Column("first found instead", overflow="fold"),
        box=SIMPLE_HEAD,
        title=f"{escape(clean(name))} missed {len(missed)} of {len(report.dataset.queries):,} "
        "among the first ten",
        caption=f"{len(missed) - _FEW} more in --json and --html" if len(missed) > _FEW else None,
    )
    for failure in missed[:_FEW]:
        instead = (
            f"{failure.instead[0].id} ({failure.instead[0].score:.2f})" if failure.instead else ""
        )
        row = (failure.question, ", ".join(failure.gold), instead)
        table.add_row(*(escape(clean(cell)) for cell in row))
    console.print(table)


def show_comparison(console: Console, comparison: "Comparison") -> None:
    """Every measure that an earlier report has, too, and whether it moved beyond noise."""
    table = Table(
        "system",
        "measure",
        "before",
        "now",
        "difference",
        "",
        box=SIMPLE_HEAD,
        title=f"against {escape(clean(comparison.earlier.name))}",
        caption="difference with 95% interval; p: paired randomisation, after Holm",
    )
    for system, changes in comparison.changes.items():
        for measure, change in changes.items():
            found = change.difference
            verdict = "fell" if change.fell else "rose" if change.rose else "within noise"
            table.add_row(
                escape(clean(system)),
                measure,
                share(change.before),
                share(change.now),
                escape(differs(found)) if found else signed(change.now - change.before),
                f"{verdict}, {p_value(found.adjusted)}" if found else "no per-query values",
            )
    console.print(table)


def _stacked(text: str) -> str:
    """A value above its interval, so that a narrow terminal does not break the interval."""
    return text.replace(" [", "\n[", 1)


def show_answers(console: Console, report: "AnswerReport") -> None:
    """Every measure with its interval, the counts and times, and how each kind of question
    fared."""
    from chat.measures import by_kind, counts, latency, measures

    table = Table("measure", "value", "questions", box=SIMPLE_HEAD)
    table.title = f"{len(report.outcomes)} answers, {escape(clean(report.generator))}"
    table.caption = "95% bootstrap intervals over questions"
    for name, found in measures(report).items():
        row = (name.replace("_", " "), escape(measured(found.measured)), str(found.questions))
        table.add_row(*row)
    for name, count in counts(report).items():
        table.add_row(name.replace("_", " "), str(count), "")
    for name, times in latency(report).items():
        table.add_row(f"{name.replace('_', ' ')} p50 / p95", f"{times.p50:.2f} / {times.p95:.2f} s")
    if report.peak_mb:
        table.add_row("peak memory", f"{report.peak_mb:.0f} MB")
    console.print(table)
    kinds = Table("kind", "right", "of", "share", box=SIMPLE_HEAD)
    for name, kind in by_kind(report).items():
        cells = (clean(name), str(kind.right), str(kind.questions), measured(kind.correct))
        kinds.add_row(*map(escape, cells))
    console.print(kinds)


def show_answer_comparison(console: Console, comparison: "AnswerComparison") -> None:
    """Every measure of answers that an earlier report has, too, and whether it moved beyond
    noise."""
    table = Table("answers", "before", "now", "difference", "", box=SIMPLE_HEAD)
    table.title = f"answers against {escape(clean(comparison.earlier.name))}"
    table.caption = "paired by question; p: paired randomisation, after Holm"
    for name, change in comparison.changes.items():
        found = change.difference
        verdict = "fell" if change.fell else "rose" if change.rose else "within noise"
        table.add_row(
            name.replace("_", " "),
            share(change.before),
            share(change.now),
            escape(differs(found)) if found else signed(change.now - change.before),
            f"{verdict}, {p_value(found.adjusted)}" if found else "not paired",
        )
    console.print(table)


def show_front(console: Console, report: "RetrievalReport") -> None:
    """The configurations that no other beats in both quality and latency."""
    from retrieval.report import fronted

    say(console, "On the Pareto front of nDCG@10 against the median latency, fastest first:")
    for name in fronted(report):
        system = report.systems[name]
        if system.latency:
            quality = system.measures["nDCG@10"].value
            say(console, f"  {quality:.3f}  {system.latency.p50:7.1f} ms  {name}")
