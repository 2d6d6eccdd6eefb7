"""What counts as small talk, and how a follow-up is completed."""

import pytest

from chat.question import Turn, is_small_talk, standalone_question

PAY = [Turn("user", "How much does a baker earn?"), Turn("assistant", "2,900 a month.")]


@pytest.mark.parametrize("text", ["hi", "Hello there!", "thanks a lot", "What can you do?", "bye"])
def test_greetings_and_thanks_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize("text", ["hi, what does it pay?", "help with wages", "thanks to whom?"])
def test_a_question_with_a_greeting_is_a_question(text: str) -> None:
    assert not is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is the overall salary range for this role?",
        "Which skills are there that matter most?",
        "Is there a degree that employers require?",
        "What percentage of these positions are fully remote?",
    ],
)
def test_a_self_contained_question_is_left_as_it_is(text: str) -> None:
    assert standalone_question(f" {text} ", PAY) == text


@pytest.mark.parametrize(
    "text", ["and for apprentices?", "What about apprentices?", "Apprentices?"]
)
def test_a_follow_up_gets_the_subject_of_the_earlier_question(text: str) -> None:
    completed = standalone_question(text, PAY).lower()
    assert "apprentices" in completed
    assert "a baker earn" in completed


def test_without_history_nothing_is_added() -> None:
    assert standalone_question("and for apprentices?", []) == "and for apprentices?"


def test_another_name_takes_the_place_of_the_first() -> None:
    history = [Turn("user", "What growth did Indeed report?")]
    assert standalone_question("what about LinkedIn?", history) == (
        "What growth did LinkedIn report?"
    )


def test_a_chain_of_follow_ups_keeps_the_subject() -> None:
    history = [*PAY, Turn("user", "thanks"), Turn("user", "and for apprentices?")]
    completed = standalone_question("why is that?", history).lower()
    assert "apprentices" in completed
    assert "baker" in completed
