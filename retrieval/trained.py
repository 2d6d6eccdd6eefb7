"""What a trained network is worth, and how it is kept: calibration, measures, the two files.

Imports torch and scikit-learn; called after training only.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from retrieval.artifacts import sha256_of
from retrieval.encoder import Encoder
from retrieval.matching import Matcher, Shape, padded
from retrieval.training import Prepared

_TOGETHER = 64  # texts of one question that go through the network at once


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's log odds for every text of its document, with the cosines and the gold."""

    odds: NDArray[np.float32]
    cosines: NDArray[np.float32]
    gold: tuple[int, ...]


def judge(network: Matcher, data: Sequence[Prepared]) -> list[Judged]:
    """Every text of every question's document, judged."""
    network.eval()
    vocabulary: dict[str, int] = {}
    judged = []
    with torch.inference_mode():
        for row in data:
            odds = [
                network(
                    padded([row.question] * len(some), vocabulary),
                    padded(some, vocabulary),
                    torch.from_numpy(row.cosines[start : start + _TOGETHER]),
                ).numpy()
                for start in range(0, len(row.texts), _TOGETHER)
                for some in [row.texts[start : start + _TOGETHER]]
            ]
            judged.append(Judged(np.concatenate(odds), row.cosines, row.gold))
    return judged


def calibration(judged: Sequence[Judged]) -> tuple[float, float]:
    """Scale and shift that make the odds of each question's best text those of its being gold
    (Platt 1999)."""
    best = np.array([[row.odds.max()] for row in judged])
    right = np.array([int(row.odds.argmax()) in row.gold for row in judged])
    fitted = LogisticRegression(C=100.0).fit(best, right)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def measures(judged: Sequence[Judged]) -> dict[str, float]:
    """How well the best odds tell answerable questions from others (area under the ROC curve),
    and how often the first text is gold: by the odds, by the cosine, and by both together."""
    answerable = [row for row in judged if row.gold]
    return {
        "questions": len(judged),
        "answerable_auc": round(
            float(
                roc_auc_score([bool(row.gold) for row in judged], [r.odds.max() for r in judged])
            ),
            4,
        ),
        "p_at_1_odds": _first_is_gold(answerable, 1.0, 0.0),
        "p_at_1_cosine": _first_is_gold(answerable, 0.0, 1.0),
        "p_at_1_both": _first_is_gold(answerable, 1.0, 10.0),
    }


def save(
    folder: Path, network: Matcher, shape: Shape, encoder: Encoder, described: dict[str, Any]
) -> None:
    """Write `reranker.safetensors` (half precision) and `reranker.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "reranker.safetensors"
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, weights)
    weights.chmod(0o644)
    body = {
        "name": "pincite-reranker",
        "sha256": sha256_of(weights),
        "encoder": encoder.name,
        "encoder_sha256": encoder.sha256,
        "shape": asdict(shape),
        **described,
    }
    (folder / "reranker.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _first_is_gold(judged: Sequence[Judged], odds: float, cosine: float) -> float:
    first = [int((odds * row.odds + cosine * row.cosines).argmax()) in row.gold for row in judged]
    return round(float(np.mean(first)), 4)
