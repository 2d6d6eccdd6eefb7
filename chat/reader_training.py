"""Trains the reader; `pincite train reader` calls it. Imports torch and peft.

Every question is shown on a page of its own: the document, or some of its sections where it is
long, or a few of its units; now and then without what answers. Three losses are added: does each
unit answer, which comes first (or none), does any. Knows nothing of where the sources come from.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional

from chat import adapting
from chat.adapting import AdapterRecipe, Progress, Trainee
from chat.branches import Encode
from chat.reader import PageSection
from chat.reading import Judgement, Layout, judged, judgement_of, script
from chat.wording import stems
from retrieval.pairs import Asked, Source

_WINDOW = 512  # sheets that are sorted by length together, so that little of a batch is padding
_AT_ONCE = 16  # sheets in memory together
_REFUSED = 0.05  # of the answerable questions, where the recall of refusals is looked up
_CHARACTERS = 4  # of a token, about


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRecipe(AdapterRecipe):
    """What a training run is made of, besides its data.

    A step shows so many `sheets`, of about one of `tokens` each. `removed` is the share of the
    answerable questions whose evidence is kept off their page, `searched` that of the pages whose
    sections share words with the question, as if search had brought them, and `short` that of the
    pages of which only a `few` units in a row are left. `layout` is where the question stands, and
    which network judges.
    """

    rate: float = 6e-4
    sheets: int = 32
    tokens: tuple[int, ...] = (300, 500, 700, 900)
    removed: float = 0.1
    searched: float = 0.5
    short: float = 0.15
    few: tuple[int, ...] = (1, 2, 3, 4, 6)
    seed: int = 2
    layout: Layout = "around"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with a question, and the rows of the page's units that answer it."""

    page: tuple[PageSection, ...]
    question: str
    gold: tuple[int, ...]


def trainee(layers: Any, recipe: ReaderRecipe) -> Trainee[Judgement]:
    """A reader that knows nothing yet."""
    return Trainee(layers, judgement_of(recipe.layout), recipe)


