"""A report against an earlier one: what rose, what fell, and what fell beyond noise.

The earlier one comes from its JSON. Both must be of the same questions and gold; the documents
and the systems may have changed, which is what one compares for.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from retrieval.dataset import Dataset
from retrieval.errors import BadReport
from retrieval.evaluate import RetrievalReport, SystemReport
from retrieval.measures import MEASURES
from retrieval.report import SCHEMA, difference_json
from retrieval.significance import Difference, difference, holm

GUARDED = ("nDCG@10", "R@5", "RR@10")  # what a build may fail on


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is compared with: of each system the means, and the per-query values if it has them;
    `answers` is what the report says of answers, as it is."""

    path: Path
    dataset_sha256: str | None
    queries: int
    means: Mapping[str, Mapping[str, float]]
    per_query: Mapping[str, Mapping[str, Mapping[str, float]]]
    answers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One measure before and now; `difference` is None where the earlier report holds no
    per-query values, so that nobody can tell it from noise."""

    before: float
    now: float
    difference: Difference | None
    lower_is_better: bool = False

    @property
    def fell(self) -> bool:
        """Whether it got lower beyond noise."""
        return bool(self.difference and self.difference.significant and self.difference.value < 0)

    @property
    def rose(self) -> bool:
        """Whether it got higher beyond noise."""
        return bool(self.difference and self.difference.significant and self.difference.value > 0)

    @property
    def worse(self) -> bool:
        """Whether it moved the wrong way beyond noise."""
        return self.rose if self.lower_is_better else self.fell


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of every system that both reports have, by system and measure."""

    earlier: Path
    changes: Mapping[str, Mapping[str, Change]]


def load_earlier(path: Path) -> Earlier:
    """Read the JSON of an earlier report.

    Raises:
        BadReport: it is missing, not JSON, of another schema, or lacks what is compared.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadReport(f"{path} cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise BadReport(
            f"{path} is not JSON ({error}); name a file that pincite evaluate --json wrote"
        ) from error
    schema = body.get("schema") if isinstance(body, dict) else None
    if schema != SCHEMA:
        raise BadReport(f"{path} is of schema {schema}, not {SCHEMA}; make the report again")
    try:
        return _earlier(path, body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadReport(
            f"{path} lacks what is compared ({error!r}); make the report again"
        ) from error


def compare(report: RetrievalReport, earlier: Earlier) -> Comparison:
    """Every measure of every system that both have; p is corrected for a system's measures.

    Raises:
        BadReport: the earlier report is of other questions or gold, or shares no system.
    """
    check_same(report.dataset, earlier)
    if not set(earlier.means) & set(report.systems):
        raise BadReport(
            f"{earlier.path} is of {', '.join(earlier.means)}, and none of them was measured now"
        )
    return Comparison(
        earlier.path,
        {
            name: _changes(system, earlier.means[name], earlier.per_query.get(name))
            for name, system in report.systems.items()
            if name in earlier.means
        },
    )


def check_same(dataset: Dataset, earlier: Earlier) -> None:
    """Raise BadReport unless an earlier report is of these questions and this gold."""
    asked = set(dataset.queries)
    same = (
        earlier.queries == len(asked)
        and earlier.dataset_sha256 in (None, dataset.sha256)
        and all(
            set(values) == asked
            for measures in earlier.per_query.values()
            for values in measures.values()
        )
    )
    if not same:
        raise BadReport(
            f"{earlier.path} is of other questions or gold than {dataset.name}, split "
            f"{dataset.split}; name a report of the same dataset, or make it again"
        )


def check_guarded(earlier: Earlier, system: str, systems: Collection[str]) -> None:
    """Raise BadReport unless an earlier report can show whether a system fell: the system must be
    measured now, and the report must hold its per-query values."""
    if system not in systems:
        raise BadReport(f"{system} is guarded and not measured; add --system {system}")
    if not set(GUARDED) <= set(earlier.per_query.get(system, {})):
        raise BadReport(
            f"{earlier.path} holds no per-query values of {system}, so that a fall cannot be told "
            "from noise; make it again with this version"
        )


def regressions(comparison: Comparison, system: str) -> tuple[str, ...]:
    """The guarded measures of a system that fell beyond noise; see `check_guarded`."""
    changes = comparison.changes[system]
    return tuple(name for name in GUARDED if changes[name].fell)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison for other programs."""
    return {
        "earlier": comparison.earlier.name,
        "systems": {
            system: {measure: change_json(change) for measure, change in changes.items()}
            for system, changes in comparison.changes.items()
        },
    }


def change_json(change: Change) -> dict[str, Any]:
    """A change for other programs."""
    return {
        "before": round(change.before, 4),
        "now": round(change.now, 4),
        "difference": change.difference and difference_json(change.difference),
        "fell": change.fell,
    }


def _earlier(path: Path, body: Mapping[str, Any]) -> Earlier:
    systems = body["systems"]
    return Earlier(
        path=path,
        dataset_sha256=body.get("dataset_sha256"),
        queries=int(body["queries"]),
        means={
            name: {measure: float(m["value"]) for measure, m in system["measures"].items()}
            for name, system in systems.items()
        },
        per_query={
            name: {
                measure: {query: float(value) for query, value in values.items()}
                for measure, values in system["per_query"].items()
            }
            for name, system in systems.items()
            if "per_query" in system
        },
        answers=body.get("answers"),
    )


def _changes(
    system: SystemReport,
    means: Mapping[str, float],
    per_query: Mapping[str, Mapping[str, float]] | None,
) -> dict[str, Change]:
    known = per_query or {}
    shared = [measure for measure in MEASURES if measure in means]
    corrected = holm(
        {
            measure: difference(system.per_query[measure], known[measure])
            for measure in shared
            if measure in known
        }
    )
    # Means are rounded in the JSON; per-query values are not.
    before = {m: mean(known[m].values()) if m in known else means[m] for m in shared}
    return {
        measure: Change(before[measure], system.measures[measure].value, corrected.get(measure))
        for measure in shared
    }
