"""What the benchmarks of the defaults are made of."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.benchmark_plot import plot_vectors, representatives
from retrieval.benchmark_vectors import expanded, measure_kind
from retrieval.encoder import Vectors


def clustered(count: int) -> Vectors:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(10, 8))[draw.integers(0, 10, count)] + draw.normal(size=(count, 8)) / 4
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_expanded_vectors_begin_with_the_base_and_are_spread_like_it() -> None:
    base = clustered(400)
    rows = expanded(base, 3000)
    assert rows.shape == (3000, 8)
    assert rows[:400] == pytest.approx(base)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(rows, expanded(base, 3000))
    nearest = (rows[400:] @ base.T).max(axis=1)
    isotropic = np.random.default_rng(1).normal(size=(2600, 8))
    isotropic /= np.linalg.norm(isotropic, axis=1, keepdims=True)
    assert nearest.mean() > (isotropic @ base.T).max(axis=1).mean()
    assert expanded(base, 100) == pytest.approx(base[:100])


@pytest.mark.parametrize("kind", ["flat", "fp16", "sq8", "ivf", "hnsw16"])
def test_a_kind_is_measured_against_the_exact_answer(kind: str) -> None:
    rows = clustered(2000)
    queries = rows[:20]
    truth = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
    measured = list(measure_kind(kind, rows, queries, truth))
    assert measured
    for found in measured:
        assert (found.size, found.kind) == (2000, kind)
        assert found.query_ms > 0
        assert found.megabytes > 0
    assert max(found.recall for found in measured) >= (1 if kind == "flat" else 0.8)


ROWS = [
    {"size": size, "kind": kind, "recall": recall, "query_ms": ms, "build_s": 1.0}
    for size in (10, 100)
    for kind, recall, ms in (("flat", 1, 9), ("ivf", 0.9, 1), ("ivf", 0.96, 2), ("ivf", 1, 3))
]


def test_a_kind_stands_for_its_fastest_setting_with_enough_recall() -> None:
    chosen = representatives([*ROWS, {"size": 10, "kind": "bad", "recall": 0.5, "query_ms": 1}])
    assert [(row["size"], row["kind"], row["query_ms"]) for row in chosen] == [
        (10, "flat", 9),
        (10, "ivf", 2),
        (100, "flat", 9),
        (100, "ivf", 2),
    ]


def test_the_plot_is_a_picture_that_names_the_kinds(tmp_path: Path) -> None:
    plot_vectors(ROWS, tmp_path / "kinds.svg")
    text = (tmp_path / "kinds.svg").read_text()
    assert text.lstrip().startswith("<?xml")
    assert "ivf" in text
