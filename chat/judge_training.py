"""Trains the gate's judge; `pincite train gate` calls it. Imports torch and peft.

Every step shows the evidence of a few claims, each with true sentences and false ones. Two losses
are added: is the sentence supported, and which of its tokens are not, which is known where a true
sentence was made false. Knows nothing of where sentences come from.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chat import adapting
from chat.adapting import AdapterRecipe, Progress, Trainee
from chat.branches import Encode
from chat.gate_data import Sheet
from chat.judging import Verdict, judged, lesson

_WINDOW = 128  # sheets that are sorted by length together, so that little of a batch is padding


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRecipe(AdapterRecipe):
    """What a training run is made of, besides its data; `words` is the weight of the loss of
    tokens."""

    sheets: int = 16
    words: float = 1.0
    rate: float = 6e-4


def learner(layers: Any, recipe: JudgeRecipe) -> Trainee[Verdict]:
    """A judge that knows nothing yet."""
    return Trainee(layers, Verdict, recipe)


def train(
    judge: Trainee[Verdict],
    epoch: Callable[[int], Sequence[Sheet]],
    recipe: JudgeRecipe,
    encode: Encode,
    first: int,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps.

    Args:
        epoch: the sheets of an epoch, by its number.
    """

    def losses_of(batch: Sequence[Sheet], chance: random.Random) -> Iterator[Tensor]:
        lessons = [
            lesson(sheet.question, sheet.units, sheet.sentences, encode, first) for sheet in batch
        ]
        verdicts = judged(judge.states, judge.head, lessons)
        yield _loss(verdicts, batch, encode, recipe)

    plan = list(_plan(epoch, recipe))
    adapting.train(judge, judge.rates, plan, losses_of, recipe, checkpoint, progress)


def _plan(epoch: Callable[[int], Sequence[Sheet]], recipe: JudgeRecipe) -> Iterator[list[Sheet]]:
    """What every step shows; sheets of like length together."""
    chance = random.Random(recipe.seed)
    for number in range(recipe.epochs):
        order = chance.sample(rows := list(epoch(number)), len(rows))
        for start in range(0, len(order), _WINDOW):
            window = sorted(order[start : start + _WINDOW], key=_length)
            steps = [window[i : i + recipe.sheets] for i in range(0, len(window), recipe.sheets)]
            chance.shuffle(steps)
            yield from steps


def _length(sheet: Sheet) -> int:
    return sum(map(len, (sheet.question, *sheet.units, *sheet.sentences)))


def _loss(
    verdicts: Sequence[Sequence[tuple[Tensor, Tensor]]],
    sheets: Sequence[Sheet],
    encode: Encode,
    recipe: JudgeRecipe,
) -> Tensor:
    """Cross entropies; the false sentences of a sheet weigh as much as its true ones."""
    total, weight = torch.zeros(()), 0.0
    for row, sheet in zip(verdicts, sheets, strict=True):
        for n, (whole, words) in enumerate(row):
            holds = sheet.supported[n]
            share = 1 / sheet.supported.count(holds)
            each = functional.binary_cross_entropy_with_logits(whole, torch.tensor(float(holds)))
            if sheet.originals[n]:
                wrong, known = _wrong(sheet.sentences[n], sheet.originals[n], holds, encode)
                of_words = functional.binary_cross_entropy_with_logits(
                    words, wrong, reduction="none"
                )
                # A wrong token counts as much as the right ones around it.
                scale = known * (1 + 4 * wrong)
                each = each + recipe.words * (of_words * scale).sum() / scale.sum().clamp(1)
            total, weight = total + share * each, weight + share
    return total / weight


def _wrong(sentence: str, original: str, holds: bool, encode: Encode) -> tuple[Tensor, Tensor]:
    """Which tokens of a sentence its original does not have, and of which that is known: what
    follows a gap may be read either way."""
    said = encode(f" {sentence}")
    wrong, known = torch.zeros(len(said)), torch.ones(len(said))
    if not holds:
        matcher = SequenceMatcher(None, encode(f" {original}"), said, autojunk=False)
        for kind, _, _, start, end in matcher.get_opcodes():
            if kind in {"replace", "insert"}:
                wrong[start:end] = 1.0
            elif kind == "delete":
                known[start : start + 1] = 0.0
    return wrong, known
