"""The index of a collection: documents, passages, vectors and words, built, updated and read.

An update embeds only what the index does not hold yet. It is built beside the index that serves,
read back and checked, and only then put in its place (see `generation`); whatever dies before that
leaves the old one serving. Knows nothing of questions.
"""

import importlib.metadata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from ingest.document import Document
from ingest.folder import Origin, corpus_hash, reader_version
from ingest.passages import Passage, split_document
from retrieval import generation as disk
from retrieval.bm25 import Bm25Index
from retrieval.changes import Changes, compare
from retrieval.dense import DenseIndex, KindSetting, kind_for
from retrieval.encoder import Encoder, Vectors
from retrieval.errors import DamagedIndex, NoIndex, WrongEncoder

_LIBRARIES = ("faiss-cpu", "bm25s", "sentence-transformers", "torch")
_BATCH = 128  # passages between two reports of progress

Progress = Callable[[int, int], None]
ProgressByDocument = Callable[[Counter[str], Counter[str]], None]
Documents = Mapping[str, Document]
Origins = Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Index:
    """A generation in memory; row i of both systems is `passages[i]`."""

    documents: dict[str, Document]
    passages: tuple[Passage, ...]
    dense: DenseIndex
    bm25: Bm25Index
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """What now serves, and what it took.

    `embedded` counts the texts that the encoder was given, `reused` the passages whose vector was
    there already: in the index before, or of another passage with the same words.
    """

    index: Index
    changes: Changes
    embedded: int
    reused: int


def build_index(
    folder: Path,
    documents: Sequence[Document],
    encoder: Encoder,
    progress: Progress = lambda done, total: None,
    passage_tokens: int = 0,
    overlap: int = 0,
) -> Index:
    """`update_index`, for who wants the index alone."""
    return update_index(folder, documents, encoder, progress, passage_tokens, overlap).index


def update_index(
    folder: Path,
    documents: Sequence[Document],
    encoder: Encoder,
    progress: Progress = lambda done, total: None,
    passage_tokens: int = 0,
    overlap: int = 0,
    origins: Mapping[str, Origin] | None = None,
    dense_index: KindSetting = "auto",
) -> Update:
    """Let a folder serve exactly these documents, with the work that their changes need.

    Nothing is written when it does already. Passages whose words the index holds keep their
    vectors, under whatever name their document goes now.

    Args:
        progress: called with the passages embedded so far and those that must be.
        passage_tokens, overlap: see `split_document`.
        origins: the files of the documents, by id, for `generation.known_documents`.
        dense_index: see `DenseIndex.build`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        disk.remove_leftovers(folder)
        old = _usable(folder, encoder)
        cut = _cut(encoder, passage_tokens, overlap)

        def by_document(done: Counter[str], total: Counter[str]) -> None:
            progress(done.total(), total.total())

        return _update(
            folder, old, documents, origins or {}, encoder, cut, dense_index, by_document
        )


def amend_index(
    folder: Path,
    amend: Callable[[Documents, Origins], tuple[Documents, Origins]],
    encoder: Encoder,
    progress: ProgressByDocument = lambda done, total: None,
    passage_tokens: int = 0,
    overlap: int = 0,
    dense_index: KindSetting = "auto",
) -> Update:
    """`update_index` with documents that are made of those that serve now.

    Args:
        amend: is given the documents and their files, by id, and gives those that shall serve; no
            other process changes the index meanwhile.
        progress: called with the passages embedded so far and those that must be, each counted by
            document; words that several documents share count for the first.

    Raises:
        NoIndex, DamagedIndex: there is nothing to amend.
        WrongEncoder: another encoder's vectors serve.
    """
    with FileLock(folder / ".lock") if folder.exists() else nullcontext():
        disk.remove_leftovers(folder)
        now = load_index(folder, encoder)
        documents, origins = amend(now.documents, known_origins(now.manifest))
        cut = _cut(encoder, passage_tokens, overlap)
        changed = tuple(documents.values())
        return _update(folder, now, changed, origins, encoder, cut, dense_index, progress)


def known_origins(manifest: Mapping[str, Any]) -> dict[str, Origin]:
    """The files of the documents of an index, by the document's id.

    A file that would be read differently by now has no hash, so that it counts as changed.
    """
    origins = {name: Origin(**origin) for name, origin in manifest.get("origins", {}).items()}
    if manifest.get("reader") == reader_version():
        return origins
    return {name: replace(origin, sha256="") for name, origin in origins.items()}


def _update(
    folder: Path,
    old: Index | None,
    documents: Sequence[Document],
    origins: Origins,
    encoder: Encoder,
    cut: Mapping[str, int],
    dense_index: KindSetting,
    progress: ProgressByDocument,
) -> Update:
    """From what serves to exactly these documents; the caller holds the folder's lock."""
    changes = compare(old.documents if old else {}, {d.id: d for d in documents})
    facts = {
        "cut": cut,
        "reader": reader_version(),
        "origins": {name: asdict(origin) for name, origin in origins.items()},
    }
    same = old and not changes and all(old.manifest.get(name) == facts[name] for name in facts)
    if old and same and old.dense.kind == kind_for(len(old.passages), dense_index):
        return Update(old, changes, embedded=0, reused=len(old.passages))
    passages = list(_passages(documents, encoder, cut, old))
    vectors, embedded = _vectors(passages, encoder, old, progress)
    generation = disk.create(folder)
    DenseIndex.build(vectors, dense_index).save(generation / disk.VECTORS)
    _write(generation, documents, passages, encoder, facts)
    index = _read(generation, encoder)
    disk.publish(folder, generation)
    disk.remove_leftovers(folder)
    return Update(index, changes, embedded, reused=len(passages) - embedded)


