"""Sweeps: what a file may list, what combinations are called, and which are worth their time."""

from pathlib import Path

import pytest

from retrieval.errors import BadDataset
from retrieval.search import Tuning
from retrieval.sweep import Configuration, Cut, pareto_front, read_sweep


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


def test_every_combination_is_named_by_what_varies(tmp_path: Path) -> None:
    path = written(tmp_path, "dense_weight = [0.4, 0.6]\nrerank_depth = [0, 5]\noverlap = [1]\n")
    found = read_sweep(path, "mini")
    assert list(found) == [
        "1:dense_weight=0.4,rerank_depth=0",
        "2:dense_weight=0.4,rerank_depth=5",
        "3:dense_weight=0.6,rerank_depth=0",
        "4:dense_weight=0.6,rerank_depth=5",
    ]
    assert found["2:dense_weight=0.4,rerank_depth=5"] == Configuration(
        Cut("mini", 0, 1), Tuning(dense_weight=0.4, rerank_depth=5)
    )


def test_what_is_not_listed_stays_as_it_is(tmp_path: Path) -> None:
    found = read_sweep(written(tmp_path, "passage_tokens = [64]\n"), "mini")
    assert found == {"1:as-listed": Configuration(Cut("mini", 64), Tuning())}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("passage_size = [1]", "passage_size cannot be swept; choose from encoder"),
        ("dense_weight = 0.5", "dense_weight must be a list"),
        ("dense_weight = []", "dense_weight must be a list"),
        ("dense_weight = [1.5]", "dense_weight must be a number from 0 to 1"),
        ("overlap = [true]", "overlap must be a whole number"),
        ("passage_tokens = [8]", "passage_tokens must be 0, or from 32 to 8192"),
        ("dense_weight = [", "is not TOML"),
        ("", "lists nothing"),
        (f"overlap = {list(range(20))}\nrerank_depth = {list(range(20))}", "400 configurations"),
    ],
)
def test_a_file_that_does_not_fit_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadDataset, match=r"sweep\.toml") as raised:
        read_sweep(written(tmp_path, text), "mini")
    assert said in str(raised.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match="check the path"):
        read_sweep(tmp_path / "none.toml", "mini")


def test_the_front_is_what_no_other_beats_in_both() -> None:
    points = {
        "slow and good": (90.0, 0.9),
        "fast": (5.0, 0.7),
        "slower, no better": (50.0, 0.7),
        "middle": (20.0, 0.8),
        "as fast, worse": (5.0, 0.6),
    }
    assert pareto_front(points) == ["fast", "middle", "slow and good"]
