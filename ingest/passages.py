"""Sections cut into passages that fit an encoder's window.

A passage is a run of units of one section. What is embedded and indexed is its heading path, the
line that introduces its list, and its words; what is quoted is the document's own text. Knows an
encoder only as a window and a function that counts tokens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ingest.document import Document, Section, Unit
from ingest.markdown import plain_text

CountTokens = Callable[[str], int]

# A heading path may take this share of the window; a longer one is cut at a word.
_HEADING_SHARE = 3
_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive units of one section; `text == document.text[start:end]`.

    `index_text` is what retrieval sees: heading path, lead-in, then the plain words.
    """

    id: str
    document_id: str
    title: str
    path: tuple[str, ...]
    anchor: str
    start: int
    end: int
    text: str
    index_text: str
    units: tuple[Unit, ...]


def split_document(
    document: Document,
    window: int,
    count_tokens: CountTokens,
    passage_tokens: int = 0,
    overlap: int = 0,
) -> list[Passage]:
    """Cut every section of a document into passages.

    Args:
        window: tokens that the encoder reads, special tokens included.
        count_tokens: tokens of a text, special tokens included.
        passage_tokens: tokens of the longest passage where that is less than the window; 0 fills
            the window.
        overlap: units at the end of a passage that the next one of its section begins with,
            fewer where they would not fit.

    A unit that is longer than the window alone is cut at white space, or anywhere if it has none,
    so that nothing is ever silently truncated.
    """
    limit = min(window, passage_tokens or window)
    return [
        passage
        for section in document.sections
        for passage in _split_section(document, section, limit, count_tokens, overlap)
    ]


def context(document: Document, passage: Passage, unit: Unit) -> str:
    """What a unit stands under: its heading path, and on the next line what introduces it."""
    lead_in = plain_text(document.text[unit.lead_in[0] : unit.lead_in[1]]) if unit.lead_in else ""
    return f"{_SEPARATOR.join(passage.path)}\n{lead_in}"


def words(document: Document, unit: Unit) -> str:
    """The plain words of a unit."""
    return plain_text(document.text[unit.start : unit.end])


def in_context(document: Document, passage: Passage, unit: Unit) -> str:
    """A unit as it is judged: what it stands under, and its words."""
    return f"{context(document, passage, unit)} {words(document, unit)}"


def answering_units(passage: Passage) -> list[Unit]:
    """The units of a passage, but for the lines that only introduce a list."""

    def introduces(unit: Unit) -> bool:
        return unit.kind == "sentence" and passage.text[: unit.end - passage.start].endswith(":")

    return [unit for unit in passage.units if not introduces(unit)]


def _split_section(
    document: Document, section: Section, window: int, count_tokens: CountTokens, overlap: int
) -> Iterator[Passage]:
    heading = _fitted(_SEPARATOR.join(section.path), window // _HEADING_SHARE, count_tokens)

    def fits(units: list[Unit]) -> bool:
        return count_tokens(_index_text(document, heading, units, window, count_tokens)) <= window

    def passage(units: list[Unit], number: int) -> Passage:
        start, end = units[0].start, units[-1].end
        return Passage(
            id=f"{document.id}#{section.anchor}:{number}",
            document_id=document.id,
            title=document.title,
            path=section.path,
            anchor=section.anchor,
            start=start,
            end=end,
            text=document.text[start:end],
            index_text=_index_text(document, heading, units, window, count_tokens),
            units=tuple(units),
        )

    run: list[Unit] = []
    number = 1
    for unit in section.units:
        for piece in [unit] if fits([unit]) else _pieces(document, unit, fits):
            if run and not fits([*run, piece]):
                yield passage(run, number)
                run, number = run[max(0, len(run) - overlap) :], number + 1
                while run and not fits([*run, piece]):
                    run = run[1:]
            run.append(piece)
    if run:
        yield passage(run, number)


def _index_text(
    document: Document, heading: str, units: list[Unit], window: int, count_tokens: CountTokens
) -> str:
    start, lead_in = units[0].start, units[0].lead_in
    lines = [heading]
    if lead_in and lead_in[0] < start:
        introduction = plain_text(document.text[lead_in[0] : lead_in[1]])
        lines.append(_fitted(introduction, window // _HEADING_SHARE, count_tokens))
    lines.append(" ".join(plain_text(document.text[unit.start : unit.end]) for unit in units))
    return "\n".join(lines)


def _fitted(text: str, limit: int, count_tokens: CountTokens) -> str:
    """The longest beginning of a text, in whole words where it has any, within `limit` tokens."""
    if count_tokens(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count_tokens(text[:middle]) <= limit else (low, middle - 1)
    cut = text[:low]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut


def _pieces(document: Document, unit: Unit, fits: Callable[[list[Unit]], bool]) -> Iterator[Unit]:
    """Cut a unit that is too long into the longest pieces that fit."""
    start = unit.start
    while start < unit.end:
        low, high = start + 1, unit.end
        while low < high:
            middle = (low + high + 1) // 2
            if fits([replace(unit, start=start, end=middle)]):
                low = middle
            else:
                high = middle - 1
        end = low
        if end < unit.end:
            blank = max(document.text.rfind(mark, start + 1, end) for mark in (" ", "\n"))
            end = blank if blank > start else end
        yield replace(unit, start=start, end=end)
        start = end
        while start < unit.end and document.text[start].isspace():
            start += 1
