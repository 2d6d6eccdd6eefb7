"""How surely does a text answer a question: our own reranker, over the encoder's token vectors.

The vectors of texts that were read before are kept, so that a question costs its own encoding and
a small network (see `matching`). Knows nothing of passages or of what is done with its odds.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.artifacts import sha256_of
from retrieval.encoder import Encoder, TokenVectors
from retrieval.errors import ModelDamaged, ModelNotFound, WrongEncoder

WEIGHTS = Path(__file__).parent / "weights"
_BATCH = 64  # texts of similar length that go through the network together
_KEPT = 8192  # texts whose token vectors are kept, about 70 kB each at most, 20 kB mostly

# Platt scaling of the cosine on the units of `corpus/training`'s dev documents.
_COSINE_SCALE, _COSINE_SHIFT = 9.0, -6.0

Logits = NDArray[np.float32]


class TokenMemory:
    """Token vectors by text, encoded once; forgets all when it holds too many.

    Args:
        encoder: whose token vectors they are.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._rows: dict[str, TokenVectors] = {}

    def read(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The token vectors of each text, in order."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if len(self._rows) + len(missing) > _KEPT:
            self._rows.clear()
            missing = list(dict.fromkeys(texts))
        for text, row in zip(missing, self.encoder.encode_tokens(missing), strict=True):
            self._rows[text] = row
        return [self._rows[text] for text in texts]


class Reranker(Protocol):
    """What ranking and refusal need. Tests have one that counts words."""

    name: str | None  # None: nothing was trained

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        """Log odds that each text answers the question, shape (len(texts),), float32."""
        ...


class MatchReranker:
    """The trained network in a folder: `reranker.safetensors`, described by `reranker.json`.

    Raises:
        ModelNotFound: the folder holds no reranker.
        ModelDamaged: the weights are not the ones that its description lists.
        WrongEncoder: it was trained on another encoder's vectors.
    """

    def __init__(self, memory: TokenMemory, folder: Path = WEIGHTS) -> None:
        described = _described(folder, memory.encoder)
        import torch
        from safetensors.torch import load_file

        from retrieval.matching import Matcher, Shape

        self._torch = torch
        self._memory = memory
        self._network = Matcher(Shape(**described["shape"]))
        weights = load_file(folder / "reranker.safetensors")
        self._network.load_state_dict({name: value.float() for name, value in weights.items()})
        self._network.eval()
        self._vocabulary: dict[str, int] = {}
        self._scale, self._shift = described["calibration"]
        self.name: str | None = f"{described['name']}-{described['sha256'][:8]}"

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        """Calibrated log odds that each text answers the question, shape (len(texts),)."""
        from retrieval.matching import padded, repeated

        if not texts:
            return np.zeros(0, np.float32)
        rows = self._memory.read(texts)
        asked = self._memory.read([question])[0]
        query = padded([asked], self._vocabulary)
        cosines = np.stack([row.whole for row in rows]) @ asked.whole
        odds = np.zeros(len(texts), np.float32)
        order = np.argsort([len(row.tokens) for row in rows], kind="stable")
        with self._torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                some = order[start : start + _BATCH]
                batch = padded([rows[i] for i in some], self._vocabulary)
                cosine = self._torch.from_numpy(cosines[some])
                odds[some] = self._network(repeated(query, len(some)), batch, cosine).numpy()
        calibrated: Logits = self._scale * odds + self._shift
        return calibrated


class CosineReranker:
    """What can be said without a trained reranker, with any encoder: log odds that grow with the
    cosine of question and text."""

    name: str | None = None

    def __init__(self, memory: TokenMemory) -> None:
        self._memory = memory

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        """Log odds that each text answers the question, shape (len(texts),)."""
        if not texts:
            return np.zeros(0, np.float32)
        asked, *rows = self._memory.read([question, *texts])
        cosines = np.stack([row.whole for row in rows]) @ asked.whole
        odds: Logits = _COSINE_SCALE * cosines + _COSINE_SHIFT
        return odds


def _described(folder: Path, encoder: Encoder) -> dict[str, Any]:
    weights = folder / "reranker.safetensors"
    try:
        described: dict[str, Any] = json.loads((folder / "reranker.json").read_text("utf-8"))
        found = sha256_of(weights)
    except FileNotFoundError as error:
        raise ModelNotFound(
            f"{error.filename} is missing; install Pincite again, or: pincite train reranker"
        ) from error
    if found != described["sha256"]:
        raise ModelDamaged(
            f"{weights} is not what reranker.json lists (SHA-256 {found}); install Pincite again"
        )
    if described["encoder_sha256"] != encoder.sha256:
        raise WrongEncoder(
            f"the reranker reads the vectors of {described['encoder']}, not of {encoder.name}; set "
            f"encoder to {described['encoder']}, or reranker to none, or: pincite train reranker"
        )
    return described
