"""Words in BM25 (bm25s, Lucene's variant) with an English stemmer.

Knows nothing of vectors.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray


class Bm25Index:
    """A BM25 index; row i is passage i."""

    def __init__(self, index: bm25s.BM25, rows: int) -> None:
        self._index = index
        self._rows = rows

    @classmethod
    def build(cls, texts: Sequence[str]) -> "Bm25Index":
        """Index texts in the order given."""
        index = bm25s.BM25(method="lucene")
        # A corpus of nothing, or of nothing but stop words, has no vocabulary; one rare token keeps
        # bm25s whole.
        tokens = [row or ["\x00"] for row in tokenize(texts)] or [["\x00"]]
        index.index(tokens, show_progress=False)
        return cls(index, len(texts))

    @classmethod
    def load(cls, folder: Path, rows: int) -> "Bm25Index":
        """Read what `save` wrote."""
        return cls(bm25s.BM25.load(str(folder), load_corpus=False), rows)

    def save(self, folder: Path) -> None:
        """Write the index into a folder of its own."""
        self._index.save(str(folder), show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """The score of every row; 0 where no word is shared."""
        words = [word for word in tokenize([query])[0] if word in self._index.vocab_dict]
        if not words:
            return np.zeros(self._rows, np.float32)
        return np.asarray(self._index.get_scores(words), np.float32)

    def knows(self, word: str) -> bool:
        """Whether any passage holds a stemmed word."""
        return word in self._index.vocab_dict

    def rarity(self, word: str) -> float:
        """Lucene's idf of a stemmed word: log(1 + (n - df + 0.5) / (df + 0.5)); highest for a
        word that no passage holds."""
        row = self._index.vocab_dict.get(word)
        starts = self._index.scores["indptr"]
        holding = 0 if row is None else int(starts[row + 1] - starts[row])
        return math.log(1 + (self._rows - holding + 0.5) / (holding + 0.5))

    def coverage(self, query: str, text: str) -> float:
        """The share of a query's words, by rarity, that stand in a text."""
        asked, present = (set(words) for words in tokenize([query, text]))
        total = sum(self.rarity(word) for word in asked)
        return sum(self.rarity(word) for word in asked & present) / total if total else 0.0


def tokenize(texts: Sequence[str]) -> list[list[str]]:
    """Lower-case words without English stop words, stemmed with Snowball's English stemmer."""
    tokens = bm25s.tokenize(
        list(texts),
        stopwords="en",
        stemmer=Stemmer.Stemmer("english"),
        return_ids=False,
        show_progress=False,
    )
    return [list(row) for row in tokens]
