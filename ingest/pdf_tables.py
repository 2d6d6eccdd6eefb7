"""Tables without lines, found by how short words stand below one another."""

import re

from ingest.pdf_items import Grid, Item, Row, Segment

# Cells of a table without lines hold fewer letters than a column of prose does, on average.
CELL = 26
_TABLE_ROWS = 3


def with_tables(rows: list[Row]) -> list[Item]:
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
    return sum(len(segment.text) for segment in cells) <= CELL * len(cells)


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
