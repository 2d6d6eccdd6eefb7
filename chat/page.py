"""What search brought, laid out as a page for the reader: sections with their units, in the
documents' own order. Knows nothing of how a page is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from chat.reader import PageSection
from ingest.document import Document
from ingest.passages import SEPARATOR, Passage
from ingest.wording import introduction, unit_words
from retrieval.hit import Hit

Place = tuple[str, int]  # document and first character

# About 800 tokens: ten sections of the default document, or three passages that fill the
# encoder's window. The reader was trained on pages of up to 900, and takes 0.3 s for one.
_CHARACTERS = 3200


@dataclass(frozen=True, slots=True)
class Page:
    """Sections as the reader sees them, and where each of their units stands; None for a line
    that only introduces what follows and is on no passage."""

    sections: tuple[PageSection, ...]
    places: tuple[Place | None, ...]


def page_of(documents: Mapping[str, Document], hits: Sequence[Hit]) -> Page:
    """The best hits that fit on a page; the first always does."""
    kept = list(_fitting(hits))
    documents_by_rank = list(dict.fromkeys(p.document_id for p in kept))
    kept.sort(key=lambda p: (documents_by_rank.index(p.document_id), p.start))
    sections = []
    places: list[Place | None] = []
    for (_, path), passages in groupby(kept, key=lambda p: (p.document_id, p.path)):
        lines = [line for p in passages for line in _lines(documents[p.document_id], p)]
        sections.append(PageSection(SEPARATOR.join(path), tuple(words for words, _ in lines)))
        places += (place for _, place in lines)
    return Page(tuple(sections), tuple(places))


def _fitting(hits: Sequence[Hit]) -> Iterator[Passage]:
    left = _CHARACTERS
    for hit in hits:
        size = len(hit.passage.index_text)
        if size <= left or left == _CHARACTERS:
            left -= size
            yield hit.passage


def _lines(document: Document, passage: Passage) -> Iterator[tuple[str, Place | None]]:
    if passage.units and (lead_in := introduction(document, passage.units[0])):
        yield lead_in, None
    for unit in passage.units:
        yield unit_words(document, unit), (document.id, unit.start)
