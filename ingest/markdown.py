"""Markdown to blocks with exact offsets, and Markdown to the plain words that a reader sees.

The parser is markdown-it-py (CommonMark, with tables and front matter); this module only maps its
line numbers to character offsets. What is there to steer by and not to read gives no block: front
matter, tables of contents, the tags of raw HTML. Knows nothing of sections.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from ingest.document import Block, Span, introducing
from ingest.raw_html import text_runs

_MARKER = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|[ \t>]+")
_TOC_MARK = re.compile(r"\[\[?_?toc_?\]?\]", re.IGNORECASE)
_UNREAD = re.compile(r"<(script|style)\b", re.IGNORECASE)
# A longer header row names nothing.
_HEADER = 2_000
# Longer texts are looked at no further than this for words, which keeps a 5 MB line cheap.
_GLANCE = 10_000


@cache
def _blocks_parser(front_matter: bool) -> MarkdownIt:
    # Inline parsing is half of the work, and blocks need none of it.
    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    return parser.use(front_matter_plugin) if front_matter else parser


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def parse_markdown(text: str) -> list[Block]:
    """The blocks of a Markdown text, in reading order; spans leave out list markers and indents."""
    return list(_blocks(_Lines(text), _tokens(text)[0]))


def front_matter_title(text: str) -> str:
    """The title that a Markdown text gives itself in its front matter, or an empty string."""
    title = _tokens(text)[1].get("title") if text.startswith("---") else None
    return " ".join(str(title).split()) if isinstance(title, str | int | float) else ""


def plain_text(markdown: str) -> str:
    """The words of a piece of Markdown as a reader sees them: no emphasis marks, links as their
    text, white space collapsed; HTML stays as it is written."""
    return _words(markdown, keep_html=True)


def words_of(markdown: str) -> str:
    """As `plain_text`, without HTML's tags, comments, scripts and styles."""
    return _words(markdown, keep_html=False)


def has_words(markdown: str) -> bool:
    """Whether there is anything to read in a piece of Markdown."""
    if not re.search(r"\w", markdown):
        return False
    if len(markdown) > _GLANCE or not re.search(r"[<\[]", markdown):
        return True
    return bool(re.search(r"\w", words_of(markdown)))


def row_cells(row: str) -> list[str]:
    """The cells of a table row without its outer pipes, as plain words."""
    return [words_of(cell.strip().replace(r"\|", "|")) for cell in re.split(r"(?<!\\)\|", row)]


