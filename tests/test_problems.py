"""Errors as problems: what each tells its caller, and what it keeps to itself."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chat.errors import Busy, GeneratorFailed, NotReady, UnknownDocument
from chat.problems import name_media_type, problem_of, problem_response

UNREADABLE = RequestValidationError([{"type": "json_invalid", "loc": ("body", 3), "msg": "no"}])
WRONG = RequestValidationError(
    [
        {"type": "missing", "loc": ("body",), "msg": "Field required"},
        {"type": "enum", "loc": ("body", "history", 0, "role"), "msg": "user or assistant"},
    ]
)


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (UNREADABLE, 400, "not JSON"),
        (UnknownDocument("there is no 'menu'"), 404, "there is no 'menu'"),
        (HTTPException(404), 404, "/docs"),
        (HTTPException(405), 405, "Allow header"),
        (HTTPException(413), 413, "262,144 bytes"),
        (HTTPException(415), 415, "application/json"),
        (HTTPException(418, "short and stout"), 418, "short and stout"),
        (HTTPException(421), 421, "localhost"),
        (WRONG, 422, "named in errors"),
        (NotReady("being loaded"), 503, "being loaded"),
        (Busy("many are waiting"), 503, "many are waiting"),
    ],
)
def test_an_error_has_a_status_and_says_what_to_do(
    error: Exception, status: int, detail: str
) -> None:
    problem = problem_of(error, "r1")
    assert (problem.type, problem.status, problem.title) == (
        "about:blank",
        status,
        HTTPStatus(status).phrase,
    )
    assert detail in problem.detail
    assert problem.request_id == "r1"


@pytest.mark.parametrize("error", [GeneratorFailed("secret at /home/x"), KeyError("secret")])
def test_what_is_not_expected_is_a_500_that_tells_nothing(error: Exception) -> None:
    response = problem_response(error, "r1")
    assert response.status_code == 500
    assert b"secret" not in bytes(response.body)
    assert b"request id" in bytes(response.body)


def test_a_field_is_named_by_its_path() -> None:
    errors = problem_of(WRONG, "r1").errors
    assert errors
    assert [(error.field, error.message) for error in errors] == [
        ("body", "Field required"),
        ("history.0.role", "user or assistant"),
    ]


def test_errors_stand_only_where_there_are_some() -> None:
    body = json.loads(bytes(problem_response(Busy("full"), "r1").body))
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert "errors" in json.loads(bytes(problem_response(WRONG, "r1").body))


def test_headers_of_an_error_are_kept_and_503_says_when_to_come_back() -> None:
    refused = problem_response(HTTPException(405, headers={"Allow": "POST"}), "r1")
    assert refused.headers["allow"] == "POST"
    assert "retry-after" not in refused.headers
    assert problem_response(Busy("full"), "r1").headers["retry-after"] == "5"
    assert refused.headers["content-type"] == "application/problem+json"


def test_problems_get_their_own_media_type_and_foreign_errors_are_left_out() -> None:
    def described() -> dict[str, Any]:
        return {"content": {"application/json": {"schema": {}}}}

    responses = {"200": described(), "404": described(), "503": described()}
    foreign = {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}
    responses["422"] = {"content": {"application/json": foreign}}
    named = name_media_type({"paths": {"/ask": {"post": {"responses": responses}}}})
    assert name_media_type(named) == named
    found = named["paths"]["/ask"]["post"]["responses"]
    assert list(found) == ["200", "404", "503"]
    assert [list(found[status]["content"]) for status in found] == [
        ["application/json"],
        ["application/problem+json"],
        ["application/problem+json"],
    ]
