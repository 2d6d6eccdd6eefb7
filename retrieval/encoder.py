"""Texts to unit vectors, with sentence-transformers on the CPU.

Knows nothing of passages or indexes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.artifacts import ENCODERS, find_model

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of a text, special ones left out, and their unit vectors, shape (tokens, d)."""

    tokens: tuple[str, ...]
    vectors: Vectors

    @property
    def whole(self) -> Vectors:
        """The unit vector of the text, shape (d,): the mean of its tokens', which is how
        sentence encoders pool; zero without tokens."""
        if not self.tokens:
            return np.zeros(self.vectors.shape[1], np.float32)
        mean: Vectors = self.vectors.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        return mean / norm if norm else mean


class Encoder(Protocol):
    """What search needs of an encoder. Tests have one that hashes words."""

    name: str
    sha256: str
    dimension: int
    window: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension)."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens of each text with a unit vector each, for late interaction."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text as the encoder reads it, special tokens included."""
        ...


class SentenceEncoder:
    """A sentence-transformers model.

    Args:
        setting: what `find_model` takes.
        threads: CPU threads for torch; 0 leaves torch's own choice.

    Raises:
        ModelNotFound, ModelDamaged: see `find_model`.
    """

    def __init__(self, setting: str, threads: int = 0) -> None:
        files = find_model(setting, ENCODERS)
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        self._model = SentenceTransformer(str(files.folder), device="cpu", local_files_only=True)
        self.name = files.name
        self.sha256 = files.sha256
        self.window = int(self._model.max_seq_length or 512)
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # sentence-transformers sorts by length itself, so that a batch has little padding.
        vectors = self._model.encode(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens of each text, cut at the window, with a unit vector each."""
        if not texts:
            return []
        found = self._model.encode(
            list(texts), output_value="token_embeddings", show_progress_bar=False
        )
        tokenizer = self._model.tokenizer
        special = set(tokenizer.all_special_tokens)
        rows = []
        for text, tensor in zip(texts, found, strict=True):
            ids = tokenizer(text, truncation=True, max_length=self.window)["input_ids"]
            tokens = tokenizer.convert_ids_to_tokens(ids)
            vectors = tensor.float().cpu().numpy()[: len(tokens)]
            keep = [i for i, token in enumerate(tokens) if token not in special]
            vectors = vectors[keep]
            vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            rows.append(TokenVectors(tuple(tokens[i] for i in keep), vectors.astype(np.float32)))
        return rows

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens included; nothing is truncated here."""
        tokenizer = self._model.tokenizer
        return len(tokenizer(text, truncation=False, verbose=False)["input_ids"])
