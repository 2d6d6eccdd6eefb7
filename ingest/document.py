"""The document model: text, its sections, their units, and offsets that never lie.

Every span counts characters of `Document.text`. Knows nothing of file formats (see `readers`)
or of what fits an encoder (see `passages`).
"""

import bisect
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import sentencex

UnitKind = Literal["sentence", "item", "row", "code"]
BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
Span = tuple[int, int]

# Characters. A longer introduction is a paragraph of its own that happens to end with a colon.
_LEAD_IN = 300
_PARAGRAPH = 10_000  # characters; the longest paragraphs of novels have fewer


@dataclass(frozen=True, slots=True)
class Source:
    """A file as its converter gives it: the text that offsets will point into.

    `title` is what the file calls itself, if it does; `pages` as in `Document`.
    """

    text: str
    title: str = ""
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """What a parser finds in a text, in reading order: a heading, a paragraph, a list item, …

    `group` numbers the list or table that an item or row belongs to; `lead_in` is the span of the
    line that introduces it (the parent item, the sentence before a list, the header row).
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    title: str = ""
    group: int | None = None
    lead_in: Span | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that is cited: a sentence, a list item, a table row, a code block."""

    start: int
    end: int
    kind: UnitKind = "sentence"
    group: int | None = None
    lead_in: Span | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands directly under it, up to the next heading of any level."""

    path: tuple[str, ...]
    anchor: str
    start: int
    end: int
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One source file. `sha256` is the hash of its text and of where its pages begin.

    `pages` holds the offset at which each page begins; it is empty for a format without pages.
    `markdown` is false for a text whose signs mean only themselves.
    """

    id: str
    title: str
    text: str
    sections: tuple[Section, ...]
    sha256: str
    pages: tuple[int, ...] = ()
    markdown: bool = True

    def page_of(self, offset: int) -> int | None:
        """The page, from 1, that an offset lies on; None for a format without pages."""
        return max(1, bisect.bisect_right(self.pages, offset)) if self.pages else None

    def lead_ins(self, unit: Unit) -> tuple[Span, ...]:
        """The spans that introduce a unit, outermost first: the line before the list, the item
        that it is nested in, the item that this one is nested in, …"""
        chain: list[Span] = []
        span, before = unit.lead_in, unit.start
        while span and span[0] < before:
            chain.append(span)
            before = span[0]
            parent = self._unit_at(before)
            span = parent.lead_in if parent else None
        return tuple(reversed(chain))

    def _unit_at(self, start: int) -> Unit | None:
        """The unit that begins at an offset."""
        section = bisect.bisect_right(self.sections, start, key=lambda s: s.start) - 1
        if section < 0:
            return None
        units = self.sections[section].units
        index = bisect.bisect_left(units, start, key=lambda u: u.start)
        return units[index] if index < len(units) and units[index].start == start else None


def has_word(text: str) -> bool:
    """Whether there is a letter or a figure in a text."""
    return re.search(r"\w", text) is not None


def build_document(
    doc_id: str,
    title: str,
    text: str,
    blocks: Iterable[Block],
    *,
    pages: tuple[int, ...] = (),
    markdown: bool = True,
    readable: Callable[[str], bool] = has_word,
) -> Document:
    """Group blocks into sections.

    A document's only level-1 heading, when it comes first, is the document's title and not a part
    of the section paths; otherwise `title` is kept.

    Args:
        pages, markdown: as in `Document`.
        readable: whether there is anything to read in a piece of text; a sentence, an item or a
            row in which there is not is no unit.
    """
    blocks = list(blocks)
    headings = [block for block in blocks if block.kind == "heading"]
    tops = [block for block in headings if block.level == 1]
    title_block = tops[0] if len(tops) == 1 and tops[0] is headings[0] else None
    if title_block and title_block.title:
        title = title_block.title
    sections = tuple(_sections(text, title, title_block, blocks, readable))
    # A surrogate can come from a broken file; it is no reason to fail.
    content = text + "".join(f"\f{page}" for page in pages)
    sha256 = hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()
    return Document(doc_id, title, text, sections, sha256, pages, markdown)


def _sections(
    text: str,
    title: str,
    title_block: Block | None,
    blocks: list[Block],
    readable: Callable[[str], bool],
) -> Iterator[Section]:
    taken: set[str] = set()
    trail: list[tuple[int, str]] = []
    heading: Block | None = None
    body: list[Block] = []

    def close(end: int) -> Iterator[Section]:
        if not body and (heading is None or heading is title_block):
            return
        path = tuple(name for _, name in trail) or (title,)
        anchor = _free_anchor("/".join(slug(part) for part in path), taken)
        taken.add(anchor)
        start = heading.start if heading else body[0].start
        units = tuple(unit for unit in _units(text, body) if readable(text[unit.start : unit.end]))
        yield Section(path, anchor, start, end, units)

    for block in blocks:
        if block.kind != "heading":
            body.append(block)
            continue
        yield from close(block.start)
        heading, body = block, []
        while trail and trail[-1][0] >= block.level:
            trail.pop()
        if block is not title_block:
            trail.append((block.level, block.title or title))
    yield from close(len(text))


def _free_anchor(anchor: str, taken: set[str]) -> str:
    """The anchor, or with the first number from 2 that no other section has."""
    numbered = (f"{anchor}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (anchor, *numbered) if name not in taken)


def _units(text: str, blocks: list[Block]) -> Iterator[Unit]:
    for block in blocks:
        if block.kind == "paragraph":
            for start, end in sentence_spans(text, block.start, block.end):
                yield Unit(start, end, "sentence")
        elif block.kind != "heading":
            yield Unit(block.start, block.end, block.kind, block.group, block.lead_in)


def sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of the sentences of `text[start:end]`, without the white space around them.

    A line break inside a paragraph does not end a sentence; splitting is sentencex's (Wikimedia),
    which knows abbreviations such as "e.g." and figures such as "$1.5M".
    """
    while start < end:
        stop = _stop(text, start, end)
        # sentencex takes a break for an end; a blank of the same length keeps the offsets.
        flat = re.sub(r"\s", " ", text[start:stop])
        for sentence in sentencex.segment("en", flat):
            lead = len(sentence) - len(sentence.lstrip())
            body = sentence.strip()
            if body:
                yield start + lead, start + lead + len(body)
            start += len(sentence)
        start = stop


def _stop(text: str, start: int, end: int) -> int:
    """As far as one look for sentences goes: to the end, or to a blank in a text that is no
    paragraph any more; sentencex takes quadratic time over quotation marks."""
    if end - start <= _PARAGRAPH:
        return end
    blank = text.rfind(" ", start, start + _PARAGRAPH)
    return blank if blank > start else start + _PARAGRAPH


def introducing(text: str, start: int, end: int) -> Span:
    """A span that introduces what follows, or as much of its end as still does."""
    if end - start <= _LEAD_IN:
        return start, end
    blank = text.find(" ", end - _LEAD_IN, end)
    return (blank + 1 if blank >= 0 else end - _LEAD_IN), end


def slug(heading: str) -> str:
    """A heading as it stands in an anchor: "Salary Ranges (US Market, 2024)" is
    `salary-ranges-us-market-2024`; letters of any script are kept."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    words = re.sub(r"[^\w\s-]", "", folded)
    return re.sub(r"[\s_-]+", "-", words).strip("-") or "section"
