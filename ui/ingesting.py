"""Ingest as the command does it: once, or again whenever the documents change.

Knows how it is told, and nothing of how it is done.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from chat.settings import Settings
from ingest.errors import IngestError
from ingest.folder import Collection, read_paths
from retrieval.changes import Changes
from retrieval.encoder import Encoder
from retrieval.errors import RetrievalError
from retrieval.generation import known_documents
from retrieval.index import Update, update_index
from ui.terminal import clean, progress_bar


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one ingest read and did."""

    folder: Path
    collection: Collection
    update: Update

    @property
    def line(self) -> str:
        """The outcome for a reader."""
        index, update = self.update.index, self.update
        return (
            f"{len(index.documents)} documents, {len(index.passages)} passages in {self.folder}: "
            f"{_in_words(update.changes)}; {update.embedded} embedded, {update.reused} reused"
        )

    @property
    def body(self) -> dict[str, Any]:
        """The outcome for other programs."""
        changes = self.update.changes
        return {
            "index": str(self.folder),
            "documents": len(self.update.index.documents),
            "passages": len(self.update.index.passages),
            "embedded": self.update.embedded,
            "reused": self.update.reused,
            "added": changes.added,
            "changed": changes.changed,
            "removed": changes.removed,
            "renamed": changes.renamed,
            "skipped": self.collection.skipped,
        }


def read(paths: Sequence[Path], settings: Settings, console: Console) -> Collection:
    """`read_paths` with a bar, of these paths and of what was uploaded to the index; files that
    the index has read already are not read again."""
    uploads = [settings.uploads] if settings.uploads.is_dir() else []
    with progress_bar(console, "reading files") as progress:
        return read_paths([*paths, *uploads], progress, known_documents(settings.index))


def update(
    collection: Collection, settings: Settings, encoder: Encoder, console: Console
) -> Ingested:
    """`update_index` with a bar, as the settings say."""
    with progress_bar(console, "embedding passages") as progress:
        done = update_index(
            settings.index,
            collection.documents,
            encoder,
            progress,
            passage_tokens=settings.passage_tokens,
            overlap=settings.overlap,
            origins=collection.origins,
            dense_index=settings.dense_index,
        )
    return Ingested(settings.index, collection, done)


def keep_ingesting(
    paths: Sequence[Path], settings: Settings, encoder: Encoder, console: Console, as_json: bool
) -> None:
    """Ingest now and after each change, one line each, until Ctrl-C.

    What cannot be ingested is told, and leaves the index as it was.
    """
    from ingest.watch import watch_paths

    skipped: tuple[str, ...] | None = None
    for _ in watch_paths(paths, settings.index):
        try:
            done = update(read(paths, settings, console), settings, encoder, console)
        except (IngestError, RetrievalError) as error:
            skipped = None
            warn(console, f"{error}; the index stays as it was")
            continue
        if done.update.changes or done.collection.skipped != skipped:
            show(done, console, as_json, one_line=True)
        skipped = done.collection.skipped


def show(done: Ingested, console: Console, as_json: bool, one_line: bool = False) -> None:
    """Print an outcome, and to `console`, which is standard error, what was left out.

    Args:
        one_line: whether a JSON object stands in one line, for who reads one after another.
    """
    for reason in done.collection.skipped:
        warn(console, f"skipped {reason}")
    indent = None if one_line else 2
    text = json.dumps(done.body, indent=indent, ensure_ascii=False) if as_json else clean(done.line)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def warn(console: Console, text: str) -> None:
    """Print a line as it is."""
    console.print(clean(text), markup=False, highlight=False, soft_wrap=True)


def _in_words(changes: Changes) -> str:
    counts = {
        "added": len(changes.added),
        "changed": len(changes.changed),
        "removed": len(changes.removed),
        "renamed": len(changes.renamed),
    }
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "no document changed"
