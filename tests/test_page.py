"""The page in a real browser, before a service whose chatbot follows a script."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from chat.answer import Event, Retrieved
from chat.chatbot import Chatbot
from chat.errors import GeneratorFailed
from chat.question import Turn
from chat.schema import MAX_TURNS
from chat.service import Service
from tests.browser import chromium, serve
from tests.scripted import (
    ScriptedChatbot,
    answer_of,
    cite,
    document,
    passage,
    refusal_of,
    said,
    service_of,
)
from tests.test_render import HOSTILE
from ui.app import create_app
from ui.conversation import Exchange, converse, history_of
from ui.page import example_questions

RANGE = passage(
    "In the US market in 2024, the overall salary range is $167,495 - $260,000 per year.",
    section=("Salary Ranges (US Market, 2024)", "Overall Salary Range"),
)
SKILLS = passage("Managers need empathy. They need patience.", 900, ("Skills", "Soft Skills"))
TITLE = "The Machine Learning Engineering Manager: A Guide to the Role"
FIRST = said(
    "The range is **$167,495 - $260,000** a year.",
    cite(RANGE, "$167,495 - $260,000", 1),
    quoted=False,
)
SECOND = said("That is for the US market in 2024.", cite(RANGE, "US market in 2024", 2))
SOFT = said("Managers need empathy.", cite(SKILLS, "Managers need empathy.", 1))
ANSWER = answer_of("range?", (FIRST, SECOND), (RANGE, SKILLS))
SOFT_ANSWER = answer_of("skills?", (SOFT,), (SKILLS,))
REFUSAL = refusal_of("q", "The documents do not say who founded the company.", (RANGE, SKILLS))
EXAMPLE = "What is the overall salary range for this role?"
DEFAULT = document(
    Path("corpus/documents/ml-engineering-manager.md").read_text(encoding="utf-8"),
    "ml-engineering-manager",
)


def answering(question: str) -> Iterator[Event]:
    """The salary range, or soft skills, or a refusal."""
    answer = SOFT_ANSWER if "skills" in question else ANSWER if "range" in question else REFUSAL
    yield Retrieved(question, answer.passages)
    yield from answer.sentences
    yield answer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Visit:
    """A page that is open, and what it asked for and complained about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        page.goto(url)
        expect(page.get_by_label("Your question")).to_be_visible(timeout=30_000)
        self.messages = page.locator("#pc-chat .bot-row")
        self.panel = page.locator("#pc-sources")

    def ask(self, question: str) -> None:
        self.page.get_by_label("Your question").fill(question)
        self.page.get_by_role("button", name="Ask").click()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens the page of a service; afterwards nothing may have left this machine."""
    undo: list[Any] = []
    visits: list[Visit] = []

    def start(service: Service, **options: Any) -> Visit:
        server = serve(create_app(service))
        url = server.__enter__()
        undo.append(lambda: server.__exit__(None, None, None))
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        undo.append(context.close)
        visits.append(Visit(context.new_page(), url))
        return visits[-1]

    yield start
    for step in reversed(undo):
        step()
    for opened in visits:
        assert opened.hosts == {opened.url.split("/")[2]}
        assert opened.complaints == []


Open = Callable[..., Visit]


@pytest.mark.browser
def test_an_example_is_answered_with_chips_and_marked_words(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, DEFAULT)
    shown = visit(service_of(chatbot))
    expect(shown.page.get_by_text(f"Asking {TITLE}")).to_be_visible()
    shown.page.get_by_role("button", name=EXAMPLE).click()
    reply = shown.messages.last
    expect(reply).to_contain_text("The range is $167,495 - $260,000 a year.")
    expect(reply.locator(".pc-chip")).to_have_text(["1", "2"])
    expect(shown.panel).to_contain_text("Salary Ranges (US Market, 2024) › Overall Salary Range")
    expect(shown.panel.locator("mark")).to_have_text(["US market in 2024", "$167,495 - $260,000"])
    expect(shown.page.get_by_role("button", name=EXAMPLE)).to_be_hidden()
    assert chatbot.asked == [(EXAMPLE, [])]


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
def test_a_chip_leads_to_its_words(visit: Open, width: int) -> None:
    found = [passage(f"Part {n}. {'Many words. ' * 50}", n * 1000) for n in range(1, 5)]
    sentences = tuple(said("Said.", cite(p, p.text[:7], n)) for n, p in enumerate(found, 1))

    def script(question: str) -> Iterator[Event]:
        yield answer_of(question, sentences, tuple(found))

    chatbot = ScriptedChatbot(script)
    shown = visit(service_of(chatbot), viewport={"width": width, "height": 600})
    shown.ask("Parts?")
    fourth = shown.panel.locator("mark").nth(3)
    expect(fourth).to_have_text("Part 4.")
    expect(fourth).not_to_be_in_viewport()
    shown.page.get_by_role("link", name=re.compile("^Source 4: ")).click()
    expect(fourth).to_be_in_viewport()


@pytest.mark.browser
def test_sentences_appear_one_by_one_with_what_is_being_done(visit: Open) -> None:
    steps = {name: threading.Event() for name in ("search", "read", "write")}

    def slow(question: str) -> Iterator[Event]:
        steps["search"].wait(30)
        yield Retrieved(question, ANSWER.passages)
        steps["read"].wait(30)
        yield FIRST
        steps["write"].wait(30)
        yield SECOND
        yield ANSWER

    shown = visit(service_of(ScriptedChatbot(slow)))
    shown.ask("range?")
    expect(shown.messages.last).to_have_text("Searching…")
    steps["search"].set()
    expect(shown.messages.last).to_have_text("Reading…")
    steps["read"].set()
    expect(shown.messages.last).to_contain_text("a year.1")
    expect(shown.messages.last).to_contain_text("Writing…")
    expect(shown.messages.last).not_to_contain_text("US market")
    expect(shown.panel.locator("mark")).to_have_text(["$167,495 - $260,000"])
    expect(shown.page.get_by_role("button", name="Stop")).to_be_visible()
    steps["write"].set()
    expect(shown.messages.last).to_contain_text("US market in 2024.2")
    expect(shown.messages.last).not_to_contain_text("Writing…")
    expect(shown.page.get_by_role("button", name="Ask")).to_be_visible()
    expect(shown.page.get_by_role("log")).to_have_attribute("aria-live", "polite")


@pytest.mark.browser
def test_stop_keeps_what_was_said_and_frees_the_service(visit: Open) -> None:
    go_on = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        yield Retrieved(question, ANSWER.passages)
        yield FIRST
        if question == "first range":
            go_on.wait(30)
        yield SECOND
        yield ANSWER

    chatbot = ScriptedChatbot(slow)
    shown = visit(service_of(chatbot))
    shown.ask("first range")
    expect(shown.messages.last).to_contain_text("a year.")
    shown.page.get_by_role("button", name="Stop").click()
    expect(shown.messages.last).to_contain_text("Stopped.", timeout=10_000)
    expect(shown.messages.last).to_contain_text("a year.")
    go_on.set()
    assert chatbot.closed.wait(10), "the work goes on though nobody reads it"
    shown.ask("second range")
    expect(shown.messages.last).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_a_refusal_looks_like_one(visit: Open) -> None:
    shown = visit(service_of(ScriptedChatbot(answering, DEFAULT)))
    shown.ask("Who founded the company?")
    card = shown.messages.last.locator(".pc-refusal")
    expect(card).to_contain_text("Not in the documents")
    expect(card).to_contain_text("The documents do not say who founded the company.")
    expect(card.locator("li")).to_have_text(
        ["Salary Ranges (US Market, 2024) › Overall Salary Range", "Skills › Soft Skills"]
    )
    expect(shown.panel).to_contain_text("None of these answers the question.")
    expect(shown.panel.locator("mark")).to_have_count(0)


@pytest.mark.browser
def test_an_earlier_answer_shows_its_own_sources_when_clicked(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, DEFAULT)
    shown = visit(service_of(chatbot))
    shown.ask("range?")
    expect(shown.panel.locator("mark")).to_have_count(2)
    shown.ask("Which skills?")
    expect(shown.panel.locator("mark")).to_have_text(["Managers need empathy."])
    shown.messages.first.get_by_text("The range is").click()
    expect(shown.panel.locator("mark")).to_have_text(["US market in 2024", "$167,495 - $260,000"])
    shown.messages.last.get_by_text("empathy").click()
    expect(shown.panel.locator("mark")).to_have_text(["Managers need empathy."])
    plain = "The range is $167,495 - $260,000 a year. That is for the US market in 2024."
    assert chatbot.asked[1] == (
        "Which skills?",
        [Turn("user", "range?"), Turn("assistant", plain)],
    )


@pytest.mark.browser
def test_clear_empties_the_conversation_and_its_history(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, DEFAULT)
    shown = visit(service_of(chatbot))
    shown.ask("range?")
    expect(shown.panel.locator("mark")).to_have_count(2)
    shown.page.get_by_role("button", name="Clear", exact=True).click()
    expect(shown.messages).to_have_count(0)
    expect(shown.panel.locator("mark")).to_have_count(0)
    expect(shown.page.get_by_role("button", name=EXAMPLE)).to_be_visible()
    shown.ask("range?")
    expect(shown.panel.locator("mark")).to_have_count(2)
    assert chatbot.asked[-1] == ("range?", [])


@pytest.mark.browser
def test_an_empty_question_asks_nothing(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, DEFAULT)
    shown = visit(service_of(chatbot))
    shown.ask("   ")
    expect(shown.page.get_by_label("Your question")).to_have_value("")
    expect(shown.messages).to_have_count(0)
    assert chatbot.asked == []


@pytest.mark.browser
def test_a_busy_service_says_so_and_keeps_the_question(visit: Open) -> None:
    held = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        held.wait(30)
        yield ANSWER

    service = service_of(ScriptedChatbot(slow), max_waiting=1)
    shown = visit(service)
    with closing(cast(Any, service.stream("someone else's"))) as other:
        next(other)
        shown.ask("range?")
        card = shown.messages.last.locator(".pc-failure")
        expect(card).to_contain_text("Pincite is busy")
        expect(card).to_contain_text("try again in a few seconds")
        expect(shown.page.get_by_label("Your question")).to_have_value("range?")
    held.set()
    shown.page.get_by_role("button", name="Ask").click()
    expect(shown.messages.last).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_a_service_that_breaks_says_so_without_a_trace(visit: Open) -> None:
    def broken(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        if "model" in question:
            raise GeneratorFailed("the model broke; ask again")
        raise ZeroDivisionError("secret detail")

    shown = visit(service_of(ScriptedChatbot(broken)))
    shown.ask("model?")
    expect(shown.messages.last).to_contain_text("The model broke; ask again.")
    shown.ask("other?")
    expect(shown.messages.last).to_contain_text("Something went wrong")
    expect(shown.messages.last).not_to_contain_text("secret")
    expect(shown.page.get_by_label("Your question")).to_have_value("other?")


@pytest.mark.browser
def test_the_page_waits_for_the_documents_and_answers_once_they_are_there(visit: Open) -> None:
    loaded = threading.Event()

    def load() -> Chatbot:
        loaded.wait(30)
        return cast(Chatbot, ScriptedChatbot(answering, DEFAULT))

    shown = visit(Service(load))
    expect(shown.page.get_by_text("Loading the models and the documents…")).to_be_visible()
    shown.ask("range?")
    expect(shown.messages.last).to_contain_text("Pincite is not ready")
    expect(shown.page.get_by_label("Your question")).to_have_value("range?")
    loaded.set()
    expect(shown.page.get_by_text(f"Asking {TITLE}")).to_be_visible(timeout=10_000)
    shown.page.get_by_role("button", name="Ask").click()
    expect(shown.messages.last).to_contain_text("US market in 2024.")


@pytest.mark.browser
def test_a_service_that_could_not_start_says_why(visit: Open) -> None:
    def load() -> Chatbot:
        raise OSError("there is no index; run pincite ingest")

    shown = visit(Service(load))
    notice = "could not start: there is no index; run pincite ingest"
    expect(shown.page.get_by_text(notice)).to_be_visible()


@pytest.mark.browser
def test_hostile_words_are_shown_and_do_not_run(visit: Open) -> None:
    links = "[x](javascript:window.pwned=3) ![y](https://example.org/y.png) {{7*7}} ${7*7}"
    source = passage(f"before {HOSTILE} {links} after", section=(HOSTILE, "Part"))
    sentence = said(HOSTILE, cite(source, HOSTILE, 1, title=HOSTILE))
    linked = said(links, cite(source, links, 2, title=HOSTILE))
    hostile = document(f"# {HOSTILE}\n\n## {HOSTILE}\n\nWords.", "hostile")
    answer = answer_of("q", (sentence, linked), (source,))

    def script(question: str) -> Iterator[Event]:
        yield Retrieved(question, (source,))
        yield from answer.sentences
        yield refusal_of(question, HOSTILE, (source,)) if "refuse" in question else answer

    shown = visit(service_of(ScriptedChatbot(script, hostile)))
    shown.ask(f"{HOSTILE} {links} **bold**")
    expect(shown.messages.last).to_contain_text(HOSTILE)
    expect(shown.messages.last.locator("a:not(.pc-chip)")).to_have_count(0)
    expect(shown.page.locator("#pc-chat .user-row")).to_contain_text(f"{HOSTILE} {links} **bold**")
    expect(shown.panel).to_contain_text(f"before {HOSTILE} {links} after")
    expect(shown.panel.locator("mark")).to_have_text([HOSTILE, links])
    shown.ask("refuse")
    expect(shown.messages.last.locator(".pc-refusal")).to_contain_text(HOSTILE)
    expect(shown.panel).to_contain_text(f"before {HOSTILE} {links} after")
    for place in ("#pc-top", "#pc-chat", "#pc-sources", "#pc-examples"):
        expect(shown.page.locator(f"{place} img, {place} script")).to_have_count(0)
    assert shown.page.evaluate("window.pwned") is None


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window(visit: Open, width: int) -> None:
    shown = visit(
        service_of(ScriptedChatbot(answering, DEFAULT)), viewport={"width": width, "height": 800}
    )
    shown.ask("range? " + "unbroken" * 60)
    expect(shown.panel.locator("mark")).to_have_count(2)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    chat, panel = shown.page.locator("#pc-chat").bounding_box(), shown.panel.bounding_box()
    assert chat
    assert panel
    assert (panel["y"] >= chat["y"] + chat["height"]) == (width == 400)


@pytest.mark.browser
def test_the_api_answers_beside_the_page(visit: Open) -> None:
    shown = visit(service_of(ScriptedChatbot(answering, DEFAULT)))
    response = shown.page.request.post(f"{shown.url}/ask", data={"question": "range?"})
    assert response.status == 200
    assert response.json()["answered"] is True
    assert shown.page.request.get(f"{shown.url}/healthz").status == 200


def test_what_neither_the_api_nor_the_page_knows_is_a_problem() -> None:
    client = TestClient(create_app(service_of(ScriptedChatbot(answering, DEFAULT))))
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
    client = TestClient(create_app(service_of(ScriptedChatbot(answering, DEFAULT))))
    for path in ("/", "/config"):
        # By a name, as behind a proxy, where the page's framework would permit it.
        headers = {"origin": "https://evil.example", "host": "pincite.example"}
        response = client.get(path, headers=headers)
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_history_holds_the_last_turns_that_were_answered() -> None:
    failed = Exchange("failed", failure=("t", "a"))
    exchanges = [Exchange(f"q{n}", answer=ANSWER) for n in range(MAX_TURNS)]
    turns = history_of((*exchanges, failed))
    assert len(turns) == MAX_TURNS
    assert turns[-2] == Turn("user", f"q{MAX_TURNS - 1}")
    refused = history_of((Exchange("q", answer=REFUSAL),))
    assert refused[1] == Turn("assistant", "The documents do not say who founded the company.")


def test_a_question_that_is_too_long_is_not_asked() -> None:
    chatbot = ScriptedChatbot(answering, DEFAULT)
    service = service_of(chatbot)
    *_, last = converse(service, "x" * 2001, ())
    assert last.failure == (
        "That question is too long",
        "It has 2,001 characters; shorten it to 2,000. Your question is in the box below.",
    )
    assert chatbot.asked == []


def test_examples_come_from_headings_where_the_default_document_is_not() -> None:
    text = "\n\n".join(f"## Part {n}\n\nWords." for n in range(8))
    assert example_questions([document(text)]) == [
        f"What is said about Part {n}?" for n in (0, 2, 4, 6)
    ]
    assert example_questions([]) == []
    assert EXAMPLE in example_questions([DEFAULT])
