"""The HTTP contract, over a real chatbot with hashed words for vectors."""

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import httpx
import pytest
from fastapi.openapi.models import OpenAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from chat.api import create_api
from chat.chatbot import Chatbot
from chat.errors import GeneratorFailed
from chat.generator import ExtractiveComposer, Generator
from chat.models import Models
from chat.schema import (
    AddedBody,
    AnswerBody,
    AskRequest,
    DocumentBody,
    DocumentSummary,
    FeedbackBody,
    FeedbackRequest,
    Problem,
    RemovedBody,
    SearchBody,
    SearchRequest,
)
from chat.service import Service
from ingest.readers import parse_document
from retrieval.index import Index, build_index
from retrieval.reranker import TokenMemory
from tests.browser import serve
from tests.fakes import HashedEncoder, WordReranker

TEXT = "# Bakery\n\n## Wages\n\nBakers in Mallory earn $2,900 a month. Apprentices earn $1,100.\n"
QUESTION = "What do bakers in Mallory earn a month?"
CONTRACT = {
    *("id", "question", "standalone_question", "answer", "answered", "reason", "confidence"),
    *("citations", "passages", "model", "timings_ms", "unanswered"),
}
CITATION = {
    *("marker", "passage_id", "document_id", "title", "section", "anchor", "quote", "start"),
    *("end", "score", "page"),
}


class Held:
    """A generator that waits until it is let go, and says when it was stopped."""

    name = "held"

    def __init__(self) -> None:
        self.go, self.began, self.stopped = (threading.Event() for _ in range(3))

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        try:
            self.began.set()
            yield evidence[0] + " Next."
            self.go.wait(30)
        finally:
            self.stopped.set()


class Broken:
    """A generator that breaks after its first sentence."""

    name = "broken"

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        yield evidence[0] + " And "
        raise GeneratorFailed("out of memory at /home/someone")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    document = parse_document(TEXT, ".md", "bakery", "Bakery")
    return build_index(tmp_path_factory.mktemp("index"), [document], HashedEncoder())


def loaded(index: Index, generator: Generator | None = None, max_waiting: int = 8) -> Service:
    memory = TokenMemory(HashedEncoder())
    chatbot = Chatbot(index, Models(memory, WordReranker(), generator or ExtractiveComposer()))
    service = Service(lambda: chatbot, max_waiting)
    service.start()
    service.wait(10)
    return service


@pytest.fixture
def client(index: Index) -> TestClient:
    return TestClient(create_api(loaded(index)), raise_server_exceptions=False)


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = cast(dict[str, Any], response.json())
    assert body["status"] == status
    assert {"type", "title", "detail", "request_id"} <= set(body)
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        found.append((lines["event"], json.loads(lines["data"])))
    return found


def answered_in_the_end(url: str) -> bool:
    """Whether the line before the chatbot is free again, if not at once."""
    for _ in range(100):
        again = httpx.post(f"{url}/ask", json={"question": QUESTION}, timeout=10)
        if again.status_code == 200:
            return True
        time.sleep(0.05)
    return False


def test_ask_gives_the_contract_with_exact_offsets(client: TestClient) -> None:
    response = client.post("/ask", json={"question": QUESTION})
    body = response.json()
    assert response.status_code == 200
    assert set(body) == CONTRACT
    assert set(body["citations"][0]) == CITATION
    assert body["answered"] is True
    assert body["answer"] == "Bakers in Mallory earn $2,900 a month [1]."
    text = client.get("/documents/bakery").json()["text"]
    for citation in body["citations"]:
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert body["model"] == {
        "encoder": "hashed",
        "reranker": "words",
        "generator": "extractive",
        "reader": None,
    }
    assert set(body["timings_ms"]) == {"search", "evidence", "generate", "verify", "total"}


def test_a_refusal_is_200_with_its_reason(client: TestClient) -> None:
    body = client.post("/ask", json={"question": "Will it rain tomorrow?"}).json()
    assert (body["answered"], body["reason"]) == (False, "not_in_documents")
    assert body["citations"] == []


