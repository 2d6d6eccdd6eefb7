"""What an evaluation leaves behind: JSON, a page, Markdown, TREC files.

Knows nothing of how measures are made; an error of the disk says what to do next.
"""

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from retrieval.errors import BadReport
from ui.answering import JudgedAnswers
from ui.bench import Bench
from ui.terminal import say

if TYPE_CHECKING:
    from retrieval.compare import Comparison
    from retrieval.evaluate import RetrievalReport

REPORT = "-evaluation"  # ends the name of a report that was kept under its time

_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a report goes; None is nowhere."""

    json: Path | None
    html: Path | None
    markdown: Path | None
    runs: Path | None

    def or_dated(self, folder: Path) -> "Outputs":
        """The same; without a place for the JSON, it and the page go into a folder, under a name
        that begins with the time (UTC), so that names sort by age."""
        if self.json:
            return self
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%fZ")
        html = self.html or folder / f"{now}{REPORT}.html"
        return replace(self, json=folder / f"{now}{REPORT}.json", html=html)

    def prepare(self) -> None:
        """Make the folders now, so that a long run does not fail at its end."""
        for folder in {path.parent for path in (self.json, self.html, self.markdown) if path}:
            _make_folder(folder)
        if self.runs:
            _make_folder(self.runs)

    def write(
        self,
        bench: Bench,
        report: "RetrievalReport",
        comparison: "Comparison | None" = None,
        judged: JudgedAnswers | None = None,
    ) -> None:
        """Write what was asked for, and tell where it is.

        Raises:
            BadReport: a file cannot be written.
        """
        if self.json:
            body = _body(bench, report, comparison, judged)
            _write_text(self.json, json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        if self.markdown:
            from ui.report import as_markdown

            parts = [as_markdown(report)]
            if judged:
                from ui.report_answers import as_markdown as answers_markdown

                parts.append(answers_markdown(judged.report, judged.comparison))
            _write_text(self.markdown, "\n".join(parts))
        if self.html:
            from ui.report import as_html

            shown = None
            if judged:
                from ui.report_answers import shown_answers

                shown = shown_answers(judged.report, judged.comparison)
            _write_text(self.html, as_html(report, _about(bench), comparison, shown))
        if self.runs:
            _write_runs(self.runs, report)


def _body(
    bench: Bench,
    report: "RetrievalReport",
    comparison: "Comparison | None",
    judged: JudgedAnswers | None,
) -> dict[str, Any]:
    from chat.compare import comparison_json as answers_comparison_json
    from chat.report import as_json as answers_json
    from retrieval.compare import comparison_json
    from retrieval.report import as_json

    body = as_json(report) | {"about": _about(bench)}
    if comparison:
        body["comparison"] = comparison_json(comparison)
    if judged:
        body["answers"] = answers_json(judged.report)
        if judged.comparison:
            answers = answers_comparison_json(judged.comparison)
            body["comparison"] = body.get("comparison", {}) | {"answers": answers}
    return body | {"settings": bench.settings.model_dump(mode="json")}


def _about(bench: Bench) -> Mapping[str, str]:
    """What a reader wants to know of how a report came about."""
    indexes = bench.indexes.values()
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "pincite": importlib.metadata.version("pincite"),
        "encoder": f"{bench.encoder.name} (SHA-256 {bench.encoder.sha256[:12]})",
        "documents": f"{sum(len(index.documents) for index in indexes):,}",
        "passages": f"{sum(len(index.passages) for index in indexes):,}",
        "threads": str(bench.settings.threads or "every core"),
    }


def _write_runs(folder: Path, report: "RetrievalReport") -> None:
    from retrieval.runs import Run, write_qrels, write_run

    with _writing(folder):
        write_qrels(folder / "qrels.txt", report.dataset.qrels)
        for name, system in report.systems.items():
            write_run(folder / f"{name.replace('/', '_')}.run", Run(name, system.rankings))
    say(_err, f"wrote {folder}")


def _write_text(path: Path, text: str) -> None:
    with _writing(path):
        path.write_text(text, encoding="utf-8")
    say(_err, f"wrote {path}")


def _make_folder(folder: Path) -> None:
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadReport(
            f"{path} cannot be written ({error.strerror}); name another place"
        ) from error
