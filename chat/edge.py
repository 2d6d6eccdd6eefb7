"""What every request passes: who may send it, its id, its line in the log, its body's form.

Knows HTTP, but neither endpoints nor answers.
"""

import ipaddress
import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.problems import MAX_BODY, Refused, problem_response

_log = logging.getLogger(__name__)
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Edge:
    """Names a request, logs it as one line of JSON, and turns a crash into a problem.

    Refuses what another site may have sent for here, and lets no other site read an answer. Plain
    ASGI, because a stream must see at once that its client has left.
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
        response = _Response(send, request_id)
        try:
            await self._serve(scope, receive, response, request_id)
        finally:
            line = {
                "method": scope["method"],
                "path": scope["path"],
                "status": response.status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
                "request_id": request_id,
            }
            _log.info("%s", json.dumps(line))

    async def _serve(
        self, scope: Scope, receive: Receive, response: "_Response", request_id: str
    ) -> None:
        if _misdirected(scope):
            error = HTTPException(421)
            return await problem_response(error, request_id)(scope, receive, response)
        try:
            await self._app(scope, receive, response)
        except ClientDisconnect:
            pass  # there is nobody to tell
        except Exception as error:
            log_failure(request_id)
            if response.status is not None:  # too late to tell; the server cuts the connection
                raise
            await problem_response(error, request_id)(scope, receive, response)


class _Response:
    """What is sent, under the request's id; `status` once it is known."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            # The page's framework permits other sites to read what is not on a loopback address.
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
        await self._send(message)


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
            return await handler(Request(request.scope, limited(request.receive, MAX_BODY)))

        return checked


def log_failure(request_id: str) -> None:
    """Log the exception being handled, under the id that its caller was told."""
    _log.exception("request %s broke", request_id)


def limited(receive: Receive, most: int, detail: str | None = None) -> Receive:
    """Count what arrives rather than trust Content-Length, which a chunked body has not.

    Args:
        most: bytes beyond which the request is refused.
        detail: what its sender is told, unless it is what is said of JSON.
    """
    size = 0

    async def receive_limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise Refused(413, detail) if detail else HTTPException(413)
        return message

    return receive_limited


def refuse_other_sites(request: Request) -> None:
    """Refuse a form that a page of another site sends through its reader's browser.

    JSON needs no such check: a browser asks before it sends that elsewhere, and is told no.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same or site not in {"none", "same-origin"}:
        raise Refused(403, "a page of another site may not change the documents; use this site's")


def _misdirected(scope: Scope) -> bool:
    """Whether a loopback address was reached under a name that is not this machine's.

    Another site can point its own name here and would then count as the same site (DNS rebinding).
    """
    address, _ = scope.get("server") or ("", None)
    if not _is_loopback(address):
        return False
    name = _host_name(Headers(scope=scope).get("host", ""))
    return not (name in {"", "localhost"} or name.endswith(".localhost") or _is_address(name))


def _host_name(host: str) -> str:
    """A Host header without its port."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::\d*)?", host)
    return bracketed[1] if bracketed else host.partition(":")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
