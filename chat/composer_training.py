"""Trains the composer's adapter; `pincite train composer` calls it. Imports torch and peft.

Each example is a question with the evidence that answers it, as the composer sees it, and an
answer in the words of a careful writer; only the answer is learnt. Some examples show a unit of
evidence that does not help, beside those that do, as happens in use.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chat import adapting
from chat.adapting import LoraRecipe, Progress
from chat.branches import Encode
from chat.prompt import adapted, shown
from retrieval.errors import BadDataset

_MARKER = re.compile(r"\s*\[\d+\]")
_WINDOW = 256  # examples that are sorted by length together, so that little of a batch is padding
_ROUND = 32  # lengths are rounded up: kernels are made anew for every shape
_IGNORED = -100  # the label of what is not learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposerRecipe(LoraRecipe):
    """What a training run is made of, besides its data; `answers` are drawn from it, `distracted`
    is the share of examples with a unit that does not help."""

    answers: int = 8000
    examples: int = 16
    distracted: float = 0.2


@dataclass(frozen=True, slots=True)
class Example:
    """A question, its evidence with what each unit stands under, what else the document says
    near it, and the answer without markers."""

    question: str
    evidence: tuple[str, ...]
    others: tuple[str, ...]
    answer: str


def read_examples(path: Path) -> list[Example]:
    """Answered questions of a file as in `corpus/training`.

    Raises:
        BadDataset: the file is missing or a line is malformed.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return [example for line in file for example in _examples(json.loads(line))]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BadDataset(f"{path} holds no answered questions ({error!r}); check it") from error


def _examples(row: dict[str, Any]) -> Iterator[Example]:
    sections = row["sections"]
    for question in row["questions"]:
        gold = [tuple(place) for place in question["evidence"]]
        if not gold:
            continue
        others = [
            shown(section["path"], unit)
            for number, section in enumerate(sections)
            for place, unit in enumerate(section["units"])
            if number in {s for s, _ in gold} and (number, place) not in gold
        ]
        yield Example(
            question["standalone"] or question["question"],
            tuple(shown(sections[s]["path"], sections[s]["units"][u]) for s, u in gold),
            tuple(others),
            _MARKER.sub("", question["answer"]).strip(),
        )


def adapted_model(model: Any, recipe: ComposerRecipe) -> Any:
    """A language model with an adapter to train, over weights that stay as they are."""
    torch.manual_seed(recipe.seed)
    targets = "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj".split()
    return adapting.adapted(model, recipe, targets)


def train(
    model: Any,
    examples: Sequence[Example],
    recipe: ComposerRecipe,
    encode: Encode,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps."""

    def losses_of(batch: Sequence[Example], chance: random.Random) -> Iterator[Tensor]:
        yield loss(model, [_tokens(_presented(one, recipe, chance), encode) for one in batch])

    rates = [(recipe.rate, adapting.learning(model))]
    plan = list(_plan(examples, recipe))
    adapting.train(model, rates, plan, losses_of, recipe, checkpoint, progress)


def mean_loss(
    model: Any, examples: Sequence[Example], recipe: ComposerRecipe, encode: Encode
) -> float:
    """Mean negative log likelihood of a token of the answers, in nats."""
    model.eval()
    total, count = 0.0, 0
    with torch.inference_mode(), adapting.device_of(model):
        for start in range(0, len(examples), recipe.examples):
            some = examples[start : start + recipe.examples]
            rows = [_tokens(example, encode) for example in some]
            learnt = sum(len(answer) for _, answer in rows)
            total += float(loss(model, rows)) * learnt
            count += learnt
    return total / count


def loss(model: Any, rows: Sequence[tuple[list[int], list[int]]]) -> Tensor:
    """Mean negative log likelihood of the answers' tokens, each after its prompt."""
    length = -(-max(len(prompt) + len(answer) for prompt, answer in rows) // _ROUND) * _ROUND
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    labels = torch.full((len(rows), length), _IGNORED)
    for number, (prompt, answer) in enumerate(rows):
        size = len(prompt) + len(answer)
        ids[number, :size] = torch.tensor(prompt + answer)
        mask[number, :size] = 1
        labels[number, len(prompt) : size] = torch.tensor(answer)
    network = model.base_model.model
    with torch.autocast(ids.device.type, torch.bfloat16):
        states = network.model(input_ids=ids, attention_mask=mask, use_cache=False)
        # Only what is learnt is turned into words: the vocabulary is most of the work.
        wanted = labels[:, 1:] != _IGNORED
        logits = network.lm_head(states.last_hidden_state[:, :-1][wanted])
    return functional.cross_entropy(logits.float(), labels[:, 1:][wanted])


def _presented(example: Example, recipe: ComposerRecipe, chance: random.Random) -> Example:
    evidence = list(example.evidence)
    if example.others and chance.random() < recipe.distracted:
        evidence.insert(chance.randint(0, len(evidence)), chance.choice(example.others))
    return Example(example.question, tuple(evidence), example.others, example.answer)


def _tokens(example: Example, encode: Encode) -> tuple[list[int], list[int]]:
    prompt = encode(adapted(example.question, example.evidence))
    return prompt, encode(f" {example.answer}\n")


def _plan(examples: Sequence[Example], recipe: ComposerRecipe) -> Iterator[list[Example]]:
    """What every step shows; examples of like length together."""
    chance = random.Random(recipe.seed)
    drawn = chance.sample(list(examples), min(recipe.answers, len(examples)))
    for _ in range(recipe.epochs):
        order = chance.sample(drawn, len(drawn))
        for start in range(0, len(order), _WINDOW):
            window = sorted(order[start : start + _WINDOW], key=lambda e: sum(map(len, e.evidence)))
            steps = [
                window[i : i + recipe.examples] for i in range(0, len(window), recipe.examples)
            ]
            chance.shuffle(steps)
            yield from steps
