"""The HTTP API: questions in, cited answers out as JSON or as server-sent events.

Translates between HTTP and `Service`; decides nothing about answers. Whatever takes long runs in a
thread, so that `/healthz` answers during a long generation.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import chain
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from chat.answer import Answer, Event, Retrieved, RetrievedPassage, Sentence, as_json
from chat.documents_api import documents_router
from chat.edge import Edge, JsonRoute
from chat.errors import NotOffered
from chat.feedback import Feedback
from chat.metrics import CONTENT_TYPE
from chat.openai_api import openai_router
from chat.problems import EXPECTED, handle, name_media_type, responses
from chat.question import Turn
from chat.schema import (
    ANSWER_EXAMPLE,
    AnswerBody,
    AskRequest,
    FeedbackBody,
    FeedbackRequest,
    Health,
    RetrievalBody,
    SearchBody,
    SearchRequest,
    SentenceBody,
)
from chat.served import EventStream, Loaded, Served, accepts_events, frames, last_of
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
_ROUTERS = (router, documents_router, openai_router)


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
    for part in _ROUTERS:
        api.include_router(part)
    _refuse_other_methods(api)
    _describe_truly(api)
    return api


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
    if not body.stream and not accepts_events(request):
        return as_json(cast(Answer, await last_of(events, request)))
    # Until the first event an error is a response of its own, with its own status.
    first = await run_in_threadpool(next, events)
    sent = frames(chain([first], events), _server_sent, request.state.request_id)
    return EventStream(sent, events)


@router.post(
    "/search", response_model=SearchBody, responses=responses(400, 404, 413, 415, 422, 500, 503)
)
def search(body: SearchRequest, chatbot: Loaded) -> Any:
    """Find passages, without an answer."""
    hits = chatbot.search(body.question, body.top_k, body.documents)
    passages = [asdict(RetrievedPassage.of(hit)) for hit in hits]
    return {"question": body.question, "passages": passages}


@router.post(
    "/feedback",
    status_code=201,
    response_model=FeedbackBody,
    responses=responses(400, 413, 415, 422, 500, 501),
)
def feedback(body: FeedbackRequest, service: Served) -> Any:
    """Keep what a reader thinks of an answer; whoever runs this server reads it."""
    if service.feedback is None:
        raise NotOffered("this server keeps no feedback")
    return {"time": service.feedback.add(Feedback(**body.model_dump())).time}


@router.get("/healthz", response_model=Health)
async def healthz() -> Any:
    """Alive: 200 whatever else goes on."""
    return {"status": "alive"}


@router.get("/readyz", response_model=Health, responses=responses(503))
async def readyz(chatbot: Loaded) -> Any:
    """Ready: 200 once the index and the models are loaded."""
    return {"status": "ready"}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(service: Served) -> Response:
    """Counts and times for Prometheus; 200 while the models are loading, too."""
    sizes = service.sizes()
    return Response(service.metrics.text(*sizes), media_type=CONTENT_TYPE)


def _server_sent(event: Event) -> tuple[str, BaseModel]:
    match event:
        case Retrieved():
            return "retrieval", RetrievalBody.model_validate(asdict(event))
        case Sentence():
            markers = [citation.marker for citation in event.citations]
            return "sentence", SentenceBody.model_validate({**asdict(event), "markers": markers})
        case _:
            return "final", AnswerBody.model_validate(as_json(event))


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
    for route in [route for part in _ROUTERS for route in part.routes]:
        assert isinstance(route, JsonRoute)
        allowed[route.path] |= route.methods or set()
    for path, methods in allowed.items():
        allow = ", ".join(sorted(methods))

        async def refuse(request: Request, allow: str = allow) -> Response:
            raise HTTPException(405, headers={"Allow": allow})

        api.add_route(path, refuse, sorted(_METHODS - methods), include_in_schema=False)
