"""Evidence read before sentences about it: is each supported, and which of its tokens are not.

A causal language model reads units, the question and then a sentence; a small network says from
the states after its tokens what the evidence lacks, and from these and the last state whether the
whole is supported. Several sentences can be read after the same evidence (see `branches`). Knows
nothing of where sentences come from. Imports torch: import it where a model is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from chat.branches import Branched, Encode, Layers, branched, states_of

_BEFORE, _AFTER = "Answer:", "\nSupported:"  # the model makes up its mind after the latter


@dataclass(frozen=True, slots=True)
class Lesson:
    """Evidence and the sentences that are held against it, as the model reads them; `said` are
    where each sentence's own tokens begin and end."""

    laid: Branched
    said: tuple[tuple[int, int], ...]


def lesson(
    question: str, units: Sequence[str], sentences: Sequence[str], encode: Encode, first: int
) -> Lesson:
    """Lay out evidence and sentences.

    Args:
        first: the token that every text begins with, on which attention can rest.
    """
    beginning = [first]
    for unit in units:
        beginning += encode(f"{unit}\n")
    beginning += encode(f"Question: {question or 'none'}\n")
    before, after = encode(_BEFORE), encode(_AFTER)
    laid = branched(beginning, [before + encode(f" {said}") + after for said in sentences])
    spans = tuple((start + len(before), end - len(after)) for start, end in laid.spans)
    return Lesson(laid, spans)


class Verdict(nn.Module):
    """From states to log odds.

    Args:
        states: width of the language model's states.
        width: inside.
    """

    def __init__(self, states: int, width: int = 192) -> None:
        super().__init__()
        self.word = nn.Sequential(nn.Linear(states, width), nn.GELU(), nn.Linear(width, 1))
        self.whole = nn.Sequential(
            nn.Linear(2 * states + 2, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 1)
        )

    def forward(self, said: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds that a sentence is supported, (), and that each of its tokens is not, (t,),
        from the states (t, s) after its tokens and (s,) at the end."""
        words = self.word(said)[:, 0]
        worst = torch.softmax(words, 0) @ said
        peak = torch.stack([words.max(), torch.logsumexp(words, 0)]) / 4
        return self.whole(torch.cat([after, worst, peak]))[0], words


def judged(
    layers: Layers, verdict: Verdict, lessons: Sequence[Lesson]
) -> list[list[tuple[Tensor, Tensor]]]:
    """What `verdict` says of every sentence of every lesson."""
    states = states_of(layers, [one.laid for one in lessons])
    return [
        [
            verdict(row[start:end], row[last - 1])
            for (start, end), (_, last) in zip(one.said, one.laid.spans, strict=True)
        ]
        for row, one in zip(states, lessons, strict=True)
    ]
