"""Vectors in FAISS: exact inner products, which for unit vectors are cosines.

Knows nothing of texts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Vectors


class DenseIndex:
    """An exact FAISS index; row i is passage i."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseIndex":
        """Index unit vectors of shape (n, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> "DenseIndex":
        """Read what `save` wrote; RuntimeError if it is not a FAISS index."""
        index: Any = faiss.read_index(str(path))
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and dimension."""
        return int(self._index.ntotal), int(self._index.d)

    def search(
        self, query: NDArray[np.float32], k: int, among: Sequence[int] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k best rows (best first) and their cosines; only rows in `among` if it is given."""
        parameters = None
        if among is not None:
            chosen = np.asarray(among, np.int64)
            parameters = _chosen_only(chosen)
        scores, rows = self._index.search(query[None, :], min(k, self.shape[0]), params=parameters)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of the rows named, in their order."""
        vectors: Vectors = self._index.reconstruct_batch(rows)
        return vectors

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosines of the rows named, in their order."""
        return self.vectors(rows) @ query


def _chosen_only(rows: NDArray[np.int64]) -> Any:
    # The stubs do not know the keyword that the wrapper adds.
    parameters: Any = faiss.SearchParameters
    return parameters(sel=faiss.IDSelectorBatch(rows))
