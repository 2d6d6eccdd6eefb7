"""Offline evaluation of retrieval: every system on the same questions, in one table.

What searches comes in as a function, so that a report can be made of any configuration. Knows
nothing of answers or of conversations; questions come in standalone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from retrieval.dataset import Dataset
from retrieval.errors import BadDataset
from retrieval.hit import Hit
from retrieval.journal import Journal
from retrieval.measures import CURVE, MEASURES, Measured, per_query, summarise
from retrieval.ranking import Ranking, Searched, ranking_of
from retrieval.runs import Run
from retrieval.significance import Difference, difference, holm

DEFAULT = "reranked"  # the system that answers are built on; the others are compared with it
# Hits per query. Several may lie in one document, and measures look at the first twenty documents.
DEPTH = 50

Find = Callable[[str, int, str], Sequence[Hit]]  # question, hits wanted, system; best first
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a query, the encoder included."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class SystemReport:
    """What one system reached.

    `per_query` is each measure by query; `recall` is recall at 1, 2, … 20; `latency` is None for a
    run made elsewhere; `versus_default` is empty for the default itself.
    """

    measures: Mapping[str, Measured]
    per_query: Mapping[str, Mapping[str, float]]
    recall: tuple[float, ...]
    rankings: Mapping[str, Ranking]
    latency: Latency | None
    versus_default: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """All systems on one set of queries."""

    dataset: Dataset
    default: str
    systems: Mapping[str, SystemReport]


def evaluate_retrieval(
    dataset: Dataset,
    find: Find,
    systems: Sequence[str],
    runs: Sequence[Run] = (),
    default: str = DEFAULT,
    journal: Journal | None = None,
    progress: Progress = lambda done, total: None,
) -> RetrievalReport:
    """Search for every query with every system, and measure them with the runs given.

    Args:
        find: searches; called once for each system to warm up, before its queries are timed.
        runs: rankings made elsewhere, measured as systems of their own names.
        default: the system that the others are compared with, if it is among them.
        journal: what was found before is taken from it, what is found now is added to it.

    Raises:
        BadDataset: a run has the name of another system, or none of its queries is asked here.
    """
    _check_runs(dataset, systems, runs)
    searched = _search_all(dataset, find, systems, journal, progress)
    reports = {
        system: _report(dataset, {q: one.ranking for q, one in found.items()}, _latency(found))
        for system, found in searched.items()
    }
    for run in runs:
        reports[run.name] = _report(dataset, run.rankings, None)
    return RetrievalReport(dataset, default, _compared(reports, default))


def _check_runs(dataset: Dataset, systems: Sequence[str], runs: Sequence[Run]) -> None:
    taken = set(systems)
    for run in runs:
        if run.name in taken:
            raise BadDataset(
                f"two systems are called {run.name}; rename the run in its last column, or leave "
                "the other out with --system"
            )
        if not set(run.rankings) & set(dataset.queries):
            raise BadDataset(
                f"the run {run.name} answers none of the {len(dataset.queries)} queries; was it "
                f"made on {dataset.name}, split {dataset.split}?"
            )
        taken.add(run.name)


def _search_all(
    dataset: Dataset,
    find: Find,
    systems: Sequence[str],
    journal: Journal | None,
    progress: Progress,
) -> dict[str, dict[str, Searched]]:
    searched: dict[str, dict[str, Searched]] = {system: {} for system in systems}
    total, done = len(systems) * len(dataset.queries), 0
    for system, found in searched.items():
        warm = False
        for query in dataset.queries:
            known = journal.get(system, query) if journal else None
            if known is None:
                if not warm:
                    find("warm up", DEPTH, system)
                    warm = True
                known = _search(dataset, find, system, query)
                if journal:
                    journal.add(system, query, known)
            found[query] = known
            done += 1
            progress(done, total)
    return searched


def _search(dataset: Dataset, find: Find, system: str, query: str) -> Searched:
    began = perf_counter()
    hits = find(dataset.queries[query], DEPTH, system)
    ms = (perf_counter() - began) * 1000
    return Searched(ranking_of(hits, dataset.qrels[query], dataset.counts_as), ms)


def _report(
    dataset: Dataset, rankings: Mapping[str, Ranking], latency: Latency | None
) -> SystemReport:
    # What a run answers beyond the queries of this dataset is not looked at.
    asked = {query: rankings[query] for query in dataset.queries if query in rankings}
    values = per_query(dataset.qrels, asked, list(dict.fromkeys((*MEASURES, *CURVE))))
    return SystemReport(
        measures={name: summarise(values[name]) for name in MEASURES},
        per_query={name: values[name] for name in MEASURES},
        recall=tuple(float(np.mean(list(values[name].values()))) for name in CURVE),
        rankings=asked,
        latency=latency,
        versus_default={},
    )


def _latency(found: Mapping[str, Searched]) -> Latency:
    p50, p95 = np.percentile([one.ms for one in found.values()], [50, 95])
    return Latency(float(p50), float(p95))


def _compared(reports: Mapping[str, SystemReport], default: str) -> dict[str, SystemReport]:
    """Every system's difference from the default; for each measure, p is corrected for the number
    of systems."""
    others = [name for name in reports if name != default]
    if default not in reports or not others:
        return dict(reports)
    baseline = reports[default].per_query
    families = {
        measure: holm(
            {
                name: difference(reports[name].per_query[measure], baseline[measure])
                for name in others
            }
        )
        for measure in MEASURES
    }
    return {
        name: replace(
            report,
            versus_default={
                measure: family[name] for measure, family in families.items() if name in family
            },
        )
        for name, report in reports.items()
    }
