"""Which questions ask for several things, which units these are, which are cited beside the best,
and the fit of all three."""

import random
from dataclasses import replace

import numpy as np
import pytest

from chat.beside import beside, beside_signals
from chat.evidence import Evidence, Scored, Weighed
from chat.list_fitting import Seen, Wording, fit
from chat.listing import (
    asks_for_several,
    member_signals,
    members,
    several,
    several_signals,
)
from chat.refusal import UnitSignals
from ingest.document import Unit
from ingest.passages import Passage
from retrieval.encoder import SentenceEncoder, Vectors

SIGNALS = UnitSignals(0, 0, 0, 0, 0, 0, 0)


def scored(start: int, score: float, section: str = "Tools", group: int | None = None) -> Scored:
    passage = Passage(section, "d", "D", (section,), section, 0, 9, "", "", ())
    unit = Unit(start, start + 5, "item" if group is not None else "sentence", group, None)
    return Scored(Evidence(passage, unit, f"Unit {start}.", section, score), SIGNALS, 0.0)


def weighed(*scores: float, asks: float = 0.0) -> Weighed:
    return Weighed(tuple(scored(10 * n, score) for n, score in enumerate(scores)), None, asks)


def test_signals_of_several_are_shares_of_the_best() -> None:
    signals = several_signals(weighed(0.8, 0.4, 0.2, asks=1.5))
    assert (signals.asks, signals.second, signals.third, signals.fourth) == (1.5, 0.5, 0.25, 0.0)


def test_several_things_are_asked_for_by_words_and_by_what_is_found() -> None:
    alike, one = (0.8, 0.78, 0.75, 0.7), (0.8, 0.1, 0.05, 0.01)
    assert several(weighed(*alike, asks=3)) > 0.9
    assert several(weighed(*one, asks=-3)) < 0.05
    assert several(weighed(*alike, asks=-3)) < several(weighed(*alike, asks=3))
    assert several(weighed(*one, asks=1)) < several(weighed(*alike, asks=1))


def test_a_unit_among_likely_ones_is_surer_than_one_alone() -> None:
    units = [
        scored(0, 0.7), scored(10, 0.3), scored(20, 0.7),
        scored(0, 0.05, "Other"), scored(10, 0.3, "Other"), scored(20, 0.05, "Other"),
    ]  # fmt: skip
    sure = members(units)
    assert sure[1] > sure[4]
    shuffled = random.Random(1).sample(range(6), 6)
    assert members([units[row] for row in shuffled]) == pytest.approx([sure[n] for n in shuffled])


def test_neighbours_are_those_of_the_section() -> None:
    units = [scored(0, 0.5), scored(10, 0.5), scored(20, 0.5, "Other")]
    first, second, alone = member_signals(units)
    assert (first.beside, first.between, first.section) == (0.0, 0.0, 1.0)
    assert second.beside == 0.0
    assert (alone.section, alone.beside, alone.together) == (0.0, -2.0, 0.0)


def test_the_line_that_introduces_a_list_is_none_of_it() -> None:
    line, item, other = scored(0, 0.5), scored(10, 0.6, group=1), scored(20, 0.4, group=1)
    line = replace(line, unit=replace(line.unit, text="Bring these:"))
    sure = members([line, item, other])
    assert sure[0] < 0.2 < min(sure[1:])
    assert [signals.listed for signals in member_signals([line, item, other])] == [0.0, 1.0, 1.0]


def test_the_form_of_a_question_is_counted() -> None:
    units = (scored(0, 0.9), scored(10, 0.5), scored(20, 0.5, "Other"))
    second, third = beside_signals("Rubble: what does it cost, and who takes it?", units)
    assert (second.told, second.broken, second.joined, second.asking) == (1.0, 1.0, 1.0, 2.0)
    assert (second.asked, second.pieces) == (0.0, 2.0)
    assert (second.rank, second.section) == (1.0, 1.0)
    assert (third.rank, third.section) == (2.0, 0.0)
    assert second.odds == pytest.approx(0.0)
    assert second.behind == pytest.approx(2.197, abs=0.001)
    assert beside_signals("Who?", units[:1]) == []
    assert beside_signals("Who?", ()) == []


def test_a_question_for_two_things_is_given_the_second_more_readily() -> None:
    units = (scored(0, 0.6), scored(10, 0.25, "Other"), scored(20, 0.02, "Other"))
    one = beside("What does the course cost?", units)
    two = beside("fee for the course, and who teaches it?", units)
    assert two[0] > 2 * one[0]
    assert two[0] > two[1]


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("When does the office open?", "Which papers do I have to bring to the office?"),
        ("who signs the lease", "steps to get my deposit back"),
        ("How much is the fee for a second bin?", "What are the drawbacks of renting a bin?"),
        ("Is the museum closed on Mondays?", "name everything that is free at the museum"),
        ("what year was the bridge finished", "ways to cross the river without a car"),
    ],
)
def test_words_tell_who_wants_several_things(one: str, many: str) -> None:
    encoder = SentenceEncoder("all-MiniLM-L6-v2")
    alone, several_ = (
        asks_for_several(text, tokens.whole, encoder.sha256)
        for text, tokens in zip((one, many), encoder.encode_tokens([one, many]), strict=True)
    )
    assert alone < several_


def test_with_another_encoder_plain_words_tell() -> None:
    vector = np.zeros(3, np.float32)
    assert asks_for_several("What are the rules?", vector, "another") > 0
    assert asks_for_several("Who wrote the rules?", vector, "another") < 0


def test_the_fit_learns_what_makes_a_list() -> None:
    chance = random.Random(2)
    wordings = [Wording(f"list {n}", "list", 3) for n in range(40)]
    wordings += [Wording(f"fact {n}", "fact", 2 if n % 10 in (1, 3) else 1) for n in range(50)]
    # One sentence holds all that these ask for.
    wordings += [Wording(f"fact {n}", "list", 1) for n in range(50, 60)]
    seen = []
    for wording in wordings[20:80]:
        gold = set(range(3, 3 + wording.golds))
        scores = [0.5 if n in gold else 0.1 * chance.random() for n in range(8)]
        rows = sorted((-score, n) for n, score in enumerate(scores))
        units = tuple(scored(10 * n, scores[n]) for _, n in rows)
        marks = tuple(n in gold for _, n in rows)
        seen.append(Seen(wording, Weighed(units, None), marks))

    def vectors_of(questions: list[str]) -> Vectors:
        return np.array([[1.0, float(q.startswith("list"))] for q in questions], np.float32)

    body = fit(wordings, seen, vectors_of, "hash")  # type: ignore[arg-type]
    assert body["encoder_sha256"] == "hash"
    assert body["asks"]["weights"][1] > 0
    assert body["cross_validated"] == {
        "questions": 60, "lists": 20, "list_auc_by_words": 1.0, "list_auc": 1.0,
        "member_auc": 1.0, "lists_complete": 1.0, "list_precision": 1.0,
        "others": 40, "beside_auc": 1.0, "other_precision": 1.0, "other_recall": 1.0,
    }  # fmt: skip
