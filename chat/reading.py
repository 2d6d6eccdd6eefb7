"""A page read with a question in mind: which of its units answer, and whether any of them does.

A page is what search brought, as sections with their units. A causal language model reads the
question, the page, and the question again: each unit with the question in mind, the second question
with the whole page. The states at the end of each unit and after the question are then held beside
each other by a small network, which says of each unit whether it answers, and whether any does. In
the other layout the page is read first, without a question in mind, and each unit is only held
beside the question after it: a reader that judges worse, and errs elsewhere. Knows nothing of
documents or of where the weights come from. Imports torch: import it where a model is loaded.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from chat.branches import Encode, Layers, states_of_plain
from chat.reader import PageSection

_NONE = -1e4  # log odds of what is not there
_WIDTH = 256  # of the comparison

Layout = Literal["around", "after"]  # where the question stands: around the page, or after it


@dataclass(frozen=True, slots=True)
class Script:
    """Token ids of a page with its question, as the model reads them; `units` is where each of the
    page's units ends."""

    ids: tuple[int, ...]
    units: tuple[int, ...]


def script(
    page: Sequence[PageSection],
    question: str,
    encode: Encode,
    first: int,
    layout: Layout = "around",
) -> Script:
    """Lay out a page and its question.

    Args:
        first: the token that every text begins with, on which attention can rest.
    """
    ids = [first]
    if layout == "around":
        ids += encode(f"Question: {question}\n")
    units = []
    for section in page:
        ids += encode(f"# {section.heading}\n")
        for unit in section.units:
            ids += encode(f"{unit}\n")
            units.append(len(ids) - 1)
    ids += encode(f"Question: {question}\nAnswer:")
    return Script(tuple(ids), tuple(units))


class Judgement(nn.Module, ABC):
    """From states to log odds: for each unit that it answers, and that any does.

    Args:
        states: width of the language model's states.
        width: of the comparison.
    """

    def __init__(self, states: int, width: int) -> None:
        super().__init__()
        self.asked = nn.Linear(states, width)
        self.said = nn.Linear(states, width)
        self._scale = width**-0.5

    @abstractmethod
    def forward(self, question: Tensor, units: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds (n, u) of each unit and (n,) of any, from states (n, s) and (n, u, s), and
        (n, u) whether there is such a unit; those that are not there have none."""


class Comparing(Judgement):
    """Holds the units beside each other."""

    def __init__(self, states: int, width: int = _WIDTH) -> None:
        super().__init__(states, width)
        self.beside = nn.TransformerEncoderLayer(
            width, 4, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.unit = nn.Linear(width, 1)
        self.any = nn.Sequential(
            nn.Linear(2 * width + 1, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 1)
        )
        nn.init.constant_(self.unit.bias, -2.0)  # most units do not answer

    def forward(self, question: Tensor, units: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """See `Judgement`."""
        rows = torch.cat([self.asked(question)[:, None], self.said(units)], 1)
        absent = functional.pad(~there, (1, 0))
        held = self.beside(rows, src_key_padding_mask=absent)
        asked, said = held[:, 0], held[:, 1:]
        alike = self.unit(said)[..., 0] + self._scale * (said @ asked[..., None])[..., 0]
        alike = alike.masked_fill(~there, _NONE)
        seen = (torch.softmax(alike, 1)[:, None] @ said)[:, 0]
        peak = torch.logsumexp(alike, 1, keepdim=True) / 4
        return alike, self.any(torch.cat([asked, seen, peak], 1))[:, 0]


class Matching(Judgement):
    """Holds each unit beside the question alone."""

    def __init__(self, states: int, width: int = _WIDTH) -> None:
        super().__init__(states, width)
        self.shift = nn.Parameter(torch.tensor(-2.0))
        self.any = nn.Sequential(
            nn.Linear(2 * states + 1, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 1)
        )

    def forward(self, question: Tensor, units: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """See `Judgement`."""
        asked, said = self.asked(question), self.said(units)
        alike = self._scale * (said @ asked[..., None])[..., 0] + self.shift
        alike = alike.masked_fill(~there, _NONE)
        seen = (torch.softmax(alike, 1)[:, None] @ units)[:, 0]
        peak = torch.logsumexp(alike, 1, keepdim=True) / 4
        return alike, self.any(torch.cat([question, seen, peak], 1))[:, 0]


def layout_of(recipe: Mapping[str, Any]) -> Layout:
    """The layout of a recipe; those older than there were two do not say."""
    layout: Layout = recipe.get("layout", "around")
    return layout


def judgement_of(layout: Layout) -> Callable[[int], Judgement]:
    """Makes the network of a layout from the width of the states."""
    return Comparing if layout == "around" else Matching


def judged(
    layers: Layers, judgement: Judgement, scripts: Sequence[Script]
) -> tuple[Tensor, Tensor]:
    """What `judgement` says of every script: log odds (n, u) of its units, and (n,)."""
    states = states_of_plain(layers, [one.ids for one in scripts])
    asked = [len(one.ids) - 1 for one in scripts]
    ends = pad_sequence([torch.tensor(one.units) for one in scripts], True, -1)
    rows = torch.arange(len(scripts))
    return judgement.forward(states[rows, asked], states[rows[:, None], ends], ends >= 0)
