"""Passages for benchmarks, as many as one likes: the project's own sentences, shuffled.

Deterministic, so that anyone measures with the same texts. Knows nothing of what is measured.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from ingest.folder import read_paths
from ingest.markdown import plain_text

DOCUMENTS = Path("corpus/documents")
_SEED = 20_240

# Words of a passage: log-normal around 85, from a heading alone to a full window. Of 2,852 passages
# cut from 100 articles, half had between 101 and 149 tokens, one in twenty fewer than 78 and one
# in twenty more than 186; a word of English is 1.3 tokens.
_MEDIAN_WORDS, _SPREAD = 85.0, 0.38
_LEAST_WORDS, _MOST_WORDS = 8, 185


def passages(count: int, documents: Path = DOCUMENTS) -> list[str]:
    """`count` texts like those that an ingest embeds: a heading path, then sentences."""
    draw = random.Random(_SEED)
    headings, sentences = _pieces(documents)
    return [_passage(draw, headings, sentences) for _ in range(count)]


def _pieces(documents: Path) -> tuple[list[str], list[str]]:
    headings, sentences = [], []
    for document in read_paths([documents]).documents:
        for section in document.sections:
            headings.append(" > ".join(section.path))
            units = (plain_text(document.text[unit.start : unit.end]) for unit in section.units)
            sentences += [unit for unit in units if unit]
    return headings, sentences


def _passage(draw: random.Random, headings: Sequence[str], sentences: Sequence[str]) -> str:
    wanted = _MEDIAN_WORDS * draw.lognormvariate(0, _SPREAD)
    left = int(min(_MOST_WORDS, max(_LEAST_WORDS, wanted)))
    words = draw.choice(headings).split()
    text = [" ".join(words) + "\n"]
    left -= len(words)
    while left > 0:
        words = draw.choice(sentences).split()[:left]
        text.append(" ".join(words))
        left -= len(words)
    return " ".join(text)
