"""The gate's bench: true sentences and corrupted ones with their evidence, and what a gate makes of
them.

Rows are built from the gold answers of documents that the judge was not trained on, and from
sentences written by hand (`written.jsonl`). Knows nothing of how a gate judges.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from chat.claims import Claim, Premise, evidence_of, parts, read_claims, reworded
from chat.corruption import corruptions, tails_of
from chat.support import Gate
from retrieval.errors import BadDataset

Progress = Callable[[int, int], None]

BENCH = Path("corpus/evaluation/gate")
HELD_OUT = 45  # the last documents of mini-train are for the test
_PER_CLAIM = 2  # corruptions of a claim, each of another kind
_LEFT_OUT = {"word"}  # mostly nonsense, which would flatter a gate
_RESAMPLES = 1000
_SEED = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with a question, the evidence that was at hand, whether that supports it, what
    kind it is, and, of a corrupted one, the true sentence that it was made from."""

    document: str
    question: str
    sentence: str
    evidence: tuple[Premise, ...]
    supported: bool
    kind: str
    original: str = ""


def claims_of(folder: Path) -> dict[str, list[Claim]]:
    """The gold sentences of `corpus/training` for "train", "dev" and "test".

    Raises:
        BadDataset: a file is missing or a line is malformed.
    """
    rest = read_claims(folder / "mini-train.jsonl")
    held = set(list(dict.fromkeys(claim.document for claim in rest))[-HELD_OUT:])
    return {
        "train": read_claims(folder / "train.jsonl")
        + [claim for claim in rest if claim.document not in held]
        + read_claims(folder / "mini-more.jsonl")
        + read_claims(folder / "more.jsonl")
        + read_claims(folder / "near.jsonl"),
        "dev": read_claims(folder / "dev.jsonl") + read_claims(folder / "mini-dev.jsonl"),
        "test": read_claims(folder / "test.jsonl")
        + [claim for claim in rest if claim.document in held],
    }


def build(claims: Sequence[Claim], written: Iterable[dict[str, Any]]) -> list[Row]:
    """The bench of a split: every gold sentence, clauses and rewordings, corruptions of them all,
    and what was written by hand about the same questions."""
    tails = tails_of(claims)
    chance = random.Random(_SEED)
    rows = []
    for claim in [*claims, *parts(claims)]:
        rows.append(_row(claim, claim.sentence, True, claim.kind))
        if claim.kind != "clause" and chance.random() < 0.25 and (said := reworded(claim, chance)):
            rows.append(_row(claim, said.sentence, True, "reworded"))
        made = [c for c in corruptions(claim, tails, _SEED, 1) if c.kind not in _LEFT_OUT]
        for false in chance.sample(made, min(_PER_CLAIM, len(made))):
            rows.append(
                replace(_row(claim, false.sentence, False, false.kind), original=claim.sentence)
            )
    asked = {(claim.document, claim.question): claim for claim in reversed(claims)}
    gold = evidence_of(claims)
    for one in written:
        key = one["document"], one["question"]
        claim = replace(asked[key], premises=gold[key])
        kind = "by hand" if one["supported"] else f"by hand: {one['kind']}"
        rows.append(_row(claim, one["sentence"], one["supported"], kind))
    return rows


def _row(claim: Claim, sentence: str, supported: bool, kind: str) -> Row:
    """The gold units, and beside every other question's a unit of the same section."""
    chance = random.Random(f"{claim.document} {claim.question}")
    evidence = list(claim.premises)
    near = [p for p in claim.neighbours if p.context == evidence[0].context and p not in evidence]
    if near and len(evidence) < 3 and chance.random() < 0.5:
        evidence.insert(chance.randrange(len(evidence) + 1), chance.choice(near))
    return Row(claim.document, claim.question, sentence, tuple(evidence), supported, kind)


