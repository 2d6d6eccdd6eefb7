"""Units as they are read: plain words, a table row with its header, a list item with what
introduces it. What is quoted is the document's own text; what is embedded, scored and said is this.
"""

import re

from ingest.document import Document, Span, Unit
from ingest.markdown import row_cells, words_of
from ingest.plain_lines import split_fields

_FENCE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[ \t]*")


def unit_words(document: Document, unit: Unit) -> str:
    """The words of a unit on one line; a row as "header: cell; header: cell"."""
    text = document.text[unit.start : unit.end]
    if unit.kind == "row":
        cells = row_cells if document.markdown else split_fields
        header = cells(document.text[slice(*unit.lead_in)]) if unit.lead_in else []
        return _row_words(header, cells(text))
    if not document.markdown:
        return _squashed(text)
    if unit.kind == "code":
        return _squashed(" ".join(_FENCE.sub("", line) for line in text.split("\n")))
    return words_of(text)


def introduction(document: Document, unit: Unit) -> str:
    """The words that introduce a unit, outermost first; empty for a row, which names its header
    in its own words."""
    if unit.kind == "row":
        return ""
    return " ".join(_plain(document, span) for span in document.lead_ins(unit))


def _plain(document: Document, span: Span) -> str:
    text = document.text[slice(*span)]
    return words_of(text) if document.markdown else _squashed(text)


def _row_words(names: list[str], cells: list[str]) -> str:
    names = names + [""] * (len(cells) - len(names))
    pairs = [(name, cell) for name, cell in zip(names, cells, strict=False) if cell]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)


def _squashed(text: str) -> str:
    return " ".join(text.split())
