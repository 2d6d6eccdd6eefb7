"""Evaluations of a running service: told step by step, one at a time, kept as reports."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from chat.errors import Busy
from retrieval.errors import BadDataset
from tests.shelves import QUESTION, Shelf
from ui.evaluations import EvaluationProgress, latest_reports, start_evaluation

ASKED = {
    "q1": (QUESTION, "wages", [["$2,900"]]),
    "q2": ("What are the wages of bakers in Mallory?", "wages", [["$9,999"]]),
    "q3": ("Who repairs the clock?", None, []),
}


def questions(folder: Path) -> Path:
    """An evaluation folder about the bakery: right, wrong, and not in the documents."""
    (folder / "qrels").mkdir(parents=True)
    queries, answers, qrels = [], [], ["query-id\tcorpus-id\tscore"]
    for name, (text, gold, facts) in ASKED.items():
        metadata = {"split": "dev", "kind": "fact", "history": [], "answerable": bool(gold)}
        queries.append({"_id": name, "text": text, "metadata": metadata})
        answers.append({"_id": name, "answered": bool(gold), "facts": facts, "forbidden": []})
        qrels += [f"{name}\t{gold}\t2"] if gold else []
    for file, rows in (("queries.jsonl", queries), ("answers.jsonl", answers)):
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "dev.tsv").write_text("\n".join(qrels) + "\n")
    return folder


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("PINCITE_REPORTS", str(tmp_path / "reports"))
    return Shelf(tmp_path)


def test_a_service_is_measured_and_the_report_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    asked = questions(tmp_path / "asked")
    steps = list(start_evaluation(shelf.service, shelf.settings, asked))
    assert steps[0] == EvaluationProgress(1, 4 * 2 + 3, "searching")
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert {step.total for step in steps} == {11}
    labels = list(dict.fromkeys(step.label for step in steps))
    assert labels == ["searching", "answering", "writing the report", "done"]
    report = steps[-1].report
    assert report
    assert latest_reports(shelf.settings.reports) == [report]
    assert report.html
    assert report.html.read_text().startswith("<!doctype html>")
    assert report.body["systems"]["reranked"]["measures"]["R@1"]["value"] == 1
    answers: dict[str, Any] = report.body["answers"]
    assert answers["correct"]["value"] == 0.5
    assert answers["refusal_recall"]["value"] == 1
    assert report.body["settings"]["reports"] == str(shelf.settings.reports)


def test_one_evaluation_runs_at_a_time_and_who_leaves_makes_room(
    shelf: Shelf, tmp_path: Path
) -> None:
    asked = questions(tmp_path / "asked")
    first = start_evaluation(shelf.service, shelf.settings, asked)
    assert isinstance(first, Generator)
    next(first)
    with pytest.raises(Busy, match="wait for its report"):
        next(iter(start_evaluation(shelf.service, shelf.settings, asked)))
    assert shelf.service.ask(QUESTION).answered
    first.close()
    assert latest_reports(shelf.settings.reports) == []
    assert list(start_evaluation(shelf.service, shelf.settings, asked))[-1].report


def test_questions_that_are_not_about_this_index_are_told(shelf: Shelf, tmp_path: Path) -> None:
    asked = questions(tmp_path / "asked")
    shelf.service.remove_document("bakery")
    for folder in (asked, tmp_path / "nowhere"):
        with pytest.raises(BadDataset):
            list(start_evaluation(shelf.service, shelf.settings, folder))
    assert latest_reports(shelf.settings.reports) == []


def test_what_is_no_report_is_passed_over_and_the_newest_is_first(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)

    def report(made: str) -> str:
        return json.dumps({"dataset": "d", "split": "dev", "about": {"made": made}})

    write("a.json", report("2026-01-02T00:00:00+00:00"))
    write("b.json", report("2026-01-01T00:00:00+00:00"))
    write("b.html", "<!doctype html>")
    write("c.json", report("2026-01-03T00:00:00+00:00"))
    for name, text in {"x.json": "{", "y.json": "[]", "z.json": '{"dataset": "d"}'}.items():
        write(name, text)
    found = latest_reports(tmp_path)
    assert [(r.path.name, r.html and r.html.name) for r in found] == [
        ("c.json", None),
        ("a.json", None),
        ("b.json", "b.html"),
    ]
    assert latest_reports(tmp_path / "nowhere") == []
