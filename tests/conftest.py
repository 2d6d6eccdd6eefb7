"""A browser for the tests that need one, and pages in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from chat.service import Service
from chat.settings import Settings
from tests.browser import chromium, serve
from tests.visits import SECONDS, Open, Visit
from ui.app import create_app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file; each page has a profile of its own."""
    expect.set_options(timeout=SECONDS)
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a service; afterwards nothing may have left this machine, and the page
    may not have complained."""
    undo: list[Any] = []
    visits: list[Visit] = []

    def start(service: Service, settings: Settings | None = None, **options: Any) -> Visit:
        settings = settings or Settings.load(index=tmp_path / "index", reports=tmp_path / "reports")
        server = serve(create_app(service, settings))
        url = server.__enter__()
        undo.append(lambda: server.__exit__(None, None, None))
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(SECONDS)
        undo.append(context.close)
        visits.append(Visit(context.new_page(), url))
        return visits[-1]

    yield start
    for step in reversed(undo):
        step()
    for opened in visits:
        assert opened.hosts == {opened.url.split("/")[2]}
        assert opened.complaints == []
