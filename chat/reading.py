"""A page read with a question in mind: which of its units answer, and whether any of them does.

A page is what search brought, as sections with their units. A causal language model reads the page
and then the question; the state after the question is held against the state at the end of each
unit (a pointer network, Vinyals et al. 2015), and a small network says from the same states whether
the page answers at all. Several questions can be read after one page: each sees the page and
itself, and none another. Knows nothing of documents or of where the weights come from. Imports
torch: import it where a model is loaded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from chat.reader import PageSection

Encode = Callable[[str], list[int]]  # a text to token ids, without special tokens

_PADDING = -1
# Lengths are rounded up to a multiple of this: kernels are made anew for every shape.
_ROUND = 64


@dataclass(frozen=True, slots=True)
class Script:
    """A page and the questions after it, as the model reads them.

    `positions` of every question go on where the page ends; `segments` are 0 for the page and n
    for the n-th question. `units` and `questions` are where each of them ends.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    segments: tuple[int, ...]
    units: tuple[int, ...]
    questions: tuple[int, ...]


def script(
    page: Sequence[PageSection], questions: Sequence[str], encode: Encode, first: int
) -> Script:
    """Lay out a page and its questions.

    Args:
        first: the token that every text begins with, on which attention can rest.
    """
    ids = [first]
    units, ends = [], []
    for section in page:
        ids += encode(f"# {section.heading}\n")
        for unit in section.units:
            ids += encode(f"{unit}\n")
            units.append(len(ids) - 1)
    length = len(ids)
    positions, segments = list(range(length)), [0] * length
    for number, question in enumerate(questions, start=1):
        added = encode(f"Question: {question}\nAnswer:")
        ids += added
        positions += range(length, length + len(added))
        segments += [number] * len(added)
        ends.append(len(ids) - 1)
    return Script(tuple(ids), tuple(positions), tuple(segments), tuple(units), tuple(ends))


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
    layers: Callable[..., Tensor], judgement: Judgement, scripts: Sequence[Script]
) -> list[tuple[Tensor, Tensor]]:
    """What `judgement` says of every script: log odds (questions, units) and (questions,).

    Args:
        layers: from ids (n, t), positions (n, t) and a mask (n, 1, t, t) of what each token may
            look at, to states (n, t, s).
    """
    ids, positions, segments = (
        _padded([getattr(one, name) for one in scripts], fill)
        for name, fill in (("ids", 0), ("positions", 0), ("segments", _PADDING))
    )
    length = ids.shape[1]
    before = torch.ones(length, length, dtype=torch.bool).tril()
    own = segments[:, :, None] == segments[:, None, :]
    mask = before & (own | (segments[:, None, :] == 0))
    mask |= torch.eye(length, dtype=torch.bool)  # padding looks at itself, not at nothing
    states = layers(ids, positions, mask[:, None]).float()
    return [
        judgement(row[list(one.questions)], row[list(one.units)])
        for row, one in zip(states, scripts, strict=True)
    ]


def _padded(rows: Sequence[Sequence[int]], fill: int) -> Tensor:
    length = -(-max(map(len, rows)) // _ROUND) * _ROUND
    padded = torch.full((len(rows), length), fill)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = torch.tensor(values)
    return padded
