"""TREC run files and qrels, so that results can be checked with other tools and theirs with ours.

A run has a line for everything found: query, Q0, id, rank, score, name of the system. trec_eval
sorts by score alone, in single precision, and equal scores by descending id; what is written here
is made so that it sees our order, and what is read is ordered as it would. White space cannot
stand in these files' ids and is an error.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.errors import BadDataset
from retrieval.measures import Qrels
from retrieval.ranking import Found, Ranking

_STEP = 1e-6  # between scores that would be equal
_LARGEST = 3e38  # that single precision can hold


@dataclass(frozen=True, slots=True)
class Run:
    """The rankings that a system reached elsewhere, by query."""

    name: str
    rankings: Mapping[str, Ranking]


def check_names(names: Iterable[str]) -> None:
    """Raise BadDataset for the first name that TREC files cannot hold."""
    for name in names:
        if not name or name.split() != [name]:
            raise BadDataset(
                f"the id {name!r} holds white space, which TREC files cannot; rename it, or leave "
                "out --write-runs"
            )


def write_run(path: Path, run: Run) -> None:
    """Write a run; BadDataset if an id holds white space."""
    check_names([run.name])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for query, ranking in run.rankings.items():
            check_names([query, *(found.id for found in ranking)])
            scores = falling([found.score for found in ranking])
            for rank, (found, score) in enumerate(zip(ranking, scores, strict=True), start=1):
                file.write(f"{query} Q0 {found.id} {rank} {score:.9g} {run.name}\n")


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write judgements as `query 0 id gain`; BadDataset if an id holds white space."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for query, gains in qrels.items():
            check_names([query, *gains])
            file.writelines(f"{query} 0 {name} {gain}\n" for name, gain in gains.items())


def read_run(path: Path) -> Run:
    """Read a run, named by its last column.

    Raises:
        BadDataset: the file is missing or malformed, an id is found twice for a query, or two
            systems are mixed; the message names the line.
    """
    found: dict[str, dict[str, Found]] = {}
    names: dict[str, None] = {}
    for number, (query, _, name, _, score, tag) in _rows(path):
        where = f"{path}, line {number}"
        value = _score(score, where)
        if name in found.setdefault(query, {}):
            raise BadDataset(f"{where}: {name} is found a second time for {query}; remove one")
        found[query][name] = Found(name, value)
        names[tag] = None
        if len(names) > 1:
            raise BadDataset(f"{where}: mixes the systems {' and '.join(names)}; split the file")
    if not found:
        raise BadDataset(f"{path} is empty; a run has lines such as: q1 Q0 d7 1 12.5 bm25")
    rankings = {query: _ordered(ranking.values()) for query, ranking in found.items()}
    return Run(next(iter(names)), rankings)


def falling(scores: Sequence[float]) -> list[float]:
    """Scores that fall strictly, also in single precision, changed only where they must be."""
    lowered: list[float] = []
    for score in scores:
        if lowered:
            last = np.float32(lowered[-1])
            step = max(_STEP, 2 * float(np.spacing(abs(last))))
            score = min(score, float(last) - step)
        lowered.append(float(np.float32(score)))
    return lowered


def _ordered(found: Iterable[Found]) -> Ranking:
    return tuple(
        sorted(found, key=lambda one: (np.float32(one.score), one.id.encode()), reverse=True)
    )


def _score(cell: str, where: str) -> float:
    try:
        score = float(cell)
    except ValueError:
        score = math.nan
    if not abs(score) < _LARGEST:
        raise BadDataset(f"{where}: the score {cell} is not a number; write one such as 12.5")
    return score


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                cells = line.split()
                if cells and len(cells) != 6:
                    raise BadDataset(
                        f"{path}, line {number}: has {len(cells)} columns; a run has six: "
                        "query Q0 id rank score system"
                    )
                if cells:
                    yield number, cells
    except UnicodeDecodeError as error:
        raise BadDataset(f"{path} is not UTF-8 ({error.reason}); save it again as UTF-8") from error
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror}); check the path") from error