def train(
    reader: Trainee[Judgement],
    sources: Sequence[Source],
    recipe: ReaderRecipe,
    encode: Encode,
    first: int,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps."""

    def losses_of(batch: Sequence[Sheet], chance: random.Random) -> Iterator[Tensor]:
        for start in range(0, len(batch), _AT_ONCE):
            sheets = batch[start : start + _AT_ONCE]
            scripts = [
                script(sheet.page, sheet.question, encode, first, recipe.layout) for sheet in sheets
            ]
            units, answers = judged(reader.states, reader.head, scripts)
            yield _loss(units, answers, sheets) / len(batch)

    plan = list(_plan(sources, recipe))
    adapting.train(reader, reader.rates, plan, losses_of, recipe, checkpoint, progress)


def measures(
    reader: Trainee[Judgement],
    sources: Sequence[Source],
    encode: Encode,
    first: int,
    layout: Layout = "around",
) -> dict[str, float]:
    """How well whole documents are read: the area under the ROC curve of answerable against other
    questions, the share of the others that would be refused if one in twenty answerable ones were,
    and how often the first unit is gold."""
    reader.eval()
    answerable, odds, right = [], [], []
    with torch.inference_mode(), adapting.device_of(reader):
        for source in sources:
            page = page_of(source)
            for question in source.asked:
                laid_out = script(page, question.question, encode, first, layout)
                units, answers = judged(reader.states, reader.head, [laid_out])
                odds.append(float(answers[0]))
                answerable.append(bool(question.gold))
                if question.gold:
                    right.append(int(units[0].argmax()) in question.gold)
    scores, labels = np.array(odds), np.array(answerable)
    point = np.quantile(scores[labels], _REFUSED)
    return {
        "questions": len(labels),
        "answerable_auc": round(float(roc_auc_score(labels, scores)), 4),
        "refusal_recall_at_05": round(float(np.mean(scores[~labels] < point)), 4),
        "p_at_1": round(float(np.mean(right)), 4),
    }


def page_of(source: Source) -> list[PageSection]:
    """The whole of a source, in sections."""
    rows = [text.split("\n", 1) for text in source.texts]
    return [
        PageSection(heading, tuple(unit for _, unit in group))
        for heading, group in groupby(rows, key=lambda row: row[0])
    ]


def sheet_of(source: Source, asked: Asked, recipe: ReaderRecipe, chance: random.Random) -> Sheet:
    """A page for a question: some sections of a source in some order, or a few units of them."""
    sections = page_of(source)
    starts = [0]
    for section in sections:
        starts.append(starts[-1] + len(section.units))
    places = [range(start, end) for start, end in pairwise(starts)]
    needed = {n for n, shown in enumerate(places) if any(place in shown for place in asked.gold)}
    kept = list(range(len(sections)))
    if len(needed) < len(sections) and chance.random() < recipe.removed:
        kept, needed = [number for number in kept if number not in needed], set()
    kept = _fitting(sections, kept, needed, asked.question, recipe, chance)
    shown = [place for number in kept for place in places[number]]
    if chance.random() < recipe.short:
        shown = _few(shown, asked.gold, chance.choice(recipe.few), chance)
    rows = {place: row for row, place in enumerate(shown)}
    page = tuple(
        PageSection(sections[number].heading, tuple(units))
        for number in kept
        if (
            units := [
                unit
                for place, unit in zip(places[number], sections[number].units, strict=True)
                if place in rows
            ]
        )
    )
    return Sheet(page, asked.question, tuple(rows[place] for place in asked.gold if place in rows))


def _fitting(
    sections: Sequence[PageSection],
    offered: Sequence[int],
    needed: set[int],
    question: str,
    recipe: ReaderRecipe,
    chance: random.Random,
) -> list[int]:
    """The sections needed, and of the others offered as many as fit; in order, or in none."""
    tokens = chance.choice(recipe.tokens)
    words = stems(question) if chance.random() < recipe.searched else frozenset()
    kept: list[int] = []
    size = 0
    for number in sorted(
        offered,
        key=lambda n: (
            n not in needed,
            -len(words & stems(" ".join(sections[n].units))),
            chance.random(),
        ),
    ):
        if number in needed or not kept or size + _size(sections[number]) <= tokens:
            kept.append(number)
            size += _size(sections[number])
    return chance.sample(kept, len(kept)) if chance.random() < 0.5 else sorted(kept)


def _few(shown: list[int], gold: Sequence[int], count: int, chance: random.Random) -> list[int]:
    """So many of the places shown, next to each other, with the gold ones; all where these do not
    stand so near."""
    rows = [shown.index(place) for place in gold if place in shown]
    if not rows:
        rows = [chance.randrange(len(shown))]
    first, last = min(rows), max(rows)
    if last - first >= count:
        return shown
    start = max(0, chance.randint(last - count + 1, first))
    return shown[start : start + count]


def _size(section: PageSection) -> int:
    return 12 + sum(len(unit) // _CHARACTERS + 2 for unit in section.units)


def _plan(sources: Sequence[Source], recipe: ReaderRecipe) -> Iterator[list[Sheet]]:
    """What every step shows; pages of like length together."""
    asked = [(source, one) for source in sources for one in source.asked]
    for epoch in range(recipe.epochs):
        chance = random.Random(f"{recipe.seed} {epoch}")
        sheets = [
            sheet_of(source, one, recipe, chance)
            for source, one in chance.sample(asked, len(asked))
        ]
        steps: list[list[Sheet]] = []
        for start in range(0, len(sheets), _WINDOW):
            window = sorted(sheets[start : start + _WINDOW], key=lambda s: sum(map(_size, s.page)))
            steps += [window[i : i + recipe.sheets] for i in range(0, len(window), recipe.sheets)]
        yield from chance.sample(steps, len(steps))


def _loss(units: Tensor, answers: Tensor, sheets: Sequence[Sheet]) -> Tensor:
    """The sum over the sheets."""
    gold = torch.zeros_like(units)
    for row, sheet in zip(gold, sheets, strict=True):
        row[list(sheet.gold)] = 1.0
    answered = gold.amax(1)
    each = functional.binary_cross_entropy_with_logits(units, gold, reduction="none").sum(1)
    # "None of them" competes with the units at log odds of zero.
    choices = functional.pad(units, (1, 0))
    right = torch.cat([1 - answered[:, None], gold], 1)
    first = -(right / right.sum(1, keepdim=True) * functional.log_softmax(choices, 1)).sum(1)
    any_answers = functional.binary_cross_entropy_with_logits(answers, answered, reduction="none")
    return (0.5 * each + 0.5 * first + any_answers).sum()
