"""Every setting, its default and where it comes from; the only module that reads the environment.

Flags over `PINCITE_…` over `pincite.toml` over defaults.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from chat.errors import SettingsError

_PREFIX = "PINCITE_"

# Below this little more than a heading fits, and above it no common encoder reads.
_LEAST_TOKENS, _MOST_TOKENS = 32, 8192


def _passage_tokens(tokens: int) -> int:
    if tokens and not _LEAST_TOKENS <= tokens <= _MOST_TOKENS:
        raise ValueError(f"must be 0, or from {_LEAST_TOKENS} to {_MOST_TOKENS}")
    return tokens


def _beside_index(known: dict[str, Any], ending: str) -> Path:
    index: Path = known.get("index", Path("index"))
    # resolve: the folder here, ".", has a name only then
    return (
        index.with_name(index.name + ending) if index.name else Path(f"{index.resolve()}{ending}")
    )


_Folder = Annotated[Path, AfterValidator(Path.expanduser)]  # ~ in a file is expanded by no shell


class Settings(BaseSettings):
    """Settings of one process; a key that is not listed here is an error."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,  # PINCITE_INDEX= is how a shell unsets it, not the folder here
        toml_file="pincite.toml",
        extra="forbid",
        frozen=True,
    )

    index: _Folder = Field(Path("index"), description="folder that holds the index")
    encoder: str = Field(
        "all-MiniLM-L6-v2",
        description="the packaged encoder, a local folder, or the id of a model on the hub",
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto",
        description="numbers that the encoder computes with; auto is bf16 where the processor "
        "multiplies it natively",
    )
    reranker: str = Field(
        "default",
        description="what judges whether a text answers: default (our own), none, or a folder that "
        "`pincite train reranker` wrote",
    )
    reader: str = Field(
        "default",
        description="what judges the evidence: default (our own two, on the generator's base), "
        "none, which leaves it to the reranker and takes a tenth of the time, or a folder that "
        "`pincite train reader` wrote",
    )
    system: Literal["bm25", "dense", "hybrid", "reranked"] = Field(
        "reranked", description="what ranks passages"
    )
    generator: Literal["extractive", "smollm2", "smollm2-plain"] = Field(
        "extractive",
        description="who composes answers: no model at all, quoting the evidence, or "
        "SmolLM2-135M-Instruct with our adapter, or as it was published",
    )
    strictness: Literal["cautious", "balanced", "generous"] = Field(
        "balanced",
        description="how sure it must be before it answers: a cautious one refuses more often",
    )
    cache: _Folder = Field(
        Path("~/.cache/pincite"),
        description="folder for converted models and for what evaluations index",
    )
    threads: int = Field(
        0, ge=0, le=256, description="CPU threads for the models; 0 takes every core"
    )
    dense_index: Literal["auto", "flat", "hnsw", "ivf"] = Field(
        "auto",
        description="how vectors are searched: flat looks at all of them, hnsw and ivf at some; "
        "auto is flat up to 100,000 passages, and ivf beyond",
    )
    passage_tokens: Annotated[int, AfterValidator(_passage_tokens)] = Field(
        0, description="tokens of the longest passage; 0 fills the encoder's window"
    )
    overlap: int = Field(
        0,
        ge=0,
        le=20,
        description="sentences, items or rows that a passage repeats from the one before it",
    )
    uploads: _Folder = Field(
        default_factory=lambda known: _beside_index(known, "-uploads"),
        description="folder for documents that were uploaded; beside the index if left out",
    )
    feedback: _Folder = Field(
        default_factory=lambda known: _beside_index(known, "-feedback.jsonl"),
        description="file for what readers said of answers; beside the index if left out",
    )
    reports: _Folder = Field(Path("runs"), description="folder for reports of evaluations")
    max_upload_mb: int = Field(
        50,
        ge=1,
        le=50,  # no larger file is read, see `ingest.readers.MAX_BYTES`
        description="megabytes of the largest file that may be uploaded",
    )
    max_documents: int = Field(
        1000, ge=1, description="documents of the index beyond which uploads are refused"
    )
    top_k: int = Field(5, ge=1, le=50, description="passages that are searched for an answer")
    host: str = Field("127.0.0.1", description="address that the server listens on")
    port: int = Field(
        7860,
        ge=0,
        le=65535,
        description="port that the server listens on; 0 takes any that is free",
    )

    @classmethod
    def load(cls, **flags: Any) -> Self:
        """Read the settings; a flag that is None was not given.

        Raises:
            SettingsError: a key is misspelt or a value does not fit; the message names it.
        """
        _reject_unknown_variables(set(cls.model_fields))
        try:
            return cls(**{key: value for key, value in flags.items() if value is not None})
        except ValidationError as error:
            raise SettingsError(_explain(error, sorted(cls.model_fields))) from error
        except ValueError as error:  # a pincite.toml that is not TOML
            raise SettingsError(f"pincite.toml cannot be read: {error}") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _reject_unknown_variables(known: set[str]) -> None:
    for name in os.environ:
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX).lower() not in known:
            raise SettingsError(
                f"{name} is not a setting; known are "
                + ", ".join(f"{_PREFIX}{key.upper()}" for key in sorted(known))
            )


def _explain(error: ValidationError, known: list[str]) -> str:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{key} is not a setting; known are {', '.join(known)}")
        else:
            lines.append(f"{key}: {problem['msg']} (got {problem['input']!r})")
    return "; ".join(lines)
