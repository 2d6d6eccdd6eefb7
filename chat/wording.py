"""The content words of a text as stems, cheaply: sentences are checked one at a time.

The same words as `retrieval.bm25.tokenize` finds, without its cost a call. Knows nothing of gates.
"""

import re
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"\w\w+")
# bm25s' English stop words.
_STOP = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with".split()
)
_stemmer = Stemmer.Stemmer("english")


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """Lower-case words without English stop words, stemmed with Snowball's English stemmer."""
    words = [word for word in _WORD.findall(text.lower()) if word not in _STOP]
    return frozenset(_stemmer.stemWords(words))
