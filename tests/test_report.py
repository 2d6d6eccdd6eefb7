"""The page of a report: whole, self-contained, safe and legible; the tables around it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from rich.console import Console

from chat.compare import compare_answers, earlier_answers
from chat.report import as_json as answers_json
from retrieval.compare import compare, load_earlier
from retrieval.evaluate import RetrievalReport
from retrieval.ranking import Found
from retrieval.report import as_json
from retrieval.runs import Run
from retrieval.significance import Difference
from tests.beir import CORPUS, QUERIES, report_of, write_beir
from tests.browser import chromium
from tests.judged_answers import four, four_answers, four_cases, four_held_back, judged, report_on
from ui.numbers import differs, mark, p_value, share, signed
from ui.report import as_html, as_markdown
from ui.report_answers import ShownAnswers, shown_answers
from ui.report_answers import as_markdown as answers_markdown
from ui.terminal import show_answer_comparison, show_answers, show_comparison, show_retrieval

ABOUT = {
    "made": "2026-01-02T03:04:05+00:00",
    "encoder": "hashed <b>",
    "documents": "3",
    "passages": "3",
}
SCRIPT = "<script>window.hacked = 1</script>"
HOSTILE = Run("a|b $x_1$ <i>", {"q1": (Found("boats", 1.0), Found("cars", 0.5))})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RetrievalReport:
    corpus = CORPUS | {"boats": (f"Boats {SCRIPT}", f"A boat {SCRIPT} needs sails and wind.")}
    queries = QUERIES | {"q1": f"how slow is a blue car {SCRIPT}"}
    folder = write_beir(tmp_path_factory.mktemp("data") / "hostile", corpus, queries)
    return report_of(folder, ["bm25", "dense", "reranked"], [HOSTILE])


def hostile_answers() -> ShownAnswers:
    """Answers to questions with mark-up, compared with themselves; the times are fixed."""
    cases = [replace(one, question=f"{one.question} {SCRIPT}") for one in four_cases()]
    scripted = {case.question: four_answers()[case.id] for case in cases}
    held = {case.question: one for case in cases if (one := four_held_back().get(case.id))}
    outcomes = judged(cases, scripted, held)
    fixed = [replace(o, given=replace(o.given, seconds=0.5, first=0.25)) for o in outcomes]
    found = report_on(tuple(fixed))
    earlier = earlier_answers(Path("before.json"), answers_json(found))
    return shown_answers(found, compare_answers(found, earlier))


@pytest.fixture(scope="module")
def page(report: RetrievalReport) -> str:
    return as_html(report, ABOUT, answers=hostile_answers())


def test_the_page_asks_nothing_of_any_other_host(page: str) -> None:
    assert not re.findall(r"""(?:src|href|action|srcset)\s*=(?!\s*["']?#)""", page)
    assert not re.findall(r"@import|url\((?!#)", page)
    # What is left are names of XML, which nobody fetches.
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<link" not in page


def test_mark_up_in_documents_and_questions_is_text(page: str) -> None:
    assert "<script" not in page
    assert page.count("&lt;script&gt;window.hacked = 1&lt;/script&gt;") >= 3
    assert "<i>" not in page
    assert "hashed &lt;b&gt;" in page


def test_the_page_holds_every_figure_of_the_table(report: RetrievalReport, page: str) -> None:
    table = page.split('<h2 id="systems">')[1].split("</section>")[0]
    assert len(re.findall(r"<tr", table)) == 1 + len(report.systems)
    for system in report.systems.values():
        for measured in system.measures.values():
            assert f">{share(measured.value)}" in table


def test_the_page_holds_the_answers_the_curve_and_what_went_wrong(page: str) -> None:
    section = page.split('<h2 id="answers">')[1].split("</section>")[0]
    for words in ("By a script. No model is a judge.", "false refusal", "Risk against coverage"):
        assert words in section
    assert '<th scope="row">citation precision</th><td>.750' in section
    assert "balanced .50" in section  # at its point in the plot
    assert "2 of 4 questions handled wrongly" in section
    assert "31.50; four" in section
    assert "Against before.json" in section
    assert "0.25 / 0.25 s" in section


def test_every_plot_has_a_title_and_a_description(report: RetrievalReport, page: str) -> None:
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 3 + len(report.systems) + 1
    for plot in plots:
        title, description = re.findall(r'aria-labelledby="(\S+) (\S+)"', plot)[0]
        assert f'<title id="{title}">' in plot
        assert f'<desc id="{description}">' in plot
        assert "<text" in plot
        assert "var(--" in plot
        assert not re.search(r"#0[0-9]0[0-9]0[0-9]\b|#0a0b", plot)


def test_the_same_report_is_the_same_page(report: RetrievalReport, page: str) -> None:
    assert as_html(report, ABOUT, answers=hostile_answers()) == page


def test_a_page_is_made_of_a_single_run_that_found_nothing_right(tmp_path: Path) -> None:
    run = Run("only", {"q1": (Found("boats", 1.0),)})
    page = as_html(report_of(write_beir(tmp_path), [], [run]), ABOUT)
    assert "3 wrong at first, 3 not among the first ten" in page


def test_a_page_tells_what_fell(tmp_path: Path, report: RetrievalReport) -> None:
    page = as_html(report, ABOUT, compare(report, load_earlier(_earlier(tmp_path, report))))
    section = page.split('<h2 id="earlier">Against earlier.json')[1].split("</section>")[0]
    assert section.count("→") == 5 * len(report.systems)
    assert 'class="fell"' not in section


def test_markdown_is_one_table(report: RetrievalReport) -> None:
    lines = as_markdown(report).splitlines()
    assert lines[0] == (
        "| hostile, test (3 queries) | nDCG@10 | R@1 | R@5 | R@10 | RR@10 | ms p50 / p95 |"
    )
    assert lines[4].startswith("| reranked (default) | ")
    assert lines[5].startswith("| a\\|b $x_1$ <i> | ")
    assert lines[5].endswith(" | – |")
    assert re.search(r"\| 1\.000 \[1\.00, 1\.00\] \|", lines[4])


def test_the_terminal_shows_systems_differences_and_misses(
    tmp_path: Path, report: RetrievalReport
) -> None:
    console = Console(width=120, record=True, file=(tmp_path / "out").open("w"))
    show_retrieval(console, report)
    show_comparison(console, compare(report, load_earlier(_earlier(tmp_path, report))))
    console.file.close()
    text = console.export_text()
    for words in ("hostile, test: 3 queries", "against reranked", "a|b $x_1$ <i>", "within noise"):
        assert words in text


def test_the_terminal_tells_what_the_default_missed(tmp_path: Path) -> None:
    run = Run("only", {"q1": (Found("boats", 1.0),), "q2": (Found("boats", 1.0),)})
    console = Console(width=120, record=True, file=(tmp_path / "out").open("w"))
    show_retrieval(console, report_of(write_beir(tmp_path), [], [run]))
    console.file.close()
    text = console.export_text()
    assert "only missed 2 of 3 among the first ten" in text
    assert re.search(r"how slow is a blue car\s+cars\s+boats \(1\.00\)", text)


def test_answers_are_tables_in_markdown_and_in_the_terminal(tmp_path: Path) -> None:
    earlier = earlier_answers(Path("before|x.json"), answers_json(four()))
    comparison = compare_answers(four(), earlier)
    lines = answers_markdown(four(), comparison).splitlines()
    assert lines[0] == "| answers of scripted | value | questions |"
    assert any(line.startswith("| correct: answerable questions") for line in lines)
    assert "| list | 0 of 1 | 1.000 [1.00, 1.00] | .500 [.50, .50] |" in lines
    assert "| answers against before\\|x.json | before | now | |" in lines
    assert "| refusal recall | 1.000 | 1.000 | within noise |" in lines
    console = Console(width=120, record=True, file=(tmp_path / "out").open("w"))
    show_answers(console, four())
    show_answer_comparison(console, comparison)
    console.file.close()
    text = console.export_text()
    for words in ("4 answers, scripted", "citation recall", "near_miss", "within noise"):
        assert words in text
    assert re.search(r"refusal precision +\.500 +\.500 +±0 +not paired", text)


def test_figures_are_written_as_in_the_readme() -> None:
    assert [share(0.8125), share(1.0), share(0.0)] == [".812", "1.000", ".000"]
    assert share(0.5, 2) == ".50"
    assert [signed(0.023), signed(-0.11), signed(0.0001)] == ["+.023", "−.110", "±0"]
    assert [p_value(0.0004), p_value(0.041), p_value(1.0)] == ["p < .001", "p = .041", "p = 1.000"]
    fell = Difference(-0.1, -0.2, -0.05, 0.01, 0.02)
    assert differs(fell) == "−.100 [−.20, −.05]"
    assert mark(fell) == "▼"
    assert mark(Difference(0.1, -0.2, 0.05, 0.2, 0.2)) == ""


def _earlier(folder: Path, report: RetrievalReport) -> Path:
    path = folder / "earlier.json"
    path.write_text(json.dumps(as_json(report)))
    return path


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1180])
def test_the_page_opens_without_requests_scripts_or_sideways_scrolling(
    tmp_path: Path, page: str, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    requests: list[str] = []
    complaints: list[str] = []
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto(path.as_uri())
        expect(tab.get_by_role("heading", level=1)).to_have_text("Retrieval on hostile")
        assert requests == [path.as_uri()]
        assert complaints == []
        assert tab.evaluate("window.hacked") is None
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        expect(tab.get_by_role("img", name="Recall at k")).to_be_visible()
        tab.get_by_text("wrong at first").last.click()
        last = tab.locator("details.system").last
        expect(last.get_by_text("first gold at rank 2")).to_be_visible()
        assert _background(tab, "light") == "rgb(255, 255, 255)"
        assert _background(tab, "dark") == "rgb(20, 22, 26)"


def _background(tab: Page, scheme: Literal["light", "dark"]) -> str:
    tab.emulate_media(color_scheme=scheme)
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert isinstance(colour, str)
    return colour
