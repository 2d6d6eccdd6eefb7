"""Word files to Markdown, made with python-docx."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest

from ingest.document import Document
from ingest.errors import UnreadableDocument
from ingest.readers import read_bytes
from ingest.word import MAX_UNPACKED
from tests.sound import assert_sound, readings, words


def saved(write: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    write(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def word(write: Callable[[Any], None]) -> Document:
    document = read_bytes(saved(write), ".docx", "doc", "Doc")
    assert_sound(document)
    return document


def test_the_title_names_the_document_and_the_headings_its_sections() -> None:
    def write(document: Any) -> None:
        document.add_heading("Cheese", 0)
        document.add_heading("Milk", 1)
        document.add_heading("Whole", 2)
        document.add_paragraph("Fat. Good.")

    document = word(write)
    assert document.title == "Cheese"
    assert readings(document)[-1] == ("Milk > Whole", ["Fat.", "Good."])


def test_a_first_level_that_stands_once_is_the_title() -> None:
    def write(document: Any) -> None:
        document.add_heading("Cheese", 1)
        document.add_heading("Milk", 2)
        document.add_paragraph("Fat.")

    assert (word(write).title, readings(word(write))) == ("Cheese", [("Milk", ["Fat."])])


def test_lists_tables_and_bold_lines_keep_their_structure() -> None:
    def write(document: Any) -> None:
        document.add_paragraph("You need:")
        document.add_paragraph("a pot", style="List Bullet")
        document.add_paragraph("of steel", style="List Bullet 2")
        document.add_paragraph("Warm it.", style="List Number")
        table = document.add_table(rows=3, cols=2)
        for row, texts in zip(
            table.rows, (["Cheese", "Days"], ["Brie", "35"], ["", "36"]), strict=True
        ):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        document.add_paragraph().add_run("Storage").bold = True
        document.add_paragraph("Keep it dark.")

    document = word(write)
    assert words(document) == [
        *("You need:", "a pot", "of steel", "Warm it."),
        *("Cheese: Brie; Days: 35", "Cheese: Brie; Days: 36", "Keep it dark."),
    ]
    assert document.sections[-1].path == ("Storage",)
    of_steel = document.sections[0].units[2]
    assert of_steel.lead_in
    assert document.text[slice(*of_steel.lead_in)] == "a pot"


def test_page_furniture_and_raised_figures() -> None:
    def write(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "HEAD"
        document.sections[0].footer.paragraphs[0].text = "Page 1"
        paragraph = document.add_paragraph("It has 10")
        paragraph.add_run("6").font.superscript = True
        paragraph.add_run(" cells.")

    assert words(word(write)) == ["It has 10^6 cells."]


def test_a_word_file_without_pages_names_none() -> None:
    document = word(lambda document: document.add_paragraph("Words."))
    assert (document.pages, document.page_of(0)) == ((), None)


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_file_that_is_not_sound_says_why(tmp_path: Path) -> None:
    sound = saved(lambda document: document.add_paragraph("Words."))
    for raw, reason in [
        (b"not a zip", "not a sound DOCX"),
        (sound[:-200], "not a sound DOCX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "encrypted or an old Word file"),
        (zipped({"xl/workbook.xml": b"<x/>"}), "no Word file"),
        (zipped({"word/document.xml": b"<broken"}), "cannot be read as DOCX"),
        (saved(lambda document: None), "is empty"),
    ]:
        with pytest.raises(UnreadableDocument, match=reason):
            read_bytes(raw, ".docx", "doc", "Doc")


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"word/document.xml": bytes(MAX_UNPACKED + 1)})
    assert len(bomb) < 1_000_000
    with pytest.raises(UnreadableDocument, match="unpacks to"):
        read_bytes(bomb, ".docx", "doc", "Doc")
