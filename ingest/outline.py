"""Headings, lists and paragraphs of plain text that has no mark-up, found by how lines look.

A heading is a short line alone, without a final stop, with longer text, a list or another heading
below it; `Key Responsibilities:` at the end of a line before a list is a heading too. Knows
nothing of Markdown.
"""

import re
from collections.abc import Iterator

from ingest.document import Block

_BULLET = re.compile(r"[ \t]*(?:[-*•–·▪◦]|\d{1,3}[.)])[ \t]+")
# A run of capitalised words before a colon at the end of a line: "…in the cloud Technical Skills:"
_JOINERS = r"(?:and|or|of|the|for|as|a|an|in|to|with|&)"
_CAPITAL = r"[A-Z][\w'’/-]*,?"
_LEAD_IN = re.compile(rf"(?:(?<=\s)|^)({_CAPITAL}(?:[ \t]+(?:{_JOINERS}|{_CAPITAL}))*):$")
_MAX_HEADING_WORDS = 10
_MAX_HEADING_CHARS = 80


def parse_plain(text: str) -> list[Block]:
    """The blocks of a plain text, in reading order.

    A heading over prose is of level 1; one over a list, or a lead-in, is of level 2: writers who
    have no mark-up put an introduction under a chapter and a list under its parts.
    """
    lines = [line for line in _lines(text) if line[0] < line[1]]
    return list(_blocks(text, lines))


def _lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """Spans of the lines without the blanks around them, and whether an empty line follows."""
    raw = list(re.finditer(r"[^\n]*(?:\n|$)", text))
    for index, match in enumerate(raw):
        body = match.group().strip()
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        gap = index + 1 >= len(raw) or not raw[index + 1].group().strip()
        yield start, start + len(body), gap


def _blocks(text: str, lines: list[tuple[int, int, bool]]) -> Iterator[Block]:
    group = 0
    in_list = False
    lead_in: tuple[int, int] | None = None
    paragraph: int | None = None
    for index, (start, end, gap) in enumerate(lines):
        below = text[lines[index + 1][0] : lines[index + 1][1]] if index + 1 < len(lines) else ""
        bullet = _BULLET.match(text, start, end)
        if paragraph is None and not bullet and _is_heading(text[start:end], below):
            level = 2 if _BULLET.match(below) or _is_short(below) else 1
            yield Block("heading", start, end, level=level, title=text[start:end].rstrip(":"))
            in_list, lead_in = False, None
            continue
        tail = _LEAD_IN.search(text[start:end]) if _BULLET.match(below) else None
        body_end = start + len(text[start : start + tail.start(1)].rstrip()) if tail else end
        if bullet:
            if not in_list:
                group += 1
            in_list = True
            if bullet.end() < body_end:
                yield Block("item", bullet.end(), body_end, group=group, lead_in=lead_in)
        else:
            begin = start if paragraph is None else paragraph
            wraps = not (gap or tail or not below or _BULLET.match(below)) and _wrapped(text, end)
            paragraph = begin if wraps else None
            if not wraps and begin < body_end:
                yield Block("paragraph", begin, body_end)
            in_list = False
            lead_in = (begin, body_end) if text[begin:body_end].endswith(":") else None
        if tail:
            name = start + tail.start(1)
            yield Block("heading", name, end, level=2, title=tail.group(1))
            in_list, lead_in = False, None


def _is_heading(line: str, below: str) -> bool:
    if not below or not _is_short(line) or line[-1] in ".,;!?":
        return False
    return line[0].isupper() or line[0].isdigit()


def _is_short(line: str) -> bool:
    return 0 < len(line) <= _MAX_HEADING_CHARS and len(line.split()) <= _MAX_HEADING_WORDS


def _wrapped(text: str, end: int) -> bool:
    """Whether the line that ends here was broken by a writer's margin: no stop at its end."""
    return text[end - 1] not in ".!?:\"'”)"
