"""Documents with judged questions (`corpus/training`): documents as ingest makes them, and for
each question the spans of its gold units. Knows nothing of how questions are answered.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.question import Turn
from ingest.document import Block, Document, build_document
from retrieval.errors import BadDataset


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question, what it means alone, and where the document answers it; no gold: nowhere.
    `answer` is an answer as one would write it, with markers; empty where there is none."""

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    standalone: str
    gold: tuple[tuple[int, int], ...]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """A document and what is asked about it."""

    document: Document
    questions: tuple[JudgedQuestion, ...]


def read_judged(path: Path) -> list[JudgedDocument]:
    """Read documents with questions, one JSON object a line.

    Raises:
        BadDataset: the file is missing or a line is malformed.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return [_judged(json.loads(line)) for line in file]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataset(f"{path} holds no judged documents ({error!r}); check the path") from error


def _judged(row: dict[str, Any]) -> JudgedDocument:
    text, blocks, spans = _laid_out(row["sections"])
    document = build_document(row["id"], row["title"], text, blocks)
    questions = tuple(
        JudgedQuestion(
            id=f"{row['id']}-{number}",
            kind=question["kind"],
            question=question["question"],
            history=tuple(Turn(turn["role"], turn["content"]) for turn in question["history"]),
            standalone=question["standalone"] or question["question"],
            gold=tuple(spans[section, unit] for section, unit in question["evidence"]),
            answer=question.get("answer") or "",
        )
        for number, question in enumerate(row["questions"])
    )
    return JudgedDocument(document, questions)


def _laid_out(
    sections: list[dict[str, Any]],
) -> tuple[str, list[Block], dict[tuple[int, int], tuple[int, int]]]:
    """The text of sections, its blocks, and the span of each unit by section and place."""
    text = ""
    blocks: list[Block] = []
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    trail: tuple[str, ...] = ()
    for number, section in enumerate(sections):
        path = tuple(section["path"])
        for level, heading in _new_headings(trail, path):
            start, text = len(text), text + heading
            blocks.append(Block("heading", start, len(text), level=level, title=heading))
            text += "\n\n"
        trail = path
        for position, unit in enumerate(section["units"]):
            start, text = len(text), text + unit
            blocks.append(Block("item", start, len(text)))
            spans[number, position] = (start, len(text))
            text += "\n\n"
    return text, blocks, spans


def _new_headings(trail: tuple[str, ...], path: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The headings of a path that differ from those that are open, with their levels from 2."""
    same = 0
    while same < len(path) - 1 and same < len(trail) and trail[same] == path[same]:
        same += 1
    for level in range(same, len(path)):
        yield level + 2, path[level]
