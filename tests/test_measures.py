"""Measures, intervals and tests of significance, against values computed by hand."""

import numpy as np
import pytest

from retrieval.measures import CURVE, interval, per_query, summarise
from retrieval.ranking import Found, Ranking
from retrieval.significance import Difference, difference, holm, randomisation_p


def ranking(*names: str) -> Ranking:
    """A ranking whose scores say the opposite, which must not count."""
    return tuple(Found(name, float(number)) for number, name in enumerate(names))


def test_measures_match_hand_computed_values() -> None:
    qrels = {"q1": {"a": 2, "b": 1}, "q2": {"c": 1}}
    values = per_query(qrels, {"q1": ranking("b", "x", "a"), "q2": ()})
    ideal = 2 + 1 / np.log2(3)
    assert values["nDCG@10"]["q1"] == pytest.approx((1 + 2 / np.log2(4)) / ideal)
    assert values["R@1"] == {"q1": 0.5, "q2": 0}
    assert values["R@5"] == {"q1": 1, "q2": 0}
    assert values["RR@10"] == {"q1": 1, "q2": 0}
    assert summarise(values["RR@10"]).value == 0.5


def test_what_stands_below_the_tenth_rank_does_not_count() -> None:
    names = [f"x{number}" for number in range(10)]
    values = per_query({"q": {"gold": 1}}, {"q": ranking(*names, "gold")})
    assert {name: value["q"] for name, value in values.items()} == dict.fromkeys(values, 0)


def test_recall_is_measured_at_every_depth_of_the_curve() -> None:
    found = ranking("x", "a", "y", "b")
    values = per_query({"q": {"a": 1, "b": 1}}, {"q": found}, CURVE)
    recall = [values[name]["q"] for name in CURVE]
    assert recall == [0, 0.5, 0.5] + [1] * 17


def test_a_query_that_was_not_answered_counts_as_zero() -> None:
    values = per_query({"q1": {"a": 1}, "q2": {"a": 1}}, {"q1": ranking("a")})
    assert values["RR@10"] == {"q1": 1, "q2": 0}


def test_an_interval_is_the_value_itself_where_all_agree_and_holds_the_mean_otherwise() -> None:
    assert interval(np.ones(5)) == (1, 1)
    low, high = interval(np.array([0, 1] * 50, np.float64))
    assert 0.38 < low < 0.45
    assert 0.55 < high < 0.62


def test_few_differences_are_tested_exactly() -> None:
    # Of the 8 patterns of signs of (1, 1, 1), two are as extreme as it.
    assert randomisation_p(np.array([1.0, 1.0, 1.0])) == pytest.approx(2 / 8)
    # Of (3, 1, −1): sums 5 3 3 1 and their negatives; six of eight reach 3.
    assert randomisation_p(np.array([3.0, 1.0, -1.0])) == pytest.approx(6 / 8)


def test_queries_without_a_difference_have_no_say() -> None:
    assert randomisation_p(np.array([0, 1, 0, 1, 0, 1, 0], np.float64)) == pytest.approx(2 / 8)
    assert randomisation_p(np.zeros(9)) == 1
    assert randomisation_p(np.array([0, 0.5])) == 1


def test_many_differences_are_sampled_and_always_alike() -> None:
    row = np.array([1.0] * 70 + [-1.0] * 30)
    # Under random signs the sum has mean 0 and deviation 10; it is 40, four deviations off.
    assert randomisation_p(row) < 0.002
    assert randomisation_p(row) == randomisation_p(row)
    assert randomisation_p(np.array([1.0] * 52 + [-1.0] * 48)) > 0.5


def test_a_difference_is_the_mean_of_paired_differences() -> None:
    found = difference({"a": 1.0, "b": 0.5, "c": 0.0}, {"c": 0.0, "b": 0.0, "a": 0.0})
    assert found.value == pytest.approx(0.5)
    assert 0 <= found.low < found.value < found.high <= 1
    assert found.p == found.adjusted == pytest.approx(0.5)
    assert not found.significant
    with pytest.raises(KeyError):
        difference({"a": 1.0}, {})


def test_p_is_corrected_step_by_step() -> None:
    family = {
        name: Difference(0, 0, 0, p, p) for name, p in [("a", 0.04), ("b", 0.01), ("c", 0.03)]
    }
    adjusted = {name: found.adjusted for name, found in holm(family).items()}
    # Smallest first: 3 × .01, 2 × .03, and 1 × .04, which may not be below the one before.
    assert list(adjusted) == ["a", "b", "c"]
    assert list(adjusted.values()) == pytest.approx([0.06, 0.03, 0.06])
    assert [found.significant for found in holm(family).values()] == [False, True, False]
    assert holm({}) == {}


def test_a_corrected_p_is_never_above_one() -> None:
    family = {name: Difference(0, 0, 0, p, p) for name, p in (("a", 0.9), ("b", 0.8))}
    assert [found.adjusted for found in holm(family).values()] == [1, 1]
