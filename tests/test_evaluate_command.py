"""`pincite evaluate` as one types it, with the real encoder on a folder of ten questions."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.beir import write_beir
from ui.evaluations import latest_reports

TOPICS = ["bees", "glass", "rivers", "violins", "bread", "comets", "salt", "wool", "tides", "ink"]
CORPUS = {
    f"d{n}": (topic.title(), f"What we know about {topic} is told here. <script>{topic}</script>")
    for n, topic in enumerate(TOPICS)
}
QUERIES = {f"q{n}": f"what is known about {topic}?" for n, topic in enumerate(TOPICS)}
QRELS = {f"q{n}": {f"d{n}": 1} for n in range(len(TOPICS))}


class Desk:
    """A folder with a dataset, a cache of its own, and a first report of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder, folder / "cache"
        self.data = write_beir(folder / "topics", CORPUS, QUERIES, QRELS)
        self.report = folder / "out" / "report.json"
        self.env = os.environ | {"PINCITE_CACHE": str(self.cache), "HF_HUB_OFFLINE": "1"}
        self.env["PINCITE_THREADS"] = "1"
        self.env["PINCITE_REPORTS"] = str(folder / "reports")

    def run(self, *arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ui.cli", "evaluate", str(data or self.data), *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.report.read_text())
        return body

    def earlier(self, value: float) -> Path:
        """The first report, had the default reached `value` on every question."""
        body = self.body()
        for measure, values in body["systems"]["reranked"]["per_query"].items():
            body["systems"]["reranked"]["per_query"][measure] = dict.fromkeys(values, value)
        path = self.folder / f"earlier-{value}.json"
        path.write_text(json.dumps(body))
        return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    out = desk.folder / "out"
    files = ["--json", str(desk.report), "--html", str(out / "r.html")]
    files += ["--markdown", str(out / "r.md"), "--write-runs", str(out / "runs")]
    done = desk.run(*files)
    assert done.returncode == 0, done.stderr
    assert "topics, test: 10 queries" in done.stdout
    return desk


def test_everything_asked_for_is_written(desk: Desk) -> None:
    out = desk.folder / "out"
    body = desk.body()
    assert (body["schema"], body["dataset"], body["queries"]) == (1, "topics", 10)
    assert body["systems"]["reranked"]["measures"]["R@1"]["value"] == 1
    assert body["systems"]["reranked"]["latency_ms"]["p50"] > 0
    assert body["settings"]["encoder"] == "all-MiniLM-L6-v2"
    assert (out / "r.html").read_text().startswith("<!doctype html>")
    assert "| reranked (default) | 1.000 [1.00, 1.00] |" in (out / "r.md").read_text()
    runs = sorted(path.name for path in (out / "runs").iterdir())
    assert runs == ["bm25.run", "dense.run", "hybrid.run", "qrels.txt", "reranked.run"]


def test_a_second_run_embeds_nothing_and_leaves_no_journal(desk: Desk) -> None:
    def generations() -> list[Path]:
        return sorted(desk.cache.glob("evaluation/indexes/*/generation-*"))

    before = generations()
    assert len(before) == 1
    done = desk.run("--system", "bm25", "--run", str(_foreign_run(desk.folder)))
    assert done.returncode == 0, done.stderr
    assert "elsewhere" in done.stdout
    assert "dense" not in done.stdout
    assert generations() == before
    assert list(desk.cache.glob("evaluation/journals/*")) == []


def test_without_a_place_for_the_json_a_report_is_kept_under_its_time(desk: Desk) -> None:
    before = latest_reports(desk.folder / "reports")
    done = desk.run()
    report, *earlier = latest_reports(desk.folder / "reports")
    assert earlier == before
    assert (report.dataset, report.split, report.body["queries"]) == ("topics", "test", 10)
    assert report.path.name.startswith(report.made[:10])
    assert report.html
    assert report.html.read_text().startswith("<!doctype html>")
    told = " ".join(done.stderr.split())
    assert f"wrote {report.path}" in told
    assert f"wrote {report.html}" in told


def test_a_fall_of_the_default_fails_the_build(desk: Desk) -> None:
    guard = ["--system", "reranked", "--fail-on-regression", "--compare"]
    same = desk.run(*guard, str(desk.report))
    assert same.returncode == 0, same.stderr
    assert "within noise" in same.stdout
    # Nothing can be above 1; an earlier report of 1.5 is how these ten may be said to have fallen.
    fallen = desk.run(*guard, str(desk.earlier(1.5)))
    assert fallen.returncode == 1
    assert "reranked fell beyond noise: nDCG@10, R@5, RR@10" in fallen.stderr
    assert "fell, p = " in fallen.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fail-on-regression"], "--compare"),
        (["--system", "oracle"], "choose from"),
        (["--split"], "--split"),
    ],
)
def test_wrong_usage_is_exit_code_2(desk: Desk, arguments: list[str], told: str) -> None:
    done = desk.run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--split", "train"], "choose --split from: test"),
        (["--answers"], "has no answers.jsonl"),
        (["--compare", "none.json"], "none.json cannot be read"),
        (["--run", "none.run"], "none.run cannot be read"),
        (["--json", "/dev/null/report.json"], "/dev/null cannot be written"),
    ],
)
def test_an_error_is_one_line_before_anything_long(
    desk: Desk, arguments: list[str], told: str
) -> None:
    done = desk.run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_ids_that_trec_cannot_hold_are_told_before_the_search(desk: Desk) -> None:
    corpus = {"two words": ("", "bees"), "d": ("", "glass")}
    data = write_beir(desk.folder / "spaces", corpus, {"q": "bees"}, {"q": {"two words": 1}})
    done = desk.run("--write-runs", str(desk.folder / "runs"), data=data)
    assert done.returncode == 1
    assert "'two words' holds white space" in done.stderr


