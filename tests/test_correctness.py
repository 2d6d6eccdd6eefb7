"""What makes an answer right: gold facts, or the figures and names of a gold answer."""

from dataclasses import replace

import pytest

from chat.cases import Case, Place
from chat.correctness import KeyValues, covered, is_correct, key_values, supporting
from chat.spellings import figures, names, written_figures
from tests.judged_answers import BICYCLE, CAPTAIN, CAR, MATES, case, cite, place, quoting, refusing
from tests.scripted import answer_of, said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$167,495 - $260,000", {"167495", "260000"}),
        ("15-23% from 2021", {"15", "23", "2021"}),
        ("3 thousand, 89k and 1.5 million", {"3000", "89000", "1500000"}),
        ("twelve, twenty-four, 2.50 and 5.0", {"12", "24", "2.5", "5"}),
        ("from 08:30 to 10:00", {"8:30", "10"}),
        ("version 2.5.0 on the 14th", {"2.5.0", "14"}),
        ("F1 and no figure", set()),
    ],
)
def test_two_spellings_of_a_figure_are_one(text: str, found: set[str]) -> None:
    assert figures(text) == found


def test_one_is_a_figure_only_where_it_is_looked_for() -> None:
    assert figures("One of two") == {"1", "2"}
    assert written_figures("One of two") == {"2"}


def test_names_are_capitalised_words_that_begin_no_sentence() -> None:
    assert names("Captain Odile Marsh's boat. Then I met Vera: They left on Sundays.") == {
        "odil",
        "marsh",
        "vera",
        "sunday",
    }


def gold(answer: str, *units: str, kind: str = "fact", question: str = "q") -> Case:
    one = case("q", *units, kind=kind)
    return replace(one, question=question, standalone=question, gold_answer=answer)


def test_an_answer_must_hold_the_figures_and_names_that_the_question_lacks() -> None:
    asked = gold("On the Ferry a car is 31.5 crowns [1].", CAR, question="What is a car, Ferry?")
    assert key_values(asked) == KeyValues(frozenset({"31.5"}), frozenset())
    assert is_correct(asked, quoting(CAR))
    assert not is_correct(asked, quoting(BICYCLE))
    assert not is_correct(asked, refusing())
    named = gold("It is led by Odile Marsh [1].", CAPTAIN)
    assert is_correct(named, quoting(CAPTAIN))
    assert not is_correct(named, quoting(MATES))


def test_a_figure_may_stand_in_the_quote_and_a_name_in_the_heading() -> None:
    composed = answer_of("q", (said("It is dear.", cite(CAR)),), ())
    assert is_correct(gold("It is 31.50 under Fares [1].", CAR), composed)
    assert not is_correct(gold("It is 31.50 under Dues [1].", CAR), composed)


def test_the_number_of_a_marker_is_no_figure() -> None:
    asked = gold("There are two [1].", MATES)
    assert not is_correct(asked, quoting(CAR, CAPTAIN))  # its markers are [1] and [2]
    assert is_correct(asked, quoting(MATES))


def test_without_a_figure_the_citations_must_cover_the_evidence() -> None:
    either = gold("The mates and others do [1][2].", MATES, CAPTAIN)
    assert is_correct(either, quoting(MATES))
    assert not is_correct(either, quoting(CAR))
    every = replace(either, kind="list")
    assert not is_correct(every, quoting(MATES))
    assert is_correct(every, quoting(CAPTAIN, MATES))


def test_facts_are_groups_of_spellings_and_what_is_forbidden_makes_wrong() -> None:
    asked = replace(case("q", CAR), facts=(("31.5 ", "31.50"), ("CROWNS",)))
    assert is_correct(asked, quoting(CAR))
    assert not is_correct(asked, quoting(BICYCLE))
    assert not is_correct(replace(asked, forbidden=("bicycle",)), quoting(CAR, BICYCLE))


def test_what_an_answer_leaves_open_answers_nothing() -> None:
    asked = case("q", "A bicycle costs four crowns.", facts=("four crowns",))
    answer = quoting("A car costs 31.50 crowns.")
    open_ = replace(answer, answer=f"{answer.answer} four crowns", unanswered=("four crowns?",))
    assert not is_correct(asked, open_)


def test_what_the_documents_do_not_say_is_refused() -> None:
    assert is_correct(case("q"), refusing())
    assert not is_correct(case("q"), quoting(CAR))


def test_a_citation_supports_where_it_overlaps_any_place_of_a_unit() -> None:
    cars, mates = place(CAR), place(MATES)
    units = [(cars, place(BICYCLE)), (mates,)]
    part = Place("ferry", cars.end - 1, cars.end + 9)
    assert supporting(units, [part, Place("ferry", 0, cars.start), mates]) == [True, False, True]
    assert supporting(units, [Place("other", cars.start, cars.end)]) == [False]
    assert covered(units, [part]) == [True, False]
    assert covered(units, []) == [False, False]
