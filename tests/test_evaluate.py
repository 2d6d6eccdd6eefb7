"""Systems are measured on their queries, against the default, and an interrupted run goes on."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.passages import Passage
from ingest.readers import parse_document
from retrieval.dataset import load_beir
from retrieval.errors import BadDataset
from retrieval.evaluate import DEPTH, Latency, RetrievalReport, evaluate_retrieval
from retrieval.hit import Hit
from retrieval.index import build_index
from retrieval.journal import Journal
from retrieval.ranking import Found, Searched, by_document, by_section, first_right, ranking_of
from retrieval.report import FirstScores, as_json, failures, first_scores
from retrieval.runs import Run
from retrieval.search import search
from tests.beir import QUERIES, finder, report_of, write_beir
from tests.fakes import HashedEncoder


def hit(document: str, score: float, anchor: str = "a") -> Hit:
    passage = Passage(f"{document}#{score}", document, "T", ("H",), anchor, 0, 1, "x", "x", ())
    return Hit(passage, score, 1, score, score)


def test_a_document_counts_once_at_its_best_passage() -> None:
    hits = [hit("a", 0.9), hit("b", 0.8), hit("a", 0.7), hit("c", 0.6)]
    found = ranking_of(hits, (), by_document)
    assert [(one.id, one.score) for one in found] == [("a", 0.9), ("b", 0.8), ("c", 0.6)]


def test_a_hit_under_a_gold_section_counts_as_it_once(tmp_path: Path) -> None:
    text = "# T\n\n## Pay\n\nred\n\n### Range\n\nred red\n\n## Payroll\n\nred red red\n"
    encoder = HashedEncoder()
    index = build_index(tmp_path, [parse_document(text, ".md", "t", "T")], encoder)
    hits = search(index, encoder, "red", 5)
    assert len(hits) == 3
    assert {found.id for found in ranking_of(hits, ["pay"], by_section)} == {"pay", "payroll"}
    deepest = ranking_of(hits, ["pay", "pay/range"], by_section)
    assert {found.id for found in deepest} == {"pay", "pay/range", "payroll"}


def test_the_first_right_has_a_gain_above_zero() -> None:
    ranking = (Found("x", 3), Found("judged", 2), Found("gold", 1))
    assert first_right(ranking, {"judged": 0, "gold": 1}) == 3
    assert first_right(ranking, {"judged": 0, "other": 1}) is None


def test_every_system_is_measured_on_every_query(tmp_path: Path) -> None:
    report = report_of(write_beir(tmp_path))
    assert list(report.systems) == ["bm25", "dense", "hybrid", "reranked"]
    hybrid = report.systems["hybrid"]
    assert hybrid.measures["R@1"].value == pytest.approx((1 + 0.5 + 1) / 3)
    assert hybrid.per_query["R@1"] == {"q1": 1, "q2": 0.5, "q3": 1}
    assert hybrid.recall[0] == pytest.approx(2.5 / 3)
    assert hybrid.recall[2:] == (1,) * 18
    assert hybrid.rankings["q2"][0].id == "boats"
    assert hybrid.latency is not None
    assert 0 < hybrid.latency.p50 <= hybrid.latency.p95


def test_search_is_warmed_up_and_asked_for_every_query_once(tmp_path: Path) -> None:
    asked: list[tuple[str, int, str]] = []

    def find(question: str, top_k: int, system: str) -> list[Hit]:
        asked.append((question, top_k, system))
        return [hit("cars", 1.0)]

    dataset = load_beir(write_beir(tmp_path), "test")
    told: list[tuple[int, int]] = []
    evaluate_retrieval(dataset, find, ["one", "two"], progress=lambda *counts: told.append(counts))
    assert asked == [
        (question, DEPTH, system)
        for system in ("one", "two")
        for question in ("warm up", *QUERIES.values())
    ]
    assert told == [(done, 6) for done in range(1, 7)]


def numbered(folder: Path, count: int) -> Path:
    """A folder with `count` questions, each about a document of its own."""
    corpus = {f"d{n}": ("", f"words about topic{n}") for n in range(count)}
    queries = {f"q{n}": f"topic{n}" for n in range(count)}
    return write_beir(folder, corpus, queries, {f"q{n}": {f"d{n}": 1} for n in range(count)})


def test_systems_are_compared_with_the_default_question_by_question(tmp_path: Path) -> None:
    folder = numbered(tmp_path, 10)
    bad = Run("bad", {f"q{n}": (Found(f"d{n + 1}", 1.0),) for n in range(8)})
    same = Run("same", {f"q{n}": (Found(f"d{n}", 1.0),) for n in range(10)})
    report = report_of(folder, ["reranked"], [bad, same])
    assert report.systems["reranked"].measures["RR@10"].value == 1
    assert report.systems["reranked"].versus_default == {}
    against = report.systems["bad"].versus_default["RR@10"]
    assert against.value == -1
    assert against.p == pytest.approx(2 / 2**10)
    assert against.adjusted == pytest.approx(2 * against.p)
    assert against.significant
    assert report.systems["same"].versus_default["RR@10"].value == 0
    assert not report.systems["same"].versus_default["RR@10"].significant
    assert report.systems["bad"].latency is None


def test_a_report_without_the_default_compares_nothing(tmp_path: Path) -> None:
    report = report_of(write_beir(tmp_path), ["bm25", "dense"])
    assert [system.versus_default for system in report.systems.values()] == [{}, {}]


def test_a_run_may_not_have_the_name_of_a_system(tmp_path: Path) -> None:
    folder = write_beir(tmp_path)
    ranking = {"q1": (Found("cars", 1.0),)}
    with pytest.raises(BadDataset, match="two systems are called hybrid"):
        report_of(folder, ["hybrid"], [Run("hybrid", ranking)])
    with pytest.raises(BadDataset, match="two systems are called mine"):
        report_of(folder, ["hybrid"], [Run("mine", ranking), Run("mine", ranking)])


def test_a_run_of_other_queries_is_an_error_and_further_queries_are_not(tmp_path: Path) -> None:
    folder = write_beir(tmp_path)
    other = Run("mine", {"elsewhere": (Found("cars", 1.0),)})
    with pytest.raises(BadDataset, match="answers none of the 3 queries"):
        report_of(folder, ["hybrid"], [other])
    more = replace(other, rankings=dict(other.rankings) | {"q1": (Found("cars", 1.0),)})
    report = report_of(folder, ["hybrid"], [more])
    assert report.systems["mine"].per_query["RR@10"] == {"q1": 1, "q2": 0, "q3": 0}


def ranked(*names: str) -> tuple[Found, ...]:
    return tuple(Found(name, 1 - n / 100, ("H",)) for n, name in enumerate(names))


def test_failures_tell_the_gold_and_what_came_instead_the_worst_first(tmp_path: Path) -> None:
    run = Run("mine", {"q1": ranked("cars"), "q2": ranked("cars", "planes"), "q3": ranked("boats")})
    report = report_of(write_beir(tmp_path), [], [run])
    worst, second = failures(report, "mine")
    assert (worst.query, worst.question, worst.gold) == ("q3", "fuel for engines", ("planes",))
    assert (worst.rank, worst.missed, [f.id for f in worst.instead]) == (None, True, ["boats"])
    assert (second.query, second.gold, second.rank) == ("q2", ("boats", "planes"), 2)
    assert (second.missed, second.instead) == (False, (Found("cars", 1.0, ("H",)),))


def test_scores_of_first_results_are_parted_by_whether_they_are_right(tmp_path: Path) -> None:
    rankings = {
        "q1": (Found("cars", 3.0),),
        "q2": (Found("cars", 2.0),),
        "q3": (Found("planes", 1.0),),
    }
    report = report_of(write_beir(tmp_path), [], [Run("mine", rankings)])
    scores = first_scores(report, "mine")
    assert (scores.right, scores.wrong) == ((3.0, 1.0), (2.0,))
    assert scores.auc == 0.5
    assert FirstScores((2.0, 2.0), (1.0, 2.0)).auc == pytest.approx((1 + 0.5) / 2)
    assert FirstScores((1.0,), ()).auc is None


def test_the_json_has_the_shape_that_other_programs_rely_on(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "tiny")
    run = Run("mine", {"q1": ranked("boats", "cars")})
    body = json.loads(json.dumps(as_json(report_of(folder, ["bm25", "reranked"], [run]))))
    assert (body["schema"], body["dataset"], body["split"]) == (1, "tiny", "test")
    assert (body["queries"], body["default"]) == (3, "reranked")
    assert list(body["systems"]) == ["bm25", "reranked", "mine"]
    hybrid, mine = body["systems"]["reranked"], body["systems"]["mine"]
    assert list(hybrid["measures"]) == ["nDCG@10", "R@1", "R@5", "R@10", "RR@10"]
    assert hybrid["measures"]["RR@10"] == {"value": 1.0, "ci95": [1.0, 1.0]}
    assert set(hybrid["latency_ms"]) == {"p50", "p95"}
    assert mine["latency_ms"] is None
    assert mine["missed"] == ["q2", "q3"]
    assert mine["failures"][-1] == {
        "id": "q1",
        "question": "how slow is a blue car",
        "gold": ["cars"],
        "rank": 2,
        "instead": [{"id": "boats", "score": 1.0, "section": ["H"]}],
    }
    assert mine["per_query"]["RR@10"] == {"q1": 0.5, "q2": 0, "q3": 0}
    assert mine["versus_default"]["RR@10"]["value"] == pytest.approx(-2.5 / 3, abs=1e-4)
    assert len(mine["recall_at"]) == 20


class Interrupted(Exception):
    """What a search dies of in these tests."""


def interrupted(path: Path, found: Mapping[tuple[str, str], Searched]) -> None:
    """Leave a journal behind as a run does that found this and died."""
    with pytest.raises(Interrupted), Journal(path) as journal:  # noqa: PT012
        for (system, query), searched in found.items():
            journal.add(system, query, searched)
        raise Interrupted


def test_an_interrupted_run_searches_only_for_what_is_missing(tmp_path: Path) -> None:
    dataset = load_beir(write_beir(tmp_path / "data"), "test")
    real, asked, lives = finder(dataset, tmp_path / "index"), Counter[str](), iter([4])

    def evaluate(journal: Journal | None = None) -> RetrievalReport:
        left = next(lives, 99)

        def find(question: str, top_k: int, system: str) -> Sequence[Hit]:
            nonlocal left
            if question != "warm up":
                asked[system] += 1
                left -= 1
                if left < 0:
                    raise Interrupted
            return real(question, top_k, system)

        return evaluate_retrieval(dataset, find, ["bm25", "dense", "hybrid"], journal=journal)

    path = tmp_path / "journal.jsonl"
    with pytest.raises(Interrupted), Journal(path) as journal:
        evaluate(journal)
    assert asked == {"bm25": 3, "dense": 2}  # the fifth search died

    with Journal(path) as journal:
        assert journal.resumed == 4
        resumed = evaluate(journal)
    assert asked == {"bm25": 3, "dense": 2 + 2, "hybrid": 3}
    assert not path.exists()
    for name, system in evaluate().systems.items():
        assert resumed.systems[name].rankings == system.rankings
        assert resumed.systems[name].measures == system.measures


def test_the_latency_of_what_was_found_before_is_kept(tmp_path: Path) -> None:
    dataset = load_beir(write_beir(tmp_path / "data"), "test")
    path = tmp_path / "journal.jsonl"
    known = Searched((Found("cars", 1.0, ("A", "B")),), 4321.5)
    interrupted(path, {("slow", query): known for query in QUERIES})

    def find(question: str, top_k: int, system: str) -> list[Hit]:
        raise AssertionError("everything was found before")

    with Journal(path) as journal:
        report = evaluate_retrieval(dataset, find, ["slow"], journal=journal)
    assert report.systems["slow"].latency == Latency(4321.5, 4321.5)
    assert report.systems["slow"].rankings["q1"] == known.ranking


# A child that dies by SIGKILL in the middle of its searches.
CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from retrieval.dataset import load_beir
    from retrieval.evaluate import evaluate_retrieval
    from retrieval.journal import Journal
    from tests.beir import finder

    folder, lives = Path(sys.argv[1]), int(sys.argv[2])
    dataset = load_beir(folder / "data", "test")
    real, calls = finder(dataset, folder / "index"), 0

    def find(question, top_k, system):
        global calls
        calls += 1
        if calls > lives:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(question, top_k, system)

    with Journal(folder / "journal.jsonl") as journal:
        evaluate_retrieval(dataset, find, ["hybrid"], journal=journal)
    print(calls)
    """
)


