"""SmolLM2-135M-Instruct through transformers: the default generator.

The packaged GGUF is converted once to bf16 safetensors in a cache folder and checked by hash.
Knows nothing of evidence or citations.
"""

import json
import os
import shutil
import threading
import uuid
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from chat import adapter
from chat.errors import GeneratorFailed
from chat.prompt import adapted, messages
from retrieval.artifacts import GENERATORS, ModelFiles, find_model, sha256_of
from retrieval.encoder import Precision, multiplies_bf16

COMPOSER = adapter.WEIGHTS / "composer"

_MAX_NEW_TOKENS = 96  # three sentences; what is longer would be cut by the gate anyway
_SEALED = "pincite.json"  # written last: the hashes of the folder's other files


class Base:
    """The model's own weights, in the cache; what reads and what composes are made from them.

    Args:
        cache: folder for the converted weights.
        threads: CPU threads; 0 leaves torch's own choice.
        precision: of weights and layers; auto is bf16 where the processor multiplies it natively.

    Raises:
        ModelNotFound, ModelDamaged: see `find_model`.
    """

    def __init__(self, cache: Path, threads: int = 0, precision: Precision = "auto") -> None:
        self._folder = converted(cache)
        import torch

        if threads:
            torch.set_num_threads(threads)
        exact = precision == "fp32" or (precision == "auto" and not multiplies_bf16())
        self._dtype = torch.float32 if exact else torch.bfloat16

    @cached_property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True)

    def encode(self, text: str) -> list[int]:
        """The token ids of a text, without special tokens."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    @property
    def first(self) -> int:
        """The token that every text begins with, on which attention can rest."""
        return int(self.tokenizer.bos_token_id)

    def whole(self) -> Any:
        """All layers with the output layer, to generate with."""
        from transformers import AutoModelForCausalLM

        return AutoModelForCausalLM.from_pretrained(
            self._folder, dtype=self._dtype, local_files_only=True
        )

    def layers(self, count: int) -> Any:
        """The first layers alone, which end in states and not in words."""
        from transformers import AutoModel

        model = AutoModel.from_pretrained(self._folder, dtype=self._dtype, local_files_only=True)
        model.layers = model.layers[:count]
        model.config.num_hidden_layers = count
        return model


class SmolLM2:
    """A causal language model on the CPU that composes.

    Args:
        base: where its weights are.
        folder: an adapter that `pincite train composer` made; None is the model as published.

    Raises:
        ModelNotFound, ModelDamaged: see `read_card`.
    """

    def __init__(self, base: Base, folder: Path | None = COMPOSER) -> None:
        self.name = "SmolLM2-135M-Instruct"
        self._base = base
        self._adapted = folder is not None
        model = base.whole()
        if folder:
            self.name += f"+{adapter.name_of(adapter.read_card(folder))}"
            model = adapter.merged(model, folder)
        self._model: Any = model.eval()

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        """Yield the draft piece by piece, greedily decoded.

        Raises:
            GeneratorFailed: the model broke.
        """
        from transformers import StoppingCriteria, TextIteratorStreamer

        class Stopped(StoppingCriteria):
            def __call__(self, *args: Any, **kwargs: Any) -> bool:
                return stop.is_set()

        stop = threading.Event()
        failures: list[Exception] = []
        tokenizer = self._base.tokenizer
        streamer: Any = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)

        def run() -> None:
            try:
                self._model.generate(
                    **self._prompt(question, evidence),
                    max_new_tokens=_MAX_NEW_TOKENS,
                    do_sample=False,
                    streamer=streamer,
                    stopping_criteria=[Stopped()],
                    eos_token_id=[tokenizer.eos_token_id, *self._ends],
                    pad_token_id=tokenizer.eos_token_id,
                )
            except Exception as error:  # a thread has nobody to raise to; see below
                failures.append(error)
                streamer.end()

        worker = threading.Thread(target=run, name="generate", daemon=True)
        worker.start()
        try:
            yield from streamer
        finally:
            stop.set()
            worker.join()
        if failures:
            raise GeneratorFailed(f"the generator failed: {failures[0]}") from failures[0]

    @property
    def _ends(self) -> list[int]:
        """Tokens that end an answer beside the model's own: a line break, with the adapter."""
        return self._base.encode("\n") if self._adapted else []

    def _prompt(self, question: str, evidence: Sequence[str]) -> Any:
        if self._adapted:
            return self._base.tokenizer(adapted(question, evidence), return_tensors="pt")
        return self._base.tokenizer.apply_chat_template(
            messages(question, evidence),
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )


def converted(cache: Path) -> Path:
    """The folder with the converted weights; made if it is missing or damaged.

    Raises:
        ModelNotFound, ModelDamaged: see `find_model`.
    """
    files = find_model("smollm2", GENERATORS)
    folder = cache.expanduser() / f"smollm2-{files.sha256[:12]}-bf16"
    if not _sound(folder):
        _convert(files, folder)
    return folder


def _sound(folder: Path) -> bool:
    try:
        hashes = json.loads((folder / _SEALED).read_text())
        return bool(hashes) and all(sha256_of(folder / name) == h for name, h in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _convert(files: ModelFiles, folder: Path) -> None:
    """transformers reads GGUF slowly and will not save what it read; a fresh model of the same
    configuration takes its weights and saves them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source: dict[str, Any] = {
        "pretrained_model_name_or_path": files.folder,
        "gguf_file": files.weights.name,
    }
    tokenizer = AutoTokenizer.from_pretrained(**source)
    read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.bfloat16)
    config = read.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    causal_model: Any = AutoModelForCausalLM
    fresh = causal_model.from_config(config, dtype=torch.bfloat16)
    fresh.load_state_dict(read.state_dict())
    beside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    beside.mkdir(parents=True)
    fresh.save_pretrained(beside)
    tokenizer.save_pretrained(beside)
    hashes = {path.name: sha256_of(path) for path in sorted(beside.iterdir())}
    (beside / _SEALED).write_text(json.dumps(hashes, indent=2))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(beside, folder)
