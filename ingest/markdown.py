"""Markdown to blocks with exact offsets, and Markdown to the plain words that a reader sees.

The parser is markdown-it-py (CommonMark, with tables); this module only maps its line numbers to
character offsets. Knows nothing of sections.
"""

import bisect
import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.document import Block

_MARKER = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|[ \t>]+")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def parse_markdown(text: str) -> list[Block]:
    """The blocks of a Markdown text, in reading order; spans leave out list markers and indents."""
    return list(_blocks(_Lines(text), _parser().parse(text)))


def plain_text(markdown: str) -> str:
    """The words of a piece of Markdown as a reader sees them: no emphasis marks, links as their
    text, white space collapsed; HTML stays as it is written."""
    words: list[str] = []
    for token in _parser().parseInline(markdown.replace("\n", " "))[0].children or []:
        if token.type in ("text", "code_inline", "html_inline", "text_special"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif token.type == "image":
            words.append(token.content)
    return " ".join("".join(words).split())


class _Lines:
    """Character offsets of the lines that markdown-it counts (it normalises the line ends, so
    texts are read with `\\n` alone)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def start(self, line: int) -> int:
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def span(self, token: Token) -> tuple[int, int]:
        """The token's text without the markers before it and the blanks behind it."""
        if token.map is None:
            raise ValueError(f"a block token without lines: {token.type}")
        start, end = self.start(token.map[0]), self.start(token.map[1])
        while start < end and (marker := _MARKER.match(self.text, start, end)):
            if marker.end() == start:
                break
            start = marker.end()
        return start, max(start, start + len(self.text[start:end].rstrip()))

    def line_of(self, offset: int) -> int:
        return bisect.bisect_right(self.starts, offset) - 1


def _blocks(lines: _Lines, tokens: list[Token]) -> Iterator[Block]:
    group = 0
    lists: list[int] = []  # the groups of the lists that are open
    parents: list[tuple[int, int] | None] = []  # the lead-ins of the lists that are open
    last: tuple[int, int] | None = None  # the paragraph or item seen last
    header: tuple[int, int] | None = None
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            start, end = lines.span(token)
            title = plain_text(tokens[index + 1].content)
            yield Block("heading", start, end, level=int(token.tag[1]), title=title)
            last = None
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            group += 1
            lists.append(group)
            parents.append(last if last and _introduces(lines, last, bool(parents)) else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            last = parents.pop() if parents else None
        elif token.type == "paragraph_open":
            span = lines.span(token)
            if span[0] < span[1]:
                if lists:
                    yield Block("item", *span, group=lists[-1], lead_in=parents[-1])
                else:
                    yield Block("paragraph", *span)
                last = span
        elif token.type == "table_open":
            group += 1
            header = None
        elif token.type == "tr_open":
            span = lines.span(token)
            if header is None:
                header = span
            else:
                yield Block("row", *span, group=group, lead_in=header)
        elif token.type in ("fence", "code_block"):
            span = lines.span(token)
            if span[0] < span[1]:
                yield Block("code", *span, group=lists[-1] if lists else None)
        elif token.type == "html_block":
            span = lines.span(token)
            if span[0] < span[1]:
                yield Block("paragraph", *span)


def _introduces(lines: _Lines, span: tuple[int, int], nested: bool) -> bool:
    """A parent item introduces its nested list; a paragraph introduces a list by its colon."""
    return nested or lines.text[span[0] : span[1]].endswith((":", ":**", ":*"))
