"""Does evidence support a sentence? Our own judge, over the encoder's token vectors.

It says for each word of the sentence whether the evidence lacks it, and for the whole whether it
is supported. Vectors of evidence that was read before are kept, so that a sentence costs its own
encoding and a small network (see `entailing`). Knows nothing of documents or drafts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.artifacts import sha256_of
from retrieval.encoder import Encoder
from retrieval.errors import ModelDamaged, ModelNotFound, WrongEncoder
from retrieval.reranker import WEIGHTS, TokenMemory

_BATCH = 32  # pairs that go through the network together

Verdicts = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the question that it answers (may be empty), and units that may support it."""

    question: str
    sentence: str
    units: tuple[str, ...]


class Judge(Protocol):
    """What the gate needs. Tests have one that counts words."""

    name: str | None

    def verdicts(self, pairs: Sequence[Pair]) -> Verdicts:
        """For each pair the log odds that its units support its sentence, and the highest log
        odds that a word of the sentence is unsupported; shape (len(pairs), 2)."""
        ...


class EntailmentJudge:
    """The trained judge in a folder: `gate.safetensors`, described by `gate.json`.

    Raises:
        ModelNotFound: the folder holds no judge.
        ModelDamaged: the weights are not the ones that its description lists.
        WrongEncoder: it was trained on another encoder's vectors.
    """

    def __init__(self, memory: TokenMemory, folder: Path = WEIGHTS) -> None:
        described = _described(folder, memory.encoder)
        import torch
        from safetensors.torch import load_file

        from retrieval.entailing import Entailment

        self._torch = torch
        self._memory = memory
        self._network = Entailment(described["width"], memory.encoder.dimension)
        weights = load_file(folder / "gate.safetensors")
        self._network.load_state_dict({name: value.float() for name, value in weights.items()})
        self._network.eval()
        self.name: str | None = f"{described['name']}-{described['sha256'][:8]}"

    def verdicts(self, pairs: Sequence[Pair]) -> Verdicts:
        """Log odds of support, and of the least supported word; shape (len(pairs), 2)."""
        from retrieval.entailing import batch, read

        rows = read(pairs, self._memory)
        found = np.zeros((len(pairs), 2), np.float32)
        with self._torch.inference_mode():
            for start in range(0, len(rows), _BATCH):
                whole, words = self._network(batch(rows[start : start + _BATCH]))
                found[start : start + _BATCH, 0] = whole.numpy()
                found[start : start + _BATCH, 1] = words.amax(1).numpy()
        return found


def _described(folder: Path, encoder: Encoder) -> dict[str, Any]:
    weights = folder / "gate.safetensors"
    try:
        described: dict[str, Any] = json.loads((folder / "gate.json").read_text("utf-8"))
        found = sha256_of(weights)
    except FileNotFoundError as error:
        raise ModelNotFound(
            f"{error.filename} is missing; install Pincite again, or: pincite train gate"
        ) from error
    if found != described["sha256"]:
        raise ModelDamaged(
            f"{weights} is not what gate.json lists (SHA-256 {found}); install Pincite again"
        )
    if described["encoder_sha256"] != encoder.sha256:
        raise WrongEncoder(
            f"the gate reads the vectors of {described['encoder']}, not of {encoder.name}; set "
            f"encoder to {described['encoder']}, or: pincite train gate"
        )
    return described
