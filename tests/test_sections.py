"""Sections that a question names as the place to look."""

import pytest

from chat.sections import sections_named

PATHS = (
    ("Overview",),
    ("Requirements", "Education"),
    ("Requirements", "Pay"),
    ("Market Demand", "Pay"),
    ("Industry Trends",),
)


@pytest.mark.parametrize(
    ("question", "headings"),
    [
        ("pay range stated in the overview", {"Overview"}),
        ("What does the overview say about pay?", {"Overview"}),
        ("How much is it, according to the Market Demand section's figures?", {"Market Demand"}),
        ("programming languages in market demand?", {"Market Demand"}),
        ("Which degrees do the requirements list?", {"Requirements"}),
        ("What does the trends section name?", {"Industry Trends"}),
        (
            "Set the pay in the overview against what Market Demand says.",
            {"Overview", "Market Demand"},
        ),
        ("What are the requirements?", set()),
        ("Which degrees in education count?", set()),
        ("Do the pay rises in the overview committee's report hold?", set()),
        ("How high is the market demand for cooks?", set()),
        ("What is said in the appendix section?", set()),
    ],
)
def test_a_place_is_a_heading_that_is_named_as_one(question: str, headings: set[str]) -> None:
    assert sections_named(question, PATHS) == {p for p in PATHS if headings & set(p)}


def test_a_heading_may_hold_any_characters() -> None:
    paths = [("C++ (since 2011)",), ("What is it?",)]
    assert sections_named("what is listed in C++ (since 2011)?", paths) == {paths[0]}
    assert sections_named("What is it?", paths) == set()
