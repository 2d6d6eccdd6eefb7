"""The gate's bench: its files, its measures, its fit."""

import math

import pytest

from chat.claims import Claim, Premise
from chat.gate_bench import BENCH, GateReport, Row, as_json, build, read_bench, write_bench
from retrieval.errors import BadDataset

UNIT = Premise("Wages", "Bakers earn $2,900 a month.")
CLAIM = Claim("d", "What do they earn?", "They earn $2,900 a month.", (UNIT,), "fact")


def row(supported: bool, kind: str, document: str = "d") -> Row:
    return Row(document, "q", "s", (UNIT,), supported, kind)


def test_the_committed_test_bench_has_three_hundred_of_each_and_most_kinds_of_corruption() -> None:
    rows = read_bench(BENCH / "test.jsonl")
    assert sum(one.supported for one in rows) >= 300
    assert sum(not one.supported for one in rows) >= 300
    assert sum(one.kind.startswith("by hand:") for one in rows) >= 100
    kinds = {one.kind for one in rows if not one.supported}
    assert {"figure", "unit", "negation", "direction", "entity", "scope", "invention"} <= kinds


def test_development_and_test_share_no_document() -> None:
    splits = [{one.document for one in read_bench(BENCH / f"{s}.jsonl")} for s in ("dev", "test")]
    assert not splits[0] & splits[1]


def test_a_bench_has_every_claim_its_corruptions_and_what_was_written() -> None:
    written = [
        {
            "document": "d",
            "question": "What do they earn?",
            "sentence": "They earn nothing.",
            "supported": False,
            "kind": "turned",
        }
    ]
    rows = build([CLAIM], written)
    assert rows[0] == Row("d", "What do they earn?", CLAIM.sentence, (UNIT,), True, "fact")
    assert rows[-1].kind == "by hand: turned"
    assert all(one.original == CLAIM.sentence for one in rows[1:-1] if not one.supported)


def test_a_bench_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("bench") / "dev.jsonl"
    rows = build([CLAIM], [])
    write_bench(path, rows)
    assert read_bench(path) == rows
    path.write_text('{"sentence": "alone"}\n')
    with pytest.raises(BadDataset, match="no bench of the gate"):
        read_bench(path)


def test_recall_and_false_alarms_are_shares_of_what_is_below_the_operating_point() -> None:
    rows = (row(True, "fact"), row(True, "fact"), row(False, "unit"), row(False, "figure"))
    report = GateReport(rows, (1.0, -1.0, -2.0, -math.inf), 1.0)
    assert report.recall()["all"][0] == 1.0
    assert report.false_alarms()["fact"][0] == 0.5
    assert report.recall()["unit"] == (1.0, 1.0, 1.0, 1)
    assert as_json(report, "dev")["recall"]["all"] == {
        "value": 1.0,
        "ci95": [1.0, 1.0],
        "sentences": 2,
    }


def test_intervals_are_wider_where_documents_differ() -> None:
    rows = tuple(row(False, "unit", name) for name in "abcdabcd")
    report = GateReport(rows, (-1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0), 1.0)
    value, low, high, count = report.recall()["all"]
    assert (value, count) == (0.5, 8)
    assert low <= 0.25
    assert high >= 0.75


def test_the_curve_rises_with_false_alarms() -> None:
    rows = tuple(row(n % 2 == 0, "k") for n in range(20))
    scores = tuple(n / 10 - (0 if n % 2 == 0 else 0.75) for n in range(20))
    curve = GateReport(rows, scores, 1.0).curve()
    assert curve[0] == (0.0, 0.4)
    assert curve == sorted(curve)
