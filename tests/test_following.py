"""How follow-ups are measured: which form of a question finds the gold, what the gate counts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chat.following import (
    FollowUp,
    as_json,
    gate,
    judged_follow_ups,
    measure_follow_ups,
    read_follow_ups,
)
from chat.question import Turn, standalone_question
from retrieval.errors import BadDataset
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder, WordReranker

TEXT = """# Crafts

## Bakers

A baker earns 2,900 a month in Mallory.

## Millers

A miller earns 3,100 a month in Torvane.
"""
ROW = {
    "_id": "dev-f01",
    "split": "dev",
    "document": "crafts",
    "history": [
        {"role": "user", "content": "How much does a baker earn?"},
        {"role": "assistant", "content": "2,900 a month. [1]"},
    ],
    "question": "and in Torvane, a miller?",
    "standalone": "How much does a miller earn in Torvane?",
    "topic_change": False,
    "gold": ["A miller earns 3,100"],
}


def corpus(folder: Path, *rows: dict[str, Any]) -> Path:
    """The cases of a corpus with one document."""
    (folder / "documents").mkdir(exist_ok=True)
    (folder / "documents" / "crafts.md").write_text(TEXT)
    (folder / "evaluation").mkdir(exist_ok=True)
    path = folder / "evaluation" / "followups.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_gold_is_where_its_words_stand(tmp_path: Path) -> None:
    (asked,) = read_follow_ups(corpus(tmp_path, ROW), "dev")
    ((start, end),) = asked.cases[0].gold
    assert asked.document.text[start:end] == "A miller earns 3,100"


@pytest.mark.parametrize("gold", ["a month in", "not there"])
def test_gold_that_does_not_stand_once_is_an_error(tmp_path: Path, gold: str) -> None:
    with pytest.raises(BadDataset, match="does not stand once in crafts"):
        read_follow_ups(corpus(tmp_path, {**ROW, "gold": [gold]}), "dev")


def test_a_split_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match="name dev or test"):
        read_follow_ups(corpus(tmp_path, ROW), "test")


def test_every_form_of_a_question_is_searched_for(tmp_path: Path) -> None:
    row = {**ROW, "question": "and over there?"}
    encoder = HashedEncoder()

    def rewrite(question: str, history: Sequence[Turn]) -> str:
        return "a miller in Torvane?"

    report = measure_follow_ups(
        read_follow_ups(corpus(tmp_path, row), "dev"),
        [],
        rewrite,
        TokenMemory(encoder),
        WordReranker(),
        ("hybrid",),
    )
    found = report.searched["hybrid"]
    assert found["rewritten"]["R@1"].value == found["gold"]["R@1"].value == 1.0
    assert found["raw"]["R@5"].value == 1.0
    body = as_json(report)
    assert body["rewrites"][0]["rewritten"] == "a miller in Torvane?"
    assert body["gate"] == {
        "leaning": 1,
        "topic_changes": 0,
        "precision": 1.0,
        "recall": 1.0,
        "topic_changes_kept": 1.0,
    }


def test_the_gate_counts_what_was_completed_against_what_leans() -> None:
    def case(changes: bool) -> FollowUp:
        return FollowUp("x", (), "why?", "why?", changes, ())

    told = gate(
        [
            (case(False), "Why: how?"),
            (case(False), "Why: what?"),
            (case(False), "why?"),
            (case(True), "Why: how?"),
            (case(True), "why?"),
        ]
    )
    assert (told.leaning, told.topic_changes) == (3, 2)
    assert told.precision == told.recall == pytest.approx(2 / 3)
    assert told.kept == 0.5


def test_our_own_cases_are_readable_and_their_topic_changes_are_the_question_itself() -> None:
    for split, least in (("dev", 30), ("test", 30)):
        cases = [
            case
            for asked in read_follow_ups(Path("corpus/evaluation/followups.jsonl"), split)
            for case in asked.cases
        ]
        assert len(cases) >= least
        assert all(c.standalone == c.question for c in cases if c.changes_topic)
        assert all(c.gold for c in cases)


def test_other_questions_of_a_judged_document_are_changes_of_topic() -> None:
    asked, others = judged_follow_ups(Path("corpus/training/dev.jsonl"))
    assert (len(asked), len(others)) == (10, 140)
    told = gate([(c, standalone_question(c.question, c.history)) for c in others])
    assert told.kept > 0.95
