"""What the words of a question and of a unit say about each other."""

import pytest

from chat.cues import (
    figures_missing,
    lacks_kind,
    names_heading,
    names_missing,
    said_in,
)
from retrieval.bm25 import tokenize


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What is the overall salary range for this role?", "overall salary range ?"),
        ("According to this guide, who leads the team?", "leads team?"),
        ("How many years does it take?", "years take?"),
        ("What is this?", "What is this?"),
    ],
)
def test_what_a_question_says_is_what_is_looked_for(question: str, left: str) -> None:
    assert said_in(question).lstrip(", ") == left


@pytest.mark.parametrize(
    ("question", "path", "expected"),
    [
        ("What is the overall salary range?", ("Pay", "Overall Salary Range"), 1.0),
        ("Which salary trends are there?", ("Salary Trends",), 2 / 3),
        ("What is the salary?", ("Salary",), 0.0),
        ("What is the salary?", ("Overall Salary Range",), 0.0),
    ],
)
def test_a_heading_that_is_named_whole_counts_by_its_length(
    question: str, path: tuple[str, ...], expected: float
) -> None:
    assert names_heading(set(tokenize([question])[0]), path) == pytest.approx(expected)


def test_names_and_figures_that_stand_nowhere_are_told() -> None:
    assert names_missing("What does it pay in Boston?", "it pays well in denver") == 1.0
    assert names_missing("What does it pay in Denver?", "it pays well in denver") == 0.0
    assert figures_missing("And in 2023?", "in 2024 it rose") == 1.0
    assert figures_missing("And in 2024?", "in 2024 it rose") == 0.0


def test_a_number_that_is_asked_for_must_be_there() -> None:
    assert lacks_kind("How many rooms are there?", "There are rooms.") == 1.0
    assert lacks_kind("How many rooms are there?", "There are nine rooms.") == 0.0
    assert lacks_kind("What percentage likes it?", "Nine guests like it.") == 1.0
    assert lacks_kind("What percentage likes it?", "Half of the guests like it.") == 0.0
    assert lacks_kind("Who likes it?", "Guests do.") == 0.0
