"""What makes answers, loaded once, as the settings name it. Knows no index and no question."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chat.generator import ExtractiveComposer, Generator
from chat.judge import AdaptedJudge
from chat.reader import SECOND, AdaptedReader, Reader, TwoReaders
from chat.settings import Settings
from chat.smollm2 import Base, SmolLM2
from chat.support import Gate, fits
from retrieval.reranker import CosineReranker, MatchReranker, Reranker, TokenMemory


@dataclass(frozen=True, slots=True)
class Models:
    """What weighs, composes and verifies. Without a `reader` weighing is left to the reranker,
    without a `gate` drafts must keep to the evidence's own words."""

    memory: TokenMemory
    reranker: Reranker
    generator: Generator
    reader: Reader | None = None
    gate: Gate | None = None


class ModelMaker:
    """Makes models from settings; the language model's files are found and checked once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def all(self, memory: TokenMemory) -> Models:
        """Everything, over the token vectors of an encoder. Raises what each of them raises."""
        reranker, generator = self.reranker(memory), self.generator()
        return Models(memory, reranker, generator, self.reader(), self.gate(memory))

    def reranker(self, memory: TokenMemory) -> Reranker:
        """The reranker: "default", "none", or a folder with one.

        Raises what `MatchReranker` raises.
        """
        setting = self._settings.reranker
        if setting == "none":
            return CosineReranker(memory)
        return (
            MatchReranker(memory)
            if setting == "default"
            else MatchReranker(memory, Path(setting).expanduser())
        )

    def reader(self) -> Reader | None:
        """The reader: "default" for both of ours, "none", or a folder with one.

        Raises what `AdaptedReader` raises.
        """
        setting = self._settings.reader
        if setting == "none":
            return None
        if setting == "default":
            return TwoReaders(AdaptedReader(self._base), AdaptedReader(self._base, SECOND))
        return AdaptedReader(self._base, Path(setting).expanduser())

    def generator(self) -> Generator:
        """The generator. Raises what `SmolLM2` raises."""
        if self._settings.generator == "extractive":
            return ExtractiveComposer()
        if self._settings.generator == "smollm2":
            return SmolLM2(self._base)
        return SmolLM2(self._base, None)

    def gate(self, memory: TokenMemory) -> Gate:
        """The gate. Evidence that is only quoted needs no judge, and an encoder that the gate was
        not fitted to has none: then drafts must keep to the evidence's own words.

        Raises what `AdaptedJudge` and `Gate.of` raise.
        """
        if self._settings.generator == "extractive" or not fits(memory.encoder.sha256):
            return Gate(memory)
        return Gate.of(memory, AdaptedJudge(self._base))

    @cached_property
    def _base(self) -> Base:
        settings = self._settings
        return Base(settings.cache, settings.threads, settings.precision)
