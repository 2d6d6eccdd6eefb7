"""Headings, lists, tables and paragraphs of plain text that has no mark-up, found by how lines
look.

A heading is a short line without a final stop that stands apart: underlined, numbered, alone
between empty lines, or over longer text or a list; `Key Responsibilities:` at the end of a line
before a list is a heading too. Knows nothing of Markdown.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from ingest.document import Block, Span, introducing
from ingest.plain_lines import Line, lines_of, split_fields

_BULLET = re.compile(r"[ \t]*(?:[-*•–·▪◦‣]|\(?\d{1,3}[.)]|[a-z]\))[ \t]+")
_NUMBERED = re.compile(r"(?:(?:chapter|part|section|appendix)\s+)?\w{1,3}((?:\.\d+)*)\.?\s", re.I)
_UNDERLINE = re.compile(r"([=~#*_-])\1{2,}")
_NAMED_VALUE = re.compile(r"[^:]{1,40}:\s+\S")
# A run of capitalised words before a colon at the end of a line: "…in the cloud Technical Skills:"
_JOINERS = r"(?:and|or|of|the|for|as|a|an|in|to|with|&)"
_CAPITAL = r"[A-Z][\w'’/-]*,?"
_LEAD_IN = re.compile(rf"(?:(?<=\s)|^)({_CAPITAL}(?:[ \t]+(?:{_JOINERS}|{_CAPITAL}))*):$")
_TAIL = 200  # characters at the end of a line, where a lead-in may be
_MAX_HEADING_WORDS = 10
_MAX_HEADING_CHARS = 80
_FULL_LINE = 45  # characters; what a writer's margin breaks is hardly shorter
_TABLE_ROWS = 3
_JUDGED = 20  # rows by which a table is judged
_CELL = 30  # characters of a table's cells, on average
_MOST_HEADINGS = 3  # one upon another: title, chapter, part; more are lines of something else


def parse_plain(text: str) -> list[Block]:
    """The blocks of a plain text, in reading order.

    A heading over prose is of level 1; one over a list, or a lead-in, is of level 2: writers who
    have no mark-up put an introduction under a chapter and a list under its parts. Page numbers and
    the lines of a table of contents are left out.
    """
    return _with_bodies(_Reader(text, lines_of(text)).blocks())


class _Reader:
    """Walks over lines; remembers the list and the paragraph that are open."""

    def __init__(self, text: str, lines: list[Line]) -> None:
        self._text = text
        self._lines = lines
        self._group = 0
        self._items: list[tuple[int, Block]] = []  # open items and their indents, outermost first
        self._lead_in: Span | None = None
        self._paragraph: int | None = None

    def blocks(self) -> Iterator[Block]:
        index = 0
        while index < len(self._lines):
            rows = self._table_rows(index) if self._paragraph is None else 0
            if rows:
                yield from self._table(self._lines[index : index + rows])
                index += rows
            else:
                found, taken = self._block(index)
                yield from found
                index += taken

    def _block(self, index: int) -> tuple[list[Block], int]:
        """The blocks that a line makes, and how many lines they take."""
        line = self._lines[index]
        bullet = _BULLET.match(self._text, line.start, line.end)
        if self._paragraph is None and self._is_underlined(index):
            level = 1 if self._text[self._lines[index + 1].start] in "=#*" else 2
            return [self._heading(line, level)], 2
        if self._paragraph is None and self._is_numbered(index):
            number = _NUMBERED.match(line.of(self._text))
            return [self._heading(line, 1 + (number[1].count(".") if number else 0))], 1
        if self._paragraph is None and not bullet and self._is_heading(index):
            below = self._below(index)
            level = 2 if _BULLET.match(below) or _is_short(below) else 1
            return [self._heading(line, level)], 1
        if bullet:
            return self._item(index, bullet.end())
        return self._prose(index), 1

    def _heading(self, line: Line, level: int) -> Block:
        self._items, self._lead_in = [], None
        title = line.of(self._text).rstrip(":")
        return Block("heading", line.start, line.end, level=level, title=title)

    def _item(self, index: int, start: int) -> tuple[list[Block], int]:
        line = self._lines[index]
        taken = 1
        while self._wraps_item(index, index + taken):
            taken += 1
        last = self._lines[index + taken - 1]
        tail = self._tail(index + taken - 1)
        end = self._before(last, tail)
        found = [self._placed(line.indent, start, end)] if start < end else []
        return found + self._named(last, tail), taken

    def _placed(self, indent: int, start: int, end: int) -> Block:
        """An item in the list of the open items of its indent, or in a new one below an item that
        stands further left."""
        same: Block | None = None
        while self._items and self._items[-1][0] >= indent:
            same = self._items.pop()[1]
        if same is None:
            self._group += 1
        group = same.group if same else self._group
        parent = self._items[-1][1] if self._items else None
        lead_in = introducing(self._text, parent.start, parent.end) if parent else self._lead_in
        item = Block("item", start, end, group=group, lead_in=lead_in)
        self._items.append((indent, item))
        return item

    def _prose(self, index: int) -> list[Block]:
        line = self._lines[index]
        below = self._below(index)
        tail = self._tail(index)
        end = self._before(line, tail)
        begin = line.start if self._paragraph is None else self._paragraph
        ends = line.gap or tail or not below or _BULLET.match(below)
        wraps = not ends and self._wrapped(line) and self._goes_on(line, below)
        self._paragraph = begin if wraps else None
        self._items = []
        if wraps:
            return []
        introduces = self._text.endswith(":", begin, end)
        self._lead_in = introducing(self._text, begin, end) if introduces else None
        found = [Block("paragraph", begin, end)] if begin < end else []
        return found + self._named(line, tail)

    def _named(self, line: Line, tail: "re.Match[str] | None") -> list[Block]:
        """The heading at the end of a line, if it has one."""
        if not tail:
            return []
        self._items, self._lead_in = [], None
        name = line.start + tail.start(1)
        return [Block("heading", name, line.end, level=2, title=tail.group(1))]

    def _tail(self, index: int) -> "re.Match[str] | None":
        if not _BULLET.match(self._below(index)):
            return None
        line = self._lines[index]
        return _LEAD_IN.search(line.of(self._text), max(0, line.end - line.start - _TAIL))

    def _before(self, line: Line, tail: "re.Match[str] | None") -> int:
        if not tail:
            return line.end
        return line.start + len(line.of(self._text)[: tail.start(1)].rstrip())

    def _below(self, index: int) -> str:
        return self._lines[index + 1].of(self._text) if index + 1 < len(self._lines) else ""

    def _is_underlined(self, index: int) -> bool:
        line = self._lines[index]
        return (
            not line.gap
            and _UNDERLINE.fullmatch(self._below(index)) is not None
            and _is_short(line.of(self._text))
        )

    def _is_numbered(self, index: int) -> bool:
        """Whether a line is a heading like "2.1 Scope", alone between empty lines; the items of a
        list stand together."""
        line = self._lines[index]
        number = _NUMBERED.match(line.of(self._text))
        return (
            line.above
            and line.gap
            and bool(number)
            and re.match(r"\d|[IVX]+\.|chapter|part|section|appendix", line.of(self._text), re.I)
            is not None
            and _looks_like_heading(line.of(self._text), self._below(index))
            and not _BULLET.match(self._below(index))
        )

    def _is_heading(self, index: int, over: int = 0) -> bool:
        """Whether a line is a heading: alone, over a list, over longer text, or over another
        heading, `over` of which were looked at already."""
        line = self._lines[index]
        words, below = line.of(self._text), self._below(index)
        if not _looks_like_heading(words, below) or _NAMED_VALUE.match(words):
            return False
        if line.gap or _BULLET.match(below) or len(below) > _MAX_HEADING_CHARS:
            return True
        if line.above and len(below) >= _FULL_LINE:
            return True
        return over < _MOST_HEADINGS and self._is_heading(index + 1, over + 1)

    def _wraps_item(self, first: int, index: int) -> bool:
        """Whether a line goes on with the item that began above it."""
        if index >= len(self._lines):
            return False
        before, line = self._lines[index - 1], self._lines[index]
        if before.gap or _BULLET.match(self._text, line.start, line.end) or self._tail(index - 1):
            return False
        full = before.end - before.start >= _FULL_LINE and self._wrapped(before)
        return line.indent > self._lines[first].indent or (
            full and not self._text[line.start].isupper()
        )

    def _wrapped(self, line: Line) -> bool:
        """Whether a line was broken by a writer's margin: no stop at its end."""
        return self._text[line.end - 1] not in ".!?:\"'”)"

    def _goes_on(self, line: Line, below: str) -> bool:
        """Whether the margin broke a line, and not the writer, who puts a thing on each."""
        return line.end - line.start >= _FULL_LINE or below[0].islower()

    def _table_rows(self, start: int) -> int:
        """How many lines from here on are rows of one table; 0 if they are none."""
        rows = list(itertools.islice(self._rows(start), _JUDGED))
        full = [row for row in rows if any(row)]
        letters = sum(len(cell) for row in full for cell in row)
        if len(full) < _TABLE_ROWS or letters > _CELL * sum(map(len, full)):
            return 0
        return sum(1 for _ in self._rows(start))

    def _rows(self, start: int) -> Iterator[list[str]]:
        """The cells of the lines from here on, as long as they have as many as the first; those
        of a ruler are empty."""
        width = 0
        for index in range(start, len(self._lines)):
            line = self._lines[index]
            words = line.of(self._text)
            fields = split_fields(words)
            if width and _UNDERLINE.search(words) and len(fields) in (1, width):
                fields = [""] * width
            width = width or len(fields)
            if width < 2 or len(fields) != width:
                return
            yield fields
            if line.gap:
                return

    def _table(self, lines: list[Line]) -> Iterator[Block]:
        self._group += 1
        self._items, self._lead_in = [], None
        header = lines[0]
        for line in lines[1:]:
            if re.search(r"\w", line.of(self._text)):
                span = (header.start, header.end)
                yield Block("row", line.start, line.end, group=self._group, lead_in=span)


def _with_bodies(blocks: Iterator[Block]) -> list[Block]:
    """Blocks in which what looked like headings, but has nothing below, is text: a heading is no
    unit, and its words would be lost."""
    runs = [list(run) for _, run in groupby(blocks, key=lambda block: block.kind == "heading")]
    kept: list[Block] = []
    for run, below in zip(runs, [*runs[1:], []], strict=True):
        if run[0].kind == "heading" and not below:
            run = list(map(_as_text, run))
        elif run[0].kind == "heading" and len(run) > _MOST_HEADINGS:
            is_long = below[0].kind != "paragraph" or below[0].end - below[0].start > _FULL_LINE
            run = [*map(_as_text, run[:-1]), run[-1] if is_long else _as_text(run[-1])]
        kept += run
    return kept


def _as_text(heading: Block) -> Block:
    return replace(heading, kind="paragraph", level=0, title="")


def _looks_like_heading(line: str, below: str) -> bool:
    if not below or not _is_short(line) or line[-1] in ".,;!?":
        return False
    return line[0].isupper() or line[0].isdigit()


def _is_short(line: str) -> bool:
    return 0 < len(line) <= _MAX_HEADING_CHARS and len(line.split()) <= _MAX_HEADING_WORDS
