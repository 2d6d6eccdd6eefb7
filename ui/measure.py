"""How long the server takes to be ready, how long answers and the page take, and how much memory
it needs.

Run as `python -m ui.measure [extractive|smollm2]` after an ingest; Linux only, because the peak
comes from /proc. Starts `pincite serve` on a free port and asks the development questions; with
chromium and the development requirements it opens the page, too.
"""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

from chat.cases import load_cases

_LOADS = 10  # of the page
# The page's own script has started, and the box takes what is typed; milliseconds.
_USABLE = """() => {
  const box = document.querySelector("#pc-ask textarea");
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  const usable = document.body?.dataset.tab && painted && box && !box.closest("[inert]");
  return usable ? [painted.startTime, performance.now()] : null;
}"""


def main(generator: str = "extractive") -> None:
    """Measure and print one line a figure."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0", "--generator", generator]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
            if not found:
                raise SystemExit("the server did not start; run: pincite serve")
            ready = time.perf_counter() - began
            cases = load_cases(Path("corpus/evaluation"), "dev")
            seconds = [_ask(found.group(), case.question) for case in cases]
            peak = _peak_bytes(server.pid)
            page = _page_seconds(found.group())
        finally:
            server.terminate()
    p50, p95 = np.percentile(seconds, [50, 95])
    print(f"generator             {generator}")
    print(f"start to ready        {ready:.1f} s")
    print(f"answers               {len(seconds)}: p50 {p50:.2f} s, p95 {p95:.2f} s")
    print(f"peak resident memory  {peak / 2**30:.2f} GB")
    if page:
        painted, usable = np.median(page, axis=0)
        print(
            f"page                  painted {painted:.2f} s, usable {usable:.2f} s, of {len(page)}"
        )


def _page_seconds(address: str) -> list[tuple[float, float]]:
    """Seconds from opening the page to its first paint, and until a question can be typed, each
    time with an empty cache; nothing without chromium."""
    chromium = shutil.which("chromium")
    if not chromium:
        return []
    from playwright.sync_api import sync_playwright

    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(_LOADS):
            context = browser.new_context()
            page = context.new_page()
            page.goto(address, wait_until="commit")
            found = page.wait_for_function(_USABLE, polling=10).json_value()
            seconds.append((found[0] / 1000, found[1] / 1000))
            context.close()
        browser.close()
    return seconds


def _ask(address: str, question: str) -> float:
    """Seconds from question to whole answer over HTTP."""
    body = json.dumps({"question": question}).encode()
    headers = {"content-type": "application/json"}
    began = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(f"{address}/ask", body, headers)) as reply:
        answer: dict[str, Any] = json.load(reply)
    assert "answered" in answer
    return time.perf_counter() - began


def _peak_bytes(pid: int) -> int:
    """The most resident memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
