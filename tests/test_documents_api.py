"""Documents over HTTP: uploaded, removed, and refused where they must be."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from chat.api import create_api
from tests.browser import serve
from tests.hard_documents import write_bees
from tests.shelves import QUESTION, SECONDS, Gate, Shelf
from tests.test_api import events, problem
from tests.test_pdf import encrypted

MENU = b"# Menu\n\nA bagel in Mallory costs four dollars.\n"
BAGEL = {"question": "What does a bagel in Mallory cost?"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, max_upload_mb=1)


@pytest.fixture
def client(shelf: Shelf) -> TestClient:
    return TestClient(create_api(shelf.service), raise_server_exceptions=False)


def upload(client: Any, *files: tuple[str, bytes], **options: Any) -> Any:
    return client.post("/documents", files=[("files", file) for file in files], **options)


def test_an_uploaded_document_is_asked_listed_read_and_removed(client: TestClient) -> None:
    (file,) = upload(client, ("menu.md", MENU)).json()["files"]
    assert file == {
        "name": "menu.md",
        "state": "done",
        "done": 1,
        "total": 1,
        "detail": "added",
        "document_id": "menu",
    }
    answer = client.post("/ask", json=BAGEL).json()
    assert answer["answer"] == "A bagel in Mallory costs four dollars [1]."
    listed = {d["id"]: d["removable"] for d in client.get("/documents").json()["documents"]}
    assert listed == {"bakery": False, "menu": True}
    assert client.get("/documents/menu").json()["text"] == MENU.decode()
    assert client.delete("/documents/menu").json() == {
        "document_id": "menu",
        "lasting": True,
        "detail": "removed from the index, and its uploaded file too",
    }
    assert not client.post("/ask", json=BAGEL).json()["answered"]
    problem(client.get("/documents/menu"), 404)
    problem(client.delete("/documents/menu"), 404)


def test_some_files_fail_and_the_others_are_added(client: TestClient, tmp_path: Path) -> None:
    write_bees(tmp_path / "bees.docx")
    response = upload(
        client,
        ("bees.docx", (tmp_path / "bees.docx").read_bytes()),
        ("secret.pdf", encrypted()),
        ("empty.md", b""),
        ("picture.md", b"\x89PNG\r\n\x1a\n\x00\x00"),
    )
    assert response.status_code == 200
    found = {file["name"]: file for file in response.json()["files"]}
    assert {name: file["state"] for name, file in found.items()} == {
        "bees.docx": "done",
        "secret.pdf": "failed",
        "empty.md": "failed",
        "picture.md": "failed",
    }
    assert "encrypted" in found["secret.pdf"]["detail"]


def test_when_every_file_fails_it_is_a_problem_that_names_them(client: TestClient) -> None:
    body = problem(upload(client, ("empty.md", b""), ("song.mp3", b"la")), 422)
    assert {error["field"]: error["message"] for error in body["errors"]} == {
        "empty.md": "is empty; there is nothing to answer from",
        "song.mp3": "cannot read .mp3; convert it to one of "
        ".docx, .htm, .html, .markdown, .md, .pdf, .text, .txt, .xhtml",
    }


def test_an_upload_may_be_followed_step_by_step(client: TestClient) -> None:
    headers = {"accept": "text/event-stream"}
    response = upload(client, ("menu.md", MENU), ("empty.md", b""), headers=headers)
    found = events(response.text)
    assert [name for name, _ in found] == ["progress"] * 6 + ["final"]
    steps = [(data["name"], data["state"]) for name, data in found if name == "progress"]
    assert steps == [
        ("menu.md", "reading"),
        ("empty.md", "reading"),
        ("empty.md", "failed"),
        ("menu.md", "embedding"),
        ("menu.md", "embedding"),
        ("menu.md", "done"),
    ]
    assert [file["state"] for file in found[-1][1]["files"]] == ["failed", "done"]


@pytest.mark.parametrize(
    "name", ["../../menu.md", "/tmp/menu.md", "..\\menu.md", "menu\x07.md", "x" * 900 + ".md"]
)
def test_a_hostile_name_stays_in_the_folder_of_uploads(
    client: TestClient, shelf: Shelf, name: str
) -> None:
    before = outside(shelf)
    (file,) = upload(client, (name, MENU)).json()["files"]
    assert file["state"] == "done"
    assert shelf.stored() == [file["name"]]
    assert outside(shelf) == before


def outside(shelf: Shelf) -> set[Path]:
    """What is in the shelf's folder besides the index and its uploads."""
    inside = (shelf.settings.index, shelf.settings.uploads)
    paths = shelf.folder.rglob("*")
    return {path for path in paths if not any(path.is_relative_to(one) for one in inside)}


