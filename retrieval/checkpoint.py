"""A training run that can be interrupted: what is done, kept in a file. Imports torch."""

import hashlib
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn


class Resumable(Protocol):
    """A network, an optimizer or a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """All that must be kept."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Go on from what was kept."""
        ...


class Changed:
    """The parameters of a network that training changes; the others are not worth keeping."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network

    def state_dict(self) -> dict[str, Tensor]:
        """Parameters by name."""
        named = self._network.named_parameters()
        return {name: value.detach() for name, value in named if value.requires_grad}

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Take over parameters of the same names."""
        for name, value in self.state_dict().items():
            value.copy_(state_dict[name])


def fingerprint(sources: object, *parts: object) -> str:
    """Tells runs apart whose checkpoints must not be mixed."""
    return hashlib.sha256(repr((sources, parts)).encode()).hexdigest()[:12]


class Checkpoint:
    """One file for one run; another recipe begins anew.

    Args:
        path: of the file, whose folder is made.
        recipe: a dataclass that says how the run goes.
    """

    def __init__(self, path: Path, recipe: object) -> None:
        assert is_dataclass(recipe)
        assert not isinstance(recipe, type)
        self._path = path
        self._recipe = asdict(recipe)
        path.parent.mkdir(parents=True, exist_ok=True)

    def keep(self, done: int, *parts: Resumable) -> None:
        """Write what is done, and the parts as they are now, in one step."""
        beside = self._path.with_suffix(".new")
        states = [part.state_dict() for part in parts]
        torch.save({"recipe": self._recipe, "done": done, "states": states}, beside)
        beside.replace(self._path)

    def resume(self, *parts: Resumable) -> int:
        """Bring the parts to where the run was, and say what is done; 0 for a new run."""
        if not self._path.is_file():
            return 0
        kept = torch.load(self._path, map_location="cpu", weights_only=True)
        if kept["recipe"] != self._recipe:
            return 0
        for part, state in zip(parts, kept["states"], strict=True):
            part.load_state_dict(state)
        return int(kept["done"])
