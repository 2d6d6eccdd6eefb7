"""The evaluation tab, in a real browser: reports that are there, and a run."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

import ui.page
from tests.shelves import Gate, Shelf
from tests.test_evaluations import questions
from tests.visits import SECONDS, Open
from ui.app import create_app
from ui.evaluations import latest_reports, start_evaluation


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of questions about the bakery that stands for the default ones."""
    monkeypatch.setenv("PINCITE_REPORTS", str(tmp_path / "reports"))
    asked = questions(tmp_path / "asked")
    monkeypatch.setattr(
        ui.page,
        "start_evaluation",
        lambda service, settings: start_evaluation(service, settings, asked),
    )
    return tmp_path


@pytest.mark.browser
def test_a_run_is_told_and_its_report_is_shown(visit: Open, folder: Path) -> None:
    gate = Gate("clock")
    gate.go.set()
    shelf = Shelf(folder, gate)
    shown = visit(shelf.service, shelf.settings)
    shown.page.get_by_role("tab", name="Evaluation").click()
    expect(shown.page.get_by_text("No report yet")).to_be_visible()
    gate.go.clear()
    run = shown.page.get_by_role("button", name="Run the default questions")
    run.click()
    assert gate.reached.wait(60)
    bar = shown.page.get_by_role("progressbar", name="Evaluation")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("max", "11")
    expect(run).to_be_disabled()
    gate.go.set()
    report = shown.page.locator("#pc-evaluation")
    expect(report).to_contain_text("Answerable questions answered correctly", timeout=SECONDS)
    expect(report.locator(".pc-shares tr").first).to_contain_text(".50")
    row = report.get_by_role("row", name="reranked (default)")
    expect(row.get_by_role("cell").first).to_contain_text("1.000")
    expect(run).to_be_enabled()
    (saved,) = latest_reports(shelf.settings.reports)
    with shown.page.context.expect_page() as waiting:
        report.get_by_role("link", name="Full report").click()
    expect(waiting.value.locator("h1")).to_contain_text("Retrieval on")
    assert saved.html


@pytest.mark.browser
def test_a_run_that_fails_says_why(visit: Open, folder: Path) -> None:
    (folder / "asked" / "queries.jsonl").unlink()
    shelf = Shelf(folder)
    shown = visit(shelf.service, shelf.settings)
    shown.page.get_by_role("tab", name="Evaluation").click()
    shown.page.get_by_role("button", name="Run the default questions").click()
    expect(shown.page.get_by_role("alert")).to_contain_text("The evaluation did not finish")


def test_a_report_is_served_without_a_script_and_nothing_else_is(folder: Path) -> None:
    shelf = Shelf(folder)
    list(start_evaluation(shelf.service, shelf.settings, folder / "asked"))
    (saved,) = latest_reports(shelf.settings.reports)
    client = TestClient(create_app(shelf.service, shelf.settings))
    assert saved.html
    served = client.get(f"/reports/{saved.html.name}")
    assert served.text == saved.html.read_text(encoding="utf-8")
    assert "sandbox" in served.headers["content-security-policy"]
    for name in ("nothing.html", saved.path.name, "..%2Findex"):
        assert client.get(f"/reports/{name}").status_code == 404
