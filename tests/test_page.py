"""Asking on the page, in a real browser, before a service whose chatbot follows a script."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import pytest
from gradio.queueing import Queue
from playwright.sync_api import expect
from starlette.testclient import TestClient

from chat.answer import Event, Retrieved
from chat.chatbot import Chatbot
from chat.errors import GeneratorFailed
from chat.question import Turn
from chat.schema import MAX_TURNS
from chat.service import Service
from tests.pages import ANSWER, FIRST, GUIDE, REFUSAL, SECOND, answering
from tests.scripted import ScriptedChatbot, service_of
from tests.visits import Open
from ui.app import create_app
from ui.conversation import Exchange, converse, history_of

PLAIN = "The range is $167,495 - $260,000 a year. That is for the US market in 2024."


def scripted() -> ScriptedChatbot:
    return ScriptedChatbot(answering, GUIDE)


@pytest.mark.browser
def test_sentences_appear_one_by_one_with_what_is_being_done(visit: Open) -> None:
    steps = {name: threading.Event() for name in ("search", "read", "write")}

    def slow(question: str) -> Iterator[Event]:
        steps["search"].wait(60)
        yield Retrieved(question, ANSWER.passages)
        steps["read"].wait(60)
        yield FIRST
        steps["write"].wait(60)
        yield SECOND
        yield ANSWER

    shown = visit(service_of(ScriptedChatbot(slow, GUIDE)))
    shown.ask("range?")
    reply = shown.exchanges.last.locator(".pc-reply")
    heard = shown.page.get_by_role("log")
    expect(reply).to_have_text("Searching…")
    expect(shown.exchanges.last).to_have_attribute("aria-busy", "true")
    steps["search"].set()
    expect(reply).to_have_text("Reading…")
    steps["read"].set()
    expect(reply).to_contain_text("a year.1")
    expect(reply).to_contain_text("Writing…")
    expect(reply).not_to_contain_text("US market")
    expect(heard.locator("p")).to_have_text(
        [
            "Searching…",
            "Reading…",
            "The range is $167,495 - $260,000 a year. (source 1)",
            "Writing…",
        ]
    )
    expect(shown.page.get_by_role("button", name="Stop")).to_be_visible()
    steps["write"].set()
    expect(reply).to_contain_text("US market in 2024.2")
    expect(reply).not_to_contain_text("Writing…")
    expect(shown.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(shown.exchanges.last).not_to_have_attribute("aria-busy", "true")
    expect(heard.locator("p").last).to_have_text("That is for the US market in 2024. (source 2)")
    expect(heard).to_have_attribute("aria-live", "polite")


@pytest.mark.browser
def test_stop_keeps_what_was_said_and_frees_the_service(visit: Open) -> None:
    go_on = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        yield Retrieved(question, ANSWER.passages)
        yield FIRST
        if question == "first range":
            go_on.wait(60)
        yield SECOND
        yield ANSWER

    chatbot = ScriptedChatbot(slow, GUIDE)
    shown = visit(service_of(chatbot))
    shown.ask("first range")
    expect(shown.exchanges.last).to_contain_text("a year.")
    shown.page.get_by_role("button", name="Stop").click()
    expect(shown.exchanges.last).to_contain_text("Stopped.", timeout=20_000)
    expect(shown.exchanges.last).to_contain_text("a year.")
    go_on.set()
    assert chatbot.closed.wait(30), "the work goes on though nobody reads it"
    expect(shown.answered("second range", 2)).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_enter_sends_and_shift_enter_makes_a_line(visit: Open) -> None:
    chatbot = scripted()
    shown = visit(service_of(chatbot))
    shown.box.press_sequentially("range")
    shown.box.press("Shift+Enter")
    shown.box.press_sequentially("please")
    expect(shown.box).to_have_value("range\nplease")
    assert chatbot.asked == []
    shown.box.press("Enter")
    expect(shown.exchanges.last).to_contain_text("US market in 2024.")
    expect(shown.box).to_have_value("")
    assert [question for question, _ in chatbot.asked] == ["range\nplease"]


@pytest.mark.browser
def test_an_edited_question_is_asked_in_its_place(visit: Open) -> None:
    chatbot = scripted()
    shown = visit(service_of(chatbot))
    shown.answered("range?")
    shown.answered("Which skills?", 2)
    first = shown.exchanges.first
    first.get_by_role("button", name="Edit the question and ask again").click()
    area = shown.page.get_by_label("Your question, edited")
    expect(area).to_be_focused()
    expect(area).to_have_value("range?")
    area.press("Escape")
    expect(area).to_have_count(0)
    first.get_by_role("button", name="Edit the question and ask again").click()
    area.fill("Who founded it?")
    area.press("Enter")
    dialog = shown.page.get_by_role("dialog")
    expect(dialog).to_contain_text("The questions after this one will be replaced.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(area).to_have_value("Who founded it?")
    expect(shown.exchanges).to_have_count(2)
    area.press("Enter")
    dialog.get_by_role("button", name="Ask again", exact=True).click()
    expect(shown.exchanges).to_have_count(1)
    expect(shown.exchanges.locator(".pc-question")).to_have_text("Who founded it?")
    expect(shown.exchanges.locator(".pc-refusal")).to_be_visible()
    assert chatbot.asked[-1] == ("Who founded it?", [])


@pytest.mark.browser
def test_the_last_question_can_be_asked_again(visit: Open) -> None:
    chatbot = scripted()
    shown = visit(service_of(chatbot))
    shown.answered("range?")
    last = shown.answered("Which skills?", 2)
    expect(shown.exchanges.first.get_by_role("button", name="Ask again", exact=True)).to_have_count(
        0
    )
    last.get_by_role("button", name="Ask again", exact=True).click()
    assert chatbot.wait_asked(3)
    expect(last.locator(".pc-tools")).to_be_visible()
    expect(shown.exchanges).to_have_count(2)
    turns = [Turn("user", "range?"), Turn("assistant", PLAIN)]
    expect(shown.box).to_have_value("")
    shown.answered("third range", 3)
    assert chatbot.asked[1:3] == [("Which skills?", turns), ("Which skills?", turns)]


@pytest.mark.browser
def test_what_is_asked_again_and_fails_loses_nothing(visit: Open) -> None:
    broken = threading.Event()

    def answers(question: str) -> Iterator[Event]:
        if broken.is_set():
            raise GeneratorFailed("the model broke; ask again")
        yield from answering(question)

    shown = visit(service_of(ScriptedChatbot(answers, GUIDE)))
    shown.answered("range?")
    shown.answered("Which skills?", 2)
    broken.set()
    shown.exchanges.last.get_by_role("button", name="Ask again", exact=True).click()
    expect(shown.exchanges).to_have_count(3)
    expect(shown.exchanges.last.locator(".pc-failure")).to_contain_text("The model broke")
    expect(shown.exchanges.nth(1)).to_contain_text("Managers need empathy")
    shown.load()
    expect(shown.exchanges.locator(".pc-question")).to_have_text(["range?", "Which skills?"])


@pytest.mark.browser
def test_the_source_of_an_answer_in_anothers_place_is_its_own(visit: Open) -> None:
    shown = visit(service_of(scripted()))
    exchange = shown.answered("range?")
    shown.marker(exchange, 1).click()
    expect(shown.marked).to_have_text(["$167,495 - $260,000"])
    exchange.get_by_role("button", name="Edit the question and ask again").click()
    area = shown.page.get_by_label("Your question, edited")
    area.fill("Which skills?")
    area.press("Enter")
    expect(exchange).to_contain_text("Managers need empathy")
    expect(exchange.locator(".pc-tools")).to_be_visible()
    shown.marker(exchange, 1).click()
    expect(shown.marked).to_have_text(["Managers need empathy."])
    expect(shown.panel).to_contain_text("Source 1 of “Which skills?”")


@pytest.mark.browser
def test_what_is_typed_while_an_answer_is_written_waits_in_the_box(visit: Open) -> None:
    go_on = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        yield Retrieved(question, ANSWER.passages)
        go_on.wait(120)
        yield from answering(question)

    chatbot = ScriptedChatbot(slow, GUIDE)
    shown = visit(service_of(chatbot))
    shown.ask("first range")
    expect(shown.exchanges.last).to_contain_text("Reading…")
    shown.box.fill("second range")
    shown.box.press("Enter")
    go_on.set()
    expect(shown.exchanges.last.locator(".pc-tools")).to_be_visible()
    expect(shown.box).to_have_value("second range")
    assert [question for question, _ in chatbot.asked] == ["first range"]
    for _ in range(40):  # the page takes no question until the stream of the last is closed
        shown.box.press("Enter")
        shown.page.wait_for_timeout(500)
        if shown.exchanges.count() > 1:
            break
    expect(shown.exchanges).to_have_count(2)


@pytest.mark.browser
def test_a_refusal_looks_like_one(visit: Open) -> None:
    shown = visit(service_of(scripted()))
    card = shown.answered("Who founded the company?").locator(".pc-refusal")
    expect(card).to_contain_text("Not in the documents")
    expect(card).to_contain_text("The documents do not say.")
    expect(card.locator("li")).to_have_text(
        ["Salary Ranges (US Market, 2024) › Overall Salary Range", "Skills › Soft Skills"]
    )
    expect(shown.panel).to_be_hidden()


@pytest.mark.browser
def test_an_empty_question_asks_nothing(visit: Open) -> None:
    chatbot = scripted()
    shown = visit(service_of(chatbot))
    shown.ask("   ")
    expect(shown.box).to_have_value("")
    expect(shown.exchanges).to_have_count(0)
    assert chatbot.asked == []


@pytest.mark.browser
def test_a_busy_service_says_so_and_keeps_the_question(visit: Open) -> None:
    held = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        held.wait(60)
        yield ANSWER

    service = service_of(ScriptedChatbot(slow, GUIDE), max_waiting=1)
    shown = visit(service)
    with closing(cast(Any, service.stream("someone else's"))) as other:
        next(other)
        shown.ask("range?")
        card = shown.exchanges.last.locator(".pc-failure")
        expect(card).to_contain_text("Pincite is busy")
        expect(card).to_contain_text("try again in a few seconds")
    held.set()
    shown.exchanges.last.get_by_role("button", name="Ask again", exact=True).click()
    expect(shown.exchanges.last).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_a_service_that_breaks_says_so_without_a_trace(visit: Open) -> None:
    def broken(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        if "model" in question:
            raise GeneratorFailed("the model broke; ask again")
        raise ZeroDivisionError("secret detail")

    shown = visit(service_of(ScriptedChatbot(broken, GUIDE)))
    shown.ask("model?")
    expect(shown.exchanges.last).to_contain_text("The model broke; ask again.")
    shown.ask("other?")
    expect(shown.exchanges.last).to_contain_text("Something went wrong")
    expect(shown.exchanges.last).to_contain_text("other?")
    expect(shown.exchanges.last).not_to_contain_text("secret")


@pytest.mark.browser
def test_what_is_typed_while_a_question_fails_stays(visit: Open) -> None:
    held = threading.Event()

    def broken(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        held.wait(60)
        raise GeneratorFailed("the model broke")

    shown = visit(service_of(ScriptedChatbot(broken, GUIDE)))
    shown.ask("range?")
    expect(shown.exchanges).to_have_count(1)
    shown.box.fill("the next one")
    held.set()
    expect(shown.exchanges.last).to_contain_text("The model broke.")
    expect(shown.exchanges.last).to_contain_text("range?")
    expect(shown.box).to_have_value("the next one")


@pytest.mark.browser
def test_the_page_waits_for_the_documents_and_answers_once_they_are_there(visit: Open) -> None:
    loaded = threading.Event()

    def load() -> Chatbot:
        loaded.wait(60)
        return cast(Chatbot, scripted())

    shown = visit(Service(load))
    expect(shown.page.get_by_text("Loading the models and the documents…")).to_be_visible()
    shown.ask("range?")
    expect(shown.exchanges.last).to_contain_text("Pincite is not ready")
    loaded.set()
    expect(shown.page.get_by_label("The Guide")).to_be_checked(timeout=20_000)
    shown.exchanges.last.get_by_role("button", name="Ask again", exact=True).click()
    expect(shown.exchanges.last).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_a_service_that_could_not_start_says_why(visit: Open) -> None:
    def load() -> Chatbot:
        raise OSError("there is no index; run pincite ingest")

    shown = visit(Service(load))
    notice = "could not start: there is no index; run pincite ingest"
    expect(shown.page.get_by_text(notice)).to_be_visible()


@pytest.mark.browser
def test_the_api_answers_beside_the_page(visit: Open) -> None:
    shown = visit(service_of(scripted()))
    response = shown.page.request.post(f"{shown.url}/ask", data={"question": "range?"})
    assert response.status == 200
    assert response.json()["answered"] is True
    assert shown.page.request.get(f"{shown.url}/healthz").status == 200


def test_what_neither_the_api_nor_the_page_knows_is_a_problem() -> None:
    client = TestClient(create_app(service_of(scripted())))
    assert client.get("/").headers["content-type"].startswith("text/html")
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("POST", "/nowhere", 404),
        ("GET", "/documents/a/b", 404),
        ("GET", "/ask", 405),
        ("POST", "/", 405),
    ):
        response = client.request(method, path)
        assert (response.status_code, response.json()["status"]) == (status, status)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["request_id"] == response.headers["x-request-id"]


def test_the_page_lets_no_other_site_read_it() -> None:
    client = TestClient(create_app(service_of(scripted())))
    for path in ("/", "/config"):
        # By a name, as behind a proxy, where the page's framework would permit it.
        headers = {"origin": "https://evil.example", "host": "pincite.example"}
        response = client.get(path, headers=headers)
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_the_queue_still_has_what_keeps_it_from_counting_events() -> None:
    assert "ANAYLTICS_CACHE_FREQUENCY" in Queue.__init__.__code__.co_names


def test_history_holds_the_last_turns_that_were_answered() -> None:
    failed = Exchange("failed", failure=("t", "a"))
    exchanges = [Exchange(f"q{n}", answer=ANSWER) for n in range(MAX_TURNS)]
    turns = history_of((*exchanges, failed))
    assert len(turns) == MAX_TURNS
    assert turns[-2] == Turn("user", f"q{MAX_TURNS - 1}")
    refused = history_of((Exchange("q", answer=REFUSAL),))
    assert refused[1] == Turn("assistant", REFUSAL.answer)


def test_a_question_that_is_too_long_is_not_asked() -> None:
    chatbot = scripted()
    service = service_of(chatbot)
    *_, last = converse(service, "x" * 2001, ())
    assert last.failure == (
        "That question is too long",
        "It has 2,001 characters; shorten it to 2,000.",
    )
    assert chatbot.asked == []


def test_the_server_connects_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[Any] = []
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def looking(host: Any, *rest: Any, **options: Any) -> Any:
        sought.append(host)
        return look_up(host, *rest, **options)

    def connecting(self: socket.socket, address: Any) -> None:
        sought.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", looking)
    monkeypatch.setattr(socket.socket, "connect", connecting)
    client = TestClient(create_app(service_of(scripted())))
    page = client.get("/")
    assert page.status_code == 200
    assert client.get("/config").status_code == 200
    assert sought == []
    outside = re.findall(r'(?:src|href)="(?:https?:)?//([^/"]+)', page.text)
    assert outside == []
