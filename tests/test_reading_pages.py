"""What search brought, laid out as a page for the reader."""

from pathlib import Path

from chat.page import page_of
from ingest.document import Document
from ingest.folder import read_paths
from ingest.passages import split_document
from retrieval.hit import Hit

TEXT = """# Inn

## Rooms

The inn has nine rooms. Dogs are welcome.

## Prices

Prices a night are:

- Single: 40 euros
- Double: 60 euros
"""


def _document(folder: Path, text: str = TEXT, name: str = "inn.md") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    (document,) = read_paths([folder / name]).documents
    return document


def _hits(document: Document, *order: int, window: int = 64) -> list[Hit]:
    passages = split_document(document, window, lambda text: len(text.split()) + 2)
    return [Hit(passages[i], 1.0 / n, n, 0.0, 0.0) for n, i in enumerate(order, start=1)]


def test_sections_stand_in_the_order_of_the_document_whatever_their_rank(tmp_path: Path) -> None:
    document = _document(tmp_path)
    page = page_of({document.id: document}, _hits(document, 1, 0))
    assert [section.heading for section in page.sections] == ["Rooms", "Prices"]
    assert page.sections[0].units == ("The inn has nine rooms.", "Dogs are welcome.")


def test_places_are_those_of_the_units(tmp_path: Path) -> None:
    document = _document(tmp_path)
    page = page_of({document.id: document}, _hits(document, 0, 1))
    units = [unit for section in page.sections for unit in section.units]
    assert len(units) == len(page.places)
    for unit, place in zip(units, page.places, strict=True):
        if place:
            assert place[0] == document.id
            assert document.text[place[1] :].startswith(unit)


def test_a_list_that_goes_on_in_another_passage_keeps_its_lead_in(tmp_path: Path) -> None:
    document = _document(tmp_path)
    hits = _hits(document, *range(3), window=12)
    later = [hit for hit in hits if "Double" in hit.passage.text]
    page = page_of({document.id: document}, later)
    assert page.sections[0].units[0] == "Prices a night are:"
    assert page.places[0] is None


def test_a_page_ends_where_it_is_full_but_holds_the_best_hit(tmp_path: Path) -> None:
    long = "# Long\n\n" + "\n\n".join(
        f"## Part {n}\n\n{' '.join(f'word{n}x{i}' for i in range(150))}." for n in range(9)
    )
    document = _document(tmp_path, long, "long.md")
    hits = _hits(document, *range(9), window=400)
    page = page_of({document.id: document}, hits)
    assert 1 < len(page.sections) < 9
    assert page.sections[0].heading == "Part 0"
    huge = _document(tmp_path, "# Huge\n\n" + "word " * 2000, "huge.md")
    assert len(page_of({huge.id: huge}, _hits(huge, 0, window=4000)).sections) == 1


def test_documents_stand_apart(tmp_path: Path) -> None:
    first, second = _document(tmp_path), _document(tmp_path, TEXT.replace("nine", "two"), "b.md")
    both = {first.id: first, second.id: second}
    hits = [*_hits(second, 0), *_hits(first, 0)]
    page = page_of(both, hits)
    assert [section.units[0] for section in page.sections] == [
        "The inn has two rooms.",
        "The inn has nine rooms.",
    ]
