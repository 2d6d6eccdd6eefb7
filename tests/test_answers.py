"""What judged answers come to, on scripted chatbots whose every figure can be counted by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat.answer import Event
from chat.compare import (
    GUARDED,
    answer_regressions,
    check_same_cases,
    compare_answers,
    comparison_json,
    earlier_answers,
)
from chat.evaluate import AnswerJournal, AnswerReport, Asked, Outcome, evaluate_answers
from chat.measures import by_kind, counts, failures, latency, measures, per_question
from chat.report import as_json
from chat.risk import Point, aurc, curve, operating_points
from retrieval.errors import BadReport
from tests.judged_answers import (
    BICYCLE,
    CAR,
    FERRY,
    MATES,
    case,
    composing,
    four,
    four_answers,
    four_cases,
    four_held_back,
    judged,
    playing,
    quoting,
    refusing,
    report_on,
)
from tests.scripted import ScriptedChatbot


def values(report: AnswerReport) -> dict[str, float]:
    return {name: round(found.measured.value, 4) for name, found in measures(report).items()}


def test_every_measure_of_four_questions() -> None:
    assert values(four()) == {
        "correct": round(1 / 3, 4),
        "false_refusal": round(1 / 3, 4),
        "refusal_precision": 0.5,
        "refusal_recall": 1,
        "citation_precision": 0.75,  # one of two citations, and one of one
        "citation_recall": 0.75,  # one of one unit, and one of two
        "answerable_auc": 1,
        "aurc": round((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4, 4),
    }
    found = measures(four())
    assert (found["correct"].questions, found["citation_recall"].questions) == (3, 2)
    assert found["correct"].measured.low < 1 / 3 < found["correct"].measured.high


def test_questions_without_gold_evidence_are_left_out_of_citation_measures() -> None:
    cases = [replace(case("car", CAR, facts=("31",)), gold=()), case("bike", BICYCLE)]
    outcomes = judged(cases, {"car": quoting(MATES), "bike": quoting(BICYCLE)})
    assert per_question(outcomes)["citation_precision"] == {"bike": 1}
    assert counts(report_on(outcomes))["answered_with_gold_evidence"] == 1
    assert counts(report_on(outcomes))["citations"] == 2


def test_a_measure_of_no_question_is_left_out() -> None:
    found = values(report_on(judged([case("cargo")], {"cargo": quoting(CAR)})))
    assert found == {"refusal_recall": 0, "aurc": 1}


def test_sentences_are_counted_by_how_they_came_to_be() -> None:
    answer = composing("A car is dear.", CAR, "A car costs 99 crowns.")
    found = counts(report_on(judged([case("car", CAR)], {"car": answer})))
    assert (found["sentences"], found["composed_sentences"]) == (2, 1)
    assert (found["replaced_sentences"], found["uncited_sentences"]) == (1, 0)
    assert (found["inexact_citations"], found["dangling_markers"]) == (0, 0)
    assert (found["citations_judged"], found["citations_supporting"]) == (2, 2)


def test_an_inexact_quote_and_a_dangling_marker_are_counted() -> None:
    whole = quoting(CAR, BICYCLE)
    first, second = whole.citations
    broken = replace(whole, citations=(replace(first, start=first.start + 1), second))
    lost = replace(whole, citations=(second,))  # numbered from 2, and [1] has none
    outcomes = judged([case("a", CAR), case("b", CAR)], {"a": broken, "b": lost})
    assert [(o.given.inexact, o.given.dangling) for o in outcomes] == [(1, 0), (0, 2)]


def test_the_first_sentence_comes_no_later_than_the_whole_answer() -> None:
    for times in latency(four()).values():
        assert 0 < times.p50 <= times.p95
    for outcome in four().outcomes:
        assert 0 <= outcome.given.first <= outcome.given.seconds


def test_kinds_count_a_rightful_refusal_as_right() -> None:
    kinds = by_kind(four())
    assert {name: (kind.right, kind.questions) for name, kind in kinds.items()} == {
        "fact": (1, 2),
        "list": (0, 1),
        "near_miss": (1, 1),
    }
    assert kinds["list"].citation_recall is not None
    assert kinds["list"].citation_recall.value == 0.5
    assert kinds["near_miss"].citation_precision is None


def test_failures_are_what_was_wrongly_said_then_what_was_wrongly_refused() -> None:
    assert [outcome.case.id for outcome in failures(four())] == ["both", "captain"]


# Risk and coverage


def test_risk_is_of_the_surest_and_counts_what_a_refusal_held_back() -> None:
    assert curve(four().outcomes) == [
        Point(0.9, 0.25, 0),
        Point(0.8, 0.5, 0.5),
        Point(0.4, 0.75, 1 / 3),
        Point(0.2, 1, 0.5),
    ]
    points = {one.strictness: one for one in operating_points(four().outcomes)}
    assert (points["balanced"].point.coverage, points["balanced"].point.risk) == (0.5, 0.5)
    assert points["balanced"].false_refusal == pytest.approx(1 / 3)
    assert points["balanced"].refusal_recall == 1
    assert points["generous"].point.risk == pytest.approx(1 / 3)
    assert points["generous"].false_refusal == 0


def test_equal_confidences_have_no_order() -> None:
    cases = [case(name, CAR, facts=("31",)) for name in "abc"]
    right, wrong = quoting(CAR), quoting(MATES)
    one = aurc(judged(cases, {"a": right, "b": wrong, "c": wrong}))
    other = aurc(judged(cases, {"a": wrong, "b": wrong, "c": right}))
    assert one == other
    assert one is not None
    assert one.value == pytest.approx(2 / 3)


def test_what_is_never_said_is_never_covered() -> None:
    outcomes = judged(
        [case("car", CAR, facts=("31",)), case("hello")],
        {"car": quoting(CAR), "hello": refusing(0)},
        {"hello": refusing(0)},
    )
    assert outcomes[1].given.right_if_said is None
    assert curve(outcomes) == [Point(0.9, 0.5, 0)]
    assert all(one.refusal_recall == 1 for one in operating_points(outcomes))


def test_confidence_that_tells_answerable_from_unanswerable_by_half() -> None:
    cases = [case("a", CAR), case("b", CAR), case("c")]
    answers = {
        "a": quoting(CAR, confidence=0.9),
        "b": quoting(CAR, confidence=0.3),
        "c": quoting(CAR, confidence=0.3),
    }
    assert values(report_on(judged(cases, answers)))["answerable_auc"] == 0.75


# Journal


class Interrupted(Exception):
    """What an answer dies of in these tests."""


def test_an_interrupted_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    answers, path = four_answers(), tmp_path / "journal.jsonl"
    lives = 2

    def script(question: str) -> Iterator[Event]:
        nonlocal lives
        lives -= 1
        if lives < 0:
            raise Interrupted
        yield from answers[question].sentences
        yield answers[question]

    usual = ScriptedChatbot(script, FERRY)
    asked = Asked(usual, playing(four_held_back()))
    with pytest.raises(Interrupted), AnswerJournal(path) as journal:
        evaluate_answers(four_cases(), lambda one: asked, journal)
    lives = 99
    with AnswerJournal(path) as journal:
        assert journal.resumed == 2
        outcomes = evaluate_answers(four_cases(), lambda one: asked, journal)
    assert [question for question, _ in usual.asked] == [
        "car",
        "both",
        "captain",
        "captain",
        "cargo",
    ]
    assert not path.exists()
    assert values(report_on(outcomes)) == values(four())
    assert [o.given.citations for o in outcomes] == [o.given.citations for o in four().outcomes]


# JSON and an earlier report


def test_the_json_has_the_shape_that_other_programs_rely_on() -> None:
    body = json.loads(json.dumps(as_json(four())))
    for name in (
        "correct",
        "false_refusal",
        "refusal_precision",
        "refusal_recall",
        "answerable_auc",
        "citation_precision",
        "citation_recall",
    ):
        low, high = body[name]["ci95"]
        assert low <= body[name]["value"] <= high
    assert body["correct"]["value"] == 0.3333
    assert body["by_kind"]["list"]["right"] == 0
    assert body["risk_coverage"]["curve"][0] == {"confidence": 0.9, "coverage": 0.25, "risk": 0}
    assert body["risk_coverage"]["strictness"]["balanced"]["risk"] == 0.5
    failure = body["failures"][0]
    assert (failure["id"], failure["kind"], failure["confidence"]) == ("both", "list", 0.8)
    assert (failure["gold"], failure["quotes"]) == ("31.50; four", [BICYCLE])
    assert body["per_question"]["correct"] == {"car": 1, "both": 0, "captain": 0}
    assert body["method"]["judged_by"] == "By a script."


def many(right: int, cited: int = 10) -> AnswerReport:
    """Ten questions of which the first `right` are answered rightly; the first `cited` answers
    cite gold. And an unanswerable one, refused."""
    cases = [case(f"q{n}", BICYCLE, facts=("crowns" if n < right else "yen",)) for n in range(10)]
    answers = {f"q{n}": quoting(BICYCLE if n < cited else CAR) for n in range(10)}
    held = {"none": quoting(CAR)}
    return report_on(judged([*cases, case("none")], answers | {"none": refusing()}, held))


def test_a_fall_of_many_questions_is_beyond_noise_and_of_one_is_not(tmp_path: Path) -> None:
    before = earlier_answers(tmp_path / "before.json", as_json(many(10)))
    fallen = compare_answers(many(1, cited=1), before)
    assert answer_regressions(fallen) == ("correct", "citation_precision")
    change = fallen.changes["correct"]
    assert (change.before, change.now, change.fell, change.worse) == (1, 0.1, True, True)
    assert change.difference is not None
    assert change.difference.p == pytest.approx(2 / 2**9)  # McNemar's exact test, nine to none
    assert change.difference.adjusted > change.difference.p
    assert answer_regressions(compare_answers(many(9), before)) == ()
    assert set(GUARDED) <= set(fallen.changes)
    body = comparison_json(fallen)
    assert (body["correct"]["fell"], body["correct"]["questions"]) == (True, 10)
    assert body["refusal_recall"]["difference"]["value"] == 0


def test_more_false_refusals_are_worse_though_they_rose(tmp_path: Path) -> None:
    cases = [case(f"q{n}", CAR, facts=("31",)) for n in range(10)]
    said = {f"q{n}": quoting(CAR) for n in range(10)}
    silent = {f"q{n}": refusing() for n in range(10)}
    before = earlier_answers(tmp_path, as_json(report_on(judged(cases, said))))
    change = compare_answers(report_on(judged(cases, silent, said)), before).changes[
        "false_refusal"
    ]
    assert (change.rose, change.worse) == (True, True)


def test_citations_are_compared_on_what_both_runs_answered(tmp_path: Path) -> None:
    before = earlier_answers(tmp_path, as_json(four()))
    answers = four_answers() | {"car": refusing(0.3), "captain": quoting(MATES)}
    now = judged(four_cases(), answers, four_held_back() | {"car": quoting(CAR)})
    comparison = compare_answers(report_on(now), before)
    assert comparison.paired["citation_precision"] == 1  # "both"
    assert comparison.changes["citation_precision"].now == 1
    assert comparison.changes["refusal_precision"].difference is None


def test_answers_to_other_questions_are_not_compared(tmp_path: Path) -> None:
    before = earlier_answers(tmp_path, as_json(four()))
    check_same_cases(four_cases(), before)
    with pytest.raises(BadReport, match="other questions"):
        check_same_cases(four_cases()[1:], before)


def test_an_earlier_report_without_answers_or_of_an_older_shape_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadReport, match="holds no answers"):
        earlier_answers(tmp_path, None)
    with pytest.raises(BadReport, match="lacks what is compared"):
        earlier_answers(tmp_path, {"measures": {"correct": 0.5}})


def outcome(report: AnswerReport, name: str) -> Outcome:
    return next(one for one in report.outcomes if one.case.id == name)


def test_an_unanswerable_question_that_is_answered_is_wrong_whatever_it_says() -> None:
    answered = report_on(judged([case("cargo")], {"cargo": quoting(CAR)}))
    assert outcome(answered, "cargo").given.right_if_said is False
    assert outcome(four(), "cargo").given.right_if_said is False
    assert outcome(four(), "captain").given.right_if_said is True