def load_index(folder: Path, encoder: Encoder) -> Index:
    """Read the generation that serves, and check every file of it.

    Raises:
        NoIndex: nothing was ingested into the folder.
        DamagedIndex: a file is missing or differs from the manifest.
        WrongEncoder: the vectors were made by another encoder.
    """
    name = disk.required(folder)
    try:
        return _read(folder / name, encoder)
    except DamagedIndex:
        # An ingest in another process may have replaced it meanwhile, and removed its files.
        newer = disk.serving(folder)
        if newer is None or newer == name:
            raise
        return _read(folder / newer, encoder)


def _cut(encoder: Encoder, passage_tokens: int, overlap: int) -> dict[str, int]:
    """How passages are cut, as the manifest has it."""
    return {"window": encoder.window, "passage_tokens": passage_tokens, "overlap": overlap}


def _usable(folder: Path, encoder: Encoder) -> Index | None:
    """The index that serves, unless it is damaged or another encoder's."""
    try:
        return load_index(folder, encoder)
    except (NoIndex, DamagedIndex, WrongEncoder):
        return None


def _passages(
    documents: Sequence[Document], encoder: Encoder, cut: Mapping[str, int], old: Index | None
) -> Iterator[Passage]:
    """The passages of all documents; those of a document that did not change are taken over."""
    kept: dict[str, list[Passage]] = {}
    if old and old.manifest.get("cut") == cut:
        for passage in old.passages:
            kept.setdefault(passage.document_id, []).append(passage)
    for document in documents:
        if document.id in kept and old and old.documents[document.id] == document:
            yield from kept[document.id]
        else:
            yield from split_document(document, count_tokens=encoder.count_tokens, **cut)


def _vectors(
    passages: Sequence[Passage], encoder: Encoder, old: Index | None, progress: ProgressByDocument
) -> tuple[Vectors, int]:
    """A vector for each passage, and how many of them had to be made."""
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(passages):
        rows.setdefault(passage.index_text, []).append(row)
    vectors = np.zeros((len(passages), encoder.dimension), np.float32)
    held = {p.index_text: row for row, p in enumerate(old.passages)} if old else {}
    known = [text for text in rows if text in held]
    if old and known:
        found = old.dense.vectors(np.array([held[text] for text in known], np.int64))
        for text, vector in zip(known, found, strict=True):
            vectors[rows[text]] = vector
    # Texts of one length make batches without padding; the longest come first, so that the time
    # left is never worse than what is shown.
    missing = sorted((text for text in rows if text not in held), key=len, reverse=True)
    total = Counter(passages[rows[text][0]].document_id for text in missing)
    done = Counter[str]()
    progress(done, total)
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        for text, vector in zip(batch, encoder.encode(batch), strict=True):
            vectors[rows[text]] = vector
        done.update(passages[rows[text][0]].document_id for text in batch)
        progress(done, total)
    return vectors, len(missing)


def _write(
    generation: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    encoder: Encoder,
    facts: Mapping[str, Any],
) -> None:
    Bm25Index.build([passage.index_text for passage in passages]).save(generation / disk.WORDS)
    disk.write_texts(generation, documents, passages)
    manifest = {
        "encoder": {
            "name": encoder.name,
            "sha256": encoder.sha256,
            "precision": encoder.precision,
        },
        "dimension": encoder.dimension,
        "documents": len(documents),
        "passages": len(passages),
        "corpus_sha256": corpus_hash(documents),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        **facts,
    }
    disk.seal(generation, manifest)


def _read(generation: Path, encoder: Encoder) -> Index:
    try:
        manifest = disk.read_manifest(generation)
        made_with = manifest["encoder"]
        if made_with["sha256"] != encoder.sha256 or manifest["dimension"] != encoder.dimension:
            raise WrongEncoder(
                f"the index was built with the encoder {made_with['name']}, not {encoder.name}; "
                f"set encoder to {made_with['name']}, or {disk.remedy(generation)}"
            )
        disk.check_files(generation, manifest)
        passages = tuple(disk.read_passages(generation))
        return Index(
            documents={document.id: document for document in disk.read_documents(generation)},
            passages=passages,
            dense=DenseIndex.load(generation / disk.VECTORS),
            bm25=Bm25Index.load(generation / disk.WORDS, len(passages)),
            manifest=manifest,
        )
    except disk.UNREADABLE as error:
        raise DamagedIndex(
            f"{generation} is damaged ({error}); {disk.remedy(generation)}"
        ) from error
