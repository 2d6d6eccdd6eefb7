"""Folders that are watched and a server that follows, with the real commands and real files."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from ingest.errors import NothingToIngest
from ingest.watch import watch_paths
from retrieval.generation import serving

SECONDS = 240.0  # for models to load, and for a change to be told, on a very busy machine


class Command:
    """A running command whose lines are read as they come."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *arguments],
            env=os.environ | {"HF_HUB_OFFLINE": "1", "PINCITE_INDEX": str(folder / "index")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.process.stderr
        self.out, self.err = _lines(self.process.stdout), _lines(self.process.stderr)

    def stop(self) -> int:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


def _lines(stream: IO[str]) -> "queue.Queue[str]":
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        with stream:
            for line in stream:
                lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    return lines


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Command]:
    command = Command(folder, *arguments)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def write(path: Path, fruit: str) -> None:
    path.write_text(f"# Fruit\n\n## {fruit.title()}\n\nThe {fruit} is ripe.\n")


def test_a_watched_folder_is_ingested_after_each_change(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    write(notes / "a.md", "apple")
    with running(tmp_path, "ingest", str(notes), "--watch") as command:
        assert "1 added; 1 embedded, 0 reused" in command.out.get(timeout=SECONDS)
        write(notes / "b.md", "pear")
        assert "2 documents" in (line := command.out.get(timeout=SECONDS))
        assert "1 added; 1 embedded, 1 reused" in line
        write(notes / "a.md", "quince")
        assert "1 changed; 1 embedded, 1 reused" in command.out.get(timeout=SECONDS)
        (notes / "b.md").rename(notes / "c.md")
        assert "1 renamed; 0 embedded, 2 reused" in command.out.get(timeout=SECONDS)
        (notes / "d.md").write_bytes(b"\x00")
        assert "d.md: is a binary file" in command.err.get(timeout=SECONDS)
        assert "no document changed" in command.out.get(timeout=SECONDS)
        (notes / "d.md").unlink()
        assert "no document changed" in command.out.get(timeout=SECONDS)
        before = serving(tmp_path / "index")
        for path in (notes / "a.md", notes / "c.md"):
            path.unlink()
        while "no readable document" not in (said := command.err.get(timeout=SECONDS)):
            pass
        assert "the index stays as it was" in said
        assert (tmp_path / "index" / str(serving(tmp_path / "index"))).is_dir()
        assert before is not None
        write(notes / "a.md", "quince")
        assert "1 documents" in command.out.get(timeout=SECONDS)
        assert command.stop() == 0
        assert command.err.empty()


def test_a_running_server_answers_from_the_new_index(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "apple")
    assert ingest(tmp_path) == 0
    with running(tmp_path, "serve", "--port", "0", "--generator", "extractive") as command:
        found = re.search(r"http://[\d.:]+", command.out.get(timeout=SECONDS))
        assert found
        address = found.group()
        assert documents(address) == ["a"]
        write(tmp_path / "b.md", "pear")
        assert ingest(tmp_path) == 0
        until = time.monotonic() + SECONDS
        while documents(address) == ["a"] and time.monotonic() < until:
            time.sleep(0.1)
        assert documents(address) == ["a", "b"]
        body: dict[str, Any] = httpx.post(
            f"{address}/search", json={"question": "Is the pear ripe?"}, timeout=SECONDS
        ).json()
        assert body["passages"][0]["document_id"] == "b"
        assert command.stop() == 0


def ingest(folder: Path) -> int:
    with running(folder, "ingest", str(folder)) as command:
        return command.process.wait(SECONDS)


def documents(address: str) -> list[str]:
    listed = httpx.get(f"{address}/documents", timeout=SECONDS).json()
    return sorted(document["id"] for document in listed["documents"])


class Watched:
    """`watch_paths` in a thread; each of its tellings is one item of a queue."""

    def __init__(self, *paths: Path, ignored: Path) -> None:
        self.told: queue.Queue[None] = queue.Queue()
        self._paths, self._ignored = paths, ignored
        threading.Thread(target=self._run, daemon=True).start()
        self.told.get(timeout=SECONDS)

    def _run(self) -> None:
        for _ in watch_paths(self._paths, self._ignored):
            self.told.put(None)

    def quiet(self) -> bool:
        """Whether nothing is told for longer than two looks take."""
        try:
            self.told.get(timeout=2.5)
        except queue.Empty:
            return True
        return False


def test_hidden_files_and_the_index_itself_are_not_told(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    watched = Watched(tmp_path, ignored=index)
    (index / "current").write_text("generation-1")
    (tmp_path / ".a.md.swp").write_text("half")
    assert watched.quiet()
    (tmp_path / "a.md").write_text("whole")
    watched.told.get(timeout=SECONDS)


def test_a_burst_of_changes_is_told_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path, ignored=tmp_path / "index")
    for number in range(50):
        (tmp_path / f"{number}.md").write_text("x")
    watched.told.get(timeout=SECONDS)
    assert watched.quiet()


def test_a_file_that_an_editor_replaces_is_told_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("0")
    watched = Watched(path, ignored=tmp_path / "index")
    for number in range(1, 3):
        beside = tmp_path / f"new-{number}"
        beside.write_text(str(number))
        os.replace(beside, path)
        watched.told.get(timeout=SECONDS)
        while not watched.quiet():
            pass


def test_a_folder_that_is_removed_is_told_and_waited_for(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    watched = Watched(notes, ignored=tmp_path / "index")
    notes.rmdir()
    watched.told.get(timeout=SECONDS)
    while not watched.quiet():
        pass
    notes.mkdir()
    watched.told.get(timeout=SECONDS)
    while not watched.quiet():
        pass
    (notes / "a.md").write_text("x")
    watched.told.get(timeout=SECONDS)


def test_a_path_that_is_not_there_at_the_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToIngest, match="nowhere"):
        next(watch_paths([tmp_path / "nowhere"], tmp_path / "index"))
