"""The documents of a service as the page shows them: listed, added, removed.

Turns what the service tells into HTML and whatever fails into words; raises nothing.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from chat.errors import ChatError, NotOffered, NotReady
from chat.library import FileProgress
from chat.service import Service
from ingest.readers import SUFFIXES
from ui.render_library import documents_html, notice_html, uploads_html

_MOST_FILES = 100  # of one go; more come with the next
_PICTURES = 100  # at most, of files that are being embedded: with many files each is large

_log = logging.getLogger(__name__)


def listed(service: Service) -> tuple[str, bool]:
    """The list of documents, and whether it is still being loaded."""
    try:
        return documents_html(service.overview(), SUFFIXES, _limit(service)), False
    except NotReady as error:
        failed = error.__cause__ is not None
        text = str(error) if failed else "Loading the models and the documents…"
        return notice_html(text, failed), not failed


def added(service: Service, files: Sequence[Path]) -> Iterator[tuple[str, bool]]:
    """How far each file is, step by step, and whether the documents have changed by now."""
    rows: dict[str, FileProgress] = {}
    for path in files[_MOST_FILES:]:
        why = f"at most {_MOST_FILES} files are taken at once; add it again"
        rows[path.name] = FileProgress(path.name, "failed", 0, 0, why)
    shown = -1
    try:
        for row in service.add_documents(files[:_MOST_FILES]):
            moved = row.name in rows and row.state == rows[row.name].state
            rows[row.name] = row
            far = _far(rows.values())
            if not moved or far != shown:
                shown = far
                yield uploads_html(tuple(rows.values())), row.state == "done"
    except Exception as error:
        for path in files:
            known = rows.get(path.name)
            if known is None or known.state not in ("done", "failed"):
                rows[path.name] = FileProgress(path.name, "failed", 0, 0, _why(error))
        yield uploads_html(tuple(rows.values())), True


def removed(service: Service, document_id: str) -> str:
    """Take a document away; what went wrong, or an empty string."""
    try:
        service.remove_document(document_id)
    except Exception as error:
        return notice_html(_why(error), failed=True)
    return ""


def _far(rows: Iterable[FileProgress]) -> int:
    """How far all files that are being embedded are together, of `_PICTURES`."""
    embedded = [(row.done, row.total) for row in rows if row.state == "embedding"]
    total = sum(total for _, total in embedded)
    return _PICTURES * sum(done for done, _ in embedded) // max(1, total)


def _limit(service: Service) -> int | None:
    try:
        return service.library.max_bytes
    except NotOffered:
        return None


def _why(error: Exception) -> str:
    if isinstance(error, ChatError):
        return str(error)
    _log.error("the documents could not be changed", exc_info=error)
    return "something went wrong; the server's log says what"
