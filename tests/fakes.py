"""Deterministic stand-ins for what is slow or heavy. Nothing here needs torch or weights."""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN

from chat.reader import PageSection, Reading
from retrieval.encoder import TokenVectors, Vectors
from retrieval.reranker import Logits

_WORD = re.compile(r"\w+")
_STOP = frozenset(STOPWORDS_EN)


class HashedEncoder:
    """An encoder (`retrieval.encoder.Encoder`) whose dimensions are hashes of stemmed words.

    A text is the normalised count of its words, without English stop words, so that a cosine can
    be computed by hand: "red car" and "red cars" give 1, "red car" and "red bus" 0.5. A word is
    a single 1; a text without words is the first dimension alone.

    Args:
        name: the model's name; another name is another encoder, with another hash.
        window: tokens it says it reads, one a word and two special ones.
        before: called with the texts of each call of `encode`, before it answers.
    """

    def __init__(
        self,
        name: str = "hashed",
        dimension: int = 1024,
        window: int = 64,
        before: Callable[[Sequence[str]], None] = lambda texts: None,
    ) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(f"{name} {dimension}".encode()).hexdigest()
        self.precision = "fp32"
        self.dimension = dimension
        self.window = window
        self.encoded = 0  # texts that `encode` was given so far
        self._before = before

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The normalised counts of the words of each text."""
        self._before(texts)
        self.encoded += len(texts)
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            words = _WORD.findall(text.lower())
            for word in [word for word in words if word not in _STOP] or words:
                row[self._place(word)] += 1
            if not words:
                row[0] = 1
            row /= np.linalg.norm(row)
        return rows

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The lower-case words of each text, stop words included, each a single 1."""
        return [self._tokens(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        """Words and two special tokens."""
        return len(_WORD.findall(text)) + 2

    def _tokens(self, text: str) -> TokenVectors:
        words = tuple(_WORD.findall(text.lower())[: self.window - 2])
        vectors = np.zeros((len(words), self.dimension), np.float32)
        for row, word in zip(vectors, words, strict=True):
            row[self._place(word)] = 1
        return TokenVectors(words, vectors)

    def _place(self, word: str) -> int:
        stem = Stemmer.Stemmer("english").stemWord(word)
        digest = hashlib.blake2b(stem.encode(), digest_size=8).digest()
        return 1 + int.from_bytes(digest) % (self.dimension - 1)


class WordReranker:
    """A reranker (`retrieval.reranker.Reranker`) that counts words: the share of the question's
    words that stand in a text, from log odds of -4 for none to 4 for all."""

    name: str | None = "words"

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        """Log odds that each text answers."""
        asked = _stems(question)
        shares = [len(asked & _stems(text)) / max(1, len(asked)) for text in texts]
        return np.array([8 * share - 4 for share in shares], np.float32)


class WordReader:
    """A reader (`chat.reader.Reader`) that counts words: a unit's log odds grow by 8 from none of
    the question's words under its heading and in it, to all; a page's are those of its best."""

    name = "words"

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        """Log odds for every unit, and for the page."""
        asked = _stems(question)
        shares = [
            len(asked & _stems(f"{section.heading} {unit}")) / max(1, len(asked))
            for section in page
            for unit in section.units
        ]
        odds = tuple(8 * share - 4 for share in shares)
        return Reading(odds, max(odds))


def _stems(text: str) -> set[str]:
    words = [word for word in _WORD.findall(text.lower()) if word not in _STOP]
    return set(Stemmer.Stemmer("english").stemWords(words))
