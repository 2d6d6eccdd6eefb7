"""The network of the entailment judge, and its training. Imports torch: import it where a judge is
loaded or trained.

Each token of the sentence is held against the tokens of evidence and question that come closest to
it (decomposable attention, Parikh et al. 2016); then the tokens of the sentence look at each other
and at the evidence through two transformer layers. It is taught twice: is the sentence supported,
and which of its words are not, which is known where a true sentence was made false. Knows nothing
of where sentences come from.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from retrieval.artifacts import sha256_of
from retrieval.encoder import Encoder, TokenVectors
from retrieval.entailment import Pair
from retrieval.reranker import TokenMemory

Progress = Callable[[int, int], None]

_NOWHERE = -1e4
_FLAGS = 5  # per token: best match, exact match, in the evidence, in the question, has a digit
_LONGEST = 200  # tokens of evidence and question that are looked at


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence's tokens and those of what may support it; `asked` tokens of the latter are the
    question's, which come first."""

    said: TokenVectors
    text: TokenVectors
    asked: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to one length: vectors (n, t, d), masks (n, t), exact matches (n, s, t), flags
    of the sentence's tokens (n, s, 3), and which tokens of the text are the question's (n, t)."""

    said: Tensor
    said_mask: Tensor
    text: Tensor
    text_mask: Tensor
    same: Tensor
    flags: Tensor
    asked: Tensor


def read(pairs: Sequence[Pair], memory: TokenMemory) -> list[Row]:
    """The token vectors of pairs; sentences are not kept in the memory's place of texts."""
    texts = [text for pair in pairs for text in (pair.question, *pair.units, pair.sentence) if text]
    known = dict(zip(texts, memory.read(texts), strict=True))
    rows = []
    for pair in pairs:
        units = [known[unit] for unit in pair.units]
        asked = [known[pair.question]] if pair.question else []
        tokens = tuple(token for row in (*asked, *units) for token in row.tokens)[:_LONGEST]
        vectors = np.concatenate([row.vectors for row in (*asked, *units)])[:_LONGEST]
        count = len(asked[0].tokens) if asked else 0
        rows.append(Row(known[pair.sentence], TokenVectors(tokens, vectors), min(count, _LONGEST)))
    return rows


def batch(rows: Sequence[Row]) -> Batch:
    """Rows of any length as one batch."""
    said_length = max(len(row.said.tokens) for row in rows)
    length = max(len(row.text.tokens) for row in rows)
    dimension = rows[0].said.vectors.shape[1]
    said = np.zeros((len(rows), said_length, dimension), np.float32)
    text = np.zeros((len(rows), length, dimension), np.float32)
    said_mask, text_mask = np.zeros(said.shape[:2], bool), np.zeros(text.shape[:2], bool)
    asked = np.zeros(text.shape[:2], np.float32)
    same = np.zeros((len(rows), said_length, length), bool)
    flags = np.zeros((*said.shape[:2], 3), np.float32)
    for n, row in enumerate(rows):
        own, other = np.array(row.said.tokens), np.array(row.text.tokens)
        said[n, : len(own)], said_mask[n, : len(own)] = row.said.vectors, True
        text[n, : len(other)], text_mask[n, : len(other)] = row.text.vectors, True
        asked[n, : row.asked] = 1
        equal = own[:, None] == other[None, :]
        same[n, : len(own), : len(other)] = equal
        flags[n, : len(own), 0] = equal[:, row.asked :].any(1)
        flags[n, : len(own), 1] = equal[:, : row.asked].any(1)
        flags[n, : len(own), 2] = [any(map(str.isdigit, token)) for token in row.said.tokens]
    arrays = (said, said_mask, text, text_mask, same, flags, asked)
    return Batch(*(torch.from_numpy(array) for array in arrays))


