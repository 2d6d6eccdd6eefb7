"""The system that reranks: what it reads, and how it orders."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.readers import parse_document
from retrieval.index import build_index
from retrieval.reranker import Logits
from retrieval.search import Tuning, search
from tests.fakes import HashedEncoder


class Insists:
    """A reranker that is sure of the texts that hold a word, and of no other."""

    name: str | None = "insists"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        self.read += texts
        return np.array([5.0 if self.word in text else -5.0 for text in texts], np.float32)


def test_reranked_puts_what_answers_first_and_keeps_both_scores(tmp_path: Path) -> None:
    lines = (f"## Line {n}\n\nbus fare {word}." for n, word in enumerate("xyz"))
    text = "# Fares\n\n" + "\n\n".join(lines)
    encoder = HashedEncoder()
    index = build_index(tmp_path, [parse_document(text, ".md", "fares", "Fares")], encoder)
    hybrid = search(index, encoder, "bus fare", 3)
    last = hybrid[-1].passage
    word = last.text.split()[-1].rstrip(".")
    hits = search(index, encoder, "bus fare", 3, None, "reranked", Insists(f"fare {word}"))
    assert hits[0].passage == last
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].odds == 5.0
    assert hits[0].score > hits[1].score >= hits[2].score


def test_the_reranker_reads_only_the_best_passages_in_their_context(tmp_path: Path) -> None:
    text = "# Fares\n\n" + "\n\n".join(f"## Line {n}\n\nbus fare {n}." for n in range(30))
    encoder = HashedEncoder()
    index = build_index(tmp_path, [parse_document(text, ".md", "fares", "Fares")], encoder)
    reranker = Insists("nothing")
    hits = search(index, encoder, "bus fare", 30, None, "reranked", reranker)
    assert len(hits) == 30
    assert len(reranker.read) == Tuning().rerank_depth
    assert all(text.startswith("Line ") for text in reranker.read)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_weight_of_nothing_leaves_the_order_of_the_fusion(tmp_path: Path) -> None:
    text = "# Fares\n\n" + "\n\n".join(f"## Line {n}\n\nbus fare {n}." for n in range(9))
    encoder = HashedEncoder()
    index = build_index(tmp_path, [parse_document(text, ".md", "fares", "Fares")], encoder)
    plain = search(index, encoder, "fare 4 of line 7", 9)
    hits = search(
        index,
        encoder,
        "fare 4 of line 7",
        9,
        None,
        "reranked",
        Insists("fare 1"),
        Tuning(rerank_weight=0.0),
    )
    assert [hit.passage for hit in hits] == [hit.passage for hit in plain]


def test_reranked_without_a_reranker_is_an_error(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    index = build_index(tmp_path, [parse_document("Bus.", ".txt", "bus", "Bus")], encoder)
    with pytest.raises(ValueError, match="needs a reranker"):
        search(index, encoder, "bus", 1, system="reranked")
