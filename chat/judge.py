"""Does evidence support a sentence? The generator's base with an adapter of our own.

It says for the whole sentence whether the evidence supports it, and for each token whether the
evidence lacks what it says. `pincite train gate` makes the weights; their card lies beside them.
Knows nothing of documents or drafts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chat import adapter
from chat.smollm2 import Base

WEIGHTS = adapter.WEIGHTS / "gate"

Verdicts = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the question that it answers (may be empty), and units that may support it."""

    question: str
    sentence: str
    units: tuple[str, ...]


class Judge(Protocol):
    """What the gate needs. Tests have one that counts words."""

    name: str

    def verdicts(self, pairs: Sequence[Pair]) -> Verdicts:
        """For each pair the log odds that its units support its sentence, and the highest log
        odds that a token of the sentence is unsupported; shape (len(pairs), 2)."""
        ...


class AdaptedJudge:
    """The trained judge in a folder.

    Args:
        base: where the language model's own weights are.

    Raises:
        ModelNotFound, ModelDamaged: see `adapter.read_card`.
    """

    def __init__(self, base: Base, folder: Path = WEIGHTS) -> None:
        import torch

        from chat.judging import Verdict

        self._torch = torch
        self._base = base
        self._adapted = adapter.AdaptedLayers(base, folder, lambda _, width: Verdict(width))
        self.name = self._adapted.name

    def verdicts(self, pairs: Sequence[Pair]) -> Verdicts:
        """Log odds of support, and of the least supported token; shape (len(pairs), 2)."""
        from chat.judging import judged, lesson

        encode, first = self._base.encode, self._base.first
        found = np.zeros((len(pairs), 2), np.float32)
        with self._torch.inference_mode():
            for row, pair in zip(found, pairs, strict=True):
                laid_out = lesson(pair.question, pair.units, [pair.sentence], encode, first)
                (((whole, words),),) = judged(self._adapted.states, self._adapted.head, [laid_out])
                row[:] = float(whole), float(words.max())
        return found
