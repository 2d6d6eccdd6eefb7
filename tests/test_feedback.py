"""Feedback in a file that only grows, and the command that shows it."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chat.feedback import MAX_ANSWER, MAX_NOTE, Feedback, FeedbackLog, Verdict, latest_verdicts


@pytest.fixture
def log(tmp_path: Path) -> FeedbackLog:
    return FeedbackLog(tmp_path / "kept" / "feedback.jsonl")


def given(answer_id: str = "a1", verdict: Verdict = "up", note: str = "") -> Feedback:
    return Feedback(answer_id, "What?", "That [1].", verdict, note, {"top_k": 5})


def test_feedback_is_read_as_it_was_given_oldest_first(log: FeedbackLog) -> None:
    assert log.read() == ()
    entries = (log.add(given()), log.add(given("a2", "down", "Zoë\nsays \u2028 no")))
    assert log.read() == entries
    assert len(log.path.read_text().split("\n")) == 3
    for entry in entries:
        assert datetime.fromisoformat(entry.time).utcoffset() == timedelta(0)


def test_a_note_and_an_answer_are_bounded(log: FeedbackLog) -> None:
    log.add(Feedback("a", "q", "y" * MAX_ANSWER + "z", "up", f"  {'x' * MAX_NOTE}z  "))
    (entry,) = log.read()
    assert entry.feedback.note == "x" * MAX_NOTE
    assert entry.feedback.answer == "y" * MAX_ANSWER


def test_many_writers_lose_nothing(log: FeedbackLog) -> None:
    logs = [FeedbackLog(log.path) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: logs[n % 4].add(given(f"a{n}", note="x" * 1000)), range(100)))
    assert {entry.feedback.answer_id for entry in log.read()} == {f"a{n}" for n in range(100)}


def test_a_line_that_a_crash_cut_short_is_passed_over_and_spoils_no_other(
    log: FeedbackLog,
) -> None:
    log.add(given("a1"))
    with log.path.open("a") as file:
        file.write('{"time": "2026-')
    log.add(given("a2"))
    with log.path.open("a") as file:
        file.write('[1]\n{"time": "now", "stars": 5}\n')
    assert [entry.feedback.answer_id for entry in log.read()] == ["a1", "a2"]


def test_words_that_are_no_unicode_are_kept_without_them(log: FeedbackLog) -> None:
    log.add(given(note="bad \udc80 end"))
    assert log.read()[0].feedback.note == "bad ? end"


def test_who_changes_their_mind_counts_once(log: FeedbackLog) -> None:
    entries = [log.add(given("a1")), log.add(given("a2")), log.add(given("a1", "down"))]
    assert latest_verdicts(entries) == {"a1": "down", "a2": "up"}


def command(log: FeedbackLog, *arguments: str) -> str:
    environment = {"PINCITE_FEEDBACK": str(log.path), "COLUMNS": "120", "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "feedback", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return done.stdout


def test_the_command_shows_a_table_newest_last_and_the_counts(log: FeedbackLog) -> None:
    log.add(given("a1"))
    log.add(given("a1", "down", "[bold]Which\x1b[31m?"))
    log.add(given("a2", "up", "good"))
    shown = command(log)
    assert shown.index("[bold]Which") < shown.index("good")
    assert "\x1b" not in shown
    assert "1 up, 1 down (2 answers)" in shown


def test_the_command_gives_json(log: FeedbackLog) -> None:
    log.add(given("a1", "down", "why"))
    (entry,) = log.read()
    assert json.loads(command(log, "--json")) == {
        "up": 0,
        "down": 1,
        "feedback": [
            {
                "time": entry.time,
                "answer_id": "a1",
                "question": "What?",
                "answer": "That [1].",
                "verdict": "down",
                "note": "why",
                "settings": {"top_k": 5},
            }
        ],
    }


def test_without_feedback_the_command_says_where_it_would_be(log: FeedbackLog) -> None:
    assert f"no feedback in {log.path} yet" in command(log)
