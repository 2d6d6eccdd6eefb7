"""How well follow-ups are completed: what retrieval finds with the rewrite, against the question as
it was typed and against the gold rewrite, and whether changes of topic are told from follow-ups.

Reads `followups.jsonl` (our own cases) and judged documents (`corpus/training`). Rewrites come
from the function that is given.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.judged import read_judged
from chat.question import Turn
from ingest.document import Document
from ingest.folder import read_paths
from retrieval.errors import BadDataset
from retrieval.hit import Hit
from retrieval.index import Index, build_index
from retrieval.measures import Measured, per_query, summarise
from retrieval.ranking import by_passage, ranking_of
from retrieval.reranker import Reranker, TokenMemory
from retrieval.search import System, search

MEASURES = ("R@1", "R@5", "RR@10")
ASKED = ("raw", "rewritten", "gold")
_DEPTH = 10

Progress = Callable[[int, int], None]
Rewrite = Callable[[str, Sequence[Turn]], str]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question after a history; where it changes the topic, `standalone` is the question."""

    id: str
    history: tuple[Turn, ...]
    question: str
    standalone: str
    changes_topic: bool
    gold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A document and the follow-ups that are asked of it alone."""

    document: Document
    cases: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """How well leaning questions are told from those that change the topic."""

    leaning: int
    topic_changes: int
    precision: float  # of the questions that were completed, those that lean
    recall: float  # of the questions that lean, those that were completed
    kept: float  # of the changes of topic, those that were left as they are


@dataclass(frozen=True, slots=True)
class FollowUpReport:
    """What was measured. `searched` is system to form of the question to measure; `rewrites` is
    what became of each case; `gate` counts what `others` adds, too."""

    searched: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    gate: Gate
    rewrites: tuple[tuple[FollowUp, str], ...]


def read_follow_ups(path: Path, split: str) -> list[Asked]:
    """Read cases of one split, with the documents beside them: `../documents` of the file, and the
    judged documents of `../training`.

    Raises:
        BadDataset: a file is missing or malformed, or a case's gold does not stand once in its
            document.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        wanted = [row for row in rows if row["split"] == split]
        documents = _documents(path.parent.parent, {row["document"] for row in wanted})
        cases: dict[str, list[FollowUp]] = defaultdict(list)
        for row in wanted:
            cases[row["document"]].append(_case(row, documents[row["document"]]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataset(f"{path} holds no readable follow-ups ({error!r})") from error
    if not cases:
        raise BadDataset(f"{path} has no cases of the split {split!r}; name dev or test")
    return [Asked(documents[name], tuple(asked)) for name, asked in cases.items()]


def judged_follow_ups(path: Path) -> tuple[list[Asked], list[FollowUp]]:
    """The follow-ups of judged documents, and their other questions, each as if asked after the
    history of the first follow-up: changes of topic, for the gate alone.

    Raises:
        BadDataset: the file is missing or malformed, or holds no follow-ups.
    """
    asked: list[Asked] = []
    others: list[FollowUp] = []
    for one in read_judged(path):
        cases = [
            FollowUp(q.id, q.history, q.question, q.standalone, False, q.gold)
            for q in one.questions
            if q.history
        ]
        if cases:
            asked.append(Asked(one.document, tuple(cases)))
            history = cases[0].history
            others += [
                FollowUp(q.id, history, q.question, q.question, True, q.gold)
                for q in one.questions
                if not q.history
            ]
    if not asked:
        raise BadDataset(f"{path} holds no question with a history; name another file")
    return asked, others


def measure_follow_ups(
    asked: Sequence[Asked],
    others: Sequence[FollowUp],
    rewrite: Rewrite,
    memory: TokenMemory,
    reranker: Reranker,
    systems: Sequence[System] = ("hybrid", "reranked"),
    progress: Progress = lambda done, total: None,
) -> FollowUpReport:
    """Ask every follow-up of its own document, in all three forms; every document is indexed
    once."""
    rewrites: list[tuple[FollowUp, str]] = []
    found: dict[tuple[str, str], dict[str, list[Hit]]] = defaultdict(dict)
    golds: dict[str, dict[str, int]] = {}
    for done, one in enumerate(asked):
        progress(done, len(asked))
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(Path(folder), [one.document], memory.encoder)
        for case in one.cases:
            rewritten = rewrite(case.question, case.history)
            rewrites.append((case, rewritten))
            golds[case.id] = _gold_passages(index, case.gold)
            forms = dict(zip(ASKED, (case.question, rewritten, case.standalone), strict=True))
            for system in systems:
                for form, text in forms.items():
                    found[system, form][case.id] = search(
                        index, memory.encoder, text, _DEPTH, None, system, reranker
                    )
    told = [*rewrites, *((case, rewrite(case.question, case.history)) for case in others)]
    searched: dict[str, dict[str, dict[str, Measured]]] = {
        system: {form: _measured(golds, found[system, form]) for form in ASKED}
        for system in systems
    }
    return FollowUpReport(searched, gate(told), tuple(rewrites))


def gate(rewrites: Sequence[tuple[FollowUp, str]]) -> Gate:
    """Which cases were completed, against which lean; shares of nothing are 1."""
    completed = [(case, text != case.question.strip()) for case, text in rewrites]
    leaning = [done for case, done in completed if not case.changes_topic]
    changes = [done for case, done in completed if case.changes_topic]
    hits = sum(leaning)
    return Gate(
        leaning=len(leaning),
        topic_changes=len(changes),
        precision=hits / max(1, hits + sum(changes)) if hits or any(changes) else 1.0,
        recall=hits / len(leaning) if leaning else 1.0,
        kept=1 - sum(changes) / len(changes) if changes else 1.0,
    )


def as_json(report: FollowUpReport) -> dict[str, Any]:
    """A report for other programs: measures with their intervals, the gate, and every rewrite."""
    return {
        "schema": 1,
        "systems": {
            system: {
                form: {
                    name: {"value": round(m.value, 4), "ci95": [round(m.low, 4), round(m.high, 4)]}
                    for name, m in measures.items()
                }
                for form, measures in forms.items()
            }
            for system, forms in report.searched.items()
        },
        "gate": {
            "leaning": report.gate.leaning,
            "topic_changes": report.gate.topic_changes,
            "precision": round(report.gate.precision, 4),
            "recall": round(report.gate.recall, 4),
            "topic_changes_kept": round(report.gate.kept, 4),
        },
        "rewrites": [
            {
                "id": case.id,
                "question": case.question,
                "rewritten": text,
                "gold": case.standalone,
                "topic_change": case.changes_topic,
            }
            for case, text in report.rewrites
        ],
    }


def _measured(
    golds: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[Hit]]
) -> dict[str, Measured]:
    answerable = {name: gold for name, gold in golds.items() if gold}
    rankings = {name: ranking_of(found[name], answerable[name], by_passage) for name in answerable}
    values = per_query(answerable, rankings, MEASURES)
    return {name: summarise(row) for name, row in values.items()}


def _gold_passages(index: Index, gold: Sequence[tuple[int, int]]) -> dict[str, int]:
    return {
        passage.id: 1
        for passage in index.passages
        if any(start < passage.end and passage.start < end for start, end in gold)
    }


def _documents(folder: Path, wanted: set[str]) -> dict[str, Document]:
    paths = [path for path in sorted((folder / "documents").glob("*")) if path.stem in wanted]
    documents = {d.id: d for d in read_paths(paths).documents} if paths else {}
    for path in sorted((folder / "training").glob("*.jsonl")) if wanted - set(documents) else ():
        documents |= {
            one.document.id: one.document
            for one in read_judged(path)
            if one.document.id in wanted - set(documents)
        }
    return documents


def _case(row: dict[str, Any], document: Document) -> FollowUp:
    return FollowUp(
        id=row["_id"],
        history=tuple(Turn(turn["role"], turn["content"]) for turn in row["history"]),
        question=row["question"],
        standalone=row["standalone"],
        changes_topic=row["topic_change"],
        gold=tuple(_spans(row, document)),
    )


def _spans(row: dict[str, Any], document: Document) -> Iterator[tuple[int, int]]:
    for quote in row["gold"]:
        if document.text.count(quote) != 1:
            raise ValueError(f"{row['_id']}: {quote!r} does not stand once in {document.id}")
        start = document.text.index(quote)
        yield start, start + len(quote)
