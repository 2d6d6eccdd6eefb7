"""What stands on the pages of a PDF: boxes with words in them. Plain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
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


def rows_of(segments: Iterable[Segment]) -> list[Row]:
    """Segments by the line of the page that they stand on, from top to bottom."""
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


def text_of(row: Row) -> str:
    """The words of a line."""
    return " ".join(segment.text for segment in row)


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