def child(folder: Path, lives: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(lives)]
    return subprocess.run(command, cwd=os.getcwd(), capture_output=True, text=True, check=False)


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    write_beir(tmp_path / "data")
    assert child(tmp_path, lives=3).returncode == -signal.SIGKILL  # a warm-up and two queries
    assert len((tmp_path / "journal.jsonl").read_bytes().splitlines()) == 2
    done = child(tmp_path, lives=99)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "2"  # a warm-up and the third query
    assert not (tmp_path / "journal.jsonl").exists()


TORN = ['{"system": "s", "que', '{"system": "s"}\n', "\x00\x00\n", "[]\n"]


@pytest.mark.parametrize("torn", TORN)
def test_a_torn_line_is_dropped_and_the_journal_goes_on_after_it(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "journal.jsonl"
    interrupted(path, {("s", "q1"): Searched((), 1.0)})
    whole = path.read_text()
    path.write_text(whole + torn)
    interrupted(path, {("s", "q2"): Searched((), 2.0)})
    assert path.read_text() == whole + whole.replace("q1", "q2").replace("1.0", "2.0")
    with Journal(path) as journal:
        assert (journal.get("s", "q1"), journal.get("s", "q3")) == (Searched((), 1.0), None)


def test_a_whole_line_without_its_end_is_searched_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"system": "s", "query": "q1", "ms": 1.0, "found": []}')
    with Journal(path) as journal:
        assert journal.resumed == 0


def test_fresh_forgets_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    interrupted(path, {("s", "q1"): Searched((), 1.0)})
    with Journal(path, fresh=True) as journal:
        assert (journal.resumed, journal.get("s", "q1")) == (0, None)
