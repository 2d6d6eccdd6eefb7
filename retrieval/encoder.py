"""Texts to unit vectors, with sentence-transformers on the CPU.

Knows nothing of passages or indexes.
"""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.artifacts import ENCODERS, find_model

if TYPE_CHECKING:
    from retrieval.unpadded import UnpaddedBert

Vectors = NDArray[np.float32]
Precision = Literal["auto", "fp32", "bf16"]

_BATCH_CHARACTERS = 8192  # about 2,000 tokens of English


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
    """What search needs of an encoder. Tests have one that hashes words.

    `sha256` tells encoders apart whose vectors must not be mixed; `precision` is how the numbers
    were multiplied, and vectors of one encoder agree whatever it was.
    """

    name: str
    sha256: str
    precision: str
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
        precision: of the weights and the layers; auto is bf16 where the processor multiplies it
            natively, which is three times as fast there, and several times slower elsewhere.
        unpadded: whether a BERT is run without padding; other models never are.

    Raises:
        ModelNotFound, ModelDamaged: see `find_model`.
    """

    def __init__(
        self,
        setting: str,
        threads: int = 0,
        precision: Precision = "auto",
        unpadded: bool = True,
    ) -> None:
        files = find_model(setting, ENCODERS)
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        if precision == "auto":
            precision = "bf16" if multiplies_bf16() else "fp32"
        self.model = SentenceTransformer(
            str(files.folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": torch.bfloat16 if precision == "bf16" else torch.float32},
        ).eval()
        self.name = files.name
        self.sha256 = files.sha256
        self.precision: str = precision
        self.window = int(self.model.max_seq_length or 512)
        self.dimension = int(self.model.get_embedding_dimension() or 0)
        self._unpadded = _unpadded(self.model) if unpadded else None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension)."""
        import torch
        from torch.nn.functional import normalize

        vectors = np.zeros((len(texts), self.dimension), np.float32)

        def pooled(rows: list[int], states: list[Any]) -> tuple[list[int], Vectors]:
            means = torch.stack([of_text.mean(0) for of_text in states])
            return rows, normalize(means, dim=1).numpy()

        if self._unpadded:
            for rows, found in self._unpadded.run(self._ids(texts), pooled):
                vectors[rows] = found
            return vectors
        for rows in batches(texts):
            outputs = self._run([texts[row] for row in rows])
            vectors[rows] = normalize(outputs["sentence_embedding"], dim=1).numpy()
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens of each text, cut at the window, with a unit vector each."""
        from torch.nn.functional import normalize

        tokenizer = self.model.tokenizer
        found: dict[int, TokenVectors] = {}
        for row, ids, states in self._token_states(texts):
            keep = [i for i, token in enumerate(ids) if token not in tokenizer.all_special_ids]
            tokens = tokenizer.convert_ids_to_tokens([ids[i] for i in keep])
            found[row] = TokenVectors(tuple(tokens), normalize(states[keep], dim=1).numpy())
        return [found[row] for row in range(len(texts))]

    def _token_states(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int], Any]]:
        """The place of each text, its token ids, and the states after them."""
        if self._unpadded:
            ids = self._ids(texts)
            for rows, found in self._unpadded.run(ids, lambda rows, states: (rows, states)):
                for row, states in zip(rows, found, strict=True):
                    yield row, ids[row], states
            return
        for rows in batches(texts):
            outputs = self._run([texts[row] for row in rows])
            padded = zip(outputs["input_ids"].tolist(), outputs["token_embeddings"], strict=True)
            for row, (of_row, states) in zip(rows, padded, strict=True):
                yield row, of_row, states

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, cut at the window, special tokens included."""
        if not texts:
            return []
        tokenizer = self.model.tokenizer
        found = tokenizer(list(texts), truncation=True, max_length=self.window, verbose=False)
        ids: list[list[int]] = found["input_ids"]
        return ids

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens included; nothing is truncated here."""
        tokenizer = self.model.tokenizer
        return len(tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def _run(self, texts: list[str]) -> dict[str, Any]:
        """What the model says of one batch, as its modules name it."""
        import torch

        with torch.inference_mode():
            outputs: dict[str, Any] = self.model.preprocess(texts)
            for module in self.model:
                outputs = module(outputs)
                # A mean that is taken in bf16 loses more than all layers do.
                outputs["token_embeddings"] = outputs["token_embeddings"].float()
            return outputs


def _unpadded(model: Any) -> "UnpaddedBert | None":
    """The faster way to run a model, if it is a BERT whose text vectors are means of its tokens'.

    On this project's encoder it gives the same vectors (`tests/test_encoder.py`).
    """
    from retrieval.unpadded import UnpaddedBert

    first, *rest = list(model)
    kinds = [type(module).__name__ for module in rest]
    if kinds not in (["Pooling"], ["Pooling", "Normalize"]) or rest[0].pooling_mode != "mean":
        return None
    if not UnpaddedBert.fits(first.auto_model):
        return None
    return UnpaddedBert(first.auto_model)


def multiplies_bf16() -> bool:
    """Whether the processor has instructions for products of bf16 matrices."""
    import torch

    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in asked)


def batches(texts: Sequence[Sized], most: int = _BATCH_CHARACTERS) -> Iterator[list[int]]:
    """The places of texts in batches of like length, longest first, so that little is padding.

    A batch has few texts where they are long: what it works on then stays near the processor.

    Args:
        texts: as characters or as tokens.
        most: characters or tokens of a batch; one text may have more.
    """
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]), reverse=True)
    start = 0
    while start < len(order):
        size = max(1, most // max(1, len(texts[order[start]])))
        yield order[start : start + size]
        start += size
