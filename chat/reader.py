"""Reads what search brought with the question in mind: the generator's base, our own adapter.

The first layers of SmolLM2-135M with an adapter, and the network of `reading` on top. `pincite
train reader` makes the weights; their card lies beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chat import adapter
from chat.smollm2 import Base

WEIGHTS = adapter.WEIGHTS / "reader"


@dataclass(frozen=True, slots=True)
class PageSection:
    """A heading and the units that stand under it, in order."""

    heading: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Log odds that each unit of a page answers, in order, and that the page answers at all."""

    units: tuple[float, ...]
    answers: float


class Reader(Protocol):
    """What evidence and refusal need. Tests have one that counts words."""

    name: str

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        """Read a page of at least one unit with a question in mind."""
        ...


class AdaptedReader:
    """The trained reader in a folder.

    Args:
        base: where the language model's own weights are.

    Raises:
        ModelNotFound, ModelDamaged: see `adapter.read_card`.
    """

    def __init__(self, base: Base, folder: Path = WEIGHTS) -> None:
        import torch

        from chat.reading import Judgement

        self._torch = torch
        self._base = base
        self._adapted = adapter.AdaptedLayers(base, folder, Judgement)
        self.name = self._adapted.name

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        """Read a page of at least one unit with a question in mind."""
        from chat.reading import judged, script

        laid_out = script(page, question, self._base.encode, self._base.first)
        with self._torch.inference_mode():
            units, answers = judged(self._adapted.states, self._adapted.head, [laid_out])
        return Reading(tuple(units[0].tolist()), float(answers[0]))
