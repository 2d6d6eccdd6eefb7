"""The HTTP contract, over a real chatbot with hashed words for vectors."""

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

import httpx
import pytest
from starlette.testclient import TestClient

from chat.api import create_api
from chat.chatbot import Chatbot
from chat.errors import GeneratorFailed
from chat.generator import ExtractiveComposer, Generator
from chat.service import Service
from ingest.readers import parse_document
from retrieval.index import Index, build_index
from tests.browser import serve
from tests.fakes import HashedEncoder

TEXT = "# Bakery\n\n## Wages\n\nBakers in Mallory earn $2,900 a month. Apprentices earn $1,100.\n"
QUESTION = "What do bakers in Mallory earn a month?"
CONTRACT = {
    *("id", "question", "standalone_question", "answer", "answered", "reason", "confidence"),
    *("citations", "passages", "model", "timings_ms"),
}
CITATION = {
    *("marker", "passage_id", "document_id", "title", "section", "anchor", "quote", "start"),
    *("end", "score"),
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
    chatbot = Chatbot(index, HashedEncoder(), generator or ExtractiveComposer())
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
    assert body["model"] == {"encoder": "hashed", "reranker": None, "generator": "extractive"}
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


def test_a_crash_is_a_problem_and_the_log_has_its_id(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_api(loaded(index, Broken())), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR):
        body = problem(client.post("/ask", json={"question": QUESTION}), 500)
    assert "someone" not in json.dumps(body)
    assert body["request_id"] in caplog.text


def test_search_gives_passages_alone(client: TestClient) -> None:
    body = client.post("/search", json={"question": "wages of bakers", "top_k": 1}).json()
    (found,) = body["passages"]
    assert (found["rank"], found["anchor"]) == (1, "wages")
    assert TEXT[found["start"] : found["end"]] == found["text"]


def test_documents_are_listed_with_their_size(client: TestClient) -> None:
    body = client.get("/documents").json()
    assert body["documents"] == [
        {"id": "bakery", "title": "Bakery", "characters": len(TEXT), "sections": 1}
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
    ],
)
def test_a_body_that_does_not_fit_names_the_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    errors = problem(client.post("/ask", json=body), 422)["errors"]
    assert [error["field"] for error in errors] == [field]


def test_the_longest_allowed_question_and_history_are_taken(client: TestClient) -> None:
    turns = [{"role": "user", "content": "y"}] * 20
    body = {"question": "x" * 2000, "history": turns}
    assert client.post("/ask", json=body).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "media_type", "status"),
    [
        ("POST", "/ask", b"{", "application/json", 400),
        ("POST", "/ask", b"question=x", "application/x-www-form-urlencoded", 415),
        ("POST", "/ask", b'{"question": "' + b"x" * 300_000 + b'"}', "application/json", 413),
        ("GET", "/ask", b"", "application/json", 405),
        ("GET", "/documents/menu", b"", "application/json", 404),
        ("GET", "/nowhere", b"", "application/json", 404),
    ],
)
def test_every_error_is_a_problem(
    client: TestClient, method: str, path: str, content: bytes, media_type: str, status: int
) -> None:
    headers = {"content-type": media_type}
    problem(client.request(method, path, content=content, headers=headers), status)


def test_a_chunked_body_is_measured_too(client: TestClient) -> None:
    chunks = iter([b'{"question": "'] + [b"x" * 10_000] * 30)
    headers = {"content-type": "application/json"}
    problem(client.post("/ask", content=chunks, headers=headers), 413)


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
        for _ in range(100):
            again = httpx.post(f"{url}/ask", json={"question": QUESTION}, timeout=10)
            if again.status_code == 200:
                break
        assert again.status_code == 200


def test_openapi_has_examples_and_problems(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/ask", "/search", "/documents", "/healthz", "/readyz"} <= set(described["paths"])
    assert described["components"]["schemas"]["AskRequest"]["examples"]
    answers = described["paths"]["/ask"]["post"]["responses"]
    assert "application/problem+json" in answers["422"]["content"]
    page = client.get("/docs").text
    assert "https://" not in page.replace("https://fastapi.tiangolo.com/img/favicon.png", "")


def test_another_site_gets_no_permission(client: TestClient) -> None:
    response = client.post(
        "/ask", json={"question": QUESTION}, headers={"origin": "https://elsewhere.example"}
    )
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_each_request_is_one_line_of_json_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="chat.edge"):
        client.get("/healthz", headers={"x-request-id": "mine-1"})
    line = json.loads(caplog.records[-1].getMessage())
    assert (line["path"], line["status"], line["request_id"]) == ("/healthz", 200, "mine-1")
