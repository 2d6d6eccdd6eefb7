"""Kinds of FAISS index, measured on up to a million vectors: recall, time, memory, building.

The vectors are those of real sentences, and of as many more as are wanted between and around them
(see `expanded`). Times are processor time of one thread, which others' work on the machine
disturbs little. Nothing here serves questions.
"""

import gc
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import SentenceEncoder, Vectors

SENTENCES = (Path("corpus/training/train.jsonl"), Path("corpus/training/mini-train.jsonl"))
_SEED = 20_240
_QUERIES = 200
_K = 10
_NEIGHBOURS = 10
_SPREAD = 0.7


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind with its settings at one size. Milliseconds a query and seconds to build are of
    one thread's processor time; bytes are those of the file."""

    size: int
    kind: str
    settings: str
    recall: float
    query_ms: float
    build_s: float
    megabytes: float


def measure(sizes: Sequence[int], kinds: Sequence[str]) -> Iterator[Measured]:
    """Every kind named at every size, smallest first."""
    faiss.omp_set_num_threads(1)
    base = sentence_vectors()
    # Vectors of sentences that the index does not hold ask it.
    queries, base = base[:_QUERIES], base[_QUERIES:]
    rows = expanded(base, max(sizes))
    for size in sorted(sizes):
        vectors = rows[:size]
        exact = faiss.IndexFlatIP(vectors.shape[1])
        exact.add(vectors)
        _, truth = exact.search(queries, _K)
        del exact
        for kind in kinds:
            yield from measure_kind(kind, vectors, queries, truth)
            gc.collect()


def sentence_vectors() -> Vectors:
    """The vectors of the sentences of the training documents, shuffled, shape (n, 384)."""
    texts = []
    for path in SENTENCES:
        for line in path.read_text(encoding="utf-8").splitlines():
            for section in json.loads(line)["sections"]:
                heading = " > ".join(section["path"])
                texts += [f"{heading}\n{unit}" for unit in section["units"]]
    unique = list(dict.fromkeys(texts))
    np.random.default_rng(_SEED).shuffle(unique)
    return SentenceEncoder("all-MiniLM-L6-v2").encode(unique)


def expanded(base: Vectors, count: int) -> Vectors:
    """`count` unit vectors that are spread as the base is: first the base itself, then a + s(c - d)
    for random a and c of the base, d a near neighbour of c, and s up to 0.7.

    So a new vector differs from a real one as real neighbours differ from each other, in the
    directions in which sentences vary, and not evenly in all 384.
    """
    draw = np.random.default_rng(_SEED)
    index = faiss.IndexFlatIP(base.shape[1])
    index.add(base)
    _, near = index.search(base, _NEIGHBOURS + 1)
    rows = np.empty((count, base.shape[1]), np.float32)
    rows[: len(base)] = base[:count]
    for start in range(len(base), count, 50_000):
        end = min(start + 50_000, count)
        some = end - start
        a, c = draw.integers(0, len(base), (2, some))
        d = near[c, draw.integers(1, _NEIGHBOURS + 1, some)]
        s = draw.uniform(0, _SPREAD, (some, 1)).astype(np.float32)
        rows[start:end] = base[a] + s * (base[c] - base[d])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def measure_kind(
    kind: str, vectors: Vectors, queries: Vectors, truth: NDArray[np.int64]
) -> Iterator[Measured]:
    """One kind at one size, with each of its settings for searching.

    Args:
        truth: the rows nearest to each query, best first, shape (queries, 10).
    """
    began = time.process_time()
    index, searches = _built(kind, vectors)
    build_s = time.process_time() - began
    megabytes = faiss.serialize_index(index).nbytes / 2**20
    for settings, parameters in searches.items():
        began = time.process_time()
        found = [index.search(query[None], _K, params=parameters)[1][0] for query in queries]
        query_ms = 1000 * (time.process_time() - began) / len(queries)
        recall = np.mean([len(set(f) & set(t)) / _K for f, t in zip(found, truth, strict=True)])
        yield Measured(
            len(vectors), kind, settings, float(recall), query_ms, build_s, float(megabytes)
        )


def _built(kind: str, vectors: Vectors) -> tuple[Any, dict[str, Any]]:
    """An index, and what it can be searched with, by name."""
    size, dimension = vectors.shape
    library: Any = faiss
    inner = library.METRIC_INNER_PRODUCT
    searches: dict[str, Any] = {"": None}
    index: Any
    if kind == "flat":
        index = library.IndexFlatIP(dimension)
    elif kind in {"fp16", "sq8"}:
        quantizer = library.ScalarQuantizer
        coding = quantizer.QT_fp16 if kind == "fp16" else quantizer.QT_8bit
        index = library.IndexScalarQuantizer(dimension, coding, inner)
        index.train(vectors)
    elif kind.startswith("hnsw"):
        index = library.IndexHNSWFlat(dimension, int(kind.removeprefix("hnsw")), inner)
        searches = {
            f"efSearch {ef}": library.SearchParametersHNSW(efSearch=ef) for ef in (32, 64, 128, 256)
        }
    else:
        lists = int(2 * size**0.5)
        index = library.IndexIVFFlat(library.IndexFlatIP(dimension), dimension, lists, inner)
        index.cp.max_points_per_centroid = 64
        index.train(vectors)
        searches = {
            f"{lists} lists, nprobe {n}": library.SearchParametersIVF(nprobe=n)
            for n in (8, 16, 32, 64, 128)
        }
    index.add(vectors)
    return index, searches
