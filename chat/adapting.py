"""Trains an adapter of the language model's first layers, with a network on top of their states.

What is read and what is lost is the caller's. Imports torch and peft.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from retrieval.checkpoint import Changed, Checkpoint

Progress = Callable[[int, int], None]
_Head = TypeVar("_Head", bound=nn.Module)
_Batch = TypeVar("_Batch")

_KEEP_EVERY = 25  # steps between two checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterRecipe:
    """What every such training run is made of: the layers that are kept, size of the adapter,
    passes over the data, learning rates of adapter and network."""

    layers: int = 20
    rank: int = 16
    alpha: int = 32
    epochs: int = 2
    rate: float = 8e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    seed: int = 1


class Trainee(nn.Module, Generic[_Head]):
    """The language model's first layers with an adapter, and the network that judges.

    Args:
        head: makes the network from the width of the states.
    """

    def __init__(self, layers: Any, head: Callable[[int], _Head], recipe: AdapterRecipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", lora_dropout=0.0
        )
        # The adapter is trained in full precision over weights that stay as they are.
        self.layers: Any = get_peft_model(layers, config)
        self.head = head(layers.config.hidden_size)

    def states(self, ids: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """States (n, t, s) of ids (n, t); see `branches.Layers`."""
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.layers(
                input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False
            )
        states: Tensor = outputs.last_hidden_state
        return states


def train(
    trainee: Trainee[Any],
    plan: Sequence[_Batch],
    loss_of: Callable[[_Batch, random.Random], Tensor | None],
    recipe: AdapterRecipe,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps.

    Args:
        plan: what every step shows.
        loss_of: the loss of a step; None where it shows nothing.
        checkpoint: file of this run; one with another recipe is not gone on with.
    """
    head = list(trainee.head.parameters())
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
        torch.manual_seed(recipe.seed * 100_000 + step)
        loss = loss_of(batch, random.Random(f"{recipe.seed} {step}"))
        if loss is not None:
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(adapter + head, 1.0)
            optimizer.step()
        schedule.step()
        progress(step + 1, len(plan))
        if (step + 1) % _KEEP_EVERY == 0 or step + 1 == len(plan):
            kept.keep(step + 1, Changed(trainee), optimizer, schedule)
    trainee.eval()