@pytest.mark.parametrize("how", ["stream", "accept"])
def test_a_stream_is_retrieval_sentences_and_the_same_final(client: TestClient, how: str) -> None:
    asked: dict[str, Any] = {"question": QUESTION, "stream": how == "stream"}
    headers = {"accept": "text/event-stream"} if how == "accept" else {}
    response = client.post("/ask", json=asked, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response.text)
    assert [name for name, _ in found] == ["retrieval", "sentence", "final"]
    whole = client.post("/ask", json={"question": QUESTION}).json()
    final = found[-1][1]
    for body in (whole, final):
        del body["id"], body["timings_ms"]
    assert final == whole
    assert found[1][1]["markers"] == [1]


def test_a_stream_that_breaks_ends_in_an_error_that_tells_no_internals(index: Index) -> None:
    client = TestClient(create_api(loaded(index, Broken())))
    found = events(client.post("/ask", json={"question": QUESTION, "stream": True}).text)
    assert [name for name, _ in found] == ["retrieval", "sentence", "error"]
    assert found[-1][1]["status"] == 500
    assert "someone" not in json.dumps(found[-1][1])


class Liar:
    """A generator that adds what no document says."""

    name = "liar"

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        said = evidence[0].removeprefix("Wages: ")  # the heading that it stands under
        yield f"{said} Bakers in Mallory earn $9,999 a month. Ask Hortensia."


def test_nothing_but_verified_sentences_is_streamed(index: Index) -> None:
    client = TestClient(create_api(loaded(index, Liar())))
    response = client.post("/ask", json={"question": QUESTION, "stream": True})
    sentences = [data for name, data in events(response.text) if name == "sentence"]
    assert sentences[0]["text"] == "Bakers in Mallory earn $2,900 a month."
    for sentence in sentences:
        assert [citation["marker"] for citation in sentence["citations"]] == sentence["markers"]
        for citation in sentence["citations"]:
            assert TEXT[citation["start"] : citation["end"]] == citation["quote"]
    assert "9,999" not in response.text
    assert "Hortensia" not in response.text


def test_what_fails_before_the_first_event_has_its_own_status(client: TestClient) -> None:
    asked = {"question": QUESTION, "documents": ["menu"], "stream": True}
    assert "menu" in problem(client.post("/ask", json=asked), 404)["detail"]


def test_a_crash_is_a_problem_and_the_log_has_its_id(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_api(loaded(index, Broken())), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR):
        body = problem(client.post("/ask", json={"question": QUESTION}), 500)
    assert "someone" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)
    assert body["request_id"] in caplog.text
    assert "GeneratorFailed: out of memory" in caplog.text


def test_search_gives_passages_alone(client: TestClient) -> None:
    body = client.post("/search", json={"question": "wages of bakers", "top_k": 1}).json()
    (found,) = body["passages"]
    assert (found["rank"], found["anchor"]) == (1, "wages")
    assert TEXT[found["start"] : found["end"]] == found["text"]


def test_documents_are_listed_with_their_size(client: TestClient) -> None:
    body = client.get("/documents").json()
    assert body["documents"] == [
        {
            "id": "bakery",
            "title": "Bakery",
            "characters": len(TEXT),
            "sections": 1,
            "passages": 1,
            "removable": False,
        }
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 2001}, "question"),
        ({"question": 5}, "question"),
        ({"question": "x", "top_k": 0}, "top_k"),
        ({"question": "x", "top_k": "5"}, "top_k"),
        ({"question": "x", "topk": 5}, "topk"),
        ({"question": "x", "history": [{"role": "user", "content": "y"}] * 21}, "history"),
        ({"question": "x", "history": [{"role": "system", "content": "y"}]}, "history.0.role"),
        ({"question": "x", "history": [{"role": "user"}]}, "history.0.content"),
        ({"question": "x", "history": "before"}, "history"),
        ({"question": "x", "documents": []}, "documents"),
        ({"question": "x", "stream": "yes"}, "stream"),
        ({"question": "\ud800"}, "question"),
        (["question"], "body"),
        (None, "body"),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(
    client: TestClient, body: Any, field: str
) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/ask", content=json.dumps(body), headers=headers)
    (error,) = problem(response, 422)["errors"]
    assert error["field"] == field
    assert error["message"]


