"""Trains the reader; `pincite train reader` calls it. Imports torch and peft.

Every step shows a few pages, each with all of its questions at once. A page is a document, or some
of its sections where it is long; a question whose evidence is not on the page has no answer there.
Three losses are added: does each unit answer, which comes first (or none), does any. Knows nothing
of where the sources come from.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
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
from chat.reading import Judgement, judged, script
from retrieval.pairs import Source

_WINDOW = 40  # sources that are sorted by length together, so that little of a batch is padding
_REFUSED = 0.05  # of the answerable questions, where the recall of refusals is looked up
_CHARACTERS = 4  # of a token, about


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRecipe(AdapterRecipe):
    """What a training run is made of, besides its data.

    `pages` are what a step shows, of `tokens` each, about; `removed` is the share of the questions
    kept whose evidence is not on the page, `documents` how often an epoch shows a whole document.
    `short` is the share of the pages of which only a `few` units in a row are left, with no more
    questions without an answer than with one.
    """

    pages: int = 4
    questions: int = 12
    tokens: tuple[int, ...] = (300, 500, 700, 900)
    removed: float = 0.3
    documents: int = 3
    short: float = 0.25
    few: tuple[int, ...] = (1, 2, 3, 4, 6)
    seed: int = 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with questions, and for each question the rows of the page's units that answer it."""

    page: tuple[PageSection, ...]
    questions: tuple[str, ...]
    gold: tuple[tuple[int, ...], ...]


def trainee(layers: Any, recipe: ReaderRecipe) -> Trainee[Judgement]:
    """A reader that knows nothing yet."""
    return Trainee(layers, Judgement, recipe)


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

    def loss_of(batch: Sequence[Source], chance: random.Random) -> Tensor | None:
        sheets = [sheet for source in batch if (sheet := sheet_of(source, recipe, chance))]
        scripts = [script(sheet.page, sheet.questions, encode, first) for sheet in sheets]
        return _loss(judged(reader.states, reader.head, scripts), sheets) if sheets else None

    plan = list(_plan(sources, recipe))
    adapting.train(reader, reader.rates, plan, loss_of, recipe, checkpoint, progress)


def measures(
    reader: Trainee[Judgement], sources: Sequence[Source], encode: Encode, first: int
) -> dict[str, float]:
    """How well whole documents are read: the area under the ROC curve of answerable against other
    questions, the share of the others that would be refused if one in twenty answerable ones were,
    and how often the first unit is gold."""
    reader.eval()
    answerable, odds, right = [], [], []
    with torch.inference_mode(), adapting.device_of(reader):
        for source in sources:
            asked = [question.question for question in source.asked]
            laid_out = script(page_of(source), asked, encode, first)
            ((units, answers),) = judged(reader.states, reader.head, [laid_out])
            odds += answers.tolist()
            for row, question in zip(units, source.asked, strict=True):
                answerable.append(bool(question.gold))
                if question.gold:
                    right.append(int(row.argmax()) in question.gold)
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


def sheet_of(source: Source, recipe: ReaderRecipe, chance: random.Random) -> Sheet | None:
    """Some sections of a source in some order, or a few units of them, and questions about it;
    None without questions."""
    sections = page_of(source)
    kept = _kept_sections(sections, chance.choice(recipe.tokens), chance)
    starts = [0]
    for section in sections:
        starts.append(starts[-1] + len(section.units))
    shown = [place for number in kept for place in range(starts[number], starts[number + 1])]
    short = chance.random() < recipe.short
    if short:
        shown = _few(shown, source, chance.choice(recipe.few), chance)
    rows = {place: row for row, place in enumerate(shown)}
    asked = []
    for question in source.asked:
        gold = tuple(rows[place] for place in question.gold if place in rows)
        whole = len(gold) == len(question.gold)
        if whole or (not gold and chance.random() < recipe.removed):
            asked.append((question.question, gold))
    if short:
        answered = [one for one in asked if one[1]]
        others = [one for one in asked if not one[1]]
        asked = answered + chance.sample(others, min(len(others), max(1, len(answered))))
    if len(asked) > recipe.questions:
        asked = chance.sample(asked, recipe.questions)
    if not asked:
        return None
    page = tuple(
        PageSection(sections[number].heading, units)
        for number in kept
        if (
            units := tuple(
                unit
                for place, unit in enumerate(sections[number].units, start=starts[number])
                if place in rows
            )
        )
    )
    return Sheet(page, tuple(text for text, _ in asked), tuple(gold for _, gold in asked))


def _few(shown: list[int], source: Source, count: int, chance: random.Random) -> list[int]:
    """So many of the places shown, next to each other, with all that answers one of the questions
    if they can hold it."""
    rows = {place: row for row, place in enumerate(shown)}
    spans = [
        (min(found), max(found))
        for question in source.asked
        if question.gold and all(place in rows for place in question.gold)
        for found in [[rows[place] for place in question.gold]]
        if max(found) - min(found) < count
    ]
    row = chance.randrange(len(shown))
    first, last = chance.choice(spans) if spans else (row, row)
    start = chance.randint(last - count + 1, first)
    return shown[max(0, start) : start + count]


def _kept_sections(
    sections: Sequence[PageSection], tokens: int, chance: random.Random
) -> list[int]:
    """All sections if they fit into about so many tokens, otherwise some; in order, or in none."""
    kept = list(range(len(sections)))
    if sum(map(_size, sections)) > tokens:
        tried, kept, size = chance.sample(kept, len(kept)), [], 0
        for number in tried:
            if not kept or size + _size(sections[number]) <= tokens:
                kept.append(number)
                size += _size(sections[number])
    return chance.sample(kept, len(kept)) if chance.random() < 0.5 else sorted(kept)


def _size(section: PageSection) -> int:
    return 12 + sum(len(unit) // _CHARACTERS + 2 for unit in section.units)


def _plan(sources: Sequence[Source], recipe: ReaderRecipe) -> Iterator[list[Source]]:
    """What every step shows; sources of like length together."""
    longest = max(recipe.tokens)
    whole = [s for s in sources if sum(map(_size, page_of(s))) > longest]
    items = list(sources) + whole * (recipe.documents - 1)
    chance = random.Random(recipe.seed)
    for _ in range(recipe.epochs):
        chance.shuffle(items)
        for start in range(0, len(items), _WINDOW):
            window = sorted(items[start : start + _WINDOW], key=lambda s: sum(map(len, s.texts)))
            steps = [window[i : i + recipe.pages] for i in range(0, len(window), recipe.pages)]
            chance.shuffle(steps)
            yield from steps


def _loss(results: Sequence[tuple[Tensor, Tensor]], sheets: Sequence[Sheet]) -> Tensor:
    total, count = torch.zeros(()), 0
    for (units, answers), sheet in zip(results, sheets, strict=True):
        gold = torch.zeros_like(units)
        for row, places in zip(gold, sheet.gold, strict=True):
            row[list(places)] = 1.0
        answered = (gold.sum(1) > 0).float()
        each = functional.binary_cross_entropy_with_logits(units, gold, reduction="none").sum(1)
        # "None of them" competes with the units at log odds of zero.
        choices = torch.cat([torch.zeros(len(units), 1), units], 1)
        right = torch.cat([(1 - answered)[:, None], gold], 1)
        first = -(right / right.sum(1, keepdim=True) * functional.log_softmax(choices, 1)).sum(1)
        any_answers = functional.binary_cross_entropy_with_logits(
            answers, answered, reduction="none"
        )
        total = total + (0.5 * each + 0.5 * first + any_answers).sum()
        count += len(units)
    return total / count
