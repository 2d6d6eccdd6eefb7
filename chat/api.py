"""The HTTP API: questions in, cited answers out as JSON or as server-sent events.

Translates between HTTP and `Service`; decides nothing about answers. Whatever takes long runs in a
thread, so that `/healthz` answers during a long generation.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import chain
from typing import Annotated, Any, cast

import anyio
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.sse import EventSourceResponse, format_sse_event
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from chat.answer import Answer, Event, Retrieved, RetrievedPassage, Sentence, as_json
from chat.chatbot import Chatbot
from chat.edge import Edge, JsonRoute, log_failure
from chat.errors import UnknownDocument
from chat.problems import EXPECTED, handle, name_media_type, problem_json, problem_of, responses
from chat.question import Turn
from chat.schema import (
    ANSWER_EXAMPLE,
    AnswerBody,
    AskRequest,
    DocumentBody,
    DocumentList,
    Health,
    RetrievalBody,
    SearchBody,
    SearchRequest,
    SentenceBody,
)
from chat.service import Service

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_STREAM_EXAMPLE = """event: retrieval
data: {"standalone_question": "…", "passages": […]}

event: sentence
data: {"text": "…", "markers": [1], "quoted": true, "item": false, "citations": […]}

event: final
data: {…the same object as application/json…}

"""

router = APIRouter(route_class=JsonRoute)


def create_api(service: Service) -> FastAPI:
    """The API over a service, which begins to load when the server starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield

    # The framework's own /docs would load its script from the internet.
    api = FastAPIOffline(
        title="Pincite",
        description="Answers about your documents, every sentence with the words that support it.",
        version="0.1.0",
        redoc_url=None,
        redirect_slashes=False,
        static_url="/docs/static",
        lifespan=lifespan,
    )
    api.state.service = service
    api.add_middleware(Edge)
    for error in EXPECTED:
        api.add_exception_handler(error, handle)
    api.include_router(router)
    _refuse_other_methods(api)
    _describe_truly(api)
    return api


async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _chatbot(service: Annotated[Service, Depends(_service)]) -> Chatbot:
    return service.chatbot


Served = Annotated[Service, Depends(_service)]
Loaded = Annotated[Chatbot, Depends(_chatbot)]


@router.post(
    "/ask",
    response_model=AnswerBody,
    responses={
        200: {
            "description": "An answer or a refusal; as server-sent events with `stream: true` or "
            "`Accept: text/event-stream`: `retrieval`, `sentence` (each verified), then `final`, "
            "or `error` with a problem if it breaks on the way.",
            "content": {
                "text/event-stream": {"schema": {"type": "string"}, "example": _STREAM_EXAMPLE}
            },
        },
        **responses(400, 404, 413, 415, 422, 500, 503),
    },
)
async def ask(body: AskRequest, request: Request, service: Served) -> Any:
    """Answer a question from the documents, every sentence cited, or say that they do not say."""
    history = [Turn(turn.role, turn.content) for turn in body.history]
    question = (body.question, history, body.top_k, body.documents)
    events = service.stream(*question)
    if not body.stream and not _accepts_events(request):
        return as_json(await _last(events, request))
    # Until the first event an error is a response of its own, with its own status.
    first = await run_in_threadpool(next, events)
    return _EventStream(_frames(chain([first], events), request.state.request_id), events)


@router.post(
    "/search", response_model=SearchBody, responses=responses(400, 404, 413, 415, 422, 500, 503)
)
def search(body: SearchRequest, chatbot: Loaded) -> Any:
    """Find passages, without an answer."""
    hits = chatbot.search(body.question, body.top_k, body.documents)
    passages = [asdict(RetrievedPassage.of(hit)) for hit in hits]
    return {"question": body.question, "passages": passages}