def read_bench(path: Path) -> list[Row]:
    """Read what `write_bench` wrote.

    Raises:
        BadDataset: the file is missing or a line is malformed.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [
            Row(**{**row, "evidence": tuple(Premise(**unit) for unit in row["evidence"])})
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataset(f"{path} is no bench of the gate ({error!r}); name dev or test") from error


def read_written(path: Path) -> list[dict[str, Any]]:
    """Sentences written by hand about gold questions: split, document, question, sentence,
    supported, kind.

    Raises:
        BadDataset: the file is missing or a line is malformed.
    """
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise BadDataset(f"{path} cannot be read ({error}); check the path") from error


def write_bench(path: Path, rows: Sequence[Row]) -> None:
    """One JSON object a line."""
    lines = (json.dumps(asdict(row), ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a gate made of a bench: `scores` are log odds over its operating point, and infinite
    where a rule decided."""

    rows: tuple[Row, ...]
    scores: tuple[float, ...]
    milliseconds: float

    def recall(self) -> dict[str, tuple[float, float, float, int]]:
        """The share of corrupted sentences that are caught, with its 95 % interval and their
        number: of all, and by kind."""
        return self._shares(False)

    def false_alarms(self) -> dict[str, tuple[float, float, float, int]]:
        """The share of true sentences that are caught, with its 95 % interval and their number:
        of all, and by kind."""
        return self._shares(True)

    def curve(self) -> list[tuple[float, float]]:
        """False alarms and recall at every operating point at which a false alarm is added."""
        true = np.array([s for row, s in zip(self.rows, self.scores, strict=True) if row.supported])
        false = np.array(
            [s for row, s in zip(self.rows, self.scores, strict=True) if not row.supported]
        )
        points = np.unique(np.quantile(true, np.linspace(0, 0.4, 41), method="lower"))
        return [
            (float(np.mean(true < point)), float(np.mean(false < point)))
            for point in points
            if np.isfinite(point)
        ]

    def _shares(self, supported: bool) -> dict[str, tuple[float, float, float, int]]:
        mine = [
            (row, float(score < 0))
            for row, score in zip(self.rows, self.scores, strict=True)
            if row.supported == supported
        ]
        kinds = dict.fromkeys(row.kind for row, _ in mine)
        found = {"all": _share(mine)}
        return found | {k: _share([one for one in mine if one[0].kind == k]) for k in sorted(kinds)}


def _share(rows: Sequence[tuple[Row, float]]) -> tuple[float, float, float, int]:
    """Mean with the bootstrap's 95 % interval; documents are drawn, since sentences about one
    document fail together."""
    documents: dict[str, list[float]] = {}
    for row, caught in rows:
        documents.setdefault(row.document, []).append(caught)
    sums = np.array([sum(values) for values in documents.values()])
    counts = np.array([len(values) for values in documents.values()])
    drawn = np.random.default_rng(_SEED).integers(len(sums), size=(_RESAMPLES, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(sums.sum() / counts.sum()), float(low), float(high), int(counts.sum())


def measure(
    gate: Gate, rows: Sequence[Row], progress: Progress = lambda done, total: None
) -> GateReport:
    """Check every sentence, one after the other, as drafts are checked."""
    scores = []
    began = time.perf_counter()
    for done, row in enumerate(rows, start=1):
        scores.append(gate.check(row.sentence, row.question, row.evidence).score)
        progress(done, len(rows))
    spent = 1000 * (time.perf_counter() - began) / max(1, len(rows))
    return GateReport(tuple(rows), tuple(scores), spent)


def as_json(report: GateReport, split: str) -> dict[str, Any]:
    """A report for other programs."""

    def shares(of: dict[str, tuple[float, float, float, int]]) -> dict[str, Any]:
        return {
            kind: {"value": round(v, 4), "ci95": [round(low, 4), round(high, 4)], "sentences": n}
            for kind, (v, low, high, n) in of.items()
        }

    return {
        "schema": 1,
        "split": split,
        "recall": shares(report.recall()),
        "false_alarms": shares(report.false_alarms()),
        "curve": [[round(x, 4), round(y, 4)] for x, y in report.curve()],
        "milliseconds_per_sentence": round(report.milliseconds, 2),
        "failures": [
            {**asdict(row), "score": round(score, 3) if np.isfinite(score) else None}
            for row, score in zip(report.rows, report.scores, strict=True)
            if (score >= 0) != row.supported
        ],
    }
