"""Trains the reranker's network; `pincite train reranker` calls it. Imports torch.

Each question is shown with the texts that answer it, those that search ranks highest among the
rest, and a few others. Three losses are added: does each text answer, does the right one come
first, and does any answer at all. Knows nothing of where sources come from.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from retrieval.bm25 import Bm25Index
from retrieval.checkpoint import Checkpoint
from retrieval.encoder import Encoder, TokenVectors
from retrieval.fusion import convex
from retrieval.matching import Matcher, Shape, padded
from retrieval.pairs import Source

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training run is made of, besides its data. `candidates` texts a question, of which
    at most `golds` answer it."""

    epochs: int = 3
    questions: int = 16
    candidates: int = 10
    golds: int = 3
    rate: float = 1e-3
    decay: float = 0.02
    dropout: float = 0.15
    first: float = 0.3  # weight of "the right one comes first"
    any: float = 0.5  # weight of "does any answer"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question with its document's texts as token vectors, and the other rows best first."""

    question: TokenVectors
    texts: Sequence[TokenVectors]
    cosines: NDArray[np.float32]
    gold: tuple[int, ...]
    others: tuple[int, ...]


def prepare(
    sources: Sequence[Source], encoder: Encoder, progress: Progress = lambda done, total: None
) -> list[Prepared]:
    """Encode every text and question once, and mine the negatives with hybrid search."""
    prepared: list[Prepared] = []
    for done, source in enumerate(sources, start=1):
        prepared += _prepared(source, encoder)
        progress(done, len(sources))
    return prepared


def _prepared(source: Source, encoder: Encoder) -> Iterator[Prepared]:
    texts = encoder.encode_tokens(source.texts)
    wholes = np.stack([text.whole for text in texts])
    bm25 = Bm25Index.build(source.texts)
    questions = encoder.encode_tokens([asked.question for asked in source.asked])
    for asked, question in zip(source.asked, questions, strict=True):
        cosines = wholes @ question.whole
        ranked = np.argsort(-convex(cosines, bm25.scores(asked.question)), kind="stable")
        others = tuple(int(row) for row in ranked if row not in asked.gold)
        yield Prepared(question, texts, cosines, asked.gold, others)


def train(
    data: Sequence[Prepared],
    recipe: Recipe,
    shape: Shape,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> Matcher:
    """Train a network, or go on from `checkpoint`, which is written after every epoch.

    The same data, recipe and shape give the same network on the same machine, whether
    interrupted between epochs or not.
    """
    torch.manual_seed(recipe.seed)
    network = Matcher(shape, recipe.dropout)
    optimizer = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.decay)
    steps = len(data) // recipe.questions
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=recipe.epochs * steps + 1, pct_start=0.1
    )
    kept = Checkpoint(checkpoint, recipe)
    done = kept.resume(network, optimizer, schedule)
    vocabulary: dict[str, int] = {}
    for epoch in range(done, recipe.epochs):
        torch.manual_seed(recipe.seed * 1000 + epoch)
        chance = random.Random(recipe.seed * 1000 + epoch)
        order = chance.sample(range(len(data)), len(data))
        network.train()
        for step in range(steps):
            rows = order[step * recipe.questions : (step + 1) * recipe.questions]
            loss = _loss(network, [data[row] for row in rows], recipe, chance, vocabulary)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            progress(epoch * steps + step + 1, recipe.epochs * steps)
        kept.keep(epoch + 1, network, optimizer, schedule)
    return network.eval()


def _loss(
    network: Matcher,
    rows: Sequence[Prepared],
    recipe: Recipe,
    chance: random.Random,
    vocabulary: dict[str, int],
) -> Tensor:
    chosen = [
        (number, row, text)
        for number, row in enumerate(rows)
        for text in _chosen(row, recipe, chance)
    ]
    logits = network(
        padded([row.question for _, row, _ in chosen], vocabulary),
        padded([row.texts[text] for _, row, text in chosen], vocabulary),
        torch.tensor([float(row.cosines[text]) for _, row, text in chosen]),
    )
    answers = torch.tensor([float(text in row.gold) for _, row, text in chosen])
    table = torch.full((len(rows), len(chosen)), -1e4)
    owners = torch.tensor([number for number, _, _ in chosen])
    table[owners, torch.arange(len(chosen))] = logits
    right = table.masked_fill(answers[None, :] == 0, -1e4)
    answered = torch.tensor([float(bool(row.gold)) for row in rows])
    behind = torch.logsumexp(table, 1) - torch.logsumexp(right, 1)
    each = functional.binary_cross_entropy_with_logits(logits, answers)
    any_answers = functional.binary_cross_entropy_with_logits(table.amax(1), answered)
    first = (behind * answered).sum() / len(rows)
    return each + recipe.first * first + recipe.any * any_answers


def _chosen(row: Prepared, recipe: Recipe, chance: random.Random) -> list[int]:
    gold = chance.sample(row.gold, min(recipe.golds, len(row.gold)))
    hard = list(row.others[: recipe.candidates // 2 + 2])
    rest = row.others[len(hard) :]
    wanted = min(len(rest), max(0, recipe.candidates - len(hard) - len(gold)))
    return gold + hard + chance.sample(rest, wanted)
