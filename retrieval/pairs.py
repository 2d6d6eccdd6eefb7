"""Questions with the texts that answer them, to train a reranker on and to calibrate with.

A text is a unit as evidence is read: its heading path, then its words. Knows nothing of models.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.document import sentence_spans
from retrieval.errors import BadDataset


@dataclass(frozen=True, slots=True)
class Asked:
    """A standalone question and the rows of `Source.texts` that answer it; none if none does."""

    question: str
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The texts that one document offers as answers, and what is asked about them."""

    texts: tuple[str, ...]
    asked: tuple[Asked, ...]


def read_sources(path: Path) -> list[Source]:
    """Read documents with questions, one JSON object a line, as in `corpus/training`.

    Raises:
        BadDataset: the file is missing or a line is malformed; the message says which.
    """
    return [_source(row) for row in _rows(path)]


def read_squad(folder: Path) -> dict[str, list[Source]]:
    """Read SQuAD 2.0 as a BEIR folder whose queries' metadata name the passage and where the
    answers start: for each article, by its title, the sentences of each passage.

    Raises:
        BadDataset: a file is missing or a line is malformed.
    """
    queries: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(folder / "queries.jsonl"):
        queries.setdefault(row["metadata"]["passage"], []).append(row)
    articles: dict[str, list[Source]] = {}
    for row in _rows(folder / "corpus.jsonl"):
        asked = queries.get(row["_id"])
        if asked:
            articles.setdefault(row["title"], []).append(_passage(row, asked))
    return articles


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    number = 1
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
                number += 1
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise BadDataset(f"{path}, line {number}: not JSON ({error})") from error


def _source(row: dict[str, Any]) -> Source:
    places: dict[tuple[int, int], int] = {}
    texts: list[str] = []
    try:
        for number, section in enumerate(row["sections"]):
            for position, unit in enumerate(section["units"]):
                places[number, position] = len(texts)
                texts.append(f"{' > '.join(section['path'])}\n{unit}")
        asked = tuple(
            Asked(
                question["standalone"] or question["question"],
                tuple(places[section, unit] for section, unit in question["evidence"]),
            )
            for question in row["questions"]
        )
    except (KeyError, TypeError) as error:
        raise BadDataset(
            f"document {row.get('id')}: no sections and questions ({error})"
        ) from error
    return Source(tuple(texts), asked)


def _passage(row: dict[str, Any], queries: list[dict[str, Any]]) -> Source:
    spans = list(sentence_spans(row["text"], 0, len(row["text"])))
    asked = []
    for query in queries:
        starts = query["metadata"]["answer_starts"]
        gold = (
            number
            for number, (start, end) in enumerate(spans)
            if any(start <= place < end for place in starts)
        )
        asked.append(Asked(query["text"], tuple(gold)))
    texts = (f"{row['title']}\n{row['text'][start:end]}" for start, end in spans)
    return Source(tuple(texts), tuple(asked))