class Entailment(nn.Module):
    """Token vectors to log odds.

    Args:
        width: of a token's vector inside.
        dimension: of the encoder's vectors.
    """

    def __init__(self, width: int, dimension: int = 384, dropout: float = 0.15) -> None:
        super().__init__()
        self.project = nn.Linear(dimension, width)
        self.origin = nn.Parameter(torch.zeros(2, width))  # of evidence, of the question
        self.sharpness = nn.Parameter(torch.tensor(15.0))
        self.exactness = nn.Parameter(torch.tensor(2.0))
        self.compare = nn.Sequential(
            nn.Linear(6 * width + _FLAGS, width), nn.GELU(), nn.Dropout(dropout)
        )
        self.remember = nn.Sequential(nn.Linear(width + 2, width), nn.GELU(), nn.Dropout(dropout))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width, 4, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(2)
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.word = nn.Linear(width, 1)
        self.judge = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width + 4, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, rows: Batch) -> tuple[Tensor, Tensor]:
        """Log odds of support (n,), and log odds that each token of the sentence is unsupported
        (n, s), far below zero outside it."""
        said = self.project(self.dropout(rows.said))
        text = self.project(self.dropout(rows.text)) + (
            self.origin[0] + rows.asked[..., None] * (self.origin[1] - self.origin[0])
        )
        alike = torch.einsum("nsd,ntd->nst", rows.said, rows.text)
        alike = alike.masked_fill(~rows.text_mask[:, None, :], _NOWHERE)
        weights = torch.softmax(self.sharpness * alike + self.exactness * rows.same, 2)
        found = weights @ text
        # The same for what stands beside: a word in another company is another fact.
        beside = torch.cat([torch.roll(found, 1, 1), torch.roll(found, -1, 1)], 2)
        best = alike.amax(2).masked_fill(~rows.said_mask, 0)
        flags = torch.cat([best[..., None], rows.same.any(2)[..., None].float(), rows.flags], 2)
        state = self.compare(
            torch.cat([said, found, (said - found).abs(), said * found, beside, flags], 2)
        )
        back = alike.masked_fill(~rows.said_mask[:, :, None], _NOWHERE).amax(1).clamp(-1)
        back = back.masked_fill(~rows.text_mask, 0)
        memory = self.remember(
            torch.cat([text, back[..., None], rows.same.any(1)[..., None].float()], 2)
        )
        for layer in self.layers:
            state = layer(
                state,
                memory,
                tgt_key_padding_mask=~rows.said_mask,
                memory_key_padding_mask=~rows.text_mask,
            )
        state = self.norm(state)
        words = self.word(state)[..., 0].masked_fill(~rows.said_mask, _NOWHERE)
        count = rows.said_mask.sum(1).clamp(1)
        outside = ~rows.said_mask[..., None]
        mean = state.masked_fill(outside, 0).sum(1) / count[:, None]
        peak = state.masked_fill(outside, -9).amax(1)
        overall = torch.stack(
            [
                words.amax(1).clamp(-9, 9),
                best.sum(1) / count,
                best.masked_fill(~rows.said_mask, 9).amin(1),
                torch.log(count.float()) / 4,
            ],
            1,
        )
        whole: Tensor = self.judge(torch.cat([mean, peak, overall], 1))[:, 0]
        return whole, words


@dataclass(frozen=True, slots=True)
class Example:
    """A pair with its label; `original` is the true sentence that a false one was made from."""

    pair: Pair
    supported: bool
    original: str = ""


@dataclass(frozen=True, slots=True)
class EntailmentRecipe:
    """What a training run is made of, besides its data."""

    epochs: int = 8
    pairs: int = 48
    rate: float = 1e-3
    width: int = 128
    words: float = 1.0  # weight of "which word is unsupported"
    seed: int = 1


def train(
    memory: TokenMemory,
    examples: Callable[[int], Sequence[Example]],
    recipe: EntailmentRecipe,
    progress: Progress = lambda done, total: None,
    after: Callable[[int, Entailment], None] = lambda epoch, network: None,
) -> Entailment:
    """Train a judge.

    Args:
        examples: the examples of an epoch, by its number.
        after: called when an epoch is done.
    """
    torch.manual_seed(recipe.seed)
    network = Entailment(recipe.width, memory.encoder.dimension)
    optimizer = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=0.02)
    steps = sum(len(examples(epoch)) // recipe.pairs for epoch in range(recipe.epochs))
    done = 0
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps + 1, pct_start=0.1
    )
    for epoch in range(recipe.epochs):
        chance = random.Random(recipe.seed * 1000 + epoch)
        rows = list(examples(epoch))
        chance.shuffle(rows)
        network.train()
        for step in range(len(rows) // recipe.pairs):
            some = rows[step * recipe.pairs : (step + 1) * recipe.pairs]
            loss = _loss(network, memory, some, recipe)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            progress(done, steps)
        network.eval()
        after(epoch, network)
    return network.eval()


def save(
    folder: Path, network: Entailment, encoder: Encoder, width: int, described: dict[str, Any]
) -> None:
    """Write `gate.safetensors` (half precision) and `gate.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "gate.safetensors"
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, weights)
    weights.chmod(0o644)
    body = {
        "name": "pincite-gate",
        "sha256": sha256_of(weights),
        "encoder": encoder.name,
        "encoder_sha256": encoder.sha256,
        "width": width,
        **described,
    }
    (folder / "gate.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _loss(
    network: Entailment, memory: TokenMemory, some: Sequence[Example], recipe: EntailmentRecipe
) -> Tensor:
    rows = read([example.pair for example in some], memory)
    whole, words = network(batch(rows))
    supported = torch.tensor([float(example.supported) for example in some])
    originals = [example.original for example in some if example.original]
    before = dict(zip(originals, memory.read(originals), strict=True))
    wrong = torch.zeros(words.shape)
    known = torch.zeros(words.shape, dtype=torch.bool)
    for number, (example, row) in enumerate(zip(some, rows, strict=True)):
        if example.original:
            places = _changed(before[example.original].tokens, row.said.tokens)
            wrong[number, places] = 1
        if example.supported or example.original:
            known[number, : len(row.said.tokens)] = True
    each = functional.binary_cross_entropy_with_logits(
        words, wrong, reduction="none", pos_weight=torch.tensor(4.0)
    )
    word_loss = each.masked_fill(~known, 0).sum() / known.sum().clamp(1)
    return functional.binary_cross_entropy_with_logits(whole, supported) + recipe.words * word_loss


def _changed(before: Sequence[str], now: Sequence[str]) -> list[int]:
    """The tokens of a false sentence that its original lacks, and those beside what was cut."""
    places: set[int] = set()
    for action, _, _, start, end in SequenceMatcher(None, before, now, False).get_opcodes():
        if action == "delete":
            places |= {max(0, start - 1), min(start, len(now) - 1)}
        elif action != "equal":
            places |= set(range(start, end))
    return sorted(places)
