"""Documents on the page, in a real browser: added, removed, ticked, suggested."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect
from starlette.testclient import TestClient

from tests.hard_documents import write_all
from tests.pages import GUIDE, answering
from tests.scripted import ScriptedChatbot, document, service_of
from tests.shelves import Gate, Shelf
from tests.visits import SECONDS, Open
from ui.app import create_app

MENU = "# Menu\n\nA bagel in Mallory costs four dollars.\n"
BAGEL = "What does a bagel in Mallory cost?"
_DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true }));
}"""


def drop(page: Page, name: str, text: str) -> None:
    """Let go of a file over the page."""
    page.evaluate(_DROP, [name, text])


@pytest.mark.browser
def test_a_dropped_file_is_indexed_and_can_be_asked_at_once(visit: Open, tmp_path: Path) -> None:
    gate = Gate("bagel")
    shelf = Shelf(tmp_path, gate)
    shown = visit(shelf.service, shelf.settings)
    gate.go.set()
    expect(shown.answered(BAGEL).locator(".pc-refusal")).to_be_visible()
    gate.go.clear()
    gate.reached.clear()
    drop(shown.page, "menu.md", MENU)
    assert gate.reached.wait(60)
    row = shown.page.locator("#pc-uploads .pc-upload")
    expect(row).to_contain_text("menu.md")
    expect(row.get_by_role("progressbar")).to_be_visible()
    gate.go.set()
    expect(row).to_contain_text("Ready to ask", timeout=SECONDS)
    expect(shown.page.get_by_label(re.compile("^Menu"))).to_be_checked()
    expect(shown.page.get_by_text("1 section, 1 passage").first).to_be_visible()
    answer = shown.answered(BAGEL, 2)
    expect(answer).to_contain_text("A bagel in Mallory costs four dollars.")
    shown.marker(answer, 1).click()
    expect(shown.marked).to_have_text(["A bagel in Mallory costs four dollars."])


@pytest.mark.browser
def test_chosen_files_end_ready_or_with_a_clear_error_each(visit: Open, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, max_upload_mb=1)
    shown = visit(shelf.service, shelf.settings)
    files = [
        shelf.write("from/menu.md", MENU),
        shelf.write("from/empty.md", b""),
        shelf.write("from/broken.pdf", b"no PDF at all"),
        shelf.write("from/song.mp3", b"la la"),
        shelf.write("from/long.txt", b"words " * 200_000),
        shelf.write("from/page.html", "<h1>Page</h1><p>The page has <b>words</b>.</p>"),
    ]
    shown.page.locator("#pc-library input[type=file]").set_input_files(files)
    rows = shown.page.locator(".pc-upload")
    expect(rows.filter(has_text="menu.md")).to_contain_text("Ready to ask", timeout=SECONDS)
    expect(rows.filter(has_text="page.html")).to_contain_text("Ready to ask")
    for name, why in (
        ("empty.md", "Is empty; there is nothing to answer from"),
        ("broken.pdf", "PDF"),
        ("song.mp3", "cannot be read"),
        ("long.txt", "the most is 1 MB"),
    ):
        row = rows.filter(has_text=name)
        expect(row).to_contain_text("Not added")
        expect(row).to_contain_text(why)
    assert set(shelf.ids()) == {"bakery", "menu", "page"}


@pytest.mark.browser
def test_each_file_shows_how_far_it_is_itself(visit: Open, tmp_path: Path) -> None:
    gate = Gate("bagel")
    shelf = Shelf(tmp_path, gate)
    shown = visit(shelf.service, shelf.settings)
    sections = (
        f"## Road {n}\n\nThe road number {n} leads from Mallory to the sea.\n" for n in range(140)
    )
    files = [shelf.write("from/roads.md", "\n".join(sections)), shelf.write("from/menu.md", MENU)]
    shown.page.locator("#pc-library input[type=file]").set_input_files(files)
    assert gate.reached.wait(60)
    rows = shown.page.locator(".pc-upload")
    expect(rows.filter(has_text="roads.md")).to_contain_text("128 of 140 passages")
    expect(rows.filter(has_text="menu.md")).to_contain_text("0 of 1 passages")
    bar = rows.filter(has_text="roads.md").get_by_role("progressbar", name="roads.md")
    expect(bar).to_have_attribute("value", "128")
    gate.go.set()
    for name in ("roads.md", "menu.md"):
        expect(rows.filter(has_text=name)).to_contain_text("Ready to ask", timeout=SECONDS)


