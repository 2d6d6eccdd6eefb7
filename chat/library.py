"""The documents behind a service: uploads added, documents removed, all of them listed.

An uploaded file is copied into a folder that belongs to the index, and stays until it is removed:
an ingest of other paths reads that folder, too. Knows nothing of HTTP or of answers.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from chat.errors import Busy, UnknownDocument
from chat.settings import Settings
from chat.steps import steps_of
from chat.uploads import Staging, Upload, safe_name, staging
from ingest.document import Document
from ingest.errors import UnreadableDocument
from ingest.folder import Origin, free_id
from retrieval.encoder import Encoder
from retrieval.errors import RetrievalError
from retrieval.index import (
    Documents,
    Index,
    Origins,
    ProgressByDocument,
    Update,
    amend_index,
    known_origins,
)

log = logging.getLogger(__name__)

MAX_WAITING = 4  # changes that may be made or wait at the same time

_T = TypeVar("_T")
State = Literal["reading", "embedding", "done", "failed"]
Published = Callable[[], None]


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a file is. `done` of `total` counts files while reading, and the file's passages that
    must be embedded while embedding.

    `detail` is for a reader: what was done, or why not and what to do.
    """

    name: str
    state: State
    done: int
    total: int
    detail: str = ""
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentOverview:
    """A document and its size. `removable`: it was uploaded, so that removing it lasts; another
    comes back with the next ingest of its folder."""

    id: str
    title: str
    sections: int
    passages: int
    characters: int
    removable: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of a document that was removed; `detail` tells a reader whether it comes back."""

    document_id: str
    lasting: bool
    detail: str


class Library:
    """Changes what an index holds, one change after another.

    Args:
        settings: name the index, the folder of uploads and the limits.
    """

    def __init__(self, settings: Settings) -> None:
        self.max_bytes = settings.max_upload_mb * 1_000_000
        self._settings = settings
        self._uploads = settings.uploads.resolve()
        self._turn = threading.Lock()
        self._slots = threading.BoundedSemaphore(MAX_WAITING)

    def overview(self, index: Index) -> tuple[DocumentOverview, ...]:
        """Every document of an index, in its order."""
        origins = known_origins(index.manifest)
        uploaded = {name for name, origin in origins.items() if self._is_uploaded(origin)}
        return overview_of(index, uploaded)

    def add(
        self, files: Sequence[Path], encoder: Encoder, published: Published
    ) -> Iterator[FileProgress]:
        """Read files, index those that can be read, and tell how far each is.

        Every file ends in "done" or "failed". Closing the iterator stops the work, and leaves the
        index as it was unless the new one serves already.

        Args:
            published: called once the index holds the files, before they are told as done.

        Raises:
            Busy: many other changes wait.
        """
        with self._change(), staging(self._uploads) as place:
            uploads: list[Upload] = []
            for number, file in enumerate(files):
                name = safe_name(file.name)
                yield FileProgress(name, "reading", number, len(files))
                try:
                    uploads.append(place.read(file, self.max_bytes))
                except UnreadableDocument as error:
                    yield FileProgress(name, "failed", number + 1, len(files), str(error))
            if uploads:
                yield from self._index(uploads, place, encoder, published)

    def remove(self, document_id: str, encoder: Encoder, published: Published) -> Removal:
        """Take a document from the index, and its file if it was uploaded.

        Raises:
            UnknownDocument: the index holds no such document.
            Busy: many other changes wait.
        """
        origin: Origin | None = None

        def amend(documents: Documents, origins: Origins) -> tuple[Documents, Origins]:
            nonlocal origin
            if document_id not in documents:
                raise UnknownDocument(
                    f"there is no document {document_id!r}; GET /documents lists those that "
                    "there are"
                )
            origin = origins.get(document_id)
            if origin and self._is_uploaded(origin):
                place.take_away(Path(origin.path))
            return _without(documents, document_id), _without(origins, document_id)

        with self._change(), staging(self._uploads) as place:
            self._amend(amend, place, encoder, published)
        if origin and self._is_uploaded(origin):
            return Removal(document_id, True, "removed from the index, and its uploaded file too")
        file = f"its file {Path(origin.path).name}" if origin else "its file"
        return Removal(
            document_id,
            False,
            f"removed from the index; {file} stays where it is, and the next ingest of its folder "
            "brings it back: remove the file, too, if it shall not",
        )

    def _index(
        self, uploads: Sequence[Upload], place: Staging, encoder: Encoder, published: Published
    ) -> Iterator[FileProgress]:
        results: list[FileProgress] = []

        def amend(documents: Documents, origins: Origins) -> tuple[Documents, Origins]:
            shelf = _Shelf(dict(documents), dict(origins))
            for upload in uploads:
                results.append(self._take(upload, shelf, place))
            return shelf.documents, shelf.origins

        def work(tell: Callable[[FileProgress], None]) -> Update:
            told: set[FileProgress] = set()

            def progress(done: Counter[str], total: Counter[str]) -> None:
                for result in results:
                    name = result.document_id or ""
                    step = FileProgress(result.name, "embedding", done[name], total[name])
                    if result.state == "done" and step not in told:  # on the shelf, to be embedded
                        told.add(step)
                        tell(step)

            return self._amend(amend, place, encoder, published, progress)

        try:
            update = yield from steps_of(work)
        except (OSError, RetrievalError) as error:
            log.exception("uploads could not be indexed")
            why = f"could not be indexed, and the index is as it was: {error}"
            for upload in uploads:
                yield FileProgress(upload.name, "failed", 0, len(uploads), why)
            return
        passages = Counter(passage.document_id for passage in update.index.passages)
        for result in results:
            count = passages[result.document_id or ""]
            yield replace(result, done=count, total=count) if result.state == "done" else result

    def _take(self, upload: Upload, shelf: "_Shelf", place: Staging) -> FileProgress:
        """Put an upload on the shelf, unless it stands there already or there is no room."""
        path = self._uploads / upload.name
        own = shelf.by_path(str(path))
        twin = own if own and shelf.origins[own].sha256 == upload.sha256 else None
        twin = twin or (None if own else shelf.by_hash(upload.sha256))
        if twin:
            return FileProgress(
                upload.name, "done", 0, 0, f"the index holds this very file, as {twin}", twin
            )
        most = self._settings.max_documents
        if not own and len(shelf.documents) >= most:
            why = (
                f"the index holds {len(shelf.documents):,} documents, and max_documents is "
                f"{most:,}; remove some, or raise that setting"
            )
            return FileProgress(upload.name, "failed", 0, 0, why)
        name = own or free_id(path, shelf.documents.keys())
        shelf.documents[name] = replace(upload.document, id=name)
        shelf.origins[name] = Origin(str(path), upload.sha256)
        place.place(upload)
        detail = "replaces the earlier file of this name" if own else "added"
        return FileProgress(upload.name, "done", 0, 0, detail, name)

    def _amend(
        self,
        amend: Callable[[Documents, Origins], tuple[Documents, Origins]],
        place: Staging,
        encoder: Encoder,
        published: Published,
        progress: ProgressByDocument = lambda done, total: None,
    ) -> Update:
        """`amend_index` as the settings say; if it fails, the files are where they were."""
        try:
            update = amend_index(
                self._settings.index,
                amend,
                encoder,
                progress,
                passage_tokens=self._settings.passage_tokens,
                overlap=self._settings.overlap,
                dense_index=self._settings.dense_index,
            )
        except BaseException:
            place.undo()
            raise
        published()
        return update

    @contextmanager
    def _change(self) -> Iterator[None]:
        """The turn of one change."""
        if not self._slots.acquire(blocking=False):
            raise Busy("other documents are being added or removed; try again in a moment")
        try:
            with self._turn:
                yield
        finally:
            self._slots.release()

    def _is_uploaded(self, origin: Origin) -> bool:
        return Path(origin.path).is_relative_to(self._uploads)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The documents of an index and their files, by id, while they are changed."""

    documents: dict[str, Document]
    origins: dict[str, Origin]

    def by_path(self, path: str) -> str | None:
        """The id of the document of a file."""
        return next((name for name, origin in self.origins.items() if origin.path == path), None)

    def by_hash(self, sha256: str) -> str | None:
        """The id of a document of a file with this content."""
        found = (name for name, origin in self.origins.items() if origin.sha256 == sha256)
        return next(found, None)


def overview_of(index: Index, uploaded: Set[str] = frozenset()) -> tuple[DocumentOverview, ...]:
    """Every document of an index, in its order; those that were uploaded are removable."""
    passages = Counter(passage.document_id for passage in index.passages)
    return tuple(
        DocumentOverview(
            document.id,
            document.title,
            len(document.sections),
            passages[document.id],
            len(document.text),
            document.id in uploaded,
        )
        for document in index.documents.values()
    )


def _without(mapping: Mapping[str, _T], name: str) -> dict[str, _T]:
    return {key: value for key, value in mapping.items() if key != name}
