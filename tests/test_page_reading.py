"""Reading on the page, in a real browser: markers, quotes, the source, and why."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from chat.answer import Event, Replacement, Retrieved, Trace, TracedHit, TracedUnit
from ingest.document import build_document
from ingest.markdown import parse_markdown
from tests.pages import ANSWER, GUIDE, HOSTILE, answering, cited, passage_of
from tests.scripted import ScriptedChatbot, answer_of, document, refusal_of, said, service_of
from tests.visits import Open, Visit

QUOTE = "$167,495 - $260,000"
WHERE = "Salary Ranges (US Market, 2024) › Overall Salary Range"


def opened(visit: Open, **options: object) -> Visit:
    return visit(service_of(ScriptedChatbot(answering, GUIDE)), **options)


@pytest.mark.browser
def test_a_marker_shows_its_quote_and_section_on_hover_and_on_focus(visit: Open) -> None:
    shown = opened(visit)
    exchange = shown.answered("range?")
    tip = shown.page.get_by_role("tooltip")
    first, second = shown.marker(exchange, 1), shown.marker(exchange, 2)
    expect(first).to_have_accessible_name(f"Source 1: {WHERE}")
    expect(tip).to_be_hidden()
    first.hover()
    expect(tip).to_have_text(f"{WHERE}“{QUOTE}”")
    expect(first).to_have_accessible_description(f"{WHERE} “{QUOTE}”")
    tip.hover()
    expect(tip).to_be_visible()
    shown.page.mouse.move(5, 700)
    expect(tip).to_be_hidden()
    shown.box.focus()
    first.focus()
    shown.page.keyboard.press("Tab")
    expect(second).to_be_focused()
    expect(tip).to_contain_text("“US market in 2024”")
    shown.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_a_marker_opens_the_whole_document_at_its_words(visit: Open, width: int) -> None:
    shown = opened(visit, viewport={"width": width, "height": 700})
    exchange = shown.answered("range?")
    shown.marker(exchange, 1).click()
    expect(shown.marked).to_have_text([QUOTE])
    expect(shown.marked).to_be_in_viewport()
    expect(shown.panel.locator("mark.pc-other")).to_have_text(["US market in 2024"])
    expect(shown.panel.locator(".pc-where")).to_have_text(WHERE)
    expect(shown.panel.get_by_role("heading", name="The Guide")).to_be_focused()
    for words in (
        "Paragraph 0 has words",
        "Managers need empathy.",
        "The last words of the guide.",
    ):
        expect(shown.panel).to_contain_text(words)
    for name in ("Before", "Soft Skills", "After"):
        expect(shown.panel.get_by_role("heading", name=name, exact=True)).to_have_count(1)
    shown.panel.get_by_role("button", name=re.compile("^Source 2: ")).click()
    expect(shown.marked).to_have_text(["US market in 2024"])


@pytest.mark.browser
def test_enter_opens_a_source_and_escape_goes_back_to_its_marker(visit: Open) -> None:
    shown = opened(visit)
    exchange = shown.answered("range?")
    marker = shown.marker(exchange, 2)
    marker.focus()
    shown.page.keyboard.press("Enter")
    expect(shown.marked).to_have_text(["US market in 2024"])
    expect(marker).to_have_attribute("aria-current", "true")
    shown.page.keyboard.press("Escape")
    expect(shown.panel).to_be_hidden()
    expect(marker).to_be_focused()
    expect(marker).not_to_have_attribute("aria-current", "true")
    marker.press("Enter")
    expect(shown.marked).to_be_in_viewport()
    shown.panel.get_by_role("button", name="Close").click()
    expect(shown.panel).to_be_hidden()


@pytest.mark.browser
def test_the_markers_of_an_earlier_answer_open_its_own_source(visit: Open) -> None:
    shown = opened(visit)
    shown.answered("range?")
    last = shown.answered("Which skills?", 2)
    shown.marker(last, 1).click()
    expect(shown.marked).to_have_text(["Managers need empathy."])
    shown.marker(shown.exchanges.first, 1).click()
    expect(shown.marked).to_have_text([QUOTE])
    expect(shown.marker(shown.exchanges.first, 1)).to_have_attribute("aria-current", "true")
    expect(shown.marker(last, 1)).not_to_have_attribute("aria-current", "true")


@pytest.mark.browser
def test_the_panel_follows_the_answer_in_view(visit: Open) -> None:
    shown = opened(visit, viewport={"width": 1280, "height": 420})
    shown.answered("range?")
    for number in (2, 3, 4):
        last = shown.answered("Which skills?", number)
    shown.marker(last, 1).click()
    expect(shown.marked).to_have_text(["Managers need empathy."])
    shown.box.focus()
    first = shown.exchanges.first
    first.evaluate("(node) => { node.closest('#pc-chat').scrollTop = 0 }")
    expect(shown.marked).to_have_text([QUOTE])
    expect(shown.panel).to_contain_text("Source 1 of “range?”")
    expect(shown.marker(first, 1)).to_have_attribute("aria-current", "true")
    expect(shown.box).to_be_focused()


@pytest.mark.browser
def test_a_source_names_the_page_of_a_pdf(visit: Open) -> None:
    text = "First page words.\n\nSecond page words.\n"
    at = text.index("Second")
    paged = build_document("paged", "Paged", text, parse_markdown(text), pages=(0, at))
    sentence = said("Second page words.", cited(paged, "Second page words.", 1, page=2))

    def script(question: str) -> Iterator[Event]:
        yield answer_of(question, (sentence,), (passage_of(paged, "Second"),))

    shown = visit(service_of(ScriptedChatbot(script, paged)))
    exchange = shown.answered("words?")
    expect(shown.marker(exchange, 1)).to_have_accessible_name("Source 1: Paged, page 2")
    shown.marker(exchange, 1).click()
    expect(shown.panel.locator(".pc-page")).to_have_text("Page 2")
    expect(shown.panel.locator(".pc-pagebreak")).to_have_text(["Page 1", "Page 2"])


@pytest.mark.browser
def test_a_large_document_is_shown_around_the_words_and_more_on_request(visit: Open) -> None:
    body = "\n\n".join(f"Line {n} of a long story that goes on and on." for n in range(9000))
    long = document(f"# Long\n\n## Story\n\n{body}\n", "long")
    sentence = said("Line 5000.", cited(long, "Line 5000 of", 1))

    def script(question: str) -> Iterator[Event]:
        yield answer_of(question, (sentence,), (replace(passage_of(long, "Line 5000"), text=""),))

    shown = visit(service_of(ScriptedChatbot(script, long)))
    shown.marker(shown.answered("line?"), 1).click()
    expect(shown.marked).to_have_text(["Line 5000 of"])
    expect(shown.panel).to_contain_text("Line 4900 of")
    expect(shown.panel).not_to_contain_text("Line 4000 of")
    shown.panel.get_by_role("button", name="Show what is before").click()
    expect(shown.panel).to_contain_text("Line 4000 of")
    expect(shown.marked).to_be_in_viewport()


@pytest.mark.browser
def test_a_refusal_opens_the_closest_section(visit: Open) -> None:
    shown = opened(visit)
    exchange = shown.answered("Who founded the company?")
    exchange.get_by_role("button", name="Soft Skills").click()
    expect(shown.marked).to_have_text(["Managers need empathy.", "They need patience."])
    expect(shown.panel).to_contain_text("This does not answer the question.")


@pytest.mark.browser
def test_a_removed_document_leaves_the_quote(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, GUIDE)
    shown = visit(service_of(chatbot))
    exchange = shown.answered("range?")
    chatbot.documents.clear()
    shown.marker(exchange, 1).click()
    expect(shown.panel).to_contain_text("has been removed or changed since")
    expect(shown.marked).to_have_text([QUOTE])


@pytest.mark.browser
def test_how_an_answer_was_found_is_told(visit: Open) -> None:
    trace = Trace(
        (TracedHit("p1", "guide", ("Pay", "Range"), 1, 0.93, 0.61, 7.4, 2.5),),
        (TracedUnit("guide", ("Pay", "Range"), 0, 9, "The unit chosen.", 0.88, True),),
        (Replacement("A draft that said too much.", "What the evidence says."),),
    )

    def script(question: str) -> Iterator[Event]:
        yield Retrieved("the question standing alone", ANSWER.passages)
        yield from ANSWER.sentences
        yield replace(ANSWER, standalone_question="the question standing alone", trace=trace)

    shown = visit(service_of(ScriptedChatbot(script, GUIDE)))
    exchange = shown.answered("range?")
    exchange.get_by_role("button", name="How was this found").click()
    expect(shown.panel.get_by_role("heading", name="How was this found")).to_be_focused()
    for words in (
        "the question standing alone",
        "90 in 100",
        "The unit chosen.",
        "A draft that said too much.",
        "What the evidence says.",
        "Total",
    ):
        expect(shown.panel).to_contain_text(words)
    row = shown.panel.locator("tbody tr").first
    expect(row.locator("td, th")).to_have_text(["1", "Pay › Range", "0.61", "7.4", "2.50", "0.93"])
    shown.page.keyboard.press("Escape")
    expect(shown.panel).to_be_hidden()
    expect(exchange.get_by_role("button", name="How was this found")).to_be_focused()


@pytest.mark.browser
def test_hostile_words_are_shown_and_do_not_run(visit: Open) -> None:
    links = "[x](javascript:window.pwned=3) ![y](https://example.org/y.png) {{7*7}} ${7*7}"
    hostile = document(
        f"# Top\n\n## {HOSTILE}\n\nbefore {HOSTILE} after\n\n- {links}\n\n{HOSTILE}\n\n"
        f"| a | b |\n| --- | --- |\n| {HOSTILE} | x |\n",
        "hostile",
        HOSTILE,
    )
    sentence = said(HOSTILE, cited(hostile, HOSTILE, 1))
    linked = said(links, cited(hostile, links, 2))
    answer = answer_of("q", (sentence, linked), (passage_of(hostile, links),))

    def script(question: str) -> Iterator[Event]:
        yield Retrieved(question, answer.passages)
        yield from answer.sentences
        refusal = refusal_of(question, HOSTILE, answer.passages)
        yield refusal if "refuse" in question else answer

    shown = visit(service_of(ScriptedChatbot(script, hostile)))
    exchange = shown.answered(f"{HOSTILE} {links} **bold**")
    expect(exchange.locator(".pc-question")).to_have_text(f"{HOSTILE} {links} **bold**")
    expect(exchange.locator(".pc-reply")).to_contain_text(HOSTILE)
    shown.marker(exchange, 2).hover()
    expect(shown.page.get_by_role("tooltip")).to_contain_text("javascript:window.pwned=3")
    shown.marker(exchange, 2).click()
    expect(shown.panel).to_contain_text(f"before {HOSTILE} after")
    refused = shown.answered("refuse", 2)
    expect(refused.locator(".pc-refusal")).to_contain_text(HOSTILE)
    refused.get_by_role("button", name="How was this found").click()
    expect(shown.panel).to_contain_text("How was this found")
    for place in ("#pc-left", "#pc-chat", "#pc-panel", "#pc-overlays"):
        expect(shown.page.locator(f"{place} img, {place} script, {place} a")).to_have_count(0)
    assert shown.page.evaluate("window.pwned") is None
