"""The whole path with the real models, the real command and a real browser, cut off from the
network: ingest, ask, serve, and a hostile document on the page."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.visits import Visit

# Runs first in every child: no socket leaves this machine.
CUT_OFF = """
import socket
_connect = socket.socket.connect
_resolve = socket.getaddrinfo
def _here(host):
    return host in (None, "", "localhost", "::1", "0.0.0.0") or str(host).startswith("127.")
def connect(self, address):
    if isinstance(address, tuple) and not _here(address[0]):
        raise OSError(f"blocked: {address}")
    return _connect(self, address)
def getaddrinfo(host, *args, **kwargs):
    if not _here(host):
        raise OSError(f"blocked: {host}")
    return _resolve(host, *args, **kwargs)
socket.socket.connect = connect
socket.getaddrinfo = getaddrinfo
"""
HOSTILE = """# Hostile notes

## Weevils

Weevils in the <script>window.hacked = 1</script> granary number 4,711 <img src=x
onerror="window.hacked = 2"> this year.
"""
PINCITE = [sys.executable, "-m", "ui.cli"]


class Place:
    """A folder with documents and an index, and an environment without a network."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.index = folder, folder / "index"
        cut_off = folder / "cut_off"
        cut_off.mkdir()
        (cut_off / "sitecustomize.py").write_text(CUT_OFF)
        documents = folder / "documents"
        documents.mkdir()
        default = Path("corpus/documents/ml-engineering-manager.md").read_text()
        (documents / "ml-engineering-manager.md").write_text(default)
        (documents / "hostile.md").write_text(HOSTILE)
        self.documents = documents
        self.env = os.environ | {
            "PYTHONPATH": f"{cut_off}{os.pathsep}{os.getcwd()}",
            "HF_HUB_OFFLINE": "1",
            "PINCITE_INDEX": str(self.index),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PINCITE, *arguments], env=self.env, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("place"))
    done = place.run("ingest", str(place.documents), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"] == 2
    return place


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    process = subprocess.Popen(
        [*PINCITE, "serve", "--port", "0"], env=place.env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        yield found.group()
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(20)
        process.stdout.close()
    assert status == 0


def test_the_cut_is_real(place: Place) -> None:
    code = "import urllib.request; urllib.request.urlopen('https://pypi.org', timeout=5)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=place.env, capture_output=True, text=True, check=False
    )
    assert "blocked" in done.stderr


def test_ask_prints_a_cited_answer(place: Place) -> None:
    done = place.run("ask", "What did LinkedIn say about growth of AI roles?")
    assert done.returncode == 0, done.stderr
    assert "74%" in done.stdout
    assert "[1]" in done.stdout
    assert "Market Demand › Job Market Growth" in done.stdout
    assert done.stderr == ""


def test_ask_says_with_its_exit_code_that_the_documents_do_not_say(place: Place) -> None:
    done = place.run("ask", "What will the weather be tomorrow?", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["answered"] is False


def test_search_prints_ranked_passages(place: Place) -> None:
    done = place.run("search", "overall salary range", "--top-k", "2", "--json")
    assert [passage["rank"] for passage in json.loads(done.stdout)] == [1, 2]


def test_a_missing_index_is_one_line_that_says_what_to_do(place: Place) -> None:
    for command in (["ask", "x?"], ["search", "x?"], ["serve", "--port", "0"]):
        done = place.run(*command, "--index", str(place.folder / "none"))
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert "no index in" in done.stderr
        assert "pincite ingest" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(place: Place, address: str) -> None:
    port = address.rsplit(":", 1)[1]
    done = place.run("serve", "--port", port)
    assert done.returncode == 1
    assert "--port" in done.stderr


def test_stopping_it_while_the_models_load_is_no_failure(place: Place) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([*PINCITE, "serve", "--port", str(port)], env=place.env) as process:
        up = httpx.Client(transport=httpx.HTTPTransport(retries=10), timeout=60)
        try:
            assert up.get(f"http://127.0.0.1:{port}/healthz").is_success
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_wrong_usage_is_exit_code_2(place: Place) -> None:
    assert place.run("ask").returncode == 2
    assert place.run("search", "x", "--top-k", "0").returncode == 2


def test_help_teaches_every_command(place: Place) -> None:
    shown = place.run("--help").stdout
    for command in ("setup", "ingest", "search", "ask", "chat", "serve", "evaluate"):
        assert command in shown
    assert "Example" in place.run("ask", "--help").stdout


def test_evaluate_writes_measures_of_every_system(place: Place) -> None:
    report = place.folder / "report.json"
    done = place.run("evaluate", "--json", str(report))
    assert done.returncode == 0, done.stderr
    body: dict[str, Any] = json.loads(report.read_text())
    assert body["schema"] == 1
    assert set(body["systems"]) == {"bm25", "dense", "hybrid", "reranked"}
    assert body["systems"]["hybrid"]["measures"]["R@5"]["value"] > 0.8


def test_the_api_answers_with_exact_offsets(address: str) -> None:
    question = {"question": "What is the overall salary range for this role?"}
    body = httpx.post(f"{address}/ask", json=question, timeout=60).json()
    assert body["answered"]
    assert "$167,495" in body["answer"]
    for citation in body["citations"]:
        text = httpx.get(f"{address}/documents/{citation['document_id']}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert body["model"]["reader"].startswith("pincite-reader-")
    assert body["model"]["generator"] == "extractive"


def test_the_composer_answers_in_verified_sentences(place: Place) -> None:
    asked = ("ask", "What did LinkedIn say about growth of AI roles?", "--json")
    done = place.run(*asked, "--generator", "smollm2")
    assert done.returncode == 0, done.stderr
    body: dict[str, Any] = json.loads(done.stdout)
    assert "74%" in body["answer"]
    assert body["model"]["generator"].startswith("SmolLM2-135M-Instruct+pincite-composer-")


@pytest.mark.browser
def test_the_page_answers_and_shows_the_words(address: str) -> None:
    with chromium() as browser:
        shown = Visit(browser.new_page(), address)
        exchange = shown.answered("What did LinkedIn say about growth of AI roles?")
        shown.marker(exchange, 1).click()
        expect(shown.marked).to_contain_text("74%")
        expect(shown.marked).to_be_in_viewport()
        expect(shown.panel.locator(".pc-where")).to_contain_text("Job Market Growth")


@pytest.mark.browser
def test_mark_up_in_a_document_does_not_run_in_the_page(address: str) -> None:
    with chromium() as browser:
        shown = Visit(browser.new_page(), address)
        exchange = shown.answered("How many weevils number in the granary this year?")
        shown.marker(exchange, 1).click()
        expect(shown.marked).to_contain_text("4,711")
        expect(shown.panel).to_contain_text("<script>window.hacked = 1</script>")
        time.sleep(0.5)  # an onerror would have run by now
        assert shown.page.evaluate("window.hacked") is None
        assert shown.page.locator("img[src='x']").count() == 0
