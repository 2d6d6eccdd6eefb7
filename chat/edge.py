"""What every request passes: its id, its line in the log, and the form of its body.

Knows HTTP, but neither endpoints nor answers.
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.problems import MAX_BODY, problem_response

_log = logging.getLogger(__name__)
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Edge:
    """Names a request, logs it as one line of JSON, and turns a crash into a problem.

    Plain ASGI, because a stream must see at once that its client has left.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception as error:
            log_failure(request_id)
            if status is not None:  # too late to tell; the server cuts the connection
                raise
            await problem_response(error, request_id)(scope, receive, send_named)
        finally:
            line = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
                "request_id": request_id,
            }
            _log.info("%s", json.dumps(line))


class JsonRoute(APIRoute):
    """A route whose body, if it takes one, is JSON of at most MAX_BODY bytes.

    The framework's own `max_body_size` answers in plain text, and its content-type check is a 422.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, behind the two checks."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def checked(request: Request) -> Response:
            media_type = request.headers.get("content-type", "").partition(";")[0]
            if media_type.strip().lower() != "application/json":
                raise HTTPException(415)
            return await handler(Request(request.scope, _limited(request.receive)))

        return checked


def log_failure(request_id: str) -> None:
    """Log the exception being handled, under the id that its caller was told."""
    _log.exception("request %s broke", request_id)


def _limited(receive: Receive) -> Receive:
    """Count what arrives rather than trust Content-Length, which a chunked body has not."""
    size = 0

    async def receive_limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413)
        return message

    return receive_limited


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
