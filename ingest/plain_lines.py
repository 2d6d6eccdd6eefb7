"""The lines of a plain text, without those that stand there for the page; and their cells."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FIELDS = re.compile(r"\t+| {2,}|[ \t]*\|[ \t]*")
_PAGE = re.compile(
    r"(?:page|p\.)[ \t]*\d+(?:[ \t]*(?:of|/)[ \t]*\d+)?|-[ \t]*\d+[ \t]*-", re.IGNORECASE
)
_ENTRY = re.compile(r".*(?:\.[ \t]?){4,}[ \t]*\d+")  # of a table of contents
_FURNITURE = 200  # characters; a longer line is text


@dataclass(frozen=True, slots=True)
class Line:
    """A line without the blanks around it."""

    start: int
    end: int
    indent: int
    above: bool  # an empty line is above
    gap: bool  # an empty line follows

    def of(self, text: str) -> str:
        """The words of the line."""
        return text[self.start : self.end]


def lines_of(text: str) -> list[Line]:
    """The lines that hold words, without page numbers and tables of contents."""
    return [
        line for line in _lines(text) if line.start < line.end and not _is_furniture(text, line)
    ]


def split_fields(row: str) -> list[str]:
    """The cells of a table row in plain text."""
    return [" ".join(field.split()) for field in _FIELDS.split(row.strip(" \t|"))]


def _lines(text: str) -> Iterator[Line]:
    raw = list(re.finditer(r"[^\n]*(?:\n|$)", text))
    empty = True
    for index, match in enumerate(raw):
        body = match.group().strip()
        indent = len(match.group()) - len(match.group().lstrip())
        start = match.start() + indent
        gap = index + 1 >= len(raw) or not raw[index + 1].group().strip()
        yield Line(start, start + len(body), indent, empty, gap)
        empty = not body


def _is_furniture(text: str, line: Line) -> bool:
    if line.end - line.start > _FURNITURE:
        return False
    words = line.of(text)
    return bool(_PAGE.fullmatch(words) or _ENTRY.fullmatch(words))
