"""The page for everyone, in a real browser: small and wide, light and dark, keyboard, readers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.pages import GUIDE, answering
from tests.scripted import ScriptedChatbot, service_of
from tests.shelves import Shelf
from tests.test_evaluations import questions
from tests.visits import Open, Visit
from ui.app import page_head
from ui.evaluations import start_evaluation

_LIMIT = 40_000  # bytes of the page's own script and style
_FIT = """() => [...document.querySelectorAll("#pc-top *, #pc-middle *, #pc-panel *")]
  .filter((node) => !node.closest(".pc-wide, .pc-hidden, [inert]"))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).length"""


def complaints(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def opened(visit: Open, **options: object) -> Visit:
    return visit(service_of(ScriptedChatbot(answering, GUIDE)), **options)


def asked(shown: Visit) -> None:
    exchange = shown.answered("range?")
    exchange.get_by_role("button", name="Bad answer").click()
    shown.answered("Who founded it?", 2)
    shown.marker(shown.exchanges.first, 1).click()
    expect(shown.marked).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(visit: Open, colours: str, width: int) -> None:
    shown = opened(visit, color_scheme=colours, viewport={"width": width, "height": 800})
    states: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: asked(shown),
        lambda: shown.page.keyboard.press("Escape"),
        lambda: shown.exchanges.first.get_by_role("button", name="How was this found").click(),
    )
    for state in states:
        state()
        assert complaints(shown.page) == []
    shown.page.keyboard.press("Escape")
    shown.page.get_by_role("button", name="Delete this conversation").click()
    assert complaints(shown.page) == []


@pytest.mark.browser
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_report(
    visit: Open, colours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINCITE_REPORTS", str(tmp_path / "reports"))
    shelf = Shelf(tmp_path)
    list(start_evaluation(shelf.service, shelf.settings, questions(tmp_path / "asked")))
    shown = visit(shelf.service, shelf.settings, color_scheme=colours)
    shown.page.get_by_role("tab", name="Evaluation").click()
    expect(shown.page.get_by_text("Retrieval, system by system")).to_be_visible()
    assert complaints(shown.page) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 768, 1280, 2200])
def test_nothing_is_wider_than_the_window(visit: Open, width: int) -> None:
    shown = opened(visit, viewport={"width": width, "height": 800})
    assert shown.page.evaluate(_FIT) == 0
    shown.answered("range? " + "unbroken" * 60)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.page.evaluate(_FIT) == 0
    shown.marker(shown.exchanges.first, 1).click()
    expect(shown.marked).to_be_in_viewport()
    assert shown.page.evaluate(_FIT) == 0
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_on_a_phone_documents_are_behind_a_button(visit: Open) -> None:
    shown = opened(visit, viewport={"width": 360, "height": 700})
    guide = shown.page.get_by_label(re.compile("^The Guide"))
    expect(guide).to_be_hidden()
    menu = shown.page.get_by_role("button", name="Documents and conversations")
    menu.click()
    expect(guide).to_be_visible()
    expect(menu).to_have_attribute("aria-expanded", "true")
    shown.page.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    expect(menu).to_be_focused()


@pytest.mark.browser
def test_colours_follow_the_system_and_can_be_chosen(visit: Open) -> None:
    shown = opened(visit, color_scheme="dark")
    dark = shown.page.locator("body.dark")
    expect(dark).to_have_count(1)
    shown.page.emulate_media(color_scheme="light")
    expect(dark).to_have_count(0)
    toggle = shown.page.get_by_role("button", name="Dark colours")
    toggle.click()
    expect(dark).to_have_count(1)
    expect(toggle).to_have_attribute("aria-pressed", "true")
    shown.load()
    expect(dark).to_have_count(1)


@pytest.mark.browser
def test_everything_is_reached_with_the_keyboard_alone(visit: Open) -> None:
    shown = opened(visit)
    expect(shown.box).to_be_focused()
    shown.page.keyboard.type("range?")
    shown.page.keyboard.press("Enter")
    expect(shown.exchanges.locator(".pc-tools")).to_be_visible()
    reached = []
    shown.box.focus()
    for _ in range(14):
        shown.page.keyboard.press("Shift+Tab")
        reached.append(
            shown.page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.textContent"
            )
        )
    assert reached[:8] == [
        "How was this found",
        "Bad answer",
        "Good answer",
        "Ask again",
        "Copy with sources",
        reached[5],
        reached[6],
        "Edit the question and ask again",
    ]
    assert reached[5].startswith("Source 2: ")
    assert reached[6].startswith("Source 1: ")
    assert {"Delete this conversation", "Export as Markdown", "New conversation"} <= set(reached)
    tab = shown.page.get_by_role("tab", name="Chat")
    tab.focus()
    shown.page.keyboard.press("ArrowRight")
    expect(shown.page.get_by_role("tab", name="Evaluation")).to_be_focused()
    expect(shown.page.get_by_text("No report yet")).to_be_visible()
    shown.page.keyboard.press("ArrowLeft")
    expect(shown.box).to_be_visible()


@pytest.mark.browser
def test_what_the_panel_covers_on_a_phone_cannot_be_reached(visit: Open) -> None:
    shown = opened(visit, viewport={"width": 360, "height": 700})
    exchange = shown.answered("range?")
    shown.marker(exchange, 1).click()
    expect(shown.marked).to_be_visible()
    expect(shown.page.locator("#pc-middle")).to_have_attribute("inert", "")
    shown.panel.get_by_role("button", name="Close").click()
    expect(shown.page.locator("#pc-middle")).not_to_have_attribute("inert", "")
    expect(shown.marker(exchange, 1)).to_be_focused()


def test_the_pages_own_script_and_style_are_small() -> None:
    assert 20_000 < len(page_head().encode()) < _LIMIT
