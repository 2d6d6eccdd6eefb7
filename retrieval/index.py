"""The index folder: documents, passages, vectors and words of a collection, with a manifest.

    index/current            the name of the generation that serves
    index/<generation>/      manifest.json documents.jsonl passages.jsonl dense.faiss bm25/

A generation is built beside the others, read back and checked, and only then named in `current`,
by one rename. Whatever dies before that leaves the old one serving. Knows nothing of questions.
"""

import importlib.metadata
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from ingest.document import Document, Section, Unit
from ingest.folder import corpus_hash
from ingest.passages import Passage, split_document
from retrieval.artifacts import sha256_of
from retrieval.bm25 import Bm25Index
from retrieval.dense import DenseIndex
from retrieval.encoder import Encoder
from retrieval.errors import DamagedIndex, NoIndex, WrongEncoder

FORMAT = 1  # of the files below; another number is another program's index
_LIBRARIES = ("faiss-cpu", "bm25s", "sentence-transformers", "torch")
_BATCH = 64  # passages between two reports of progress

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Index:
    """A generation in memory; row i of both systems is `passages[i]`."""

    documents: dict[str, Document]
    passages: tuple[Passage, ...]
    dense: DenseIndex
    bm25: Bm25Index
    manifest: dict[str, Any]


def build_index(
    folder: Path,
    documents: Sequence[Document],
    encoder: Encoder,
    progress: Progress = lambda done, total: None,
) -> Index:
    """Index documents into a folder and return what now serves.

    Nothing is done when the folder already holds the same documents made with the same encoder.

    Args:
        progress: called with the passages embedded so far and in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        _remove_leftovers(folder)
        current = _serving(folder, documents, encoder)
        if current:
            return current
        generation = folder / f"generation-{uuid.uuid4().hex[:12]}"
        generation.mkdir()
        _write(generation, documents, encoder, progress)
        index = _read(generation, encoder)
        _publish(folder, generation)
        _remove_leftovers(folder)
        return index


def load_index(folder: Path, encoder: Encoder) -> Index:
    """Read the generation that serves, and check every file of it.

    Raises:
        NoIndex: nothing was ingested into the folder.
        DamagedIndex: a file is missing or differs from the manifest.
        WrongEncoder: the vectors were made by another encoder.
    """
    try:
        name = (folder / "current").read_text().strip()
    except FileNotFoundError:
        raise NoIndex(f"no index in {folder}; run: pincite ingest --index {folder}") from None
    return _read(folder / name, encoder)


def is_current(folder: Path, documents: Iterable[Document], encoder: Encoder) -> bool:
    """Whether a sound index of exactly these documents and this encoder serves."""
    return _serving(folder, documents, encoder) is not None


def _serving(folder: Path, documents: Iterable[Document], encoder: Encoder) -> Index | None:
    try:
        index = load_index(folder, encoder)
    except (NoIndex, DamagedIndex, WrongEncoder):
        return None
    return index if index.manifest["corpus_sha256"] == corpus_hash(documents) else None


def _write(
    generation: Path, documents: Sequence[Document], encoder: Encoder, progress: Progress
) -> None:
    passages = [
        passage
        for document in documents
        for passage in split_document(document, encoder.window, encoder.count_tokens)
    ]
    texts = [passage.index_text for passage in passages]
    vectors = np.zeros((len(texts), encoder.dimension), np.float32)
    progress(0, len(texts))
    for start in range(0, len(texts), _BATCH):
        vectors[start : start + _BATCH] = encoder.encode(texts[start : start + _BATCH])
        progress(min(start + _BATCH, len(texts)), len(texts))
    DenseIndex.build(vectors).save(generation / "dense.faiss")
    Bm25Index.build(texts).save(generation / "bm25")
    _write_lines(generation / "documents.jsonl", [asdict(document) for document in documents])
    _write_lines(generation / "passages.jsonl", [asdict(passage) for passage in passages])
    manifest = {
        "format": FORMAT,
        "encoder": {"name": encoder.name, "sha256": encoder.sha256, "window": encoder.window},
        "dimension": encoder.dimension,
        "documents": len(documents),
        "passages": len(passages),
        "corpus_sha256": corpus_hash(documents),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "files": {name: sha256_of(generation / name) for name in _files(generation)},
    }
    (generation / "manifest.json").write_text(json.dumps(manifest, indent=2))
    _sync(generation)


def _read(generation: Path, encoder: Encoder) -> Index:
    remedy = f"run: pincite ingest --index {generation.parent}"
    try:
        manifest = json.loads((generation / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            raise DamagedIndex(
                f"the index is of format {manifest['format']}, not {FORMAT}; {remedy}"
            )
        made_with = manifest["encoder"]
        if made_with["sha256"] != encoder.sha256 or manifest["dimension"] != encoder.dimension:
            raise WrongEncoder(
                f"the index was built with the encoder {made_with['name']}, not {encoder.name}; "
                f"set encoder to {made_with['name']}, or {remedy}"
            )
        for name, expected in manifest["files"].items():
            if sha256_of(generation / name) != expected:
                raise DamagedIndex(
                    f"{generation / name} has changed since it was written; {remedy}"
                )
        documents = [_document(line) for line in _read_lines(generation / "documents.jsonl")]
        passages = tuple(_passage(line) for line in _read_lines(generation / "passages.jsonl"))
        return Index(
            documents={document.id: document for document in documents},
            passages=passages,
            dense=DenseIndex.load(generation / "dense.faiss"),
            bm25=Bm25Index.load(generation / "bm25", len(passages)),
            manifest=manifest,
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DamagedIndex(f"{generation} is damaged ({error}); {remedy}") from error


def _publish(folder: Path, generation: Path) -> None:
    beside = folder / "current.new"
    beside.write_text(generation.name)
    with beside.open() as file:
        os.fsync(file.fileno())
    os.replace(beside, folder / "current")


def _remove_leftovers(folder: Path) -> None:
    """Generations that do not serve: older ones, and what a killed ingest left behind."""
    current = folder / "current"
    name = current.read_text().strip() if current.exists() else ""
    for generation in folder.glob("generation-*"):
        if generation.name != name:
            shutil.rmtree(generation, ignore_errors=True)


def _files(generation: Path) -> list[str]:
    files = (path for path in generation.rglob("*") if path.is_file())
    return sorted(path.relative_to(generation).as_posix() for path in files)


def _sync(generation: Path) -> None:
    for path in generation.rglob("*"):
        if path.is_file():
            with path.open() as file:
                os.fsync(file.fileno())


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _document(row: dict[str, Any]) -> Document:
    sections = tuple(
        Section(**{**section, "path": tuple(section["path"]), "units": _units(section["units"])})
        for section in row["sections"]
    )
    return Document(**{**row, "sections": sections, "pages": tuple(row.get("pages", ()))})


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(**{**row, "path": tuple(row["path"]), "units": _units(row["units"])})


def _units(rows: list[dict[str, Any]]) -> tuple[Unit, ...]:
    return tuple(
        Unit(**{**row, "lead_in": tuple(row["lead_in"]) if row["lead_in"] else None})
        for row in rows
    )
