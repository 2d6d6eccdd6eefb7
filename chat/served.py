"""What the endpoints share: the service that they ask, and a stream that is closed for certain.

Knows no endpoint.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Annotated, TypeVar, cast

import anyio
from fastapi import Depends, Request
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from chat.chatbot import Chatbot
from chat.edge import log_failure
from chat.problems import problem_json, problem_of
from chat.service import Service

_Event = TypeVar("_Event")


async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _chatbot(service: Annotated[Service, Depends(_service)]) -> Chatbot:
    return service.chatbot


Served = Annotated[Service, Depends(_service)]
Loaded = Annotated[Chatbot, Depends(_chatbot)]


async def last_of(events: Generator[_Event, None, None], request: Request) -> _Event:
    """The last of some events, all of which are made.

    Raises:
        ClientDisconnect: the client left; what is still to do is not done.
    """
    try:
        async for event in iterate_in_threadpool(events):
            last = event
            if await request.is_disconnected():
                raise ClientDisconnect
        return last
    finally:
        await _close(events)


class EventStream(EventSourceResponse):
    """Frames as they come; closes their source even if the client leaves, which frees the next in
    line."""

    def __init__(self, frames: Iterator[bytes], source: Generator[_Event, None, None]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the frames."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await _close(self._source)


def frames(
    events: Iterator[_Event], shown: Callable[[_Event], tuple[str, BaseModel]], request_id: str
) -> Iterator[bytes]:
    """Events under the names that `shown` gives them; one that breaks is an `error`."""
    try:
        for event in events:
            name, body = shown(event)
            yield format_sse_event(event=name, data_str=body.model_dump_json())
    except Exception as error:  # the status is sent; this is the only way left to tell
        log_failure(request_id)
        problem = problem_json(problem_of(error, request_id))
        yield format_sse_event(event="error", data_str=problem)


async def _close(events: Generator[_Event, None, None]) -> None:
    """Free the next in line, even while this request is being cancelled."""
    with anyio.CancelScope(shield=True):
        await run_in_threadpool(events.close)


def accepts_events(request: Request) -> bool:
    """Whether a client asks for server-sent events."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(part.partition(";")[0].strip() == "text/event-stream" for part in accepted)
