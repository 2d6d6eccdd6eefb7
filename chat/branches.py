"""Texts that begin alike, read by a causal language model in one pass.

The common beginning is read once; every branch after it sees the beginning and itself, and none
another. Knows nothing of what is read. Imports torch: import it where a model is loaded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Encode = Callable[[str], list[int]]  # a text to token ids, without special tokens
# From ids (n, t), positions (n, t) and a mask (n, 1, t, t) of what each token may look at, to
# states (n, t, s). Without positions and mask each token looks at all before it.
Layers = Callable[[Tensor, Tensor | None, Tensor | None], Tensor]

_PADDING = -1
# Lengths are rounded up to a multiple of this: kernels are made anew for every shape.
_ROUND = 64


@dataclass(frozen=True, slots=True)
class Branched:
    """A beginning and the branches after it, as the model reads them.

    `positions` of every branch go on where the beginning ends; `segments` are 0 for the beginning
    and n for the n-th branch. `spans` are where each branch begins and ends.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    segments: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def branched(beginning: Sequence[int], branches: Sequence[Sequence[int]]) -> Branched:
    """Lay out token ids."""
    ids, length = list(beginning), len(beginning)
    positions, segments = list(range(length)), [0] * length
    spans = []
    for number, branch in enumerate(branches, start=1):
        spans.append((len(ids), len(ids) + len(branch)))
        ids += branch
        positions += range(length, length + len(branch))
        segments += [number] * len(branch)
    return Branched(tuple(ids), tuple(positions), tuple(segments), tuple(spans))


def states_of(layers: Layers, rows: Sequence[Branched]) -> Tensor:
    """The states after every token, in full precision; shape (rows, longest, s)."""
    ids, positions, segments = (
        _padded([getattr(one, name) for one in rows], fill)
        for name, fill in (("ids", 0), ("positions", 0), ("segments", _PADDING))
    )
    length = ids.shape[1]
    before = torch.ones(length, length, dtype=torch.bool).tril()
    own = segments[:, :, None] == segments[:, None, :]
    mask = before & (own | (segments[:, None, :] == 0))
    mask |= torch.eye(length, dtype=torch.bool)  # padding looks at itself, not at nothing
    return layers(ids, positions, mask[:, None]).float()


def states_of_plain(layers: Layers, rows: Sequence[Sequence[int]]) -> Tensor:
    """The same of texts without branches, given as token ids: nothing sees the padding behind."""
    return layers(_padded(rows, 0), None, None).float()


def _padded(rows: Sequence[Sequence[int]], fill: int) -> Tensor:
    length = -(-max(map(len, rows)) // _ROUND) * _ROUND
    padded = torch.full((len(rows), length), fill)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = torch.tensor(values)
    return padded
