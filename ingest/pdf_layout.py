"""The lines and tables of PDF pages in the order in which they are read.

Takes out what stands on the page for the page's sake: running heads and feet, page numbers, tables
of contents. Knows boxes and words, and nothing of PDF itself.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand together on a line; coordinates in points from the page's top left."""

    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    text: str
    size: float
    bold: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first row names the columns."""

    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page, from 1; `height` in points."""

    number: int
    height: float
    segments: tuple[Segment, ...]
    grids: tuple[Grid, ...] = ()


Item: TypeAlias = Segment | Grid
Row: TypeAlias = list[Segment]  # of one line of the page, from left to right

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

# Cells of a table without lines hold fewer letters than a column of prose does.
_CELL = 26
_TABLE_ROWS = 3
# A gutter is at least so wide, in points, and has so many lines on each side.
_GUTTER = 9.0
_COLUMN_LINES = 4
_SPANNING = 0.35  # of the lines may run across it


def arrange(pages: Sequence[Page]) -> list[list[Item]]:
    """Columns in reading order, each a list of whole lines and tables from top to bottom."""
    rows = {page.number: _rows(page.segments) for page in pages}
    furniture = _furniture(pages, rows)
    columns: list[list[Item]] = []
    for page in pages:
        kept = [row for row in rows[page.number] if id(row) not in furniture]
        items: list[Item] = [*page.grids, *itertools.chain(*_without_contents(kept))]
        # Columns of prose first: their lines stand side by side like the cells of a table.
        for band in _columns(items, _CELL):
            segments = [item for item in band if isinstance(item, Segment)]
            grids = [item for item in band if isinstance(item, Grid)]
            rest = _columns([*grids, *_with_tables(_rows(segments))], 0)
            columns += [_whole_lines(column) for column in rest]
    return columns


def _rows(segments: Iterable[Segment]) -> list[Row]:
    rows: list[Row] = []
    for segment in sorted(segments, key=lambda s: (s.bottom, s.x0)):
        if rows and _same_line(rows[-1][0], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda s: s.x0) for row in rows]


def _same_line(left: Segment, right: Segment) -> bool:
    shared = min(left.bottom, right.bottom) - max(left.top, right.top)
    return shared > 0.5 * min(left.bottom - left.top, right.bottom - right.top)


def _text(row: Row) -> str:
    return " ".join(segment.text for segment in row)


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
            if _NUMBER.fullmatch(_text(row)):
                found.add(id(row))
            alike[re.sub(r"\d+", "#", _text(row)).casefold(), at_top].append(row)
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
        text = _text(row)
        if _LEADER.search(text) or (inside and _ENTRY.fullmatch(text)):
            if kept and _CONTENTS.fullmatch(_text(kept[-1])):
                kept.pop()
            inside = True
        else:
            inside = _CONTENTS.fullmatch(text) is not None
            kept.append(row)
    return kept


def _with_tables(rows: list[Row]) -> list[Item]:
    """Segments, but for runs of rows whose short segments stand below one another: tables."""
    items: list[Item] = []
    index = 0
    while index < len(rows):
        run = _table_run(rows, index)
        if run:
            items.append(_grid(rows[index : index + run]))
            index += run
        else:
            items += rows[index]
            index += 1
    return items


def _table_run(rows: list[Row], start: int) -> int:
    """How many rows from here on make a table; 0 if they make none."""
    if len(rows[start]) < 2:
        return 0
    stop = start + 1
    full = 1
    while stop < len(rows) and _lines_up(rows[start:stop], rows[stop]):
        full += len(rows[stop]) > 1
        stop += 1
    return stop - start if full >= _TABLE_ROWS and _is_short(rows[start:stop]) else 0