def _words(markdown: str, keep_html: bool) -> str:
    words: list[str] = []
    unread = False  # inside a script or a style
    for token in _inline_parser().parseInline(markdown.replace("\n", " "))[0].children or []:
        if token.type == "html_inline" and not keep_html:
            unread = bool(_UNREAD.match(token.content))
            if token.content.lower().startswith("<br"):
                words.append(" ")
        elif unread:
            continue
        elif token.type in ("text", "code_inline", "html_inline", "text_special", "image"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return " ".join("".join(words).split())


def _tokens(text: str) -> tuple[list[Token], dict[str, Any]]:
    """Block tokens, and what the front matter says. Two lines across a page are front matter only
    if what stands between them is a YAML mapping."""
    if text.startswith("---"):
        tokens = _blocks_parser(True).parse(text)
        matter = _mapping(tokens[0].content) if tokens[0].type == "front_matter" else None
        if matter is not None:
            return tokens[1:], matter
    return _blocks_parser(False).parse(text), {}


def _mapping(content: str) -> dict[str, Any] | None:
    try:
        loaded = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


class _Lines:
    """Character offsets of the lines that markdown-it counts (it normalises the line ends, so
    texts are read with `\\n` alone)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def start(self, line: int) -> int:
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def of(self, token: Token) -> Span:
        """The whole lines of a token."""
        if token.map is None:
            raise ValueError(f"a block token without lines: {token.type}")
        return self.start(token.map[0]), self.start(token.map[1])

    def span(self, token: Token) -> Span:
        """The token's text without the markers before it and the blanks behind it."""
        start, end = self.of(token)
        while start < end and (marker := _MARKER.match(self.text, start, end)):
            if marker.end() == start:
                break
            start = marker.end()
        return start, max(start, start + len(self.text[start:end].rstrip()))

    def row(self, token: Token) -> Span:
        """A table row from its first cell to its last, without the outer pipes."""
        start, end = self.of(token)
        row = self.text[start:end].rstrip().lstrip(" \t>")
        end = start + len(self.text[start:end].rstrip())
        start = end - len(row)
        inner = row.removeprefix("|")
        start += len(row) - len(inner.lstrip())
        if inner.endswith("|") and not inner.endswith("\\|"):
            end = start + len(inner.strip()[:-1].rstrip())
        return start, max(start, end)


def _blocks(lines: _Lines, tokens: list[Token]) -> Iterator[Block]:
    group = 0
    lists: list[int] = []  # the groups of the lists that are open
    parents: list[Span | None] = []  # the lead-ins of the lists that are open
    last: Span | None = None  # the paragraph or item seen last
    header: Span | None = None
    resume = 0  # the token after a table of contents
    for index, token in enumerate(tokens):
        if index < resume:
            continue
        if token.type == "heading_open":
            start, end = lines.span(token)
            title = words_of(tokens[index + 1].content)
            yield Block("heading", start, end, level=int(token.tag[1]), title=title)
            last = None
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            if not lists and (after := _contents_end(tokens, index)):
                resume = after
                continue
            group += 1
            lists.append(group)
            introduced = last and _introduces(lines, last, bool(parents))
            parents.append(introducing(lines.text, *last) if last and introduced else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            last = parents.pop() if parents else None
        elif token.type == "paragraph_open":
            span = lines.span(token)
            if span[0] < span[1] and not _TOC_MARK.fullmatch(tokens[index + 1].content.strip()):
                if lists:
                    yield Block("item", *span, group=lists[-1], lead_in=parents[-1])
                else:
                    yield Block("paragraph", *span)
                last = span
        elif token.type == "table_open":
            group += 1
            header = None
        elif token.type == "tr_open":
            span = lines.row(token)
            if header is None:
                header = span
            elif span[0] < span[1]:
                named = header if 0 < header[1] - header[0] <= _HEADER else None
                yield Block("row", *span, group=group, lead_in=named)
        elif token.type in ("fence", "code_block"):
            span = lines.span(token)
            if span[0] < span[1]:
                yield Block("code", *span, group=lists[-1] if lists else None)
        elif token.type == "html_block":
            yield from _html_blocks(lines, token)


def _html_blocks(lines: _Lines, token: Token) -> Iterator[Block]:
    start, end = lines.of(token)
    for run in text_runs(lines.text[start:end]):
        span = (start + run.start, start + run.end)
        if run.level:
            title = words_of(lines.text[slice(*span)])
            yield Block("heading", *span, level=run.level, title=title)
        else:
            yield Block("paragraph", *span)


def _introduces(lines: _Lines, span: Span, nested: bool) -> bool:
    """A parent item introduces its nested list; a paragraph introduces a list by its colon."""
    return nested or lines.text[span[0] : span[1]].endswith((":", ":**", ":*"))


def _contents_end(tokens: list[Token], start: int) -> int | None:
    """Where the list that opens here ends, if it is a table of contents: two items or more, each
    nothing but a link to a place in the same document."""
    links = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.type == "inline":
            if not _is_link_within(token.content):
                return None
            links += 1
        elif token.type in ("fence", "code_block", "html_block"):
            return None
        elif token.level == tokens[start].level and token.nesting == -1:
            return index + 1 if links > 1 else None
    return None


def _is_link_within(content: str) -> bool:
    if "](#" not in content[:1_000]:
        return False
    children = _inline_parser().parseInline(content)[0].children or []
    links = [child for child in children if child.type == "link_open"]
    return (
        len(links) == 1
        and children[0] is links[0]
        and children[-1].type == "link_close"
        and str(links[0].attrGet("href")).startswith("#")
    )
