"""Questions with their gold, for judging answers: from an evaluation folder, or from documents with
judged questions.

Knows nothing of how answers are made or judged.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chat.judged import JudgedDocument
from chat.question import Turn
from ingest.document import Document
from retrieval.errors import BadDataset


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of a document's text."""

    document_id: str
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        """Whether both share a character."""
        return (
            self.document_id == other.document_id
            and self.start < other.end
            and other.start < self.end
        )


# A unit of gold evidence: any one of these places supports the same.
GoldUnit = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its gold.

    `facts` are groups of spellings, each of which an answer must hold once; it must hold none of
    `forbidden`. `evidence` is the words of the gold units, each with its alternatives, and `gold`
    is where they stand. `gold_answer` takes the place of facts where there are none. `document`
    is the only document that the question is asked of; empty: all that are indexed. `standalone`
    is what a follow-up means alone.
    """

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answerable: bool
    facts: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    evidence: tuple[tuple[str, ...], ...] = ()
    gold: tuple[GoldUnit, ...] = ()
    gold_answer: str = ""
    document: str = ""
    standalone: str = ""


def load_cases(folder: Path, split: str) -> list[Case]:
    """Read `queries.jsonl` and `answers.jsonl` of an evaluation folder; see `located` for `gold`.

    Raises:
        BadDataset: a file is missing or malformed, or the split is empty.
    """
    try:
        golds = {row["_id"]: row for row in _rows(folder / "answers.jsonl")}
        cases = [
            _case(row, golds[row["_id"]])
            for row in _rows(folder / "queries.jsonl")
            if row["metadata"]["split"] == split
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataset(f"{folder} has no readable answers ({error!r})") from error
    if not cases:
        raise BadDataset(f"{folder} has no questions of the split {split!r}; name dev or test")
    return cases


def located(cases: Iterable[Case], documents: Mapping[str, Document]) -> list[Case]:
    """Cases whose gold evidence is found in the texts of documents, by id.

    Raises:
        BadDataset: words of evidence stand nowhere, or more than once.
    """
    return [
        replace(
            case,
            gold=tuple(
                tuple(_place(case.id, words, documents) for words in alternatives)
                for alternatives in case.evidence
            ),
        )
        for case in cases
    ]


def judged_cases(judged: Sequence[JudgedDocument]) -> list[Case]:
    """The judged questions of documents, each asked of its own document alone."""
    return [
        Case(
            id=question.id,
            kind=question.kind,
            question=question.question,
            history=question.history,
            answerable=bool(question.gold),
            gold=tuple((Place(one.document.id, *span),) for span in question.gold),
            gold_answer=question.answer,
            document=one.document.id,
            standalone=question.standalone,
        )
        for one in judged
        for question in one.questions
    ]


def _case(row: dict[str, Any], gold: dict[str, Any]) -> Case:
    history = row["metadata"].get("history") or []
    return Case(
        id=row["_id"],
        kind=row["metadata"]["kind"],
        question=row["text"],
        history=tuple(Turn(turn["role"], turn["content"]) for turn in history),
        answerable=bool(gold["answered"]),
        facts=tuple(tuple(group) for group in gold["facts"]),
        forbidden=tuple(gold["forbidden"]),
        evidence=tuple(_alternatives(row["_id"], unit) for unit in gold.get("evidence", ())),
        standalone=gold.get("standalone") or row["text"],
    )


def _alternatives(name: str, unit: Any) -> tuple[str, ...]:
    """A gold unit in the file is its words, or a list of the words of several that do."""
    words = [unit] if isinstance(unit, str) else unit
    if not words or not all(isinstance(one, str) and one.strip() for one in words):
        raise ValueError(f"evidence of {name} must be words of the document")
    return tuple(words)


def _place(name: str, words: str, documents: Mapping[str, Document]) -> Place:
    holding = [document for document in documents.values() if words in document.text]
    if not holding:
        raise BadDataset(
            f"the evidence of {name}, {words!r}, stands in no document of the index; copy it from "
            "the document word for word, or run pincite ingest with the documents asked about"
        )
    document = holding[0]
    start = document.text.index(words)
    if len(holding) > 1 or words in document.text[start + 1 :]:
        raise BadDataset(
            f"the evidence of {name}, {words!r}, stands in more than one place; quote more of it"
        )
    return Place(document.id, start, start + len(words))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
