"""Lines and tables of pages in reading order, written as Markdown.

Headings are told by size and weight, paragraphs by gaps and indents; words that a line end cut are
joined. Remembers where each page begins in the text. Knows nothing of PDF itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.document import Source
from ingest.escaping import (
    escape_cell,
    escape_end,
    escape_signs,
    escape_start,
    is_literal,
)
from ingest.pdf_layout import Grid, Item, Segment, pitch_of

_BULLET = re.compile(r"(?:[•◦▪●○■□‣⁃*·–—-]|[\uf0a7\uf0b7\uf0d8]|o(?=\s[A-Z]))\s+")
_NUMBERED = re.compile(r"\(?(\d{1,3}|[a-z])[.)]\s+(?=\S)")
_STOP = re.compile(r"[.!?:;][\"'”’)\]]*$")
_HYPHEN = re.compile(r"(\w+)[-\u00ad\u2010]$")

_LARGER = 1.08  # times the body's size is a heading's
_HEADING_WORDS = 24
_BOLD_WORDS = 12  # a bold line of more is a sentence
_GAP = 0.3  # sizes of the letters beyond the usual distance between lines: a new paragraph
_INDENT = 0.8  # sizes of the letters
_SHORT = 0.85  # of the column's width; a line that ends before it and with a stop is a last one


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


@dataclass(frozen=True, slots=True)
class _Look:
    """What this document's letters look like."""

    body: float  # the size of most of its letters
    larger: tuple[float, ...]  # the sizes of its headings, largest first
    pitch: float  # from line to line, in sizes
    words: frozenset[str]

    def level(self, line: Segment) -> int:
        """A heading's level from 1, or 0; judged by size alone, where it differs."""
        if len(line.text.split()) > _HEADING_WORDS or not re.search(r"[^\W\d]", line.text):
            return 0
        return self.larger.index(line.size) + 1 if line.size in self.larger else 0


def compose(columns: Sequence[Sequence[Item]], pages: int) -> Source:
    """The Markdown of a document's columns.

    Args:
        pages: how many there are; one without text begins where the next one does.
    """
    writer = _Writer()
    look = _look(columns)
    for number, block in enumerate(_blocks(columns, look)):
        gap = "\n" if block.tight else "\n\n"
        writer.write(gap if number else "")
        block.write(writer, look)
    writer.write("\n")
    starts = writer.pages + [writer.length] * (pages - len(writer.pages))
    return Source("".join(writer.parts), pages=tuple(starts))


