"""Paths on disk to documents: walks folders, names documents, reports what it cannot read.

Knows nothing of passages or indexes.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Document, slug
from ingest.errors import NothingToIngest, UnreadableDocument
from ingest.readers import SUFFIXES, read_document

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Collection:
    """The documents under some paths, and why each unreadable file was left out."""

    documents: tuple[Document, ...]
    skipped: tuple[str, ...]


def read_paths(paths: Iterable[Path], progress: Progress = lambda done, total: None) -> Collection:
    """Read every file named, and every readable file under every folder named, in sorted order.

    A file that cannot be read is skipped with its reason; the rest is read. Hidden files and
    folders are left alone.

    Args:
        progress: called with the files read so far and in all.

    Raises:
        NothingToIngest: a path does not exist, or no document could be read.
    """
    paths = list(paths)
    documents: dict[str, Document] = {}
    skipped: list[str] = []
    files = _files(paths)
    for number, path in enumerate(files):
        progress(number, len(files))
        try:
            document = read_document(path, _free_id(path, documents))
        except UnreadableDocument as error:
            log.info("skipped %s", error)
            skipped.append(str(error))
        else:
            documents[document.id] = document
    progress(len(files), len(files))
    if not documents:
        named = ", ".join(str(path) for path in paths)
        reasons = "; ".join(skipped) or f"put {', '.join(sorted(SUFFIXES))} files there"
        raise NothingToIngest(f"no readable document in {named}: {reasons}")
    return Collection(tuple(documents.values()), tuple(skipped))


def corpus_hash(documents: Iterable[Document]) -> str:
    """SHA-256 of the ids, titles and texts of the documents, whatever their order."""
    lines = sorted(f"{document.id}\0{document.title}\0{document.sha256}" for document in documents)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _files(paths: list[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden and file.suffix.lower() in SUFFIXES:
                    files[file.resolve()] = None
        elif path.exists():
            files[path.resolve()] = None
        else:
            raise NothingToIngest(f"{path} does not exist; check the path")
    return list(files)


def _free_id(path: Path, taken: dict[str, Document]) -> str:
    """The file's name as an id; with its folder's name, then a number, where that is taken."""
    candidates = [slug(path.stem), slug(f"{path.parent.name}-{path.stem}")]
    candidates += [f"{slug(path.stem)}-{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in candidates if name not in taken)
