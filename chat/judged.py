"""Documents with judged questions (`corpus/training`): documents as ingest makes them, and for
each question the spans of its gold units. Knows nothing of how questions are answered.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.enumerations import items_after
from chat.question import Turn, standalone_question
from ingest.document import Block, Document, build_document
from retrieval.dataset import Dataset
from retrieval.errors import BadDataset
from retrieval.ranking import by_own_section


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


def sections_asked_for(path: Path, judged: Sequence[JudgedDocument]) -> Dataset:
    """What retrieval is measured on: each answerable question, and the sections of its gold units
    as "document/anchor".

    A question that is asked of two documents in the same words is left out, since it is found by
    its words.

    Raises:
        BadDataset: no question is answerable.
    """
    words = {
        question.id: standalone_question(question.question, question.history)
        for one in judged
        for question in one.questions
    }
    often = Counter(words.values())
    qrels = {
        question.id: dict.fromkeys(_sections(one.document, question.gold), 1)
        for one in judged
        for question in one.questions
        if question.gold and often[words[question.id]] == 1
    }
    if not qrels:
        raise BadDataset(f"{path} has no question with evidence; see corpus/training")
    return Dataset(
        name=path.resolve().parent.name,
        split=path.stem,
        queries={name: words[name] for name in qrels},
        qrels=qrels,
        counts_as=by_own_section,
        documents=tuple(one.document for one in judged),
        texts={
            f"{one.document.id}/{section.anchor}": one.document.text[section.start : section.end]
            for one in judged
            for section in one.document.sections
        },
    )


def _sections(document: Document, gold: Sequence[tuple[int, int]]) -> list[str]:
    """The sections that hold gold units, each once."""
    found = [
        f"{document.id}/{section.anchor}"
        for start, _ in gold
        for section in document.sections
        if section.start <= start < section.end
    ]
    return list(dict.fromkeys(found))


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
    group = 0
    for number, section in enumerate(sections):
        path = tuple(section["path"])
        for level, heading in _new_headings(trail, path):
            start, text = len(text), text + heading
            blocks.append(Block("heading", start, len(text), level=level, title=heading))
            text += "\n\n"
        trail = path
        introduces: tuple[int, int] | None = None
        left = 0  # items still to come of the list that is open
        for position, unit in enumerate(section["units"]):
            start, text = len(text), text + unit
            span = (start, len(text))
            if left:
                blocks.append(Block("item", *span, group=group, lead_in=introduces))
                left -= 1
            elif left := items_after(section["units"], position):
                introduces, group = span, group + 1
                blocks.append(Block("paragraph", *span))
            else:
                blocks.append(Block("item", *span))
            spans[number, position] = span
            text += "\n\n"
    return text, blocks, spans


def _new_headings(trail: tuple[str, ...], path: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The headings of a path that differ from those that are open, with their levels from 2."""
    same = 0
    while same < len(path) - 1 and same < len(trail) and trail[same] == path[same]:
        same += 1
    for level in range(same, len(path)):
        yield level + 2, path[level]
