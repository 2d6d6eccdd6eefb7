"""Configurations to compare: every combination of what a sweep file lists.

A configuration is measured as a system of its own name, so that tables, tests and plots are those
of any evaluation. Knows nothing of how they are searched.
"""

import itertools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import BadDataset
from retrieval.search import Tuning

_MOST = 200  # configurations; more is a mistake in the file


@dataclass(frozen=True, slots=True)
class Cut:
    """What an index depends on: the encoder, and how passages are cut."""

    encoder: str
    passage_tokens: int = 0
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """An index, and a search in it; a depth of 0 is a search without reranking."""

    cut: Cut
    tuning: Tuning


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, float) and low <= value <= high


# What may be swept, and what each value must be.
_KNOBS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "encoder": (lambda value: isinstance(value, str) and bool(value), "a model's name"),
    "passage_tokens": (lambda v: v == 0 or _whole(32, 8192)(v), "0, or from 32 to 8192"),
    "overlap": (_whole(0, 20), "a whole number from 0 to 20"),
    "dense_weight": (_number(0, 1), "a number from 0 to 1"),
    "rerank_depth": (_whole(0, 100), "a whole number from 0 to 100"),
    "rerank_weight": (_number(0, 100), "a number from 0 to 100"),
}


def read_sweep(path: Path, encoder: str) -> dict[str, Configuration]:
    """Read a TOML file of lists, such as `dense_weight = [0.4, 0.6]`; every combination by a name
    that has its number and what varies.

    Args:
        encoder: what is swept with if the file does not list encoders.

    Raises:
        BadDataset: the file is missing, is not TOML, or a key or value does not fit.
    """
    try:
        lists = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise BadDataset(f"{path} is not TOML ({error})") from error
    _check(path, lists)
    combinations = [
        dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())
    ]
    varied = [key for key, values in lists.items() if len(values) > 1]
    return {
        _name(number, one, varied): _configuration(one, encoder)
        for number, one in enumerate(combinations, start=1)
    }


def pareto_front(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The names whose quality no other reaches at the same cost or less, cheapest first.

    Args:
        points: for each name its cost (lower is better) and its quality (higher is better).
    """
    front: list[str] = []
    best = float("-inf")
    for name, (_, quality) in sorted(points.items(), key=lambda one: (one[1][0], -one[1][1])):
        if quality > best:
            front.append(name)
            best = quality
    return front


def _check(path: Path, lists: Mapping[str, Any]) -> None:
    if not lists:
        raise BadDataset(f"{path} lists nothing; sweep one of {', '.join(_KNOBS)}")
    total = 1
    for key, values in lists.items():
        if key not in _KNOBS:
            raise BadDataset(f"{path}: {key} cannot be swept; choose from {', '.join(_KNOBS)}")
        fits, wanted = _KNOBS[key]
        if not isinstance(values, list) or not values:
            raise BadDataset(f"{path}: {key} must be a list, such as {key} = [1, 2]")
        for value in values:
            if not fits(value):
                raise BadDataset(f"{path}: {key} must be {wanted}, not {value!r}")
        total *= len(values)
    if total > _MOST:
        raise BadDataset(f"{path} makes {total} configurations; {_MOST} at most, sweep in parts")


def _configuration(chosen: Mapping[str, Any], encoder: str) -> Configuration:
    cut = {key: chosen[key] for key in ("passage_tokens", "overlap") if key in chosen}
    names = ("dense_weight", "rerank_depth", "rerank_weight")
    tuning = {key: chosen[key] for key in names if key in chosen}
    return Configuration(Cut(chosen.get("encoder", encoder), **cut), Tuning(**tuning))


def _name(number: int, chosen: Mapping[str, Any], varied: list[str]) -> str:
    return f"{number}:" + (",".join(f"{key}={chosen[key]}" for key in varied) or "as-listed")
