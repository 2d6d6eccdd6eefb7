"""Does this text answer this question? A cross-encoder that reads both at once.

Our own weights, trained by `retrieval.training` from the default encoder's; the word embeddings
were left as they are, so that they come from the encoder's package and only the layers above them
are kept here. Knows nothing of passages.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.artifacts import ENCODERS, find_model, sha256_of
from retrieval.errors import ModelDamaged, ModelNotFound

FOLDER = Path(__file__).parent / "weights"
BASE = "all-MiniLM-L6-v2"  # whose layers were trained on, and whose embeddings are used
WINDOW = 384  # tokens of question and text together; a text is cut beyond them
_BATCH_TOKENS = 4096
_SHARED = "bert.embeddings."

Logits = NDArray[np.float32]


class Reranker(Protocol):
    """What ranking and refusal need of a cross-encoder. Tests have one that counts words."""

    name: str
    sha256: str

    def logits(self, question: str, texts: Sequence[str]) -> Logits:
        """How surely each text answers the question, as log odds, shape (len(texts),)."""
        ...


class CrossEncoder:
    """The cross-encoder in `folder` (weights and `config.json`), on the CPU.

    Args:
        folder: layers without embeddings, as `save_layers` writes them.
        threads: CPU threads for torch; 0 leaves torch's own choice.

    Raises:
        ModelNotFound: the folder or the base encoder is missing.
        ModelDamaged: the weights are not those that the folder's card lists.
    """

    def __init__(self, folder: Path = FOLDER, threads: int = 0) -> None:
        weights = folder / "reranker.safetensors"
        if not weights.is_file():
            raise ModelNotFound(f"{weights} is missing; install again, or: pincite train reranker")
        base = find_model(BASE, ENCODERS)
        import torch
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification

        if threads:
            torch.set_num_threads(threads)
        self.name = "pincite-reranker"
        self.sha256 = sha256_of(weights)
        layers = load_file(weights)
        words = load_file(base.weights)
        config = AutoConfig.from_pretrained(base.folder, num_labels=1)
        state = {name: value.float() for name, value in layers.items()}
        state |= {
            f"bert.{name}": value for name, value in words.items() if name.startswith("embeddings.")
        }
        model = BertForSequenceClassification.from_pretrained(
            None, config=config, state_dict=state
        )
        self._fast = torch.cpu._is_avx512_bf16_supported()
        self._model = model.eval()
        self._tokenizer = AutoTokenizer.from_pretrained(base.folder)
