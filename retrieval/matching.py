"""The network of the reranker: does a text answer a question, seen from their token vectors?

Each token of the question is held against the tokens of the text that come closest to it, and each
token of the text against the question's (decomposable attention, Parikh et al. 2016); what is
found is read together by two transformer layers in which the question's tokens look at the
text's. The vectors are the encoder's own and stay as they are, so that a text is encoded once for
all questions. Knows nothing of documents. Imports torch: import it where a reranker is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from retrieval.encoder import TokenVectors

_NOWHERE = -1e4  # a similarity that no softmax and no maximum picks
_FLAGS = 4  # per token: best match, exact match, their difference, mean similarity
_OVERALL = 6  # numbers about question and text as a whole


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's sizes: width of a token's vector inside, layers, heads, input dimension."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    dimension: int = 384


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token sequences padded to one length: ids (n, t), unit vectors (n, t, d), mask (n, t)."""

    ids: Tensor
    vectors: Tensor
    mask: Tensor


class Matcher(nn.Module):
    """Token vectors of questions and of as many texts to log odds that each text answers."""

    def __init__(self, shape: Shape, dropout: float = 0.15) -> None:
        super().__init__()
        width = shape.width
        self.project = nn.Linear(shape.dimension, width)
        self.sharpness = nn.Parameter(torch.tensor(15.0))
        self.compare_question = _comparison(width, dropout)
        self.compare_text = _comparison(width, dropout)
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width, shape.heads, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(shape.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.judge = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(2 * width + _OVERALL, width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, 1),
        )

    def forward(self, question: Tokens, text: Tokens, cosine: Tensor) -> Tensor:
        """Log odds, shape (n,); `cosine` (n,) is that of the whole question and the whole text."""
        alike = torch.einsum("nqd,ntd->nqt", question.vectors, text.vectors)
        to_text = alike.masked_fill(~text.mask[:, None, :], _NOWHERE)
        to_question = to_text.masked_fill(~question.mask[:, :, None], _NOWHERE)
        same = question.ids[:, :, None] == text.ids[:, None, :]
        same &= question.mask[:, :, None] & text.mask[:, None, :]
        asked = self.project(self.dropout(question.vectors))
        said = self.project(self.dropout(text.vectors))
        answer = torch.softmax(self.sharpness * to_text, 2) @ said
        behind = torch.softmax(self.sharpness * to_question, 1).transpose(1, 2) @ asked
        best_asked = to_text.amax(2).masked_fill(~question.mask, 0)
        best_said = to_question.amax(1).masked_fill(~text.mask, 0)
        exact = same.any(2).float()
        mean = (alike * text.mask[:, None, :]).sum(2) / text.mask.sum(1, keepdim=True)
        state = self.compare_question(_features(asked, answer, best_asked, exact, mean))
        memory = self.compare_text(
            _features(said, behind, best_said, same.any(1).float(), torch.zeros_like(best_said))
        )
        for layer in self.layers:
            state = layer(
                state,
                memory,
                tgt_key_padding_mask=~question.mask,
                memory_key_padding_mask=~text.mask,
            )
        state = self.norm(state)
        count = question.mask.sum(1)
        length = text.mask.sum(1)
        overall = torch.stack(
            [
                best_asked.sum(1) / count,
                best_asked.masked_fill(~question.mask, 9).amin(1),
                exact.sum(1) / count,
                cosine,
                best_said.sum(1) / length,
                torch.log(length.float()) / 5,
            ],
            1,
        )
        outside = ~question.mask[..., None]
        pooled = state.masked_fill(outside, 0).sum(1) / count[:, None]
        peak = state.masked_fill(outside, -9).amax(1)
        logits: Tensor = self.judge(torch.cat([pooled, peak, overall], 1))[:, 0]
        return logits


def padded(rows: Sequence[TokenVectors], vocabulary: dict[str, int]) -> Tokens:
    """Token sequences as one batch; `vocabulary` gives tokens their ids and grows as needed."""
    length = max(1, *(len(row.tokens) for row in rows))
    dimension = rows[0].vectors.shape[1]
    ids = np.zeros((len(rows), length), np.int64)
    vectors = np.zeros((len(rows), length, dimension), np.float32)
    mask = np.zeros((len(rows), length), bool)
    for number, row in enumerate(rows):
        size = len(row.tokens)
        ids[number, :size] = [vocabulary.setdefault(t, len(vocabulary)) for t in row.tokens]
        vectors[number, :size] = row.vectors
        mask[number, :size] = True
    return Tokens(torch.from_numpy(ids), torch.from_numpy(vectors), torch.from_numpy(mask))


def repeated(tokens: Tokens, times: int) -> Tokens:
    """One sequence held against many texts."""
    return Tokens(
        tokens.ids.expand(times, -1),
        tokens.vectors.expand(times, -1, -1),
        tokens.mask.expand(times, -1),
    )


def _comparison(width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4 * width + _FLAGS, width), nn.GELU(), nn.Dropout(dropout))


def _features(own: Tensor, other: Tensor, best: Tensor, exact: Tensor, mean: Tensor) -> Tensor:
    flags = torch.stack([best, exact, best - exact, mean], 2)
    return torch.cat([own, other, (own - other).abs(), own * other, flags], 2)
