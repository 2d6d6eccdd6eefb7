"""Probabilities from signals, and the fit that makes them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chat.cases import Case
from chat.fitting import fit
from chat.judged import read_judged
from chat.observing import Observed, Observer
from chat.refusal import ANSWER_FROM, AnswerSignals, Logistic, UnitSignals, fitted
from ingest.readers import parse_document
from retrieval.errors import BadDataset
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder, WordReranker

NOTHING = AnswerSignals(-4, 0.2, 0.1, 0.1, 0.8, 0, 0, 0, 0, 0)


def test_a_logistic_is_computed_by_hand() -> None:
    signals = UnitSignals(odds=2, match=0.5, lowest=0, coverage=0, passage=0, named=0)
    assert Logistic(-1, (1, 2, 0, 0, 0, 0)).probability(signals) == pytest.approx(0.8808, abs=1e-4)


def test_higher_odds_are_a_higher_confidence() -> None:
    low = fitted("answer").probability(NOTHING)
    high = fitted("answer").probability(replace(NOTHING, odds=6))
    assert low < 0.5 < high
    assert fitted("unit").probability(UnitSignals(4, 0.8, 0.6, 0.9, 0.9, 0)) > fitted(
        "unit"
    ).probability(UnitSignals(-4, 0.3, 0.1, 0.1, 0.2, 0))


def test_a_name_that_stands_nowhere_lowers_the_confidence() -> None:
    sure = replace(NOTHING, odds=3)
    assert fitted("answer").probability(replace(sure, name=1)) < fitted("answer").probability(sure)


def test_a_cautious_one_needs_more() -> None:
    assert ANSWER_FROM["cautious"] > ANSWER_FROM["balanced"] == 0.5 > ANSWER_FROM["generous"]


@pytest.fixture(scope="module")
def observed() -> list[Observed]:
    goods = [f"good{number}" for number in range(40)]
    text = "# Prices\n\n" + "\n\n".join(
        f"## Shelf {n}\n\n{good} costs {n + 10} dollars. It is kept dry."
        for n, good in enumerate(goods)
    )
    document = parse_document(text, ".md", "prices", "Prices")
    cases = [
        Case(f"q{n}", "fact", f"How much costs {good}?", (), True, ((f"{n + 10} dollars",),), ())
        for n, good in enumerate(goods)
    ]
    cases += [
        Case(f"u{n}", "near_miss", f"How many bought absent{n} yesterday?", (), False, (), ())
        for n in range(30)
    ]
    observer = Observer(TokenMemory(HashedEncoder()), WordReranker())
    return list(observer.cases([document], cases, 1.0))


def test_units_that_hold_a_gold_fact_are_gold(observed: list[Observed]) -> None:
    first = observed[0]
    assert [row.unit.text for row, gold in zip(first.scored, first.gold, strict=True) if gold] == [
        "good0 costs 10 dollars."
    ]
    assert not any(observed[-1].gold)


def test_a_fit_tells_answerable_questions_from_others(observed: list[Observed]) -> None:
    body = fit(observed, refused=0.05)
    found = body["cross_validated"]
    assert found["questions"] == 70
    assert found["answerable_auc"] > 0.95
    assert found["false_refusal"] <= 0.05
    assert found["refusal_recall"] > 0.9
    assert set(body["answer"]["weights"]) == set(AnswerSignals.__slots__)


def test_more_of_a_signal_never_turns_an_answer_into_a_doubt(observed: list[Observed]) -> None:
    weights = fit(observed, refused=0.05)["answer"]["weights"]
    for name in ("odds", "match", "lowest", "closeness"):
        assert weights[name] >= 0
    for name in ("unknown", "name", "figure", "name_there", "figure_there", "kind"):
        assert weights[name] <= 0


def test_judged_documents_have_their_gold_as_spans(tmp_path: Path) -> None:
    row = {
        "id": "d1",
        "title": "Ferries",
        "sections": [
            {"path": ["Ferries", "Summer"], "units": ["Every hour.", "On Sundays every two."]},
            {"path": ["Ferries", "Winter"], "units": ["Twice a day."]},
        ],
        "questions": [
            {
                "kind": "followup",
                "question": "and in winter?",
                "history": [{"role": "user", "content": "How often do ferries run in summer?"}],
                "standalone": "How often do ferries run in winter?",
                "evidence": [[1, 0]],
            }
        ],
    }
    file = tmp_path / "judged.jsonl"
    file.write_text(json.dumps(row) + "\n")
    [judged] = read_judged(file)
    assert [section.path for section in judged.document.sections if section.units] == [
        ("Ferries", "Summer"),
        ("Ferries", "Winter"),
    ]
    [question] = judged.questions
    [(start, end)] = question.gold
    assert judged.document.text[start:end] == "Twice a day."
    units = [unit for section in judged.document.sections for unit in section.units]
    assert (start, end) in [(unit.start, unit.end) for unit in units]


def test_a_malformed_file_of_judged_documents_is_told(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    file.write_text('{"id": "d1"}\n')
    with pytest.raises(BadDataset, match=r"judged\.jsonl"):
        read_judged(file)
