"""Low-rank adapters (Hu et al. 2021) of the language model, in folders of their own.

A folder holds peft's two files, whatever else was trained beside the adapter, and `card.json` with
the SHA-256 of all weights. Knows nothing of what an adapter is for.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.artifacts import sha256_of
from retrieval.errors import ModelDamaged, ModelNotFound

if TYPE_CHECKING:
    from torch import Tensor

    from chat.smollm2 import Base

Recipe = Mapping[str, Any]  # how an adapter was trained, as its card has it

WEIGHTS = Path(__file__).parent / "weights"

HEAD = "head.safetensors"  # the network on top, where there is one
ADAPTER, _CONFIG, _CARD = "adapter_model.safetensors", "adapter_config.json", "card.json"
_WRAPPED, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"  # peft's names
_BASE = "HuggingFaceTB/SmolLM2-135M-Instruct"


def read_card(folder: Path) -> dict[str, Any]:
    """What is said of an adapter, whose weights are checked.

    Raises:
        ModelNotFound: a file is missing.
        ModelDamaged: the weights are not the ones that the card lists.
    """
    try:
        card: dict[str, Any] = json.loads((folder / _CARD).read_text("utf-8"))
        found = {name: sha256_of(folder / name) for name in card["sha256"]}
    except FileNotFoundError as error:
        raise ModelNotFound(
            f"{error.filename} is missing; install Pincite again, or see: pincite train --help"
        ) from error
    if found != card["sha256"]:
        raise ModelDamaged(f"the weights in {folder} are not what {_CARD} lists; install it again")
    return card


def name_of(card: Mapping[str, Any]) -> str:
    """A name that tells trained adapters apart."""
    return f"{card['name']}-{card['sha256'][ADAPTER][:8]}"


def merged(model: Any, folder: Path) -> Any:
    """A model with an adapter added into its weights, W + alpha / r * B A, so that it costs
    nothing to run. Done here, so that only training needs peft, which takes seconds to import."""
    import torch
    from safetensors.torch import load_file

    config = json.loads((folder / _CONFIG).read_text("utf-8"))
    scale = config["lora_alpha"] / config["r"]
    tensors = load_file(folder / ADAPTER)
    with torch.no_grad():
        for name, down in tensors.items():
            if name.endswith(_DOWN):
                up = tensors[name.removesuffix(_DOWN) + _UP]
                of = name.removeprefix(_WRAPPED).removesuffix(_DOWN)
                weight = model.get_submodule(of).weight
                weight.copy_(weight.float() + scale * up.float() @ down.float())
    return model.eval()


class AdaptedLayers:
    """The language model's first layers with an adapter, and the network on top of their states.

    Args:
        base: where the language model's own weights are.
        folder: with the adapter and the network.
        head: makes the network from the recipe in the card and the width of the states.

    Raises:
        ModelNotFound, ModelDamaged: see `read_card`.
    """

    def __init__(self, base: "Base", folder: Path, head: Callable[[Recipe, int], Any]) -> None:
        from safetensors.torch import load_file

        card = read_card(folder)
        self.recipe: Recipe = card["recipe"]
        self._layers: Any = merged(base.layers(self.recipe["layers"]), folder)
        self.head = head(self.recipe, self._layers.config.hidden_size).eval()
        weights = load_file(folder / HEAD)
        self.head.load_state_dict({name: value.float() for name, value in weights.items()})
        self.name = name_of(card)

    def states(self, ids: Any, positions: Any, mask: Any) -> Any:
        """States (n, t, s) of ids (n, t); see `branches.Layers`."""
        outputs = self._layers(
            input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False
        )
        return outputs.last_hidden_state


def save(
    folder: Path,
    model: Any,
    name: str,
    card: Mapping[str, Any],
    beside: Mapping[str, Mapping[str, "Tensor"]] | None = None,
) -> None:
    """Write an adapter, and what was trained beside it by file name, in half precision."""
    from safetensors.torch import load_file, save_file

    folder.mkdir(parents=True, exist_ok=True)
    readme = folder / "README.md"
    written = readme.read_text("utf-8") if readme.exists() else ""
    model.save_pretrained(str(folder))
    readme.write_text(written, "utf-8")  # ours; peft puts a form to be filled in there
    config = json.loads((folder / _CONFIG).read_text("utf-8"))
    config["base_model_name_or_path"] = _BASE  # and not the folder that it was read from
    (folder / _CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    files = {ADAPTER: load_file(folder / ADAPTER), **(beside or {})}
    for file, tensors in files.items():
        halves = {key: value.detach().half().contiguous() for key, value in tensors.items()}
        save_file(halves, folder / file)
        (folder / file).chmod(0o644)
    hashes = {file: sha256_of(folder / file) for file in files}
    body = {"name": name, "sha256": hashes, **card}
    (folder / _CARD).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
