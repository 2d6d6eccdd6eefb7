"""A report against an earlier one: what fell beyond noise, and what cannot be compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.compare import (
    GUARDED,
    Comparison,
    check_guarded,
    compare,
    comparison_json,
    load_earlier,
    regressions,
)
from retrieval.errors import BadReport
from retrieval.evaluate import RetrievalReport
from retrieval.ranking import Found
from retrieval.report import as_json
from retrieval.runs import Run
from tests.beir import report_of, write_beir

COUNT = 10


def report(folder: Path, right: int, name: str = "hybrid") -> RetrievalReport:
    """Ten questions of which a system gets the first `right` right, and nothing else."""
    corpus = {f"d{n}": ("", f"topic{n}") for n in range(COUNT)}
    queries = {f"q{n}": f"topic{n}" for n in range(COUNT)}
    write_beir(folder, corpus, queries, {f"q{n}": {f"d{n}": 1} for n in range(COUNT)})
    rankings = {f"q{n}": (Found(f"d{n if n < right else n - 1}", 1.0),) for n in range(COUNT)}
    return report_of(folder, [], [Run(name, rankings)])


def earlier(folder: Path, body: dict[str, Any]) -> Path:
    path = folder / "earlier.json"
    path.write_text(json.dumps(body))
    return path


def compared(tmp_path: Path, before: int, now: int) -> Comparison:
    path = earlier(tmp_path, as_json(report(tmp_path / "data", before)))
    return compare(report(tmp_path / "data", now), load_earlier(path))


def test_a_report_does_not_differ_from_itself(tmp_path: Path) -> None:
    comparison = compared(tmp_path, 7, 7)
    for change in comparison.changes["hybrid"].values():
        assert change.difference is not None
        assert (change.before, change.now, change.difference.value) == (0.7, 0.7, 0)
        assert not change.fell
        assert not change.rose
    assert regressions(comparison, "hybrid") == ()


def test_a_fall_of_many_questions_is_beyond_noise(tmp_path: Path) -> None:
    comparison = compared(tmp_path, 10, 1)
    change = comparison.changes["hybrid"]["RR@10"]
    assert change.difference is not None
    assert change.difference.value == pytest.approx(-0.9)
    # Nine questions fell: 2 of 2⁹ patterns of signs, times the five measures.
    assert change.difference.adjusted == pytest.approx(5 * 2 / 2**9)
    assert change.fell
    assert regressions(comparison, "hybrid") == GUARDED


def test_a_fall_of_two_questions_is_noise_and_a_rise_is_no_fall(tmp_path: Path) -> None:
    assert regressions(compared(tmp_path / "a", 10, 8), "hybrid") == ()
    risen = compared(tmp_path / "b", 1, 10)
    assert risen.changes["hybrid"]["R@5"].rose
    assert regressions(risen, "hybrid") == ()


def test_without_per_query_values_nobody_can_tell(tmp_path: Path) -> None:
    body = as_json(report(tmp_path / "data", 10))
    del body["systems"]["hybrid"]["per_query"], body["dataset_sha256"]
    before = load_earlier(earlier(tmp_path, body))
    change = compare(report(tmp_path / "data", 1), before).changes["hybrid"]["RR@10"]
    assert change.difference is None
    assert [change.before, change.now] == pytest.approx([1.0, 0.1])
    assert not change.fell
    with pytest.raises(BadReport, match="no per-query values of hybrid"):
        check_guarded(before, "hybrid", ["hybrid"])


def test_only_a_system_that_is_measured_can_be_guarded(tmp_path: Path) -> None:
    before = load_earlier(earlier(tmp_path, as_json(report(tmp_path / "data", 5))))
    check_guarded(before, "hybrid", ["bm25", "hybrid"])
    with pytest.raises(BadReport, match="add --system hybrid"):
        check_guarded(before, "hybrid", ["bm25"])


@pytest.mark.parametrize("key", ["queries", "dataset_sha256", "per_query"])
def test_a_report_of_other_questions_is_not_compared(tmp_path: Path, key: str) -> None:
    body = as_json(report(tmp_path / "data", 5))
    if key == "queries":
        body["queries"] = 11
    elif key == "dataset_sha256":
        body["dataset_sha256"] = "0" * 64
    else:
        body["systems"]["hybrid"]["per_query"]["RR@10"]["other"] = 1.0
    path = earlier(tmp_path, body)
    with pytest.raises(BadReport, match="other questions or gold"):
        compare(report(tmp_path / "data", 5), load_earlier(path))


def test_a_report_of_other_systems_is_not_compared(tmp_path: Path) -> None:
    path = earlier(tmp_path, as_json(report(tmp_path / "data", 5, "dense")))
    with pytest.raises(BadReport, match="is of dense, and none of them was measured now"):
        compare(report(tmp_path / "data", 5), load_earlier(path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "is not JSON"),
        ("[]", "is of schema None, not 1"),
        ('{"schema": 2}', "is of schema 2, not 1"),
        ('{"schema": 1}', "lacks what is compared"),
        ('{"schema": 1, "queries": 1, "systems": {"a": {}}}', "lacks what is compared"),
        ('{"schema": 1, "queries": 1, "systems": []}', "lacks what is compared"),
    ],
)
def test_what_is_no_report_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "earlier.json"
    path.write_text(text)
    with pytest.raises(BadReport) as error:
        load_earlier(path)
    assert told in str(error.value)
    with pytest.raises(BadReport, match="cannot be read"):
        load_earlier(tmp_path / "none.json")


def test_a_comparison_is_json_for_other_programs(tmp_path: Path) -> None:
    body = comparison_json(compared(tmp_path, 10, 1))
    found = json.loads(json.dumps(body))["systems"]["hybrid"]["nDCG@10"]
    assert (found["before"], found["now"], found["fell"]) == (1.0, 0.1, True)
    assert found["difference"]["value"] == -0.9
