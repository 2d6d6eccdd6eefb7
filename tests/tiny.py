"""A language model of two layers that knows nothing, for tests of what is built on its states."""

from collections.abc import Callable
from typing import Any

import torch
from transformers import LlamaConfig, LlamaModel


def spell(text: str) -> list[int]:
    """Characters as token ids."""
    return [min(ord(letter), 126) for letter in text]


def tiny_config(**more: Any) -> Any:
    return LlamaConfig(
        vocab_size=128,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        **more,
    )


def tiny_layers(seed: int = 3) -> Any:
    torch.manual_seed(seed)
    model: Any = LlamaModel(tiny_config())
    return model.eval()


def states_of(layers: Any) -> Callable[..., Any]:
    def states(ids: Any, positions: Any, mask: Any) -> Any:
        outputs = layers(input_ids=ids, position_ids=positions, attention_mask=mask)
        return outputs.last_hidden_state

    return states


class TinyBase:
    """What `smollm2.Base` offers, of the tiny layers."""

    first = 1

    def encode(self, text: str) -> list[int]:
        return spell(text)

    def layers(self, count: int) -> Any:
        return tiny_layers()