def form(size: int) -> tuple[bytes, dict[str, str]]:
    """A form with a file of a size, and its header."""
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
    body = head + b"word ".ljust(size, b"a") + b"\r\n--x--\r\n"
    return body, {"content-type": "multipart/form-data; boundary=x"}


def test_an_upload_that_is_too_large_is_refused_however_it_is_sent(shelf: Shelf) -> None:
    with serve(create_api(shelf.service)) as url:
        for chunked in (False, True):
            body, headers = form(2_000_000)
            pieces: Iterator[bytes] = (body[at : at + 65_536] for at in range(0, 2**21, 65_536))
            content = pieces if chunked else body
            refused = httpx.post(f"{url}/documents", content=content, headers=headers, timeout=30)
            assert "may hold 1 MB in all" in problem(refused, 413)["detail"]
    assert shelf.stored() == []


def test_a_length_that_is_too_large_is_refused_before_the_body(client: TestClient) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {**form(0)[1], "content-length": "2000000"}
    response = client.post("/documents", content=never(), headers=headers)
    assert "split the file" in problem(response, 413)["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (MENU, "text/markdown", 415),
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"", "multipart/form-data", 400),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 422),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (
            b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\ntext\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
def test_what_is_no_form_with_files_is_told_what_to_send(
    client: TestClient, content: bytes, kind: str, status: int
) -> None:
    response = client.post("/documents", content=content, headers={"content-type": kind})
    assert "multipart/form-data, each in a field named files" in problem(response, status)["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://testserver.elsewhere.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_adds_nothing(
    client: TestClient, shelf: Shelf, headers: dict[str, str]
) -> None:
    problem(upload(client, ("menu.md", MENU), headers=headers), 403)
    assert shelf.stored() == []


def test_a_form_of_this_site_is_taken(client: TestClient) -> None:
    headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert upload(client, ("menu.md", MENU), headers=headers).status_code == 200


def test_questions_go_on_while_an_upload_is_indexed(tmp_path: Path) -> None:
    gate = Gate("bagel in Mallory costs")
    shelf = Shelf(tmp_path, gate)
    with serve(create_api(shelf.service)) as url, httpx.Client(base_url=url, timeout=30) as client:
        added: list[Any] = []
        thread = threading.Thread(
            target=lambda: added.append(
                httpx.post(f"{url}/documents", files={"files": ("menu.md", MENU)}, timeout=60)
            )
        )
        thread.start()
        assert gate.reached.wait(SECONDS)
        assert client.get("/healthz").status_code == 200
        assert client.post("/ask", json={"question": QUESTION}).json()["answered"]
        assert not client.post("/ask", json={"question": "Is there tea?"}).json()["answered"]
        gate.go.set()
        thread.join(SECONDS)
        assert added[0].json()["files"][0]["state"] == "done"
        assert client.post("/ask", json=BAGEL).json()["answered"]


def test_feedback_is_kept(client: TestClient, shelf: Shelf) -> None:
    given = {
        "answer_id": "a1",
        "question": QUESTION,
        "answer": "Much [1].",
        "verdict": "down",
        "note": "Which bakers?",
        "settings": {"top_k": 5, "documents": ["bakery"]},
    }
    response = client.post("/feedback", json=given)
    assert response.status_code == 201
    assert shelf.service.feedback
    (entry,) = shelf.service.feedback.read()
    assert entry.time == response.json()["time"]
    stored = json.loads((shelf.folder / "index-feedback.jsonl").read_text())
    assert stored == {"time": entry.time, **given}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"verdict": "meh"}, "verdict"),
        ({"answer_id": ""}, "answer_id"),
        ({"note": "x" * 2001}, "note"),
        ({"question": " "}, "question"),
        ({"stars": 5}, "stars"),
        ({"settings": {str(n): n for n in range(51)}}, "settings"),
    ],
)
def test_feedback_that_does_not_fit_names_the_field(
    client: TestClient, shelf: Shelf, change: dict[str, Any], field: str
) -> None:
    given = {"answer_id": "a1", "question": "q", "answer": "a", "verdict": "up", **change}
    body = problem(client.post("/feedback", json=given), 422)
    assert {error["field"] for error in body["errors"]} == {field}
    assert shelf.service.feedback
    assert shelf.service.feedback.read() == ()