def _is_short(rows: list[Row]) -> bool:
    """Whether the cells are too short for columns of prose; of two columns, the first decides,
    since what stands beside a name may be long."""
    full = [row for row in rows if len(row) > 1]
    named = max(map(len, full)) == 2
    cells = [segment for row in full for segment in (row[:1] if named else row)]
    return sum(len(segment.text) for segment in cells) <= _CELL * len(cells)


def _lines_up(above: list[Row], row: Row) -> bool:
    """Whether every segment of a row stands under one of the columns above, and no two under the
    same."""
    widest = max(above, key=len)
    if row[0].top - above[-1][-1].bottom > 1.6 * row[0].size:
        return False
    if len(row) < 2:
        return len(widest) > 1 and _continues(above, row)
    places = [_place(widest, segment) for segment in row]
    return None not in places and len(set(places)) == len(places) and len(row) <= len(widest)


def _place(columns: Row, segment: Segment) -> int | None:
    shared = [min(c.x1, segment.x1) - max(c.x0, segment.x0) for c in columns]
    best = max(range(len(columns)), key=lambda i: shared[i])
    return best if shared[best] > 0 else None


def _continues(above: list[Row], row: Row) -> bool:
    """Whether a single segment is the next line of a cell: close below it, and not in the first
    column, where it would begin a row."""
    full = next(other for other in reversed(above) if len(other) > 1)
    return (
        row[0].top - max(segment.bottom for segment in above[-1]) < 0.5 * row[0].size
        and row[0].x0 > full[0].x1
        and _place(full, row[0]) is not None
    )


def _grid(rows: list[Row]) -> Grid:
    columns = max(rows, key=len)
    cells: list[list[str]] = []
    for row in rows:
        texts = [""] * len(columns)
        for segment in row:
            texts[_place(columns, segment) or 0] = segment.text
        if len(row) == 1 and cells:
            pairs = zip(cells[-1], texts, strict=True)
            cells[-1] = [" ".join(filter(None, pair)) for pair in pairs]
        else:
            cells.append(texts)
    if not _names_columns(rows):
        cells.insert(0, [""] * len(columns))
    segments = [segment for row in rows for segment in row]
    return Grid(
        segments[0].page,
        min(s.x0 for s in segments),
        max(s.x1 for s in segments),
        min(s.top for s in segments),
        max(s.bottom for s in segments),
        tuple(map(tuple, cells)),
    )


def _names_columns(rows: list[Row]) -> bool:
    """Whether the first row is a header: bolder than the others, or without figures where they
    have some; of more than two columns, always."""
    first, body = rows[0], [segment for row in rows[1:] for segment in row]
    if all(segment.bold for segment in first) and not all(segment.bold for segment in body):
        return not all(row[0].bold for row in rows) or all(s.bold for s in first[1:])
    figures = any(re.search(r"\d", segment.text) for segment in body)
    return len(first) > 2 or (
        figures and not any(re.search(r"\d", segment.text) for segment in first)
    )


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
    rows = _rows(item for item in column if isinstance(item, Segment))
    lines: list[Item] = [_joined(row) for row in rows]
    lines += [item for item in column if isinstance(item, Grid)]
    return sorted(lines, key=lambda item: item.top)


def _joined(row: Row) -> Segment:
    longest = max(row, key=lambda segment: len(segment.text))
    return replace(
        longest,
        x0=row[0].x0,
        x1=max(segment.x1 for segment in row),
        text=_text(row),
        bold=all(segment.bold for segment in row),
        mono=all(segment.mono for segment in row),
    )


def pitch_of(columns: Sequence[Sequence[Item]]) -> float:
    """The usual distance from line to line, in sizes of the letters: that of a close quarter of
    the lines, because the wider ones divide paragraphs."""
    ratios = sorted(
        (below.top - above.top) / below.size
        for column in columns
        for above, below in pairwise(column)
        if isinstance(above, Segment)
        and isinstance(below, Segment)
        and above.size == below.size
        and 0 < below.top - above.top < 3 * below.size
    )
    return ratios[len(ratios) // 4] if ratios else 1.2
