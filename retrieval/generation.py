"""One generation of an index on disk: its files, sealed by a manifest, and which one serves.

    index/current            the name of the generation that serves
    index/<generation>/      manifest.json documents.jsonl passages.jsonl dense.faiss bm25/

A generation is named in `current` by one rename, when it is whole. Knows nothing of encoders or of
what is searched for.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.document import Document, Section, Unit
from ingest.folder import Origin, reader_version
from ingest.passages import Passage
from retrieval.artifacts import sha256_of
from retrieval.errors import DamagedIndex, NoIndex

FORMAT = 2  # of the files and of how passages are cut; another number is another program's index
VECTORS = "dense.faiss"
WORDS = "bm25"
_DOCUMENTS, _PASSAGES, _MANIFEST = "documents.jsonl", "passages.jsonl", "manifest.json"
_CURRENT = "current"

# What a damaged file can raise, whichever library reads it.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError)


def serving(folder: Path) -> str | None:
    """The name of the generation that serves in an index folder, None if there is none.

    One small read: cheap enough to ask before every question whether another serves by now.
    """
    try:
        return (folder / _CURRENT).read_text().strip()
    except FileNotFoundError:
        return None


def required(folder: Path) -> str:
    """The name of the generation that serves; NoIndex if nothing was ingested into the folder."""
    name = serving(folder)
    if name is None:
        raise NoIndex(f"no index in {folder}; run: pincite ingest --index {folder}")
    return name


def create(folder: Path) -> Path:
    """A new, empty generation that does not serve."""
    generation = folder / f"generation-{uuid.uuid4().hex[:12]}"
    generation.mkdir()
    return generation


def write_texts(
    generation: Path, documents: Sequence[Document], passages: Sequence[Passage]
) -> None:
    """Write what is read and shown; row i of the vectors and the words is `passages[i]`."""
    _write_lines(generation / _DOCUMENTS, documents)
    _write_lines(generation / _PASSAGES, passages)


def seal(generation: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest, facts about the generation and the hash of every file, and sync all."""
    manifest = {"format": FORMAT, **facts}
    manifest["files"] = {name: sha256_of(generation / name) for name in _files(generation)}
    (generation / _MANIFEST).write_text(json.dumps(manifest, indent=2))
    for name in _files(generation):
        with (generation / name).open() as file:
            os.fsync(file.fileno())


def read_manifest(generation: Path) -> dict[str, Any]:
    """The manifest of a generation; DamagedIndex if it is another program's."""
    manifest: dict[str, Any] = json.loads((generation / _MANIFEST).read_text())
    if manifest["format"] != FORMAT:
        raise DamagedIndex(
            f"the index is of format {manifest['format']}, not {FORMAT}; {remedy(generation)}"
        )
    return manifest


def check_files(generation: Path, manifest: Mapping[str, Any]) -> None:
    """DamagedIndex if a file differs from its hash, OSError if it is missing."""
    for name in manifest["files"]:
        _check(generation, manifest, name)


def known_documents(folder: Path) -> dict[Origin, Document]:
    """The documents of the generation that serves by the files they were read from.

    Empty if that cannot be told, or if a file might be read differently by now.
    """
    name = serving(folder)
    if name is None:
        return {}
    try:
        manifest = read_manifest(folder / name)
        if manifest["reader"] != reader_version():
            return {}
        _check(folder / name, manifest, _DOCUMENTS)
        documents = {document.id: document for document in read_documents(folder / name)}
        origins = manifest["origins"]
        return {Origin(**origins[i]): documents[i] for i in origins}
    except (DamagedIndex, *UNREADABLE):
        return {}


def read_documents(generation: Path) -> list[Document]:
    """The documents, in the order in which they were written."""
    return [_document(row) for row in _read_lines(generation / _DOCUMENTS)]


def read_passages(generation: Path) -> list[Passage]:
    """The passages, in the order in which they were written."""
    return [_passage(row) for row in _read_lines(generation / _PASSAGES)]


def publish(folder: Path, generation: Path) -> None:
    """Let a generation serve from now on."""
    beside = folder / f"{_CURRENT}.new"
    beside.write_text(generation.name)
    with beside.open() as file:
        os.fsync(file.fileno())
    os.replace(beside, folder / _CURRENT)


def remove_leftovers(folder: Path) -> None:
    """Remove what does not serve: older generations, and what a killed ingest left behind."""
    name = serving(folder)
    for generation in folder.glob("generation-*"):
        if generation.name != name:
            shutil.rmtree(generation, ignore_errors=True)


def remedy(generation: Path) -> str:
    """What to do about a generation that cannot be used."""
    return f"run: pincite ingest --index {generation.parent}"


def _check(generation: Path, manifest: Mapping[str, Any], name: str) -> None:
    if sha256_of(generation / name) != manifest["files"][name]:
        raise DamagedIndex(
            f"{generation / name} has changed since it was written; {remedy(generation)}"
        )


def _files(generation: Path) -> list[str]:
    files = (path for path in generation.rglob("*") if path.is_file())
    return sorted(path.relative_to(generation).as_posix() for path in files)


def _write_lines(path: Path, rows: Iterable[Document | Passage]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _document(row: dict[str, Any]) -> Document:
    sections = tuple(
        Section(**{**_tuples(section), "units": _units(section["units"])})
        for section in row["sections"]
    )
    return Document(**{**_tuples(row), "sections": sections})


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(**{**_tuples(row), "units": _units(row["units"])})


def _units(rows: list[dict[str, Any]]) -> tuple[Unit, ...]:
    return tuple(Unit(**_tuples(row)) for row in rows)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where the dataclasses have tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
