"""Trains the reader; `pincite train reader` calls it. Imports torch and peft.

Every step shows a few pages, each with all of its questions at once. A page is a document, or some
of its sections where it is long; a question whose evidence is not on the page has no answer there.
Three losses are added: does each unit answer, which comes first (or none), does any. Knows nothing
of where the sources come from.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from chat.reader import PageSection
from chat.reading import Encode, Judgement, Script, judged, script
from retrieval.checkpoint import Changed, Checkpoint
from retrieval.pairs import Source

Progress = Callable[[int, int], None]

_WINDOW = 40  # sources that are sorted by length together, so that little of a batch is padding
_REFUSED = 0.05  # of the answerable questions, where the recall of refusals is looked up
_KEEP_EVERY = 25  # steps between two checkpoints
_CHARACTERS = 4  # of a token, about


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """What a training run is made of, besides its data.

    `pages` are what a step shows, of `tokens` each, about; `removed` is the share of the questions
    kept whose evidence is not on the page, `documents` how often an epoch shows a whole document.
    """

    layers: int = 20
    rank: int = 16
    alpha: int = 32
    epochs: int = 2
    pages: int = 4
    questions: int = 12
    tokens: tuple[int, ...] = (300, 500, 700, 900)
    removed: float = 0.3
    documents: int = 2
    rate: float = 8e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with questions, and for each question the rows of the page's units that answer it."""

    page: tuple[PageSection, ...]
    questions: tuple[str, ...]
    gold: tuple[tuple[int, ...], ...]


class Trainee(nn.Module):
    """The language model's first layers with an adapter, and the network that judges."""

    def __init__(self, layers: Any, recipe: ReaderRecipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", lora_dropout=0.0
        )
        # The adapter is trained in full precision over weights that stay as they are.
        self.layers: Any = get_peft_model(layers, config)
        self.judgement = Judgement(layers.config.hidden_size)

    def forward(self, scripts: Sequence[Script]) -> list[tuple[Tensor, Tensor]]:
        """Log odds (questions, units) and (questions,) for every script."""
        return judged(self._states, self.judgement, scripts)

    def _states(self, ids: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.layers(
                input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False
            )
        states: Tensor = outputs.last_hidden_state
        return states


def train(
    trainee: Trainee,
    sources: Sequence[Source],
    recipe: ReaderRecipe,
    encode: Encode,
    first: int,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps."""
    plan = list(_plan(sources, recipe))
    head = list(trainee.judgement.parameters())
    adapter = [value for value in trainee.layers.parameters() if value.requires_grad]
    groups = [
        {"params": adapter, "lr": recipe.rate},
        {"params": head, "lr": recipe.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [recipe.rate, recipe.head_rate], total_steps=len(plan) + 1, pct_start=0.06
    )
    kept = Checkpoint(checkpoint, recipe)
    done = kept.resume(Changed(trainee), optimizer, schedule)
    trainee.train()
    for step, batch in enumerate(plan[done:], start=done):
        chance = random.Random(f"{recipe.seed} {step}")
        torch.manual_seed(recipe.seed * 100_000 + step)
        sheets = [sheet for source in batch if (sheet := sheet_of(source, recipe, chance))]
        if sheets:
            scripts = [script(sheet.page, sheet.questions, encode, first) for sheet in sheets]
            loss = _loss(trainee(scripts), sheets)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(adapter + head, 1.0)
            optimizer.step()
        schedule.step()
        progress(step + 1, len(plan))
        if (step + 1) % _KEEP_EVERY == 0 or step + 1 == len(plan):
            kept.keep(step + 1, Changed(trainee), optimizer, schedule)
    trainee.eval()


def measures(
    trainee: Trainee, sources: Sequence[Source], encode: Encode, first: int
) -> dict[str, float]:
    """How well whole documents are read: the area under the ROC curve of answerable against other
    questions, the share of the others that would be refused if one in twenty answerable ones were,
    and how often the first unit is gold."""
    trainee.eval()
    answerable, odds, right = [], [], []
    with torch.inference_mode():
        for source in sources:
            asked = [question.question for question in source.asked]
            ((units, answers),) = trainee([script(page_of(source), asked, encode, first)])
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
    """Some sections of a source in some order, and questions about it; None without questions."""
    sections = page_of(source)
    starts = [0]
    for section in sections:
        starts.append(starts[-1] + len(section.units))
    kept = _kept_sections(sections, chance.choice(recipe.tokens), chance)
    rows: dict[int, int] = {}
    for number in kept:
        for place in range(starts[number], starts[number + 1]):
            rows[place] = len(rows)
    asked = []
    for question in source.asked:
        gold = tuple(rows[place] for place in question.gold if place in rows)
        whole = len(gold) == len(question.gold)
        if whole or (not gold and chance.random() < recipe.removed):
            asked.append((question.question, gold))
    if len(asked) > recipe.questions:
        asked = chance.sample(asked, recipe.questions)
    if not asked:
        return None
    page = tuple(sections[number] for number in kept)
    return Sheet(page, tuple(text for text, _ in asked), tuple(gold for _, gold in asked))


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
