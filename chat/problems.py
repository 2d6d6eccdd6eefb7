"""Errors to problems (RFC 9457): what was raised, as a status and a detail that says what to do.

Knows the errors of chat and of the web framework; knows no endpoint.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chat.errors import Busy, NotOffered, NotReady, UnknownDocument
from chat.schema import FieldProblem, Problem

MEDIA_TYPE = "application/problem+json"
MAX_BODY = 256 * 1024  # bytes; 20 turns of 8,000 characters of plain text fit
_FOREIGN = "HTTPValidationError"
RETRY_AFTER = 5  # seconds; an answer or two on a small machine

_DETAILS = {
    400: "the body is not JSON in UTF-8; send an object such as the examples at /docs",
    404: "nothing is served at this path; /docs lists what is",
    405: "this path does not take this method; the Allow header names those that it takes",
    413: f"the body is larger than {MAX_BODY:,} bytes; shorten or drop the history",
    415: "send JSON, with the header Content-Type: application/json",
    421: "this server has no name but localhost; use that or its address, also in a proxy's Host",
    422: "change the fields named in errors and send the request again",
    500: "something broke here; try again, and if it stays, look for the request id in the log",
}


class Refused(HTTPException):
    """A refusal that says in its own words what to do; `errors` name what is wrong with which
    field or file."""

    def __init__(self, status: int, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.errors = errors or {}


# Errors with a meaning to the caller; whatever else is raised is a 500 that tells nothing.
EXPECTED = (HTTPException, RequestValidationError, UnknownDocument, NotReady, Busy, NotOffered)


def problem_of(error: Exception, request_id: str) -> Problem:
    """What the caller is told about an error."""
    status, detail, errors = _explain(error)
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id,
        errors=errors,
    )


def problem_json(problem: Problem) -> str:
    """A problem as JSON; `errors` only where there are some."""
    return problem.model_dump_json(exclude_none=True)


def problem_response(error: Exception, request_id: str) -> Response:
    """The response to an error."""
    problem = problem_of(error, request_id)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
    return Response(problem_json(problem), problem.status, headers, MEDIA_TYPE)


async def handle(request: Request, error: Exception) -> Response:
    """An exception handler for all that is EXPECTED."""
    return problem_response(error, request.state.request_id)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an endpoint may answer with, for its OpenAPI description."""
    return {status: {"model": Problem} for status in statuses}


def name_media_type(openapi: dict[str, Any]) -> dict[str, Any]:
    """Put problems under their own media type, which the framework takes for plain JSON.

    The framework's own kind of error is left out: it is never sent.
    """
    for path in openapi["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            for status in [status for status in responses if int(status) >= 400]:
                content = responses[status]["content"]
                if _FOREIGN in str(content):
                    del responses[status]
                elif "application/json" in content:
                    content[MEDIA_TYPE] = content.pop("application/json")
    for name in (_FOREIGN, "ValidationError"):
        openapi.get("components", {}).get("schemas", {}).pop(name, None)
    return openapi


def _explain(error: Exception) -> tuple[int, str, list[FieldProblem] | None]:
    match error:
        case RequestValidationError():
            if any(found["type"] == "json_invalid" for found in error.errors()):
                return 400, _DETAILS[400], None
            return 422, _DETAILS[422], [_field(found) for found in error.errors()]
        case Refused():
            fields = [FieldProblem(field=f, message=m) for f, m in error.errors.items()]
            return error.status_code, str(error.detail), fields or None
        case HTTPException():
            return error.status_code, _DETAILS.get(error.status_code, str(error.detail)), None
        case UnknownDocument():
            return 404, str(error), None
        case NotReady() | Busy():
            return 503, str(error), None
        case NotOffered():
            return 501, str(error), None
        case _:
            return 500, _DETAILS[500], None


def _field(found: dict[str, Any]) -> FieldProblem:
    # The first part of a location says "body"; a body that is missing has no more than that.
    path = ".".join(str(part) for part in found["loc"][1:])
    return FieldProblem(field=path or "body", message=found["msg"])
