"""Offline evaluation of retrieval: every system on the same questions, in one table.

Gold is a section, named by its anchor, which survives any change of how passages are cut. Knows
nothing of answers or of conversations; questions come in standalone.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from retrieval.encoder import Encoder
from retrieval.errors import BadDataset
from retrieval.hit import Hit
from retrieval.index import Index
from retrieval.measures import Measured, Qrels, per_query, summarise
from retrieval.search import SYSTEMS, System, search

SCHEMA = 1
_DEPTH = 30  # hits per query; several may lie in one gold section, and measures look at ten

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SystemReport:
    """What one system reached; latencies in milliseconds a query, the encoder included."""

    measures: Mapping[str, Measured]
    p50: float
    p95: float
    missed: tuple[str, ...]  # queries with no gold section among the first ten


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """All systems on one set of queries."""

    dataset: str
    queries: int
    systems: Mapping[str, SystemReport]


def load_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read tab-separated qrels with a header: query, section anchor, gain.

    Raises:
        BadDataset: the file is missing or malformed.
    """
    qrels: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            next(rows)
            for query, anchor, gain in rows:
                qrels.setdefault(query, {})[anchor] = int(gain)
    except (OSError, ValueError, StopIteration) as error:
        raise BadDataset(
            f"{path} cannot be read as qrels ({error}); see corpus/evaluation"
        ) from error
    if not qrels:
        raise BadDataset(f"{path} holds no qrels")
    return qrels


def evaluate_retrieval(
    dataset: str,
    index: Index,
    encoder: Encoder,
    queries: Mapping[str, str],
    qrels: Qrels,
    systems: Sequence[System] = SYSTEMS,
    progress: Progress = lambda done, total: None,
) -> RetrievalReport:
    """Search for every query with every system.

    Args:
        queries: standalone questions by id; each must have qrels.
        qrels: for each query its gold section anchors, with gains.
    """
    total, done = len(systems) * len(queries), 0
    reports: dict[str, SystemReport] = {}
    search(index, encoder, "warm up", 1)
    for system in systems:
        run, seconds = {}, []
        for query, text in queries.items():
            began = perf_counter()
            hits = search(index, encoder, text, _DEPTH, system=system)
            seconds.append(perf_counter() - began)
            run[query] = ranked_sections(hits, qrels[query])
            done += 1
            progress(done, total)
        reports[system] = _report({query: qrels[query] for query in queries}, run, seconds)
    return RetrievalReport(dataset, len(queries), reports)


def ranked_sections(hits: Sequence[Hit], gold: Iterable[str]) -> dict[str, float]:
    """Hits as a run over anchors: a hit in or under a gold section counts as that section.

    A section counts at its best hit only. Later hits of the same section are left out, so that a
    long section neither helps nor harms.
    """
    sections = [_section(hit.passage.anchor, gold) for hit in hits]
    return {anchor: -float(rank) for rank, anchor in enumerate(dict.fromkeys(sections), start=1)}


def as_json(report: RetrievalReport) -> dict[str, Any]:
    """A report for other programs."""
    return {
        "schema": SCHEMA,
        "dataset": report.dataset,
        "queries": report.queries,
        "systems": {
            name: {
                "measures": {
                    measure: {
                        "value": round(found.value, 4),
                        "ci95": [round(found.low, 4), round(found.high, 4)],
                    }
                    for measure, found in system.measures.items()
                },
                "latency_ms": {"p50": round(system.p50, 2), "p95": round(system.p95, 2)},
                "missed": list(system.missed),
            }
            for name, system in report.systems.items()
        },
    }


def _section(anchor: str, gold: Iterable[str]) -> str:
    """The deepest gold section that an anchor is or lies under; the anchor itself if none."""
    within = [g for g in gold if anchor == g or anchor.startswith(f"{g}/")]
    return max(within, key=len, default=anchor)


def _report(
    qrels: Qrels, run: Mapping[str, Mapping[str, float]], seconds: list[float]
) -> SystemReport:
    values = per_query(qrels, run)
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return SystemReport(
        measures={name: summarise(row) for name, row in values.items()},
        p50=float(p50),
        p95=float(p95),
        missed=tuple(query for query, value in values["RR@10"].items() if value == 0),
    )