@router.get("/documents", response_model=DocumentList, responses=responses(500, 503))
def list_documents(chatbot: Loaded) -> Any:
    """Every document of the index, with its size."""
    return {
        "passages": chatbot.passages,
        "documents": [
            {
                "id": document.id,
                "title": document.title,
                "characters": len(document.text),
                "sections": len(document.sections),
            }
            for document in chatbot.documents.values()
        ],
    }


@router.get(
    "/documents/{document_id}", response_model=DocumentBody, responses=responses(404, 500, 503)
)
def read_document(document_id: str, chatbot: Loaded) -> Any:
    """A document's text, to show a citation in place, and its sections."""
    document = chatbot.documents.get(document_id)
    if document is None:
        raise UnknownDocument(f"no document is called {document_id}; GET /documents lists them")
    return asdict(document)


@router.get("/healthz", response_model=Health)
async def healthz() -> Any:
    """Alive: 200 whatever else goes on."""
    return {"status": "alive"}


@router.get("/readyz", response_model=Health, responses=responses(503))
async def readyz(chatbot: Loaded) -> Any:
    """Ready: 200 once the index and the models are loaded."""
    return {"status": "ready"}


async def _last(events: Generator[Event, None, None], request: Request) -> Answer:
    """The answer that ends a stream of events.

    Raises:
        ClientDisconnect: the client left; what is still to do is not done.
    """
    try:
        async for event in iterate_in_threadpool(events):
            if isinstance(event, Answer):
                return event
            if await request.is_disconnected():
                raise ClientDisconnect
        raise AssertionError("a stream ends with an answer")
    finally:
        await _close(events)


async def _close(events: Generator[Event, None, None]) -> None:
    """Free the next in line, even while this request is being cancelled."""
    with anyio.CancelScope(shield=True):
        await run_in_threadpool(events.close)


class _EventStream(EventSourceResponse):
    """A stream that closes its source even if the client leaves, which frees the next in line."""

    def __init__(self, frames: Iterator[bytes], source: Generator[Event, None, None]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await _close(self._source)


def _frames(events: Iterator[Event], request_id: str) -> Iterator[bytes]:
    try:
        for event in events:
            name, body = _server_sent(event)
            yield format_sse_event(event=name, data_str=body.model_dump_json())
    except Exception as error:  # the status is sent; this is the only way left to tell
        log_failure(request_id)
        problem = problem_json(problem_of(error, request_id))
        yield format_sse_event(event="error", data_str=problem)


def _server_sent(event: Event) -> tuple[str, BaseModel]:
    match event:
        case Retrieved():
            return "retrieval", RetrievalBody.model_validate(asdict(event))
        case Sentence():
            markers = [citation.marker for citation in event.citations]
            return "sentence", SentenceBody.model_validate({**asdict(event), "markers": markers})
        case _:
            return "final", AnswerBody.model_validate(as_json(event))


def _accepts_events(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(part.partition(";")[0].strip() == "text/event-stream" for part in accepted)


def _describe_truly(api: FastAPI) -> None:
    """Correct the framework's description: problems are problems, and null is a value."""
    framework = api.openapi

    # On demand, because whatever is mounted later makes the framework describe anew.
    def describe() -> dict[str, Any]:
        found = name_media_type(framework())
        # The framework drops every null, also from examples, where the contract has it.
        found["components"]["schemas"]["AnswerBody"]["examples"] = [ANSWER_EXAMPLE]
        return found

    api.openapi = describe  # type: ignore[method-assign]


def _refuse_other_methods(api: FastAPI) -> None:
    """Answer 405 on the API's own paths, which a page mounted at / would answer otherwise."""
    allowed: dict[str, set[str]] = defaultdict(set)
    for route in router.routes:
        assert isinstance(route, JsonRoute)
        allowed[route.path] |= route.methods or set()
    for path, methods in allowed.items():
        allow = ", ".join(sorted(methods))

        async def refuse(request: Request, allow: str = allow) -> Response:
            raise HTTPException(405, headers={"Allow": allow})

        api.add_route(path, refuse, sorted(_METHODS - methods), include_in_schema=False)
