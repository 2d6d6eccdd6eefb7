"""The documents over HTTP: listed, read, uploaded, removed.

Translates between HTTP and `Service`; decides nothing about indexes.
"""

import shutil
from collections.abc import Generator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from chat.edge import JsonRoute, limited, refuse_other_sites
from chat.errors import UnknownDocument
from chat.library import FileProgress
from chat.problems import Refused, responses
from chat.schema import AddedBody, DocumentBody, DocumentList, FileBody, RemovedBody
from chat.served import EventStream, Loaded, Served, accepts_events, frames, last_of
from chat.service import Service
from chat.uploads import safe_name

MAX_FILES = 100  # of one request
_FORM_OVERHEAD = 64 * 1024  # bytes; the boundaries and headers of a form
_FORM = "send the files as multipart/form-data, each in a field named files"
_STREAM_EXAMPLE = """event: progress
data: {"name": "menu.md", "state": "embedding", "done": 0, "total": 12, …}

event: final
data: {…the same object as application/json…}

"""

# How far a file is, or what became of all.
_Step = FileProgress | tuple[FileProgress, ...]

documents_router = APIRouter(route_class=JsonRoute)


@documents_router.get("/documents", response_model=DocumentList, responses=responses(500, 503))
def list_documents(service: Served) -> Any:
    """Every document of the index, with its size."""
    overview = service.overview()
    return {
        "passages": sum(document.passages for document in overview),
        "documents": [asdict(document) for document in overview],
    }


@documents_router.post(
    "/documents",
    response_model=AddedBody,
    responses={
        200: {
            "description": "What became of each file; as server-sent events with `Accept: "
            "text/event-stream`: `progress`, then `final`, or `error` with a problem.",
            "content": {
                "text/event-stream": {"schema": {"type": "string"}, "example": _STREAM_EXAMPLE}
            },
        },
        **responses(400, 403, 413, 415, 422, 500, 501, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {
                            "files": {
                                "type": "array",
                                "items": {
                                    "type": "string",
                                    "contentMediaType": "application/octet-stream",
                                },
                            }
                        },
                    }
                }
            },
        }
    },
)
async def add_documents(request: Request, service: Served) -> Any:
    """Add files (Markdown, plain text, HTML, PDF, DOCX), and answer from them at once.

    A file of the name of an earlier one replaces it. Files that cannot be read are told, and the
    others are added.
    """
    refuse_other_sites(request)
    most = service.library.max_bytes
    files = await _files(request, most)
    events = _added(service, files)
    if not accepts_events(request):
        results = await last_of(events, request)
        assert isinstance(results, tuple)
        if all(result.state == "failed" for result in results):
            errors = {result.name: result.detail for result in results}
            raise Refused(422, "no file could be added; errors says what to do for each", errors)
        return _body(results)
    first = await run_in_threadpool(next, events)
    sent = frames(chain([first], events), _shown, request.state.request_id)
    return EventStream(sent, events)


@documents_router.get(
    "/documents/{document_id}", response_model=DocumentBody, responses=responses(404, 500, 503)
)
def read_document(document_id: str, chatbot: Loaded) -> Any:
    """A document's text, to show a citation in place, and its sections."""
    document = chatbot.documents.get(document_id)
    if document is None:
        raise UnknownDocument(f"no document is called {document_id}; GET /documents lists them")
    return asdict(document)


@documents_router.delete(
    "/documents/{document_id}", response_model=RemovedBody, responses=responses(404, 500, 501, 503)
)
def remove_document(document_id: str, service: Served) -> Any:
    """Remove a document: no answer comes from it any more, and an uploaded file is deleted."""
    return asdict(service.remove_document(document_id))


async def _files(request: Request, max_bytes: int) -> list[UploadFile]:
    """The files of a form, on disk where they are large."""
    most = max_bytes + _FORM_OVERHEAD
    large = (
        f"an upload may hold {max_bytes / 1e6:.0f} MB in all (the setting max_upload_mb); send "
        "fewer files at once, or split the file"
    )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Refused(415, _FORM)
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise Refused(413, large)
    counted = Request(request.scope, limited(request.receive, most, large))
    try:
        form = await counted.form(max_files=MAX_FILES, max_fields=MAX_FILES)
    except Refused:
        raise
    except HTTPException as error:
        raise Refused(400, f"the form cannot be read ({error.detail}); {_FORM}") from error
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise Refused(422, f"there is no file in the form; {_FORM}", {"files": "Field required"})
    return files


def _added(service: Service, files: Sequence[UploadFile]) -> Generator[_Step, None, None]:
    """How far each file is, then what became of all."""
    ended: list[FileProgress] = []
    with TemporaryDirectory(prefix="pincite-") as folder:
        paths = [_kept(file, Path(folder, str(n))) for n, file in enumerate(files)]
        for step in service.add_documents(paths):
            yield step
            if step.state in {"done", "failed"}:
                ended.append(step)
    yield tuple(ended)


def _kept(file: UploadFile, folder: Path) -> Path:
    """A file under its own name, in a folder of its own."""
    folder.mkdir()
    path = folder / safe_name(file.filename or "document")
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    file.file.close()
    return path


def _shown(step: _Step) -> tuple[str, BaseModel]:
    if isinstance(step, FileProgress):
        return "progress", FileBody.model_validate(asdict(step))
    return "final", AddedBody.model_validate(_body(step))


def _body(results: Sequence[FileProgress]) -> dict[str, Any]:
    return {"files": [asdict(result) for result in results]}
