"""Sections cut into passages that fit an encoder's window.

A passage is a run of units of one section. What is embedded and indexed is its heading path, the
line that introduces its list, and its words; what is quoted is the document's own text. Knows an
encoder only as a window and a function that counts tokens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from ingest.document import Document, Section, Unit
from ingest.wording import introduction, unit_words

CountTokens = Callable[[str], int]

# A heading path may take this share of the window; a longer one is cut at a word.
_HEADING_SHARE = 3
SEPARATOR = " > "
# No passage has more characters than this for each token of the window. Prose has four or five; a
# tokenizer may count a "word" of a million letters as one token, and would have to read them all
# for every question of whether they fit.
_CHARS_PER_TOKEN = 16


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
    return f"{SEPARATOR.join(passage.path)}\n{introduction(document, unit)}"


def in_context(document: Document, passage: Passage, unit: Unit) -> str:
    """A unit as it is judged: what it stands under, and its words."""
    return f"{context(document, passage, unit)} {unit_words(document, unit)}"


def answering_units(passage: Passage) -> list[Unit]:
    """The units of a passage, but for the lines that only introduce a list."""

    def introduces(unit: Unit) -> bool:
        return unit.kind == "sentence" and passage.text[: unit.end - passage.start].endswith(":")

    return [unit for unit in passage.units if not introduces(unit)]


def _split_section(
    document: Document, section: Section, window: int, count_tokens: CountTokens, overlap: int
) -> Iterator[Passage]:
    heading = _fitted(SEPARATOR.join(section.path), window // _HEADING_SHARE, count_tokens)
    longest = window * _CHARS_PER_TOKEN

    @cache
    def words(unit: Unit) -> str:
        return unit_words(document, unit)

    @cache
    def introduced_by(unit: Unit) -> str:
        return _fitted(introduction(document, unit), window // _HEADING_SHARE, count_tokens)

    def index_text(units: list[Unit]) -> str:
        lines = (heading, introduced_by(units[0]), " ".join(map(words, units)))
        return "\n".join(line for line in lines if line)

    def fits(units: list[Unit]) -> bool:
        if units[-1].end - units[0].start > longest:
            return False
        return count_tokens(index_text(units)) <= window

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
            index_text=index_text(units),
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
    if unit.kind == "row":  # a part of a row no longer lines up with the header
        unit = replace(unit, kind="sentence")
    start = unit.start
    while start < unit.end:
        end = _longest(unit, start, fits)
        if end < unit.end:
            blank = max(document.text.rfind(mark, start + 1, end) for mark in (" ", "\n"))
            end = blank if blank > start else end
        yield replace(unit, start=start, end=end)
        start = end
        while start < unit.end and document.text[start].isspace():
            start += 1


def _longest(unit: Unit, start: int, fits: Callable[[list[Unit]], bool]) -> int:
    """Where the longest piece from `start` that fits ends, at least one character on; looks no
    further than twice as far as what fits, however long the unit is."""

    def fit(end: int) -> bool:
        return fits([replace(unit, start=start, end=end)])

    step = 1
    while start + step < unit.end and fit(start + step):
        step *= 2
    low, high = start + max(1, step // 2), min(unit.end, start + step)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fit(middle) else (low, middle - 1)
    return low
