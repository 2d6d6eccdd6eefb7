"""The lines and tables of PDF pages in the order in which they are read.

Takes out what stands on the page for the page's sake: running heads and feet, page numbers, tables
of contents. Knows boxes and words, and nothing of PDF itself.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from ingest.pdf_items import Grid, Item, Page, Row, Segment, rows_of, text_of
from ingest.pdf_tables import CELL, with_tables

# A page's head and foot are looked for in its first and last two lines, in this share of its
# height at either end.
_EDGE_ROWS = 2
_EDGE = 0.13
_REPEATS = 3  # pages on which a head must stand to be one; 2 in a document of up to 4 pages
_NUMBER = re.compile(
    r"\W*(?:page|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.IGNORECASE
)
_LEADER = re.compile(r"(?:[.·…_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})$")
_ENTRY = re.compile(r"\D.*\s(\d{1,4}|[ivxlc]{1,6})$")
_CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)

# A gutter is at least so wide, in points, and has so many lines on each side.
_GUTTER = 9.0
_COLUMN_LINES = 4
_SPANNING = 0.35  # of the lines may run across it


def arrange(pages: Sequence[Page]) -> list[list[Item]]:
    """Columns in reading order, each a list of whole lines and tables from top to bottom."""
    rows = {page.number: rows_of(page.segments) for page in pages}
    furniture = _furniture(pages, rows)
    columns: list[list[Item]] = []
    for page in pages:
        kept = [row for row in rows[page.number] if id(row) not in furniture]
        items: list[Item] = [*page.grids, *itertools.chain(*_without_contents(kept))]
        # Columns of prose first: their lines stand side by side like the cells of a table.
        for band in _columns(items, CELL):
            segments = [item for item in band if isinstance(item, Segment)]
            grids = [item for item in band if isinstance(item, Grid)]
            rest = _columns([*grids, *with_tables(rows_of(segments))], 0)
            columns += [_whole_lines(column) for column in rest]
    return columns


def _furniture(pages: Sequence[Page], rows: dict[int, list[Row]]) -> set[int]:
    """The ids of rows that are running heads, running feet or page numbers."""
    alike: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    found: set[int] = set()
    for page in pages:
        edges = rows[page.number][:_EDGE_ROWS] + rows[page.number][-_EDGE_ROWS:]
        for row in {id(row): row for row in edges}.values():
            at_top = row[0].bottom < _EDGE * page.height
            if not at_top and row[0].top < (1 - _EDGE) * page.height:
                continue
            if _NUMBER.fullmatch(text_of(row)):
                found.add(id(row))
            alike[re.sub(r"\d+", "#", text_of(row)).casefold(), at_top].append(row)
    needed = min(_REPEATS, max(2, len(pages) - 2))
    for same in alike.values():
        level = median(row[0].top for row in same)
        same = [row for row in same if abs(row[0].top - level) < row[0].size]
        if len({row[0].page for row in same}) >= needed:
            found |= {id(row) for row in same}
    return found


def _without_contents(rows: list[Row]) -> list[Row]:
    """Rows without those of a table of contents and its heading."""
    kept: list[Row] = []
    inside = False
    for row in rows:
        text = text_of(row)
        if _LEADER.search(text) or (inside and _ENTRY.fullmatch(text)):
            if kept and _CONTENTS.fullmatch(text_of(kept[-1])):
                kept.pop()
            inside = True
        else:
            inside = _CONTENTS.fullmatch(text) is not None
            kept.append(row)
    return kept


def _columns(items: list[Item], letters: float) -> list[list[Item]]:
    """Items cut into columns at gutters. What runs across a gutter divides what is above it from
    what is below.

    Args:
        letters: that a line of a column has at least, on average.
    """
    ordered = sorted(items, key=lambda item: (item.top, item.x0))
    gutter = _gutter(ordered, letters)
    if gutter is None:
        return [ordered] if ordered else []
    bands: list[list[Item]] = [[]]
    for item in ordered:
        if _crosses(item, gutter):
            bands += [[item], []]
        else:
            bands[-1].append(item)
    columns: list[list[Item]] = []
    for band in bands:
        left = [item for item in band if item.x1 <= gutter]
        right = [item for item in band if item.x1 > gutter]
        for part in (left, right):
            columns += _columns(part, letters) if len(part) < len(ordered) else [part]
    return columns


def _crosses(item: Item, gutter: float) -> bool:
    return item.x0 < gutter + _GUTTER and item.x1 > gutter


def _gutter(items: list[Item], letters: float) -> float | None:
    """The left edge of the clearest gutter, or None for a single column."""
    best: tuple[int, float] | None = None
    for gutter in {item.x1 for item in items}:
        crossing = sum(_crosses(item, gutter) for item in items)
        left = [item for item in items if item.x1 <= gutter]
        right = [item for item in items if item.x0 >= gutter + _GUTTER]
        if min(len(left), len(right)) < _COLUMN_LINES or crossing > _SPANNING * len(items):
            continue
        if min(_letters(left), _letters(right)) < letters:
            continue
        if _beside(left, right) and (best is None or (crossing, -gutter) < best):
            best = (crossing, -gutter)
    return -best[1] if best else None


def _letters(items: list[Item]) -> float:
    """How many letters the lines have on average."""
    lengths = [len(item.text) for item in items if isinstance(item, Segment)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _beside(left: list[Item], right: list[Item]) -> bool:
    """Whether two columns stand beside each other over several lines."""
    top = max(min(item.top for item in left), min(item.top for item in right))
    bottom = min(max(item.bottom for item in left), max(item.bottom for item in right))
    heights = [item.bottom - item.top for item in left if isinstance(item, Segment)]
    return bool(heights) and bottom - top > (_COLUMN_LINES - 1) * median(heights)


def _whole_lines(column: list[Item]) -> list[Item]:
    """A column in which the segments of a line are joined again."""
    rows = rows_of(item for item in column if isinstance(item, Segment))
    lines: list[Item] = [_joined(row) for row in rows]
    lines += [item for item in column if isinstance(item, Grid)]
    return sorted(lines, key=lambda item: item.top)


def _joined(row: Row) -> Segment:
    longest = max(row, key=lambda segment: len(segment.text))
    return replace(
        longest,
        x0=row[0].x0,
        x1=max(segment.x1 for segment in row),
        text=text_of(row),
        bold=all(segment.bold for segment in row),
        mono=all(segment.mono for segment in row),
    )
