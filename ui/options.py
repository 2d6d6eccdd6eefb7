"""What several commands share: their options, and what their exit codes mean."""

from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_IN_DOCUMENTS = 3


IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index (or PINCITE_INDEX).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
TopK = Annotated[int | None, typer.Option(min=1, max=50, help="Passages to search for.")]
GeneratorOption = Annotated[
    str | None,
    typer.Option(help="Who composes: smollm2, smollm2-plain or extractive (or PINCITE_GENERATOR)."),
]
DocumentOption = Annotated[
    list[str] | None, typer.Option("--document", help="Look only in this document; repeatable.")
]
