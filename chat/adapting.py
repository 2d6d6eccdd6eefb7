"""Trains low-rank adapters of the language model, and networks on top of its first layers.

What is shown and what is lost is the caller's. Imports torch and peft.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from peft import (
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from safetensors.torch import load_file
from torch import Tensor, nn

from chat.adapter import ADAPTER, HEAD
from retrieval.checkpoint import Changed, Checkpoint

Progress = Callable[[int, int], None]
Group = tuple[float, list[nn.Parameter]]  # the highest learning rate of some parameters
_Head = TypeVar("_Head", bound=nn.Module)
_Batch = TypeVar("_Batch")

_KEEP_EVERY = 25  # steps between two checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraRecipe:
    """What every training run is made of: size of the adapter, passes over the data, the highest
    learning rate, weight decay, and the seed."""

    rank: int = 16
    alpha: int = 32
    epochs: int = 3
    rate: float = 8e-4
    decay: float = 0.01
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterRecipe(LoraRecipe):
    """The same for a network on top of the first `layers`, which learns at `head_rate`."""

    layers: int = 20
    head_rate: float = 1e-3


def adapted(model: Any, recipe: LoraRecipe, modules: str | list[str] = "all-linear") -> Any:
    """A model with an adapter to train, in full precision over weights that stay as they are."""
    config = LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules=modules)
    return get_peft_model(model, config)


class Trainee(nn.Module, Generic[_Head]):
    """The language model's first layers with an adapter, and the network that judges.

    Args:
        head: makes the network from the width of the states.
    """

    def __init__(self, layers: Any, head: Callable[[int], _Head], recipe: AdapterRecipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        self.layers: Any = adapted(layers, recipe)
        self.head = head(layers.config.hidden_size)
        self._recipe = recipe

    @property
    def rates(self) -> list[Group]:
        """What learns, and how fast."""
        return [
            (self._recipe.rate, learning(self.layers)),
            (self._recipe.head_rate, list(self.head.parameters())),
        ]

    def take_over(self, folder: Path) -> None:
        """Begin where the weights in a folder ended, of a recipe with the same layers and rank."""
        self._take(_full(load_file(folder / ADAPTER)), _full(load_file(folder / HEAD)))

    def blend(self, folder: Path, share: float) -> None:
        """Move the weights towards those that training began with, which keeps what it would
        forget (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").

        Args:
            folder: where the training began; see `take_over`.
            share: of those weights in the result, in [0, 1].
        """
        adapter = get_peft_model_state_dict(self.layers)
        head = self.head.state_dict()
        self._take(
            _between(adapter, _full(load_file(folder / ADAPTER)), share),
            _between(head, _full(load_file(folder / HEAD)), share),
        )

    def _take(self, adapter: dict[str, Tensor], head: dict[str, Tensor]) -> None:
        set_peft_model_state_dict(self.layers, adapter)
        self.head.load_state_dict(head)

    def states(self, ids: Tensor, positions: Tensor | None, mask: Tensor | None) -> Tensor:
        """States (n, t, s) of ids (n, t); see `branches.Layers`."""
        with torch.autocast(ids.device.type, torch.bfloat16):
            outputs = self.layers(
                input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False
            )
        states: Tensor = outputs.last_hidden_state
        return states


def _full(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.float() for name, value in tensors.items()}


def _between(left: dict[str, Tensor], right: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    return {name: torch.lerp(value, right[name].to(value), share) for name, value in left.items()}


def device_of(model: nn.Module) -> torch.device:
    """Where a model's weights are."""
    return next(model.parameters()).device


def learning(model: nn.Module) -> list[nn.Parameter]:
    """The parameters of a model that training changes."""
    return [value for value in model.parameters() if value.requires_grad]


def train(
    model: nn.Module,
    rates: Sequence[Group],
    plan: Sequence[_Batch],
    losses_of: Callable[[_Batch, random.Random], Iterable[Tensor]],
    recipe: LoraRecipe,
    checkpoint: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Train, or go on from `checkpoint`, which is written every few steps; on a GPU if there is
    one.

    Args:
        rates: what learns, each with its highest learning rate.
        plan: what every step shows.
        losses_of: the losses of a step, which are added; one after another is held in memory.
        checkpoint: file of this run; one with another recipe is not gone on with.
    """
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    groups = [{"params": parameters, "lr": rate} for rate, parameters in rates]
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [rate for rate, _ in rates], total_steps=len(plan) + 1, pct_start=0.06
    )
    kept = Checkpoint(checkpoint, recipe)
    done = kept.resume(Changed(model), optimizer, schedule)
    model.train()
    with device_of(model):  # where the losses make their tensors, too
        for step, batch in enumerate(plan[done:], start=done):
            torch.manual_seed(recipe.seed * 100_000 + step)
            optimizer.zero_grad()
            for loss in losses_of(batch, random.Random(f"{recipe.seed} {step}")):
                loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning(model), 1.0)
            optimizer.step()
            schedule.step()
            progress(step + 1, len(plan))
            if (step + 1) % _KEEP_EVERY == 0 or step + 1 == len(plan):
                kept.keep(step + 1, Changed(model), optimizer, schedule)
    model.eval()
