"""What is kept, in a real browser: conversations, verdicts, copies and exports."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from chat.answer import Event
from chat.feedback import FeedbackLog
from chat.question import Turn
from chat.service import Service
from tests.pages import ANSWER, GUIDE, answering
from tests.scripted import ScriptedChatbot, service_of
from tests.visits import Open, Visit

SOURCES = (
    "The range is **$167,495 - $260,000** a year [1]. That is for the US market in 2024 [2].\n\n"
    "Sources:\n\n"
    "1. *The Guide*, Salary Ranges (US Market, 2024) › Overall Salary Range: "
    "“$167,495 - $260,000”\n"
    "2. *The Guide*, Salary Ranges (US Market, 2024) › Overall Salary Range: "
    "“US market in 2024”"
)


def logging(path: Path) -> tuple[Service, FeedbackLog]:
    log = FeedbackLog(path / "feedback.jsonl")
    service = service_of(ScriptedChatbot(answering, GUIDE))
    service.feedback = log
    return service, log


def confirm(shown: Visit, name: str) -> None:
    shown.page.get_by_role("dialog").get_by_role("button", name=name).click()


@pytest.mark.browser
def test_a_conversation_survives_a_reload_and_goes_on(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, GUIDE)
    shown = visit(service_of(chatbot))
    shown.answered("range?")
    shown.answered("Who founded it?", 2)
    shown.load()
    expect(shown.exchanges).to_have_count(2)
    expect(shown.exchanges.last.locator(".pc-refusal li")).to_have_count(2)
    shown.marker(shown.exchanges.first, 1).click()
    expect(shown.marked).to_have_text(["$167,495 - $260,000"])
    shown.answered("Which skills?", 3)
    assert [turn.content for turn in chatbot.asked[-1][1] if turn.role == "user"] == [
        "range?",
        "Who founded it?",
    ]
    assert isinstance(chatbot.asked[-1][1][0], Turn)


@pytest.mark.browser
def test_an_answer_that_is_being_written_survives_a_reload(visit: Open) -> None:
    go_on = threading.Event()

    def slow(question: str) -> Iterator[Event]:
        events = list(answering(question))
        yield from events[:2]  # what search brought, and a sentence
        go_on.wait(120)
        yield from events[2:]

    shown = visit(service_of(ScriptedChatbot(slow, GUIDE)))
    shown.ask("range?")
    expect(shown.exchanges.last).to_contain_text("$167,495 - $260,000")
    shown.load()
    go_on.set()
    expect(shown.exchanges.locator(".pc-question")).to_have_text(["range?"])
    expect(shown.exchanges.last).to_contain_text("$167,495 - $260,000")
    expect(shown.exchanges.last).to_contain_text("Stopped.")


@pytest.mark.browser
def test_conversations_are_named_switched_and_deleted(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, GUIDE)
    shown = visit(service_of(chatbot))
    listed = shown.page.locator("#pc-conversations button")
    shown.answered("range?")
    expect(listed).to_have_text(["range?"])
    shown.page.get_by_role("button", name="Rename this conversation").click()
    field = shown.page.get_by_role("dialog").get_by_role("textbox")
    field.fill("What it pays <b>")
    field.press("Enter")
    expect(shown.page.locator("#pc-name")).to_have_text("What it pays <b>")
    shown.page.get_by_role("button", name="New conversation").click()
    expect(shown.exchanges).to_have_count(0)
    shown.answered("Which skills?")
    expect(listed).to_have_text(["Which skills?", "What it pays <b>"])
    assert chatbot.asked[-1] == ("Which skills?", [])
    listed.last.click()
    expect(shown.exchanges.locator(".pc-question")).to_have_text(["range?"])
    shown.load()
    expect(shown.exchanges.locator(".pc-question")).to_have_text(["range?"])
    shown.page.get_by_role("button", name="Delete this conversation").click()
    confirm(shown, "Delete")
    expect(shown.exchanges).to_have_count(0)
    expect(listed).to_have_text(["Which skills?"])
    shown.load()
    expect(listed).to_have_text(["Which skills?"])
    shown.answered("range?")
    assert chatbot.asked[-1] == ("range?", [])


@pytest.mark.browser
@pytest.mark.parametrize("broken", ["{", "null", '{"id": "a", "conversation": {"version": 9}}'])
def test_a_broken_store_is_passed_over(visit: Open, broken: str) -> None:
    shown = visit(service_of(ScriptedChatbot(answering, GUIDE)))
    shown.page.evaluate(
        "(text) => { localStorage.setItem('pincite:current', '\"a\"');"
        " localStorage.setItem('pincite:c:a', text); }",
        broken,
    )
    shown.load()
    expect(shown.exchanges).to_have_count(0)
    shown.answered("range?")


@pytest.mark.browser
def test_an_answer_is_copied_with_its_sources(visit: Open) -> None:
    shown = visit(
        service_of(ScriptedChatbot(answering, GUIDE)),
        permissions=["clipboard-read", "clipboard-write"],
    )
    shown.answered("range?").get_by_role("button", name="Copy with sources").click()
    expect(shown.page.get_by_text("Copied with its sources")).to_be_visible()
    assert shown.page.evaluate("navigator.clipboard.readText()") == SOURCES


@pytest.mark.browser
def test_a_conversation_is_exported_as_markdown_with_sources(visit: Open, tmp_path: Path) -> None:
    shown = visit(service_of(ScriptedChatbot(answering, GUIDE)))
    shown.answered("range?")
    shown.answered("Which skills?", 2)
    with shown.page.expect_download() as waiting:
        shown.page.get_by_role("button", name="Export as Markdown").click()
    waiting.value.save_as(tmp_path / "export.md")
    assert waiting.value.suggested_filename == "range.md"
    text = (tmp_path / "export.md").read_text(encoding="utf-8")
    assert text.startswith(f"# range?\n\n## range?\n\n{SOURCES}\n")
    assert "## Which skills?\n\nManagers need empathy [1].\n\nSources:\n\n1. *The Guide*" in text


@pytest.mark.browser
def test_a_verdict_and_a_note_are_kept_on_disk(visit: Open, tmp_path: Path) -> None:
    service, log = logging(tmp_path)
    shown = visit(service)
    exchange = shown.answered("range?")
    exchange.get_by_role("button", name="Good answer").click()
    good = exchange.get_by_role("button", name="Good answer")
    expect(good).to_have_attribute("aria-pressed", "true")
    exchange.get_by_role("button", name="Bad answer").click()
    expect(good).to_have_attribute("aria-pressed", "false")
    note = exchange.get_by_label("What was wrong? (optional)")
    note.fill("The year is missing.")
    exchange.get_by_role("button", name="Send note").click()
    expect(exchange).to_contain_text("Thank you.")
    given = [entry.feedback for entry in log.read()]
    assert [(one.verdict, one.note) for one in given] == [
        ("up", ""),
        ("down", ""),
        ("down", "The year is missing."),
    ]
    assert {one.question for one in given} == {"range?"}
    assert {one.answer_id for one in given} == {ANSWER.id}
    assert given[0].answer == ANSWER.answer
    assert given[0].settings["generator"] == ANSWER.model.generator
    assert set(given[0].settings) == {
        "encoder", "reranker", "reader", "generator", "strictness", "system", "top_k",
    }  # fmt: skip
    shown.load()
    bad = shown.exchanges.get_by_role("button", name="Bad answer")
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(shown.exchanges).to_contain_text("Thank you.")


@pytest.mark.browser
def test_what_is_kept_stays_small(visit: Open) -> None:
    shown = visit(service_of(ScriptedChatbot(answering, GUIDE)))
    shown.answered("range?")
    entries = "Object.entries(localStorage).filter(([key]) => key.startsWith('pincite:c:'))"
    shown.page.wait_for_function(f"{entries}.length > 0")  # kept a moment after it is shown
    ((_, text),) = shown.page.evaluate(entries)
    assert len(text) < 4_000, "the passages' own words are not kept"
    assert json.loads(text)["conversation"]["exchanges"][0]["question"] == "range?"
