"""What a retrieval report says beyond its measures: failures, scores of right and wrong hits, and
the whole of it as JSON for other programs.

Knows nothing of how it is shown.
"""

from dataclasses import dataclass
from typing import Any

from scipy.stats import mannwhitneyu

from retrieval.evaluate import DEPTH, RetrievalReport, SystemReport
from retrieval.measures import MEASURES, RESAMPLES, SEED
from retrieval.ranking import Found, Ranking, first_right
from retrieval.significance import PERMUTATIONS, Difference
from retrieval.sweep import pareto_front

SCHEMA = 1
_INSTEAD = 5  # of what stood above the gold, this many are told
_MISSED_BEYOND = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """A query whose first result is wrong.

    `rank` is the first gold's, None if it was not found; `instead` is what stood above it, at
    most five.
    """

    query: str
    question: str
    gold: tuple[str, ...]
    rank: int | None
    instead: Ranking

    @property
    def missed(self) -> bool:
        """Whether no gold is among the first ten."""
        return self.rank is None or self.rank > _MISSED_BEYOND


@dataclass(frozen=True, slots=True)
class FirstScores:
    """The scores of the first results that are right, and of those that are wrong."""

    right: tuple[float, ...]
    wrong: tuple[float, ...]

    @property
    def auc(self) -> float | None:
        """How often a right result scores above a wrong one, equal counted half (the area under
        the ROC curve); None if there are none to compare."""
        if not self.right or not self.wrong:
            return None
        u = mannwhitneyu(self.right, self.wrong).statistic
        return float(u) / (len(self.right) * len(self.wrong))


def failures(report: RetrievalReport, system: str) -> list[Failure]:
    """The queries whose first result of a system is wrong, the worst first."""
    dataset = report.dataset
    found = []
    for query, question in dataset.queries.items():
        ranking = report.systems[system].rankings.get(query, ())
        rank = first_right(ranking, dataset.qrels[query])
        if rank != 1:
            above = ranking[: _INSTEAD if rank is None else min(_INSTEAD, rank - 1)]
            found.append(Failure(query, question, dataset.gold(query), rank, above))
    return sorted(found, key=lambda failure: -(failure.rank or DEPTH + 1))


def first_scores(report: RetrievalReport, system: str) -> FirstScores:
    """The scores of a system's first results, right and wrong."""
    right: list[float] = []
    wrong: list[float] = []
    for query, ranking in report.systems[system].rankings.items():
        if ranking:
            is_right = report.dataset.qrels[query].get(ranking[0].id, 0) > 0
            (right if is_right else wrong).append(ranking[0].score)
    return FirstScores(tuple(right), tuple(wrong))


def as_json(report: RetrievalReport) -> dict[str, Any]:
    """A report for other programs. Per-query values are whole, so that two runs can be paired."""
    dataset = report.dataset
    return {
        "schema": SCHEMA,
        "dataset": dataset.name,
        "split": dataset.split,
        "dataset_sha256": dataset.sha256,
        "queries": len(dataset.queries),
        "default": report.default,
        "systems": {name: _system(report, name) for name in report.systems},
        "method": {
            "depth": DEPTH,
            "resamples": RESAMPLES,
            "permutations": PERMUTATIONS,
            "seed": SEED,
            "correction": "Holm",
        },
    }


def _system(report: RetrievalReport, name: str) -> dict[str, Any]:
    system = report.systems[name]
    failed = failures(report, name)
    return {
        "measures": {
            measure: {
                "value": round(found.value, 4),
                "ci95": [round(found.low, 4), round(found.high, 4)],
            }
            for measure, found in system.measures.items()
        },
        "latency_ms": _latency(system),
        "recall_at": [round(value, 4) for value in system.recall],
        "versus_default": {
            measure: difference_json(found) for measure, found in system.versus_default.items()
        },
        "first_score_auc": first_scores(report, name).auc,
        "missed": [failure.query for failure in failed if failure.missed],
        "failures": [_failure(failure) for failure in failed],
        "per_query": {measure: dict(system.per_query[measure]) for measure in MEASURES},
    }


def difference_json(found: Difference) -> dict[str, Any]:
    """A difference for other programs."""
    return {
        "value": round(found.value, 4),
        "ci95": [round(found.low, 4), round(found.high, 4)],
        "p": round(found.p, 5),
        "p_holm": round(found.adjusted, 5),
        "significant": found.significant,
    }


def _latency(system: SystemReport) -> dict[str, float] | None:
    if system.latency is None:
        return None
    return {"p50": round(system.latency.p50, 2), "p95": round(system.latency.p95, 2)}


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "id": failure.query,
        "question": failure.question,
        "gold": list(failure.gold),
        "rank": failure.rank,
        "instead": [_found(found) for found in failure.instead],
    }


def _found(found: Found) -> dict[str, Any]:
    return {"id": found.id, "score": round(found.score, 4), "section": list(found.section)}


def fronted(report: RetrievalReport) -> list[str]:
    """The systems on the Pareto front of nDCG@10 against the median latency, fastest first."""
    return pareto_front(
        {
            name: (system.latency.p50, system.measures["nDCG@10"].value)
            for name, system in report.systems.items()
            if system.latency
        }
    )
