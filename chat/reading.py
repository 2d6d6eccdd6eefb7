"""A page read with a question in mind: which of its units answer, and whether any of them does.

A page is what search brought, as sections with their units. A causal language model reads the page
and then the question; the state after the question is held against the state at the end of each
unit (a pointer network, Vinyals et al. 2015), and a small network says from the same states whether
the page answers at all. Several questions can be read after one page (see `branches`). Knows
nothing of documents or of where the weights come from. Imports torch: import it where a model is
loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from chat.branches import Branched, Encode, Layers, branched, states_of
from chat.reader import PageSection


@dataclass(frozen=True, slots=True)
class Script:
    """A page and the questions after it, as the model reads them; `units` is where each of the
    page's units ends."""

    laid: Branched
    units: tuple[int, ...]


def script(
    page: Sequence[PageSection], questions: Sequence[str], encode: Encode, first: int
) -> Script:
    """Lay out a page and its questions.

    Args:
        first: the token that every text begins with, on which attention can rest.
    """
    ids = [first]
    units = []
    for section in page:
        ids += encode(f"# {section.heading}\n")
        for unit in section.units:
            ids += encode(f"{unit}\n")
            units.append(len(ids) - 1)
    asked = [encode(f"Question: {question}\nAnswer:") for question in questions]
    return Script(branched(ids, asked), tuple(units))


class Judgement(nn.Module):
    """From states to log odds: for each unit that it answers, and that any does.

    Args:
        states: width of the language model's states.
        width: of the comparison.
    """

    def __init__(self, states: int, width: int = 256) -> None:
        super().__init__()
        self.asked = nn.Linear(states, width)
        self.said = nn.Linear(states, width)
        self.shift = nn.Parameter(torch.tensor(-2.0))
        self.any = nn.Sequential(
            nn.Linear(2 * states + 1, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 1)
        )
        self._scale = width**-0.5

    def forward(self, questions: Tensor, units: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds (q, u) of each unit and (q,) of any, from states (q, s) and (u, s)."""
        alike = self._scale * self.asked(questions) @ self.said(units).T + self.shift
        seen = torch.softmax(alike, 1) @ units
        peak = torch.logsumexp(alike, 1, keepdim=True) / 4
        return alike, self.any(torch.cat([questions, seen, peak], 1))[:, 0]


def judged(
    layers: Layers, judgement: Judgement, scripts: Sequence[Script]
) -> list[tuple[Tensor, Tensor]]:
    """What `judgement` says of every script: log odds (questions, units) and (questions,)."""
    states = states_of(layers, [one.laid for one in scripts])
    return [
        judgement(row[[end - 1 for _, end in one.laid.spans]], row[list(one.units)])
        for row, one in zip(states, scripts, strict=True)
    ]
