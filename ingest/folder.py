"""Paths on disk to documents: walks folders, names documents, reports what it cannot read.

Reading some formats takes longer than embedding them, so a file that did not change may be taken
as it was read before. Knows nothing of passages or indexes.
"""

import hashlib
import importlib.metadata
import logging
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ingest.document import Document, slug
from ingest.errors import NothingToIngest, UnreadableDocument
from ingest.readers import SUFFIXES, read_document

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


# What else decides how a file is read, besides the modules of this package.
_LIBRARIES = (
    *("markdown-it-py", "mdit-py-plugins", "sentencex", "beautifulsoup4", "lxml", "markdownify"),
    *("mammoth", "pdfplumber", "pdfminer.six"),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a document was read from, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The documents under some paths, and why each unreadable file was left out.

    `origins` has the file of each document, by the document's id.
    """

    documents: tuple[Document, ...]
    skipped: tuple[str, ...]
    origins: Mapping[str, Origin] = field(default_factory=dict)


def read_paths(
    paths: Iterable[Path],
    progress: Progress = lambda done, total: None,
    known: Mapping[Origin, Document] | None = None,
) -> Collection:
    """Read every file named, and every readable file under every folder named, in sorted order.

    A file that cannot be read is skipped with its reason; the rest is read. Hidden files and
    folders are left alone.

    Args:
        progress: called with the files read so far and in all.
        known: documents that need not be read again, if their file is still the same; a file keeps
            the id that it has there.

    Raises:
        NothingToIngest: a path does not exist, or no document could be read.
    """
    paths = list(paths)
    documents: dict[str, Document] = {}
    origins: dict[str, Origin] = {}
    skipped: list[str] = []
    files = _files(paths)
    ids = {origin.path: document.id for origin, document in (known or {}).items()}
    before = {str(path): ids[str(path)] for path in files if str(path) in ids}
    for number, path in enumerate(files):
        progress(number, len(files))
        try:
            origin, document = _read(path, _id_of(path, documents, before), known or {})
        except UnreadableDocument as error:
            log.info("skipped %s", error)
            skipped.append(str(error))
        else:
            documents[document.id], origins[document.id] = document, origin
    progress(len(files), len(files))
    if not documents:
        named = ", ".join(str(path) for path in paths)
        reasons = "; ".join(skipped) or f"put {', '.join(sorted(SUFFIXES))} files there"
        raise NothingToIngest(f"no readable document in {named}: {reasons}")
    return Collection(tuple(documents.values()), tuple(skipped), origins)


@cache
def reader_version() -> str:
    """A hash of all that decides what a file is read as: another one may read it differently."""
    version = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        version.update(module.read_bytes())
    for name in _LIBRARIES:
        version.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    return version.hexdigest()


def corpus_hash(documents: Iterable[Document]) -> str:
    """SHA-256 of the ids, titles and texts of the documents, whatever their order."""
    lines = sorted(f"{document.id}\0{document.title}\0{document.sha256}" for document in documents)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path, doc_id: str, known: Mapping[Origin, Document]) -> tuple[Origin, Document]:
    """A file's document: as it was read before, if it is the same file with the same id."""
    try:
        origin = Origin(str(path), file_hash(path))
    except OSError as error:
        raise UnreadableDocument(f"{path}: {error.strerror or error}") from error
    before = known.get(origin)
    if before is not None and before.id == doc_id:
        return origin, before
    return origin, read_document(path, doc_id)


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


def _id_of(path: Path, taken: Mapping[str, Document], before: Mapping[str, str]) -> str:
    """A file's id: the one before if it is free, otherwise a new one that is no other file's."""
    own = before.get(str(path))
    if own is not None and own not in taken:
        return own
    return free_id(path, {*taken, *before.values()})


def free_id(path: Path, taken: Set[str]) -> str:
    """The file's name as an id; with its folder's name, then a number, where that is taken."""
    candidates = [slug(path.stem), slug(f"{path.parent.name}-{path.stem}")]
    candidates += [f"{slug(path.stem)}-{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in candidates if name not in taken)