def test_the_longest_allowed_question_and_history_are_taken(client: TestClient) -> None:
    turns = [{"role": "user", "content": "y"}] * 20
    body = {"question": "x" * 2000, "history": turns}
    assert client.post("/ask", json=body).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "media_type", "status"),
    [
        ("POST", "/ask", b"{", "application/json", 400),
        ("POST", "/ask", b'{"question": "\xff"}', "application/json", 400),
        ("POST", "/ask", b"[" * 100_000, "application/json", 400),
        ("POST", "/search", b"{", "application/json", 400),
        ("POST", "/ask", b'{"question": "x"}', "text/plain", 415),
        ("POST", "/ask", b'{"question": "x"}', "", 415),
        ("POST", "/ask", b"question=x", "application/x-www-form-urlencoded", 415),
        ("POST", "/ask", b'{"question": "' + b"x" * 300_000 + b'"}', "application/json", 413),
        ("GET", "/ask", b"", "application/json", 405),
        ("GET", "/documents/menu", b"", "application/json", 404),
        ("GET", "/documents/a/b", b"", "application/json", 404),
        ("GET", "/ask/", b"", "application/json", 404),
        ("GET", "/nowhere", b"", "application/json", 404),
    ],
)
def test_every_error_is_a_problem(
    client: TestClient, method: str, path: str, content: bytes, media_type: str, status: int
) -> None:
    headers = {"content-type": media_type}
    problem(client.request(method, path, content=content, headers=headers), status)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/ask", {"POST"}),
        ("/search", {"POST"}),
        ("/documents", {"GET", "POST"}),
        ("/documents/bakery", {"GET", "DELETE"}),
        ("/feedback", {"POST"}),
        ("/healthz", {"GET"}),
        ("/readyz", {"GET"}),
        ("/metrics", {"GET"}),
    ],
)
def test_another_method_is_told_which_are_allowed(
    client: TestClient, path: str, methods: set[str]
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - methods:
        response = client.request(method, path)
        problem(response, 405)
        assert set(response.headers["allow"].split(", ")) == methods


def test_a_body_may_have_256_kib_however_it_is_sent(index: Index) -> None:
    headers = {"content-type": "application/json"}
    question = json.dumps({"question": QUESTION}).encode()
    with serve(create_api(loaded(index))) as url:

        def status(size: int, chunked: bool) -> int:
            body = question.ljust(size)
            pieces = (body[at : at + 50_000] for at in range(0, size, 50_000))
            content = pieces if chunked else body
            return httpx.post(f"{url}/ask", content=content, headers=headers).status_code

        for chunked in (False, True):
            assert status(256 * 1024, chunked) == 200
            assert status(256 * 1024 + 1, chunked) == 413
            assert status(5_000_000, chunked) == 413


def test_a_request_keeps_its_id_if_it_has_a_sane_one(client: TestClient) -> None:
    def named(given: str) -> str:
        headers = client.get("/healthz", headers={"x-request-id": given}).headers
        return headers["x-request-id"]

    assert named("order-66_a") == "order-66_a"
    made = [named(given) for given in ("", "a b", "x" * 65, '"},{"')]
    assert len({*made}) == 4
    assert all(len(name) == 32 and name.isalnum() for name in made)


def test_an_unknown_document_is_named(client: TestClient) -> None:
    response = client.post("/ask", json={"question": QUESTION, "documents": ["menu"]})
    assert "menu" in problem(response, 404)["detail"]


def test_while_loading_only_healthz_is_well() -> None:
    go = threading.Event()

    def load() -> Chatbot:
        go.wait(30)
        raise RuntimeError("no index in x; run: pincite ingest")

    service = Service(load)
    service.start()
    client = TestClient(create_api(service))
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    problem(response, 503)
    assert int(response.headers["retry-after"]) > 0
    go.set()
    with pytest.raises(Exception, match="pincite ingest"):
        service.wait(10)
    assert "pincite ingest" in problem(client.get("/readyz"), 503)["detail"]


def sample(text: str, name: str, **labels: str) -> float:
    """The value of one sample of a Prometheus page."""
    return next(
        found.value
        for family in text_string_to_metric_families(text)
        for found in family.samples
        if found.name == name and labels.items() <= found.labels.items()
    )


def test_metrics_count_answers_by_outcome_and_say_nothing_of_what_was_asked(index: Index) -> None:
    client = TestClient(create_api(loaded(index)))
    for question in (QUESTION, QUESTION, "Which submarine was painted?", "Hello!"):
        client.post("/ask", json={"question": question})
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    text = response.text
    assert sample(text, "pincite_answers_total", outcome="answered") == 2
    assert sample(text, "pincite_answers_total", outcome="not_in_documents") == 1
    assert sample(text, "pincite_answers_total", outcome="not_a_question") == 1
    assert sample(text, "pincite_sentences_total", kind="quoted") >= 2
    assert sample(text, "pincite_step_seconds_count", step="total") == 4
    assert sample(text, "pincite_step_seconds_count", step="search") == 3, "small talk needs none"
    assert sample(text, "pincite_index_size", of="documents") == 1
    assert sample(text, "pincite_questions_in_line") == 0
    assert not re.search("baker|submarine", text, re.I)


def test_metrics_count_an_answer_that_broke(index: Index) -> None:
    client = TestClient(create_api(loaded(index, Broken())), raise_server_exceptions=False)
    assert client.post("/ask", json={"question": QUESTION}).status_code == 500
    assert sample(client.get("/metrics").text, "pincite_answers_total", outcome="failed") == 1


def test_metrics_are_there_while_loading() -> None:
    gate = threading.Event()

    def load() -> Chatbot:
        gate.wait(10)
        raise RuntimeError

    service = Service(load)
    service.start()
    text = TestClient(create_api(service)).get("/metrics").text
    gate.set()
    assert sample(text, "pincite_index_size", of="documents") == 0


def test_metrics_count_who_was_turned_away(index: Index) -> None:
    held = Held()
    service = loaded(index, held, max_waiting=1)
    answering = service.stream(QUESTION)
    next(answering)
    client = TestClient(create_api(service))
    assert client.post("/ask", json={"question": QUESTION}).status_code == 503
    text = client.get("/metrics").text
    assert sample(text, "pincite_turned_away_total") == 1
    assert sample(text, "pincite_questions_in_line") == 1
    answering.close()
    assert sample(client.get("/metrics").text, "pincite_questions_in_line") == 0


def test_healthz_answers_and_the_line_is_bounded_while_an_answer_is_made(index: Index) -> None:
    held = Held()
    with serve(create_api(loaded(index, held, max_waiting=1))) as url:
        thread = threading.Thread(
            target=lambda: httpx.post(f"{url}/ask", json={"question": QUESTION}, timeout=30)
        )
        thread.start()
        assert held.began.wait(10)
        assert httpx.get(f"{url}/healthz", timeout=5).status_code == 200
        busy = httpx.post(f"{url}/ask", json={"question": QUESTION}, timeout=5)
        assert "retry-after" in busy.headers
        problem(busy, 503)
        held.go.set()
        thread.join(10)
        assert httpx.post(f"{url}/ask", json={"question": QUESTION}).status_code == 200


def test_a_client_that_leaves_stops_its_answer_and_frees_the_line(index: Index) -> None:
    held = Held()
    with serve(create_api(loaded(index, held, max_waiting=1))) as url:
        asked = {"question": QUESTION, "stream": True}
        with httpx.stream("POST", f"{url}/ask", json=asked, timeout=10) as response:
            assert "retrieval" in next(response.iter_text())
        held.go.set()
        assert held.stopped.wait(10)
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert answered_in_the_end(url)


def test_a_client_that_leaves_a_plain_question_stops_its_answer_too(index: Index) -> None:
    held = Held()
    with serve(create_api(loaded(index, held, max_waiting=1))) as url:
        address = httpx.URL(url)
        request = httpx.Request("POST", f"{url}/ask", json={"question": QUESTION})
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join(["POST /ask HTTP/1.1", *lines, "", ""]).encode()
        with socket.create_connection((address.host, address.port or 80)) as left:
            left.sendall(head + request.read())
            assert held.began.wait(10)
        held.go.set()
        assert held.stopped.wait(10)
        assert answered_in_the_end(url)


def test_retrieval_and_documents_do_not_wait_for_an_answer(index: Index) -> None:
    held = Held()
    with serve(create_api(loaded(index, held))) as url:
        asked = {"question": QUESTION, "stream": True}
        with httpx.stream("POST", f"{url}/ask", json=asked, timeout=10) as response:
            assert "retrieval" in next(response.iter_text())
            assert held.began.wait(10)
            found = httpx.post(f"{url}/search", json={"question": "wages"}, timeout=5)
            assert found.json()["passages"][0]["anchor"] == "wages"
            assert httpx.get(f"{url}/documents/bakery", timeout=5).json()["text"] == TEXT
            held.go.set()


def test_a_name_that_another_site_points_here_is_refused(index: Index) -> None:
    with serve(create_api(loaded(index))) as url:

        def asked_as(host: str) -> httpx.Response:
            return httpx.get(f"{url}/documents", headers={"host": host})

        for host in ("localhost:7860", "LOCALHOST", "127.0.0.1:80", "[::1]:7860", "10.0.0.5"):
            assert asked_as(host).status_code == 200, host
        for host in ("evil.example", "evil.example:7860", "127.0.0.1.evil.example"):
            refused = asked_as(host)
            problem(refused, 421)
            assert "bakery" not in refused.text


def test_openapi_describes_every_endpoint_with_an_example_that_is_valid(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    OpenAPI.model_validate(described)
    assert set(described["paths"]) == {
        *("/ask", "/search", "/feedback", "/healthz", "/readyz", "/metrics"),
        *("/documents", "/documents/{document_id}", "/v1/chat/completions", "/v1/models"),
    }
    schemas = described["components"]["schemas"]
    assert set(re.findall(r'#/components/schemas/(\w+)"', json.dumps(described))) <= set(schemas)
    for model in (
        *(AskRequest, SearchRequest, FeedbackRequest, AnswerBody, SearchBody),
        *(DocumentSummary, DocumentBody, AddedBody, RemovedBody, FeedbackBody, Problem),
    ):
        (example,) = schemas[model.__name__]["examples"]
        shown = model.model_validate(example).model_dump(mode="json", exclude_unset=True)
        assert shown == example


def test_openapi_gives_every_error_as_a_problem(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    statuses = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            errors = {status: r for status, r in operation["responses"].items() if status >= "400"}
            assert all(list(r["content"]) == ["application/problem+json"] for r in errors.values())
            statuses[method, path] = set(errors)
    assert statuses["post", "/ask"] == {"400", "404", "413", "415", "422", "500", "503"}
    assert statuses["get", "/documents/{document_id}"] == {"404", "500", "503"}
    assert statuses["delete", "/documents/{document_id}"] == {"404", "500", "501", "503"}
    assert statuses["get", "/healthz"] == set()
    assert "text/event-stream" in described["paths"]["/ask"]["post"]["responses"]["200"]["content"]


def test_docs_are_served_without_another_host(client: TestClient) -> None:
    page = client.get("/docs").text
    linked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(linked) == 3  # style, icon, script
    for address in linked:
        assert address.startswith("/docs/static/")
        assert client.get(address).status_code == 200
    assert "://" not in page


def test_another_site_gets_no_permission(client: TestClient) -> None:
    elsewhere = {"origin": "https://elsewhere.example"}
    preflight = client.options(
        "/ask",
        headers={
            **elsewhere,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    problem(preflight, 405)
    answered = client.post("/ask", json={"question": QUESTION}, headers=elsewhere)
    form = client.post("/ask", content=b'{"question": "x"}', headers=elsewhere)
    problem(form, 415)
    for response in (preflight, answered, form, client.get("/documents", headers=elsewhere)):
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_each_request_is_one_line_of_json_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="chat.edge"):
        client.get("/healthz", headers={"x-request-id": "mine-1"})
        client.post("/ask", json={"question": QUESTION, "stream": True})
        client.get("/documents/menu")
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/healthz", 200),
        ("POST", "/ask", 200),
        ("GET", "/documents/menu", 404),
    ]
    assert lines[0]["request_id"] == "mine-1"
    assert all(line["ms"] >= 0 for line in lines)
