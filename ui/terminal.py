"""How reports and hits look in a terminal. Knows rich, and nothing of how they are made."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from chat.answer import Citation
    from chat.evaluate import AnswerReport
    from retrieval.evaluate import RetrievalReport
    from retrieval.hit import Hit

# A document must not be able to move the cursor or colour the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """A text without control characters."""
    return _CONTROL.sub("", text)


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
    """One row a system, each measure with its 95% interval."""
    names = list(next(iter(report.systems.values())).measures)
    table = Table("system", *names, "ms p50", "ms p95", title=f"{report.queries} queries")
    for name, system in report.systems.items():
        cells = [f"{m.value:.3f} [{m.low:.2f}, {m.high:.2f}]" for m in system.measures.values()]
        table.add_row(name, *map(escape, cells), f"{system.p50:.1f}", f"{system.p95:.1f}")
    console.print(table)


def show_answers(console: Console, report: "AnswerReport") -> None:
    """Every measure, how each kind of question fared, and what went wrong."""
    table = Table("measure", "value", title=f"{len(report.outcomes)} answers, {report.generator}")
    for name, value in report.measures().items():
        table.add_row(name.replace("_", " "), f"{value:.3f}".rstrip("0").rstrip("."))
    console.print(table)
    kinds = Table("kind", "right", "of")
    for kind, (right, total) in report.by_kind().items():
        kinds.add_row(kind, str(right), str(total))
    console.print(kinds)
