"""One contract for every kind of FAISS index."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.dense import FLAT_UP_TO, DenseIndex, Kind, kind_for
from retrieval.encoder import Vectors

KINDS: list[Kind] = ["flat", "hnsw", "ivf"]


def unit_vectors(count: int, dimension: int = 16, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def test_cosines_are_those_computed_by_hand(kind: Kind) -> None:
    rows = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
    found, scores = DenseIndex.build(rows, kind).search(np.array([0.8, 0.6], np.float32), 4)
    assert found.tolist() == [1, 0, 2, 3]
    assert scores == pytest.approx([0.96, 0.8, 0.6, -0.8], abs=1e-6)


def test_a_vector_that_is_held_is_found_first_with_one(kind: Kind) -> None:
    rows = unit_vectors(500)
    index = DenseIndex.build(rows, kind)
    for row in (0, 250, 499):
        found, scores = index.search(rows[row], 3)
        assert found[0] == row
        assert scores[0] == pytest.approx(1, abs=1e-6)
        assert (np.diff(scores) <= 0).all()


def test_nearly_all_of_the_nearest_are_found(kind: Kind) -> None:
    rows, queries = unit_vectors(5000), unit_vectors(50, seed=1)
    index = DenseIndex.build(rows, kind)
    exact = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
    shared = [
        len(set(index.search(q, 10)[0].tolist()) & set(e.tolist()))
        for q, e in zip(queries, exact, strict=True)
    ]
    assert sum(shared) >= (500 if kind == "flat" else 450)


def test_a_restricted_search_looks_at_all_of_the_chosen_rows_and_no_others(kind: Kind) -> None:
    rows = unit_vectors(2000)
    index = DenseIndex.build(rows, kind)
    for chosen in ([7], [3, 1500, 42], list(range(0, 2000, 3))):
        found, scores = index.search(rows[1], 5, among=chosen)
        cosines = rows[chosen] @ rows[1]
        order = np.argsort(-cosines)[:5]
        assert found.tolist() == [chosen[i] for i in order]
        assert scores == pytest.approx(cosines[order], abs=1e-6)


def test_vectors_and_cosines_of_rows_are_exact_and_in_their_order(kind: Kind) -> None:
    rows = unit_vectors(300)
    index = DenseIndex.build(rows, kind)
    asked = np.array([299, 0, 42, 0])
    assert np.array_equal(index.vectors(asked), rows[asked])
    assert index.cosines(rows[5], asked) == pytest.approx(rows[asked] @ rows[5], abs=1e-6)


def test_an_index_is_the_same_after_it_was_saved_and_loaded(kind: Kind, tmp_path: Path) -> None:
    rows = unit_vectors(1000)
    built = DenseIndex.build(rows, kind)
    built.save(tmp_path / "index")
    loaded = DenseIndex.load(tmp_path / "index")
    assert loaded.kind == built.kind == kind
    assert loaded.shape == built.shape == (1000, 16)
    for query in unit_vectors(20, seed=2):
        assert np.array_equal(loaded.search(query, 10)[0], built.search(query, 10)[0])
        assert np.array_equal(loaded.search(query, 3, [9, 8])[0], built.search(query, 3, [9, 8])[0])
    assert np.array_equal(loaded.vectors(np.arange(1000)), rows)


@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_small_index_gives_all_that_it_has(kind: Kind, count: int) -> None:
    rows = unit_vectors(count)
    assert sorted(DenseIndex.build(rows, kind).search(rows[0], 100)[0]) == list(range(count))


def test_few_vectors_are_looked_at_one_by_one_and_many_are_not() -> None:
    assert kind_for(0, "auto") == kind_for(FLAT_UP_TO, "auto") == "flat"
    assert kind_for(FLAT_UP_TO + 1, "auto") == "ivf"
    assert kind_for(FLAT_UP_TO + 1, "flat") == "flat"
    assert kind_for(1, "hnsw") == "hnsw"
    assert DenseIndex.build(unit_vectors(100)).kind == "flat"
