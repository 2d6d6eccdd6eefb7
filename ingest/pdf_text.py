"""Blocks of a PDF written as Markdown: words that a line end cut are joined, signs are escaped, and
where each page begins is remembered.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.document import Source
from ingest.escaping import escape_cell, escape_end, escape_signs, escape_start, is_literal
from ingest.pdf_blocks import BULLET, NUMBERED, Block, Look, blocks_of, look_of
from ingest.pdf_items import Grid, Item, Segment

_HYPHEN = re.compile(r"(\w+)[-\u00ad\u2010]$")


@dataclass
class _Writer:
    """A text in the making, and the offsets at which its pages begin."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    pages: list[int] = field(default_factory=list)

    def write(self, text: str, page: int | None = None) -> None:
        """Add text; the first of a page marks where the page begins."""
        if page is not None:
            self.pages += [self.length] * (page - len(self.pages))
        self.parts.append(text)
        self.length += len(text)


def compose(columns: Sequence[Sequence[Item]], pages: int) -> Source:
    """The Markdown of a document's columns.

    Args:
        pages: how many there are; one without text begins where the next one does.
    """
    writer = _Writer()
    look = look_of(columns)
    for number, block in enumerate(blocks_of(columns, look)):
        gap = "\n" if block.tight else "\n\n"
        writer.write(gap if number else "")
        _write(writer, block, look)
    writer.write("\n")
    starts = writer.pages + [writer.length] * (pages - len(writer.pages))
    return Source("".join(writer.parts), pages=tuple(starts))


def _write(writer: _Writer, block: Block, look: Look) -> None:
    if block.grids:
        _write_table(writer, block.grids)
    elif block.code:
        _write_code(writer, block.lines)
    else:
        _write_words(writer, block, look)


def _write_words(writer: _Writer, block: Block, look: Look) -> None:
    heading = "#" * block.level + " " if block.level else ""
    writer.write(heading or " " * block.indent + block.marker, block.lines[0].page)
    pieces = list(_pieces(block, look))
    if not is_literal("".join(piece for _, piece in pieces)):
        pieces = [(page, escape_signs(piece)) for page, piece in pieces]
    if block.level:
        pieces[-1] = (pieces[-1][0], escape_end(pieces[-1][1]))
    else:
        pieces[0] = (pieces[0][0], escape_start(pieces[0][1]))
    for page, piece in pieces:
        writer.write(piece, page)


def _pieces(block: Block, look: Look) -> Iterator[tuple[int, str]]:
    """The words of each line, with what joins it to the next."""
    texts = [line.text for line in block.lines]
    if block.marker:
        texts[0] = re.sub(f"(?:{BULLET.pattern})|(?:{NUMBERED.pattern})", "", texts[0], count=1)
    for index, (line, text) in enumerate(zip(block.lines, texts, strict=True)):
        following = texts[index + 1] if index + 1 < len(texts) else ""
        joiner = " " if following else ""
        cut = _HYPHEN.search(text)
        if cut and following[:1].islower():
            joiner = ""
            if _hides_hyphen(cut, following, look):
                text = text[:-1]
        yield line.page, text + joiner


def _hides_hyphen(cut: re.Match[str], following: str, look: Look) -> bool:
    """Whether a hyphen at a line's end only cuts a word: not if the document writes it so
    elsewhere, and does not write it without."""
    rest = re.match(r"\w+", following)
    tail = rest.group().lower() if rest else ""
    head = cut[1].lower()
    return f"{head}-{tail}" not in look.words or f"{head}{tail}" in look.words


def _write_code(writer: _Writer, lines: Sequence[Segment]) -> None:
    left = min(line.x0 for line in lines)
    writer.write("```\n", lines[0].page)
    for line in lines:
        indent = round((line.x0 - left) / (0.6 * line.size))
        writer.write(f"{' ' * indent}{line.text}\n", line.page)
    writer.write("```")


def _write_table(writer: _Writer, grids: Sequence[Grid]) -> None:
    header = grids[0].rows[0]
    rows = [
        (grid.page, row)
        for number, grid in enumerate(grids)
        for row in (grid.rows[1:] if number == 0 or grid.rows[0] == header else grid.rows)
        if any(row)
    ]
    writer.write(_row(header), grids[0].page)
    writer.write(f"\n|{' --- |' * len(header)}")
    for page, group in groupby(rows, key=lambda row: row[0]):
        for _, row in group:
            writer.write("\n")
            writer.write(_row(row), page)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape_cell, cells)) + " |"
