"""A service over a folder of its own, with hashed words for vectors, whose documents may change."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from chat.chatbot import Chatbot
from chat.generator import ExtractiveComposer
from chat.models import Models
from chat.service import Service
from chat.settings import Settings
from retrieval.index import load_index
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder, WordReranker
from ui import ingesting

BAKERY = "# Bakery\n\n## Wages\n\nBakers in Mallory earn $2,900 a month.\n"
QUESTION = "What do bakers in Mallory earn a month?"
SECONDS = 30.0  # to wait for another thread on a busy machine


class Shelf:
    """A folder with `notes/bakery.md`, its index, and a service that answers from it.

    Args:
        before: called with the texts that are to be encoded.
    """

    def __init__(
        self,
        folder: Path,
        before: Callable[[Sequence[str]], None] = lambda texts: None,
        **limits: int,
    ) -> None:
        self.folder, self.notes = folder, folder / "notes"
        self.settings = Settings.load(index=folder / "index", **limits)
        self.encoder = HashedEncoder(before=before)
        self.write("notes/bakery.md", BAKERY)
        self.ingest()
        self.service = Service.from_settings(self.settings, self._load)
        self.service.start()
        self.service.wait(SECONDS)

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def ingest(self) -> None:
        """Ingest the notes as the command does, by another process's hand."""
        console = Console(quiet=True)
        read = ingesting.read([self.notes], self.settings, console)
        ingesting.update(read, self.settings, HashedEncoder(), console)

    def stored(self) -> list[str]:
        """The names of all files in the folder of uploads."""
        return sorted(path.name for path in self.settings.uploads.rglob("*"))

    def ids(self) -> list[str]:
        """The documents that are answered from."""
        return [document.id for document in self.service.overview()]

    def _load(self) -> Chatbot:
        index = load_index(self.settings.index, self.encoder)
        models = Models(TokenMemory(self.encoder), WordReranker(), ExtractiveComposer())
        return Chatbot(index, models, strictness="cautious")


class Gate:
    """Holds an encoder when it is given certain words, until it is let go."""

    def __init__(self, word: str) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self._word = word

    def __call__(self, texts: Sequence[str]) -> None:
        if any(self._word in text for text in texts):
            self.reached.set()
            assert self.go.wait(SECONDS)
