"""Vectors in FAISS: inner products, which for unit vectors are cosines.

Flat looks at every vector. HNSW and IVF look at some, and may miss a near one; what they find has
exact scores, because all kinds keep the vectors as they are. Knows nothing of texts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Vectors

Kind = Literal["flat", "hnsw", "ivf"]
KindSetting = Literal["auto", "flat", "hnsw", "ivf"]

_faiss: Any = faiss  # its stubs do not know the keywords that its own wrapper adds

# Measured by `python -m retrieval.benchmark vectors` (retrieval/benchmarks/vectors.json), with one
# thread: up to here a flat search takes no longer than encoding the question does (17 ms), and
# finds everything. At a million it takes 131 ms, IVF 6 ms with .993 of the ten nearest, and is
# built in 26 s; HNSW takes 98 s to build, at every ingest, and finds .70 of them in 0.5 ms.
FLAT_UP_TO = 100_000
_NEIGHBOURS, _BUILD_BREADTH, _SEARCH_BREADTH = 16, 40, 256  # HNSW: M, efConstruction, efSearch
_LISTS_PER_ROOT, _PROBES, _TRAINING = 2, 64, 64  # IVF: lists / sqrt(rows), nprobe, rows a list


class DenseIndex:
    """A FAISS index of unit vectors; row i is passage i."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.kind: Kind = _kind(index)

    @classmethod
    def build(cls, vectors: Vectors, kind: KindSetting = "auto") -> "DenseIndex":
        """Index unit vectors of shape (n, dimension)."""
        rows, dimension = vectors.shape
        chosen = kind_for(rows, kind)
        index = _MAKERS[chosen](rows, dimension)
        data = np.ascontiguousarray(vectors, np.float32)
        if not index.is_trained:
            index.train(data)
        index.add(data)
        if chosen == "ivf":
            index.make_direct_map()  # so that a row's vector can be looked up
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> "DenseIndex":
        """Read what `save` wrote; RuntimeError if it is not a FAISS index."""
        return cls(_faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        _faiss.write_index(self._index, str(path))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and dimension."""
        return int(self._index.ntotal), int(self._index.d)

    def search(
        self, query: NDArray[np.float32], k: int, among: Sequence[int] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k best rows (best first) and their cosines; only rows in `among` if it is given.

        Among chosen rows every kind looks at all of them: what only few may pass, a graph or a
        few lists would hardly find.
        """
        if among is None:
            index, parameters = self._index, self._parameters()
        else:
            index, parameters = self._exact(np.asarray(among, np.int64))
        scores, rows = index.search(query[None, :], min(k, self.shape[0]), params=parameters)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of the rows named, in their order."""
        vectors: Vectors = self._index.reconstruct_batch(rows)
        return vectors

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosines of the rows named, in their order."""
        return self.vectors(rows) @ query

    def _parameters(self) -> Any:
        if self.kind == "hnsw":
            return _faiss.SearchParametersHNSW(efSearch=_SEARCH_BREADTH)
        if self.kind == "ivf":
            return _faiss.SearchParametersIVF(nprobe=_PROBES)
        return None

    def _exact(self, rows: NDArray[np.int64]) -> tuple[Any, Any]:
        """What to search, and how, so that all of some rows are looked at and no others."""
        chosen = _faiss.IDSelectorBatch(rows)
        if self.kind == "hnsw":  # its vectors lie in a flat index
            flat = _faiss.downcast_index(self._index.storage)
            return flat, _faiss.SearchParameters(sel=chosen)
        if self.kind == "ivf":
            return self._index, _faiss.SearchParametersIVF(sel=chosen, nprobe=self._index.nlist)
        return self._index, _faiss.SearchParameters(sel=chosen)


def kind_for(rows: int, setting: KindSetting) -> Kind:
    """The kind that a setting means for so many vectors (see `FLAT_UP_TO`)."""
    if setting != "auto":
        return setting
    return "flat" if rows <= FLAT_UP_TO else "ivf"


def _flat(rows: int, dimension: int) -> Any:
    return _faiss.IndexFlatIP(dimension)


def _hnsw(rows: int, dimension: int) -> Any:
    index = _faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, _faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = _BUILD_BREADTH
    return index


def _ivf(rows: int, dimension: int) -> Any:
    # k-means wants some rows for each list; with fewer it would complain, and help nobody.
    lists = max(1, min(int(_LISTS_PER_ROOT * rows**0.5), rows // 40))
    quantizer = _faiss.IndexFlatIP(dimension)
    index = _faiss.IndexIVFFlat(quantizer, dimension, lists, _faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _TRAINING
    return index


_MAKERS = {"flat": _flat, "hnsw": _hnsw, "ivf": _ivf}


def _kind(index: Any) -> Kind:
    if isinstance(index, _faiss.IndexHNSW):
        return "hnsw"
    return "ivf" if isinstance(index, _faiss.IndexIVF) else "flat"
