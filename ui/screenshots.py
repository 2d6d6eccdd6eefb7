"""Pictures of the page, taken of a real service with the documents that are indexed.

Run as `python -m ui.screenshots FOLDER [NAME…]` after `pincite ingest`; needs chromium and the
development requirements. Adds a document to a copy of the index, and removes nothing.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ASKED = "What did LinkedIn say about growth of AI roles?"
_LISTED = "What are the common challenges with data quality?"
_REFUSED = "How many vacation days do managers get?"
_WIDE = {"width": 1440, "height": 900}
_PHONE = {"width": 360, "height": 780}
_PATIENCE = 300_000  # milliseconds
_HANDBOOK = "\n\n".join(
    f"## Chapter {number}\n\n"
    + " ".join(
        f"Rule {number}.{rule} of the house is kept by all who work here." for rule in range(40)
    )
    for number in range(1, 161)
)


def main(folder: Path, names: list[str]) -> None:
    """Take the pictures, or those that are named, into a folder."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    browser_path = shutil.which("chromium")
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (take, options) in _PICTURES.items():
            if names and name not in names:
                continue
            context = browser.new_context(**{"viewport": _WIDE, **options})
            context.set_default_timeout(_PATIENCE)
            page = context.new_page()
            page.goto(url)
            page.locator("#pc-library input").first.wait_for(state="attached")
            page.locator(".pc-suggestion").first.wait_for()
            take(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"{name}.png")
            print(f"{folder / name}.png")
            context.close()
        browser.close()


def _start(page: Any) -> None:
    """What a reader sees first."""


def _answer(page: Any) -> None:
    _ask(page, _ASKED)
    _ask(page, _LISTED, 2)
    page.locator(".pc-exchange").last.locator(".pc-chip").first.click()
    page.locator("#pc-panel mark").first.wait_for()


def _quote(page: Any) -> None:
    _ask(page, _ASKED)
    page.locator(".pc-exchange .pc-chip").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")


def _refusal(page: Any) -> None:
    _ask(page, _REFUSED)


def _found(page: Any) -> None:
    _ask(page, _ASKED)
    page.get_by_role("button", name="How was this found").click()
    page.locator("[data-kind=found]").wait_for()


def _upload(page: Any) -> None:
    handbook = {
        "name": "handbook.md",
        "mimeType": "text/markdown",
        "buffer": f"# Handbook\n\n{_HANDBOOK}\n".encode(),
    }
    song = {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"la"}
    page.locator("#pc-library input[type=file]").set_input_files([handbook, song])
    page.locator("progress[value]:not([value='0'])").wait_for()


def _evaluation(page: Any) -> None:
    page.get_by_role("tab", name="Evaluation").click()
    page.locator(".pc-plots").wait_for()


def _ask(page: Any, question: str, count: int = 1) -> None:
    page.get_by_label("Your question", exact=True).fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".pc-tools").nth(count - 1).wait_for()


_PICTURES: dict[str, tuple[Callable[[Any], None], dict[str, Any]]] = {
    "start": (_start, {}),
    "answer": (_answer, {}),
    "quote": (_quote, {}),
    "refusal": (_refusal, {}),
    "found": (_found, {}),
    "dark": (_answer, {"color_scheme": "dark"}),
    "phone": (_quote, {"viewport": _PHONE, "has_touch": True}),
    "phone-source": (_answer, {"viewport": _PHONE}),
    "evaluation": (_evaluation, {}),
    "evaluation-dark": (_evaluation, {"color_scheme": "dark"}),
    "upload": (_upload, {}),  # last, because it adds a document
}


@contextmanager
def _served() -> Iterator[str]:
    """The address of a service over a copy of the index; the reader's own stays as it is."""
    from chat.settings import Settings

    settings = Settings.load()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as found:
        index = Path(folder) / "index"
        shutil.copytree(settings.index, index, symlinks=True)
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        found.close()
        command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)]
        with subprocess.Popen([*command, "--index", str(index)]) as server:
            try:
                _wait(f"http://127.0.0.1:{port}", server)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz").close()
        except OSError:
            time.sleep(1)
        else:
            return
    raise SystemExit("the server did not start; run: pincite serve")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m ui.screenshots FOLDER [NAME…]")
    main(Path(sys.argv[1]), sys.argv[2:])