def test_help_teaches_with_examples_and_exit_codes() -> None:
    command = [sys.executable, "-m", "ui.cli", "evaluate", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for words in ("Examples", "Exit codes", "--fail-on-regression", "--write-runs", "--fresh"):
        assert words in done.stdout


def _foreign_run(folder: Path) -> Path:
    path = folder / "foreign.run"
    path.write_text("".join(f"q{n} Q0 d{n} 1 1.0 elsewhere\n" for n in range(5)))
    return path


def test_a_sweep_measures_every_combination_and_names_the_front(desk: Desk) -> None:
    sweep = desk.folder / "sweep.toml"
    sweep.write_text("dense_weight = [0.0, 0.6]\nrerank_depth = [0, 10]\npassage_tokens = [32]\n")
    out = desk.folder / "sweep"
    files = ["--json", str(out / "s.json"), "--html", str(out / "s.html")]
    done = desk.run("--sweep", str(sweep), *files)
    assert done.returncode == 0, done.stderr
    body = json.loads((out / "s.json").read_text())
    assert list(body["systems"]) == [
        "1:dense_weight=0.0,rerank_depth=0",
        "2:dense_weight=0.0,rerank_depth=10",
        "3:dense_weight=0.6,rerank_depth=0",
        "4:dense_weight=0.6,rerank_depth=10",
    ]
    assert "On the Pareto front" in done.stdout
    assert "nDCG@10 against latency" in (out / "s.html").read_text()


def test_a_sweep_goes_with_no_system(desk: Desk) -> None:
    done = desk.run("--sweep", "sweep.toml", "--system", "dense")
    assert done.returncode == 2
    assert "--system" in done.stderr


INN = {
    "title": "Inn",
    "sections": [
        {"path": ["Inn", "Rooms"], "units": ["Room Heron costs 84 crowns a night."]},
        {"path": ["Inn", "Meals"], "units": ["Breakfast is served from 7:30 until 10:00."]},
    ],
    "questions": [
        {
            "kind": "numeric",
            "question": "What does room Heron cost a night?",
            "history": [],
            "standalone": "",
            "evidence": [[0, 0]],
            "answer": "It costs 84 crowns [1].",
        },
        {
            "kind": "unanswerable",
            "question": "Who won the chess tournament in Baku?",
            "history": [],
            "standalone": "",
            "evidence": [],
            "answer": "",
        },
    ],
}


def test_answers_about_judged_documents_are_judged_and_compared(desk: Desk) -> None:
    path = desk.folder / "inns.jsonl"
    mill = json.loads(json.dumps(INN).replace("Heron", "Wren").replace("84", "61"))
    path.write_text(
        "".join(json.dumps(one | {"id": n}) + "\n" for n, one in (("a", INN), ("b", mill)))
    )
    out = desk.folder / "inns.json"
    common = ["--answers", "--generator", "extractive", "--system", "reranked"]
    done = desk.run(*common, "--json", str(out), data=path)
    assert done.returncode == 0, done.stderr
    answers = json.loads(out.read_text())["answers"]
    assert answers["correct"] == {"value": 1, "ci95": [1, 1], "questions": 2}
    assert answers["citation_recall"]["value"] == 1
    assert answers["by_kind"]["unanswerable"]["right"] == 2
    # Each of the two was asked of its own document alone.
    assert answers["per_question"]["correct"] == {"a-0": 1, "b-0": 1}
    assert list(desk.cache.glob("evaluation/journals/*")) == []

    again = [*common, "--fail-on-regression", "--compare", str(out)]
    page = desk.folder / "inns.html"
    done = desk.run(*again, "--html", str(page), data=path)
    assert done.returncode == 0, done.stderr
    assert "answers against inns.json" in done.stdout
    assert "Risk against coverage" in page.read_text()


def test_judged_documents_go_with_no_split(desk: Desk) -> None:
    done = desk.run("--split", "dev", data=desk.folder / "inns.jsonl")
    assert done.returncode == 2
    assert "--split" in done.stderr
