"""A BERT encoder over texts of any length without padding. Imports torch: import it where an
encoder is loaded.

The tokens of many texts lie in one row, so that every product of matrices is of tokens alone; only
attention looks at one text at a time, without a mask. In bf16 the weights are packed once for
oneDNN, which adds the bias and applies GELU in the same pass. Many texts are run by several threads
of one processor each, which wait for each other less than the parts of one product do. Measured by
`python -m retrieval.benchmark encoders`. Knows nothing of passages.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from retrieval.encoder import batches

# With more the layers' results leave the second-level cache: 2,048 was faster than 4,096.
_TOKENS = 2048

Rows = Sequence[Sequence[int]]  # token ids of texts
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class _Layer:
    attend: Callable[[Tensor], Tensor]  # to queries, keys and values beside each other
    project: Callable[[Tensor], Tensor]
    first_norm: Callable[[Tensor], Tensor]
    widen: Callable[[Tensor], Tensor]
    narrow: Callable[[Tensor], Tensor]
    second_norm: Callable[[Tensor], Tensor]


class UnpaddedBert:
    """The layers of a BERT, run on texts of like length without padding.

    Args:
        bert: a `transformers.BertModel` for which `fits` is true.
    """

    def __init__(self, bert: Any) -> None:
        words = bert.embeddings
        self._words = words.word_embeddings.weight.detach()
        places = words.position_embeddings.weight + words.token_type_embeddings.weight[0]
        self._places = places.detach()
        self._norm = words.LayerNorm
        self._heads = int(bert.config.num_attention_heads)
        self._layers = [_layer(block) for block in bert.encoder.layer]
        self._threads = _threads(torch.get_num_threads())

    @staticmethod
    def fits(bert: Any) -> bool:
        """Whether a network is a BERT of the usual kind."""
        config = bert.config
        kind = getattr(config, "position_embedding_type", None) or "absolute"
        return (config.model_type, config.hidden_act, kind) == ("bert", "gelu", "absolute")

    def run(self, ids: Rows, make: Callable[[list[int], list[Tensor]], _Made]) -> Iterator[_Made]:
        """What is made of texts, some at a time, longest first.

        Args:
            make: takes the places of some texts, and the states after their tokens, each float32
                (tokens, d). It runs in several threads.
        """

        def made(rows: list[int]) -> _Made:
            with torch.inference_mode():
                states = self._states([ids[row] for row in rows]).float()
                return make(rows, list(torch.split(states, [len(ids[row]) for row in rows])))

        parts = list(batches(ids, _TOKENS))
        # A single one has all processors to itself.
        return self._threads.map(made, parts) if len(parts) > 1 else map(made, parts)

    def _states(self, ids: Rows) -> Tensor:
        """The states of all tokens in one row, (tokens, d)."""
        lengths = [len(row) for row in ids]
        flat = torch.tensor([token for row in ids for token in row], dtype=torch.long)
        places = torch.cat([self._places[:length] for length in lengths])
        states: Tensor = self._norm(self._words[flat] + places)
        for layer in self._layers:
            seen = self._attention(layer.attend(states), lengths)
            states = layer.first_norm(layer.project(seen) + states)
            states = layer.second_norm(layer.narrow(layer.widen(states)) + states)
        return states

    def _attention(self, projected: Tensor, lengths: Sequence[int]) -> Tensor:
        """What each token takes from its own text."""
        seen = []
        for text in torch.split(projected, list(lengths)):
            split = text.view(1, len(text), 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(*split)
            seen.append(mixed[0].transpose(0, 1).reshape(len(text), -1))
        return torch.cat(seen)


def _threads(count: int) -> ThreadPoolExecutor:
    """Threads in which torch uses one processor; elsewhere it uses as many as before."""
    everywhere = torch.get_num_threads()
    started = Barrier(count + 1)

    def start() -> None:
        torch.set_num_threads(1)
        started.wait()

    threads = ThreadPoolExecutor(count, "encoder", initializer=start)
    for _ in range(count):
        threads.submit(int)
    started.wait()
    torch.set_num_threads(everywhere)  # what one thread sets is taken over by those begun later
    return threads


def _layer(block: Any) -> _Layer:
    own, after = block.attention.self, block.attention.output
    parts = (own.query, own.key, own.value)
    weight = torch.cat([part.weight for part in parts])
    bias = torch.cat([part.bias for part in parts])
    widen, narrow = block.intermediate.dense, block.output
    return _Layer(
        _linear(weight, bias),
        _linear(after.dense.weight, after.dense.bias),
        after.LayerNorm,
        _linear(widen.weight, widen.bias, gelu=True),
        _linear(narrow.dense.weight, narrow.dense.bias),
        narrow.LayerNorm,
    )


def _linear(weight: Tensor, bias: Tensor, gelu: bool = False) -> Callable[[Tensor], Tensor]:
    weight, bias = weight.detach().contiguous(), bias.detach().contiguous()
    # These operators are torch.compile's own; they exist where torch is built with oneDNN, and
    # take bf16 where the processor can.
    packing = torch.ops.mkldnn
    there = hasattr(packing, "_linear_pointwise") and hasattr(packing, "_is_mkldnn_bf16_supported")
    if weight.dtype == torch.bfloat16 and there and packing._is_mkldnn_bf16_supported():
        packed = packing._reorder_linear_weight(weight, None)
        kind: tuple[str, list[Any], str] = ("gelu", [], "none") if gelu else ("none", [], "")

        def fused(states: Tensor) -> Tensor:
            result: Tensor = packing._linear_pointwise(states, packed, bias, *kind)
            return result

        return fused
    if gelu:
        return lambda states: functional.gelu(functional.linear(states, weight, bias))
    return lambda states: functional.linear(states, weight, bias)