@pytest.mark.browser
def test_files_of_every_format_are_taken_and_quoted(visit: Open, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (tmp_path / "from").mkdir()
    write_all(tmp_path / "from")
    shown = visit(shelf.service, shelf.settings)
    files = sorted((tmp_path / "from").iterdir())
    assert {file.suffix for file in files} == {".pdf", ".docx", ".html", ".md", ".txt"}
    shown.page.locator("#pc-library input[type=file]").set_input_files(files)
    rows = shown.page.locator(".pc-upload")
    for file in files:
        expect(rows.filter(has_text=file.name)).to_contain_text("Ready to ask", timeout=SECONDS)
    answer = shown.answered("What did Three cranes fitted with electric drives fell by?")
    chip = shown.marker(answer, 1)
    expect(chip).to_have_accessible_name("Source 1: Building works, page 2")
    chip.click()
    expect(shown.marked).to_contain_text(["Three cranes were fitted with electric drives."])
    answer = shown.answered("When is Syrup given in September?", 2)
    shown.marker(answer, 1).click()
    expect(shown.marked).to_contain_text(["Syrup is given until the middle of September"])


@pytest.mark.browser
def test_files_that_come_while_others_are_on_their_way_are_taken_too(
    visit: Open, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path)
    shown = visit(shelf.service, shelf.settings)
    held: list[Route] = []

    def is_second(request: Request) -> bool:
        return b"prices.md" in (request.post_data_buffer or b"")

    def send(route: Route) -> None:
        if is_second(route.request):
            held.append(route)
        else:
            route.continue_()

    shown.page.route("**/upload*", send)
    files = [
        shelf.write("from/menu.md", MENU),
        shelf.write("from/prices.md", MENU.replace("Menu", "Prices")),
    ]
    with shown.page.expect_request(is_second):
        shown.page.locator("#pc-library input[type=file]").set_input_files(files)
    drop(shown.page, "hours.md", MENU.replace("Menu", "Hours"))
    expect(shown.page.get_by_label(re.compile("^Hours"))).to_be_checked(timeout=SECONDS)
    held[0].continue_()
    rows = shown.page.locator(".pc-upload")
    for name in ("Menu", "Prices"):
        expect(shown.page.get_by_label(re.compile(f"^{name}"))).to_be_checked(timeout=SECONDS)
    expect(rows.filter(has_text="Not added")).to_have_count(0)
    assert set(shelf.ids()) == {"bakery", "menu", "prices", "hours"}


def test_the_server_refuses_what_is_too_large_whatever_the_page_says(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, max_upload_mb=1)
    client = TestClient(create_app(shelf.service, shelf.settings))
    large = client.post("/gradio_api/upload", files={"files": ("long.txt", b"x" * 1_100_000)})
    assert large.status_code == 413
    small = client.post("/gradio_api/upload", files={"files": ("short.txt", b"x" * 1000)})
    assert small.status_code == 200


@pytest.mark.browser
def test_a_removed_document_is_asked_no_more(visit: Open, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    list(shelf.service.add_documents([shelf.write("menu.md", MENU)]))
    shown = visit(shelf.service, shelf.settings)
    expect(shown.answered(BAGEL)).to_contain_text("four dollars")
    expect(shown.page.get_by_role("button", name="Remove Bakery")).to_have_count(0)
    shown.page.get_by_role("button", name="Remove Menu").click()
    dialog = shown.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Remove “Menu”?")
    shown.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    shown.page.get_by_role("button", name="Remove Menu").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(shown.page.get_by_label(re.compile("^Menu"))).to_have_count(0, timeout=SECONDS)
    expect(shown.answered(BAGEL, 2).locator(".pc-refusal")).to_be_visible()
    assert shelf.ids() == ["bakery"]


@pytest.mark.browser
def test_only_ticked_documents_are_asked(visit: Open) -> None:
    chatbot = ScriptedChatbot(answering, GUIDE, document("Words.", "other", "Other"))
    shown = visit(service_of(chatbot))
    shown.answered("range?")
    other = shown.page.get_by_label(re.compile("^Other"))
    other.uncheck()
    shown.answered("Which skills?", 2)
    shown.load()
    expect(other).not_to_be_checked()
    shown.page.get_by_label(re.compile("^The Guide")).uncheck()
    shown.ask("range?")
    expect(shown.exchanges.last).to_contain_text("No document is ticked")
    assert chatbot.of == [None, ["guide"]]
    other.check()
    shown.exchanges.last.get_by_role("button", name="Ask again", exact=True).click()
    expect(shown.exchanges.last).to_contain_text("US market in 2024.")
    assert chatbot.of == [None, ["guide"], ["other"]]


@pytest.mark.browser
def test_suggestions_come_from_headings_and_are_answered(visit: Open, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.write(
        "notes/bakery.md",
        "# Bakery\n\n## Opening Hours\n\nThe opening hours are six to noon.\n\n"
        "## Secret Recipes\n\nNobody tells.\n",
    )
    shelf.ingest()
    shelf.service.refresh()
    shown = visit(shelf.service, shelf.settings)
    suggestion = shown.page.locator("#pc-suggested").get_by_role(
        "button", name="What are the opening hours?", include_hidden=True
    )
    expect(suggestion).to_be_visible(timeout=SECONDS)
    expect(shown.page.locator(".pc-suggestion")).to_have_count(2)
    for tick, seen in ((False, 0), (True, 2)):
        shown.page.get_by_role("checkbox").set_checked(tick)
        expect(shown.page.locator(".pc-suggestion").locator("visible=true")).to_have_count(seen)
    suggestion.click()
    expect(shown.exchanges.last).to_contain_text("six to noon", timeout=SECONDS)
    expect(shown.page.locator(".pc-suggestion").first).to_be_hidden()
