"""Who composes: evidence in, a draft out. Nothing that a generator writes is trusted.

Knows nothing of citations; `verify` decides what of a draft is shown.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol


class Generator(Protocol):
    """Writes a draft from numbered evidence."""

    name: str

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        """Yield the draft in pieces as it is written; pieces join to the whole.

        Args:
            question: the standalone question.
            evidence: what answers it, as plain words, most important first.

        Raises:
            GeneratorFailed: the model broke.
        """
        ...


class ExtractiveComposer:
    """Composes by quoting, with no model at all: it writes nothing of its own, and what a draft
    leaves out the gate adds in the source's words."""

    name = "extractive"

    def compose(self, question: str, evidence: Sequence[str]) -> Iterator[str]:
        """Nothing."""
        return iter(())
