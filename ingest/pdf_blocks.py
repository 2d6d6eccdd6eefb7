"""Lines and tables in reading order, put together to headings, paragraphs, items and code.

Headings are told by size and weight, paragraphs by gaps and indents. Knows nothing of Markdown.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.pdf_items import Grid, Item, Segment, pitch_of

BULLET = re.compile(r"(?:[•◦▪●○■□‣⁃*·–—-]|[\uf0a7\uf0b7\uf0d8]|o(?=\s[A-Z]))\s+")
NUMBERED = re.compile(r"\(?(\d{1,3}|[a-z])[.)]\s+(?=\S)")
_STOP = re.compile(r"[.!?:;][\"'”’)\]]*$")

_LARGER = 1.08  # times the body's size is a heading's
_HEADING_WORDS = 24
_BOLD_WORDS = 12  # a bold line of more is a sentence
_GAP = 0.3  # sizes of the letters beyond the usual distance between lines: a new paragraph
_INDENT = 0.8  # sizes of the letters
_SHORT = 0.85  # of the column's width; a line that ends before it and with a stop is a last one


@dataclass(frozen=True, slots=True)
class Look:
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


def look_of(columns: Sequence[Sequence[Item]]) -> Look:
    """What the letters of a document look like."""
    lines = [item for column in columns for item in column if isinstance(item, Segment)]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 10.0
    larger = sorted((size for size in letters if size > _LARGER * body), reverse=True)
    words = (word.lower() for line in lines for word in re.findall(r"[\w-]+(?=\W)", line.text))
    return Look(body, tuple(larger[:5]), pitch_of(columns), frozenset(words))


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, or the parts of a table that was cut by pages."""

    lines: tuple[Segment, ...] = ()
    grids: tuple[Grid, ...] = ()
    level: int = 0  # of a heading
    marker: str = ""  # of a list item
    indent: int = 0  # blanks before the marker
    code: bool = False
    tight: bool = False  # an item that follows another


def blocks_of(columns: Sequence[Sequence[Item]], look: Look) -> Iterator[Block]:
    """Blocks in reading order; one may begin in one column and end in the next."""
    levels: list[tuple[float, int]] = []  # of the items that are open: left edge, indent within
    block: Block | None = None
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


def _begun(item: Item, before: Block | None, look: Look) -> Block:
    if isinstance(item, Grid):
        return Block(grids=(item,))
    if item.mono:
        return Block((item,), code=True)
    level = look.level(item) or _bold_level(item, before, look)
    if level:
        return Block((item,), level=level)
    return Block((item,), marker=_marker(item.text))


def _bold_level(line: Segment, before: Block | None, look: Look) -> int:
    """The level of a bold line that stands alone, below those of the larger letters."""
    alone = (
        line.bold
        and len(line.text.split()) <= _BOLD_WORDS
        and not re.search(r"[.,;:!?]$", line.text)
        and re.search(r"[^\W\d]", line.text)
        and not BULLET.match(line.text)
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
    if BULLET.match(text):
        return "- "
    number = NUMBERED.match(text)
    return f"{number[1]}. " if number and number[1].isdigit() else "- " if number else ""


def _placed(block: Block, levels: list[tuple[float, int]], after_item: bool) -> Block:
    """An item with its indent: below the one that begins further left."""
    left = block.lines[0].x0
    while levels and levels[-1][0] > left + 2:
        levels.pop()
    if not levels or levels[-1][0] < left - 6:
        levels.append((left, (levels[-1][1] if levels else 0) + len(block.marker)))
    inside = levels[-1][1] - len(block.marker) if len(levels) == 1 else levels[-2][1]
    levels[-1] = (levels[-1][0], inside + len(block.marker))
    return Block(block.lines, marker=block.marker, indent=inside, tight=after_item)


def _grown(block: Block, item: Item, column: Sequence[Item], look: Look) -> Block | None:
    """The block with an item that continues it, or None if the item begins another."""
    if isinstance(item, Grid):
        if block.grids and _same_table(block.grids[-1], item):
            return Block(grids=(*block.grids, item))
        return None
    if not block.lines or item.mono != block.code:
        return None
    last = block.lines[-1]
    below = last in column and item.top > last.top  # in the same column, and not in the next
    lines = (*block.lines, item)
    if block.code:
        return Block(lines, code=True) if below else None
    level = look.level(item)
    if block.level:
        wraps = below and item.size == last.size and item.bold == last.bold
        near = item.top - last.top < 1.7 * item.size
        same = wraps and near and _aligned(last, item) and not NUMBERED.match(item.text)
        same = same and (level == block.level or (not level and item.bold))
        return Block(lines, level=block.level) if same else None
    if level or _marker(item.text) or abs(item.size - last.size) > 0.6:
        return None
    if below and _parts(block, item, column, look):
        return None
    if not below and _STOP.search(last.text):
        return None
    return Block(lines, marker=block.marker, indent=block.indent, tight=block.tight)


def _parts(block: Block, line: Segment, column: Sequence[Item], look: Look) -> bool:
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
