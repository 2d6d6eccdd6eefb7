"""Uploaded files on disk: their names made harmless, each copied and read before it counts.

Files wait in a hidden folder beside their final place, which no ingest reads, so that the last
step is a rename. Knows nothing of indexes.
"""

import hashlib
import os
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Document
from ingest.errors import UnreadableDocument
from ingest.folder import file_hash
from ingest.readers import read_document

_MAX_STEM = 150  # bytes; with a suffix and what a library adds, below the 255 of common disks
_MAX_SUFFIX = 20
_FORBIDDEN = frozenset('<>:"|?*')  # what not every disk takes


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was read: its name, where it waits, its SHA-256, and what it says."""

    name: str
    staged: Path
    sha256: str
    document: Document


def safe_name(name: str) -> str:
    """A file's name that stays in its folder, is not hidden, and that every disk takes.

    A name that is too long is cut; a hash of the whole keeps it apart from others like it.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join("-" if _is_odd(letter) else letter for letter in last).strip(" .")
    path = Path(plain or "document")
    stem, suffix = path.stem, path.suffix[:_MAX_SUFFIX]
    raw = stem.encode()
    if len(raw) > _MAX_STEM:
        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
        stem = f"{raw[: _MAX_STEM - 9].decode(errors='ignore')}-{digest}"
    return (stem + suffix).rstrip(" .")


class Staging:
    """A hidden folder in the folder of uploads, for one change of it."""

    def __init__(self, uploads: Path) -> None:
        self._uploads = uploads
        self._folder = uploads / f".incoming-{uuid.uuid4().hex[:12]}"
        self._moved: list[tuple[Path, Path]] = []

    def read(self, file: Path, max_bytes: int) -> Upload:
        """Copy a file and read it.

        Raises:
            UnreadableDocument: it is too large or cannot be read; the message does not name it.
        """
        name = safe_name(file.name)
        staged = self._new(name)
        try:
            size = file.stat().st_size
            if size > max_bytes:
                raise UnreadableDocument(too_large(size, max_bytes))
            shutil.copyfile(file, staged)
            document = read_document(staged)
            return Upload(name, staged, file_hash(staged), document)
        except OSError as error:
            raise UnreadableDocument(f"{error.strerror or error}; check the file") from error
        except UnreadableDocument as error:
            raise UnreadableDocument(str(error).removeprefix(f"{staged}: ")) from error

    def place(self, upload: Upload) -> None:
        """Put a file where it belongs; another of its name waits here from now on."""
        final = self._uploads / upload.name
        self.take_away(final)
        self._move(upload.staged, final)

    def take_away(self, final: Path) -> None:
        """Take a file from where it belongs, if it is there."""
        if final.exists():
            self._move(final, self._new(final.name))

    def undo(self) -> None:
        """Put everything back where it was."""
        while self._moved:
            source, target = self._moved.pop()
            with suppress(OSError):  # what can be put back is
                os.replace(target, source)

    def remove(self) -> None:
        """Remove the folder, and what waits in it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new(self, name: str) -> Path:
        """A free place for a file of this name."""
        folder = self._folder / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        return folder / name

    def _move(self, source: Path, target: Path) -> None:
        os.replace(source, target)
        self._moved.append((source, target))


@contextmanager
def staging(uploads: Path) -> Iterator[Staging]:
    """A place for one change of the folder of uploads, removed at the end."""
    place = Staging(uploads)
    try:
        yield place
    finally:
        place.remove()


def too_large(size: int, max_bytes: int) -> str:
    """What is said of a file that is too large, and what to do."""
    return (
        f"holds {size / 1e6:,.1f} MB, more than the {max_bytes / 1e6:.0f} MB that may be uploaded "
        "(the setting max_upload_mb); split it into smaller files"
    )


def _is_odd(letter: str) -> bool:
    return letter in _FORBIDDEN or unicodedata.category(letter).startswith("C")
