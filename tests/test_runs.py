"""TREC files: what we write is what trec_eval reads, and what it would read is what we read."""

import random
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadDataset
from retrieval.measures import MEASURES, per_query
from retrieval.ranking import Found, Ranking
from retrieval.runs import Run, check_names, falling, read_run, write_qrels, write_run

TREC_EVAL = {"nDCG@10": "ndcg_cut_10", "R@1": "recall_1", "R@5": "recall_5", "R@10": "recall_10"}


def graded() -> tuple[dict[str, dict[str, int]], dict[str, Ranking]]:
    """Forty queries with graded gold, and rankings full of equal scores."""
    draw = random.Random(7)
    names = [f"d{number}" for number in range(60)]
    qrels = {
        f"q{n}": {name: draw.randint(0, 3) for name in draw.sample(names, 12)} for n in range(40)
    }
    rankings = {}
    for query in qrels:
        scores = sorted((draw.choice([0, 0, 0.25, 0.5, 0.9]) for _ in range(30)), reverse=True)
        found = zip(draw.sample(names, 30), scores, strict=True)
        rankings[query] = tuple(Found(name, score) for name, score in found)
    return qrels, rankings


def test_our_measures_are_those_of_trec_eval_on_the_files_that_we_write(tmp_path: Path) -> None:
    qrels, rankings = graded()
    write_run(tmp_path / "ours.run", Run("ours", rankings))
    write_qrels(tmp_path / "qrels.txt", qrels)
    with (tmp_path / "qrels.txt").open() as judged, (tmp_path / "ours.run").open() as found:
        evaluator = pytrec_eval.RelevanceEvaluator(
            pytrec_eval.parse_qrel(judged), set(TREC_EVAL.values()) | {"recip_rank"}
        )
        theirs = evaluator.evaluate(pytrec_eval.parse_run(found))
    ours = per_query(qrels, rankings)
    assert set(theirs) == set(qrels)
    for query, values in theirs.items():
        for measure, name in TREC_EVAL.items():
            assert ours[measure][query] == pytest.approx(values[name]), (query, measure)
        reciprocal = values["recip_rank"] if values["recip_rank"] >= 0.1 else 0
        assert ours["RR@10"][query] == pytest.approx(reciprocal)
    assert set(MEASURES) == {*TREC_EVAL, "RR@10"}


def test_trec_eval_gives_the_hand_computed_value(tmp_path: Path) -> None:
    ranking = (Found("b", 0.5), Found("x", 0.5), Found("a", 0.5))  # all equal: our order counts
    write_run(tmp_path / "r.run", Run("r", {"q": ranking}))
    with (tmp_path / "r.run").open() as found:
        run = pytrec_eval.parse_run(found)
    values = pytrec_eval.RelevanceEvaluator({"q": {"a": 2, "b": 1}}, {"ndcg_cut_10"}).evaluate(run)
    expected = (1 + 2 / np.log2(4)) / (2 + 1 / np.log2(3))
    assert values["q"]["ndcg_cut_10"] == pytest.approx(expected)
    assert per_query({"q": {"a": 2, "b": 1}}, {"q": ranking})["nDCG@10"]["q"] == pytest.approx(
        expected
    )


def test_a_run_comes_back_in_the_same_order(tmp_path: Path) -> None:
    _, rankings = graded()
    write_run(tmp_path / "ours.run", Run("ours", rankings))
    back = read_run(tmp_path / "ours.run")
    assert back.name == "ours"
    assert {q: [f.id for f in ranking] for q, ranking in back.rankings.items()} == {
        q: [f.id for f in ranking] for q, ranking in rankings.items()
    }


def test_a_line_has_the_six_columns_of_trec(tmp_path: Path) -> None:
    write_run(tmp_path / "r.run", Run("bm25", {"q1": (Found("d7", 12.5), Found("d1", 12.5))}))
    lines = (tmp_path / "r.run").read_text().splitlines()
    assert lines == ["q1 Q0 d7 1 12.5 bm25", "q1 Q0 d1 2 12.4999981 bm25"]
    write_qrels(tmp_path / "qrels.txt", {"q1": {"d7": 2, "d1": 0}})
    assert (tmp_path / "qrels.txt").read_text() == "q1 0 d7 2\nq1 0 d1 0\n"


@given(st.lists(st.floats(-1e30, 1e30), max_size=40))
def test_written_scores_fall_strictly_in_single_precision(scores: list[float]) -> None:
    written = np.array([float(f"{score:.9g}") for score in falling(scores)], np.float32)
    assert (np.diff(written) < 0).all()


def test_scores_that_fall_by_themselves_are_kept() -> None:
    assert falling([0.75, 0.5, 0.25]) == [0.75, 0.5, 0.25]


def test_equal_scores_are_read_in_the_order_of_trec_eval(tmp_path: Path) -> None:
    path = tmp_path / "r.run"
    path.write_text("q Q0 a 1 1.0 t\nq Q0 c 2 1.0 t\nq Q0 b 3 1.0 t\nq Q0 d 4 2.0 t\n")
    assert [found.id for found in read_run(path).rankings["q"]] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("q Q0 a 1 1.0\n", "line 1: has 5 columns; a run has six"),
        ("q Q0 a 1 1.0 t\nq Q0 b c 2 0.5 t\n", "line 2: has 7 columns"),
        ("q Q0 a 1 high t\n", "line 1: the score high is not a number"),
        ("q Q0 a 1 nan t\n", "line 1: the score nan is not a number"),
        ("q Q0 a 1 1e39 t\n", "line 1: the score 1e39 is not a number"),
        ("q Q0 a 1 1.0 t\nq Q0 a 2 0.5 t\n", "line 2: a is found a second time for q"),
        ("q Q0 a 1 1.0 t\nq Q0 b 2 0.5 u\n", "line 2: mixes the systems t and u"),
    ],
)
def test_a_run_that_cannot_be_read_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "r.run"
    path.write_text(text)
    with pytest.raises(BadDataset) as error:
        read_run(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=r"none\.run cannot be read"):
        read_run(tmp_path / "none.run")


@pytest.mark.parametrize("name", ["a b", "a\tb", " a", "a\u00a0b", ""])
def test_white_space_in_an_id_is_an_error_and_never_a_broken_line(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadDataset, match="white space"):
        check_names(["fine", name])
    with pytest.raises(BadDataset, match="white space"):
        write_run(tmp_path / "r.run", Run("r", {"q": (Found(name, 1.0),)}))
    with pytest.raises(BadDataset, match="white space"):
        write_qrels(tmp_path / "q.txt", {"q": {name: 1}})