def _look(columns: Sequence[Sequence[Item]]) -> _Look:
    lines = [item for column in columns for item in column if isinstance(item, Segment)]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 10.0
    larger = sorted((size for size in letters if size > _LARGER * body), reverse=True)
    words = (word.lower() for line in lines for word in re.findall(r"[\w-]+(?=\W)", line.text))
    return _Look(body, tuple(larger[:5]), pitch_of(columns), frozenset(words))


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together, or the parts of a table that was cut by pages."""

    lines: tuple[Segment, ...] = ()
    grids: tuple[Grid, ...] = ()
    level: int = 0  # of a heading
    marker: str = ""  # of a list item
    indent: int = 0  # blanks before the marker
    code: bool = False
    tight: bool = False  # an item that follows another

    def write(self, writer: _Writer, look: _Look) -> None:
        """Write the block as Markdown, without the lines around it."""
        if self.grids:
            _write_table(writer, self.grids)
        elif self.code:
            _write_code(writer, self.lines)
        else:
            _write_words(writer, self, look)


def _blocks(columns: Sequence[Sequence[Item]], look: _Look) -> Iterator[_Block]:
    """Blocks in reading order; one may begin in one column and end in the next."""
    levels: list[tuple[float, int]] = []  # of the items that are open: left edge, indent within
    block: _Block | None = None
    for item, column in ((item, within) for within in columns for item in within):
        grown = _grown(block, item, column, look) if block else None
        if grown:
            block = grown
            continue
        after_item = bool(block and block.marker)
        if block:
            yield block
        block = _begun(item, block, look)
        if block.marker:
            block = _placed(block, levels, after_item)
        else:
            levels.clear()
    if block:
        yield block


def _begun(item: Item, before: _Block | None, look: _Look) -> _Block:
    if isinstance(item, Grid):
        return _Block(grids=(item,))
    if item.mono:
        return _Block((item,), code=True)
    level = look.level(item) or _bold_level(item, before, look)
    if level:
        return _Block((item,), level=level)
    return _Block((item,), marker=_marker(item.text))


def _bold_level(line: Segment, before: _Block | None, look: _Look) -> int:
    """The level of a bold line that stands alone, below those of the larger letters."""
    alone = (
        line.bold
        and len(line.text.split()) <= _BOLD_WORDS
        and not re.search(r"[.,;:!?]$", line.text)
        and re.search(r"[^\W\d]", line.text)
        and not _BULLET.match(line.text)
    )
    if not alone:
        return 0
    near = before and before.lines and before.lines[-1].page == line.page
    if near and before and not before.level:
        gap = line.top - before.lines[-1].top
        if 0 < gap < (look.pitch + _GAP / 2) * line.size:
            return 0
    return min(6, len(look.larger) + 1)


def _marker(text: str) -> str:
    if _BULLET.match(text):
        return "- "
    number = _NUMBERED.match(text)
    return f"{number[1]}. " if number and number[1].isdigit() else "- " if number else ""


def _placed(block: _Block, levels: list[tuple[float, int]], after_item: bool) -> _Block:
    """An item with its indent: below the one that begins further left."""
    left = block.lines[0].x0
    while levels and levels[-1][0] > left + 2:
        levels.pop()
    if not levels or levels[-1][0] < left - 6:
        levels.append((left, (levels[-1][1] if levels else 0) + len(block.marker)))
    inside = levels[-1][1] - len(block.marker) if len(levels) == 1 else levels[-2][1]
    levels[-1] = (levels[-1][0], inside + len(block.marker))
    return _Block(block.lines, marker=block.marker, indent=inside, tight=after_item)


def _grown(block: _Block, item: Item, column: Sequence[Item], look: _Look) -> _Block | None:
    """The block with an item that continues it, or None if the item begins another."""
    if isinstance(item, Grid):
        if block.grids and _same_table(block.grids[-1], item):
            return _Block(grids=(*block.grids, item))
        return None
    if not block.lines or item.mono != block.code:
        return None
    last = block.lines[-1]
    below = last in column and item.top > last.top  # in the same column, and not in the next
    lines = (*block.lines, item)
    if block.code:
        return _Block(lines, code=True) if below else None
    level = look.level(item)
    if block.level:
        wraps = below and item.size == last.size and item.bold == last.bold
        near = item.top - last.top < 1.7 * item.size
        same = wraps and near and _aligned(last, item) and not _NUMBERED.match(item.text)
        same = same and (level == block.level or (not level and item.bold))
        return _Block(lines, level=block.level) if same else None
    if level or _marker(item.text) or abs(item.size - last.size) > 0.6:
        return None
    if below and _parts(block, item, column, look):
        return None
    if not below and _STOP.search(last.text):
        return None
    return _Block(lines, marker=block.marker, indent=block.indent, tight=block.tight)


def _parts(block: _Block, line: Segment, column: Sequence[Item], look: _Look) -> bool:
    """Whether a line below the last of a block begins a paragraph of its own."""
    last = block.lines[-1]
    if line.top - last.top > (look.pitch + _GAP) * line.size:
        return True
    left = min(item.x0 for item in column)
    right = max(item.x1 for item in column)
    ended = _STOP.search(last.text) and last.x1 - left < _SHORT * (right - left)
    if block.marker:
        return bool(ended) and line.x0 <= block.lines[0].x0 + 2
    first_indented = len(block.lines) == 1 and last.x0 > left + _INDENT * line.size
    indented = line.x0 > last.x0 + _INDENT * line.size and not first_indented
    return bool(ended) or indented


def _aligned(above: Segment, below: Segment) -> bool:
    """Whether two lines begin below each other, or are both centred."""
    centres = (above.x0 + above.x1) / 2, (below.x0 + below.x1) / 2
    return abs(above.x0 - below.x0) < 3 or abs(centres[0] - centres[1]) < 3


def _same_table(above: Grid, below: Grid) -> bool:
    """Whether a table goes on where another was cut by the end of a page."""
    return (
        below.page == above.page + 1
        and len(above.rows[0]) == len(below.rows[0])
        and abs(above.x0 - below.x0) < 6
        and abs(above.x1 - below.x1) < 6
    )


def _write_words(writer: _Writer, block: _Block, look: _Look) -> None:
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


def _pieces(block: _Block, look: _Look) -> Iterator[tuple[int, str]]:
    """The words of each line, with what joins it to the next."""
    texts = [line.text for line in block.lines]
    if block.marker:
        texts[0] = re.sub(f"(?:{_BULLET.pattern})|(?:{_NUMBERED.pattern})", "", texts[0], count=1)
    for index, (line, text) in enumerate(zip(block.lines, texts, strict=True)):
        following = texts[index + 1] if index + 1 < len(texts) else ""
        joiner = " " if following else ""
        cut = _HYPHEN.search(text)
        if cut and following[:1].islower():
            joiner = ""
            if _hides_hyphen(cut, following, look):
                text = text[:-1]
        yield line.page, text + joiner


def _hides_hyphen(cut: re.Match[str], following: str, look: _Look) -> bool:
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
