"""Reads what search brought, and judges whether it answers: the generator's base, our own adapters.

The first layers of SmolLM2-135M with an adapter, and a network of `reading` on top. `pincite train
reader` makes the weights; their cards lie beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chat import adapter
from chat.smollm2 import Base

WEIGHTS = adapter.WEIGHTS / "reader"
SECOND = adapter.WEIGHTS / "second-reader"
_SECOND_SHARE = 0.25  # see its card
# Log odds of the first reader up to which the second is asked, too. In cross-validation on 2,093
# development and earlier test questions that is .43 of them, and brings an area under the ROC curve
# of .940; asking it always brings .944, never .930.
_IN_DOUBT = 2.0


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

        from chat.reading import judgement_of, layout_of

        self._torch = torch
        self._base = base
        self._adapted = adapter.AdaptedLayers(
            base, folder, lambda recipe, width: judgement_of(layout_of(recipe))(width)
        )
        self._layout = layout_of(self._adapted.recipe)
        self.name = self._adapted.name

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        """Read a page of at least one unit with a question in mind."""
        from chat.reading import judged, script

        laid_out = script(page, question, self._base.encode, self._base.first, self._layout)
        with self._torch.inference_mode():
            units, answers = judged(self._adapted.states, self._adapted.head, [laid_out])
        return Reading(tuple(units[0].tolist()), float(answers[0]))


class TwoReaders:
    """A reader, and another that was taught differently, which is asked where the first is in doubt
    whether the page answers: it errs elsewhere.

    Args:
        first, second: the second's say is smaller.
    """

    def __init__(self, first: Reader, second: Reader) -> None:
        self._first, self._second = first, second
        self.name = f"{first.name}+{second.name}"

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        """What the first says, or, in doubt, means of what both say."""
        one = self._first.read(question, page)
        if abs(one.answers) > _IN_DOUBT:
            return one
        other = self._second.read(question, page)
        units = zip(one.units, other.units, strict=True)
        return Reading(tuple(_mean(*odds) for odds in units), _mean(one.answers, other.answers))


def _mean(first: float, second: float) -> float:
    return (1 - _SECOND_SHARE) * first + _SECOND_SHARE * second
