"""Probabilities from signals, and the fit that makes them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chat.cases import Case, located
from chat.fitting import fit
from chat.judged import read_judged
from chat.observing import Observed, Observer
from chat.refusal import ANSWER_FROM, AnswerSignals, Logistic, UnitSignals, fitted
from ingest.readers import parse_document
from retrieval.errors import BadDataset
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder, WordReader, WordReranker

NOTHING = AnswerSignals(-3, -3, -4, 0.2, 0.1, 0.1, 0.8, 0, 0, 0, 0, 0)
READ = pytest.mark.parametrize("reads", [True, False])


def test_a_logistic_is_computed_by_hand() -> None:
    signals = UnitSignals(read=0, odds=2, match=0.5, lowest=0, coverage=0, passage=0, named=0)
    by_hand = Logistic(-1, (0, 1, 2, 0, 0, 0, 0))
    assert by_hand.probability(signals) == pytest.approx(0.8808, abs=1e-4)


@READ
def test_higher_odds_are_a_higher_confidence(reads: bool) -> None:
    answer, unit = fitted("answer", reads), fitted("unit", reads)
    low = answer.probability(NOTHING)
    high = answer.probability(replace(NOTHING, odds=6, reads=5, read=4))
    assert low < 0.5 < high
    assert unit.probability(UnitSignals(4, 4, 0.8, 0.6, 0.9, 0.9, 0)) > unit.probability(
        UnitSignals(-4, -4, 0.3, 0.1, 0.1, 0.2, 0)
    )


@READ
def test_a_name_that_stands_nowhere_does_not_raise_the_confidence(reads: bool) -> None:
    sure, model = replace(NOTHING, odds=3), fitted("answer", reads)
    assert model.probability(replace(sure, name=1)) <= model.probability(sure)


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
        Case(
            f"q{n}", "fact", f"How much costs {good}?", (), True,
            evidence=((f"{good} costs {n + 10} dollars.",),),
        )
        for n, good in enumerate(goods)
    ]  # fmt: skip
    cases += [
        Case(f"u{n}", "near_miss", f"How many bought absent{n} yesterday?", (), False)
        for n in range(30)
    ]
    observer = Observer(TokenMemory(HashedEncoder()), WordReranker(), WordReader())
    parted = Case("p", "multi", "How much costs good1, and how is good2 kept?", (), True)
    return list(observer.observe([document], located([*cases, parted], {"prices": document})))


def test_units_of_the_gold_evidence_are_gold(observed: list[Observed]) -> None:
    first = observed[0]
    units = zip(first.weighed.units, first.gold, strict=True)
    assert [row.unit.text for row, gold in units if gold] == ["good0 costs 10 dollars."]
    assert (first.kind, first.golds) == ("fact", 1)
    assert not any(observed[-1].gold)


def test_questions_in_parts_are_not_observed(observed: list[Observed]) -> None:
    assert "multi" not in {row.kind for row in observed}


@pytest.mark.parametrize("reads", ["read", "unread"])
def test_a_fit_tells_answerable_questions_from_others(observed: list[Observed], reads: str) -> None:
    body = fit(observed[::2], observed[1::2], refused=0.05)[reads]
    found = body["cross_validated"]
    assert found["questions"] == 70
    for where in ("", "_default_document"):
        assert found[f"answerable_auc{where}"] > 0.95
        assert found[f"refusal_recall{where}"] > 0.9
    assert found["false_refusal"] <= 0.05
    assert set(body["answer"]["weights"]) == set(AnswerSignals.__slots__)


def test_more_of_a_signal_never_turns_an_answer_into_a_doubt(observed: list[Observed]) -> None:
    weights = fit(observed, [], refused=0.05)["read"]["answer"]["weights"]
    for name in ("reads", "read", "odds", "match", "lowest", "closeness"):
        assert weights[name] >= 0
    for name in ("unknown", "name", "figure", "name_there", "figure_there", "kind"):
        assert weights[name] <= 0


def test_without_a_reader_its_signals_count_for_nothing(observed: list[Observed]) -> None:
    body = fit(observed, [], refused=0.05)["unread"]
    assert body["unit"]["weights"]["read"] == 0
    assert body["answer"]["weights"]["reads"] == body["answer"]["weights"]["read"] == 0


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
