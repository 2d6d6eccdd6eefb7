"""Questions and texts with labels, to train a cross-encoder on: does the text answer the question?

Positives are gold units in their context; negatives are what our own hybrid search ranks highest
among the rest, and for a question that its document does not answer everything that it finds.
Knows nothing of models.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.bm25 import Bm25Index
from retrieval.dense import DenseIndex
from retrieval.encoder import Encoder
from retrieval.errors import BadDataset
from retrieval.fusion import convex


@dataclass(frozen=True, slots=True)
class Asked:
    """A standalone question and the rows of `Source.texts` that answer it; none if none does."""

    question: str
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The texts that a document offers as answers, and what is asked about them."""

    texts: tuple[str, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a text, and whether the text answers it."""

    question: str
    text: str
    answers: bool


# A long list would drown the other questions; its first items teach as much.
_POSITIVES = 4
_NEGATIVES = 4  # of a question that is answered
_NEGATIVES_UNANSWERED = 3


def read_sources(path: Path) -> list[Source]:
    """Read documents with questions, one JSON object a line, as in `corpus/training`.

    Raises:
        BadDataset: the file is missing or a line is malformed; the message says which.
    """
    sources = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                sources.append(_source(json.loads(line)))
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadDataset(f"{path}, line {number}: not a document with questions") from error
    return sources


def mined_pairs(sources: Sequence[Source], encoder: Encoder) -> Iterator[Pair]:
    """The pairs of every question: its gold texts, and the hardest of its document's others."""
    for source in sources:
        dense = DenseIndex.build(encoder.encode(source.texts))
        bm25 = Bm25Index.build(source.texts)
        questions = encoder.encode([asked.question for asked in source.asked])
        rows = np.arange(len(source.texts))
        for asked, query in zip(source.asked, questions, strict=True):
            fused = convex(dense.cosines(query, rows), bm25.scores(asked.question))
            ranked = [int(row) for row in np.argsort(-fused, kind="stable")]
            wanted = _NEGATIVES if asked.gold else _NEGATIVES_UNANSWERED
            others = [row for row in ranked if row not in asked.gold][:wanted]
            for row in asked.gold[:_POSITIVES]:
                yield Pair(asked.question, source.texts[row], True)
            for row in others:
                yield Pair(asked.question, source.texts[row], False)


def _source(row: dict[str, Any]) -> Source:
    places: dict[tuple[int, int], int] = {}
    texts = []
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
    return Source(tuple(texts), asked)
