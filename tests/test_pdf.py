"""PDF files to Markdown: reading order, structure, and the page of each word."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.document import Document
from ingest.errors import UnreadableDocument
from ingest.readers import read_bytes, read_document
from tests.hard_documents import write_cable_car, write_harbour
from tests.sound import assert_sound, readings, words

LEFT, TOP = 72, 760


class Sheet:
    """Writes lines from the top of a page downward."""

    def __init__(self, **options: Any) -> None:
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=A4, **options)
        self.y = float(TOP)

    def line(self, text: str, x: float = LEFT, size: float = 11, bold: bool = False) -> None:
        self.y -= 1.2 * size
        self.at(x, text, size, bold)

    def at(self, x: float, text: str, size: float = 11, bold: bool = False) -> None:
        self.canvas.setFont("Times-Bold" if bold else "Times-Roman", size)
        self.canvas.drawString(x, self.y, text)

    def skip(self, points: float) -> None:
        self.y -= points

    def turn(self) -> None:
        self.canvas.showPage()
        self.y = TOP

    def raw(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.file.getvalue()


def pdf(write: Callable[[Sheet], None], **options: Any) -> Document:
    sheet = Sheet(**options)
    write(sheet)
    document = read_bytes(sheet.raw(), ".pdf", "doc", "Doc")
    assert_sound(document)
    return document


def test_every_unit_knows_its_page() -> None:
    def write(sheet: Sheet) -> None:
        for text in ("One is first.", "Two is second.", "", "Four is last."):
            if text:
                sheet.line(text)
            sheet.turn()

    document = pdf(write)
    pages = {document.text[u.start : u.end]: document.page_of(u.start) for u in units(document)}
    assert pages == {"One is first.": 1, "Two is second.": 2, "Four is last.": 4}
    assert len(document.pages) == 5


def test_a_sentence_over_a_pages_end_is_one_unit_of_the_page_it_begins_on() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("The first page ends in the middle of a sentence, which is com-")
        sheet.turn()
        sheet.line("pleted here. Then another one begins.")

    document = pdf(write)
    first, second = units(document)
    assert words(document)[0].endswith("of a sentence, which is completed here.")
    assert (document.page_of(first.start), document.page_of(second.start)) == (1, 2)
    assert document.text[document.pages[1] :].startswith("pleted here.")


def test_lines_become_paragraphs_and_cut_words_become_whole() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("A keeper of the inter-")
        sheet.line("national bees knows that a well-known rule")
        sheet.line("applies to every hive, and that it is a well-")
        sheet.line("known one.")
        sheet.line("An indent begins a paragraph, as is usual in books.", LEFT + 18)
        sheet.skip(10)
        sheet.line("So does a gap")

    assert pdf(write).text.split("\n\n") == [
        "A keeper of the international bees knows that a well-known rule applies to every hive, "
        "and that it is a well-known one.",
        "An indent begins a paragraph, as is usual in books.",
        "So does a gap\n",
    ]


def test_headings_are_told_by_size_and_weight() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("A Guide to", size=22, bold=True)
        sheet.line("Beekeeping", size=22, bold=True)
        for title in ("1. Hives", "2. Frames"):
            sheet.skip(14)
            sheet.line(title, size=14, bold=True)
            sheet.line("Some words that stand below the heading, and go on to the margin,")
            sheet.line("and a bold one", bold=True)
            sheet.line("among them.")
        sheet.skip(14)
        sheet.line("Wood", bold=True)
        sheet.line("It is of pine.")

    document = pdf(write)
    assert document.title == "A Guide to Beekeeping"
    assert [section.path for section in document.sections] == [
        ("1. Hives",),
        ("2. Frames",),
        ("2. Frames", "Wood"),
    ]


def test_running_heads_feet_and_page_numbers_are_not_read() -> None:
    def write(sheet: Sheet) -> None:
        for number in range(1, 5):
            sheet.canvas.setFont("Times-Roman", 9)
            sheet.canvas.drawString(LEFT, 810, f"Chapter {number // 3 + 1}: Bees")
            sheet.canvas.drawCentredString(300, 30, f"- {number} -")
            sheet.line(f"Body of page {'one two three four'.split()[number - 1]}.")
            sheet.turn()

    assert words(pdf(write)) == [f"Body of page {n}." for n in ("one", "two", "three", "four")]


def test_a_table_of_contents_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "harbour.pdf"
    write_harbour(path)
    document = read_document(path)
    assert document.sections[0].units == ()
    assert "Contents" not in document.text
    assert "Annual Report" not in document.text[100:]
    assert "Page 2" not in document.text


def test_columns_are_read_one_after_the_other() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("A headline that runs over both of the columns of this page", size=16)
        sheet.skip(10)
        top = sheet.y
        for x, side in ((LEFT, "left"), (320, "right")):
            sheet.y = top
            for number in range(8):
                sheet.line(f"the {side} column goes on in line {number}", x)

    text = pdf(write).text
    assert text.count("the left column goes on in line") == 8
    assert text.index("left column goes on in line 7") < text.index(
        "right column goes on in line 0"
    )


def test_a_ruled_table_over_two_pages_is_one_with_its_header(tmp_path: Path) -> None:
    path = tmp_path / "harbour.pdf"
    write_harbour(path)
    document = read_document(path)
    dues = next(section for section in document.sections if section.path == ("Harbour dues",))
    rows = [unit for unit in dues.units if unit.kind == "row"]
    assert len(rows) == 39
    assert len({unit.group for unit in rows}) == 1
    assert {document.page_of(unit.start) for unit in rows} == {3, 4}
    assert words(document)[-5].startswith(
        "Class: Lighter III; Length: 118-120 m; Dues per day: 278"
    )


def test_columns_of_short_words_are_a_table_without_lines() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("The doses are these, in litres a hive, and are never more than that.")
        for month, syrup, note in (
            ("Month", "Syrup", "Remark"),
            ("August", "12", "at night"),
            ("September", "8", "warm it"),
            ("", "", "before"),
            ("October", "0", ""),
        ):
            sheet.skip(14)
            for x, text in ((LEFT, month), (200, syrup), (300, note)):
                if text:
                    sheet.at(x, text)
        sheet.skip(20)
        sheet.line("Then prose follows again, which is longer than the cells above it.")

    assert words(pdf(write))[1:-1] == [
        "Month: August; Syrup: 12; Remark: at night",
        "Month: September; Syrup: 8; Remark: warm it before",
        "Month: October; Syrup: 0",
    ]


def test_names_beside_long_texts_are_read_row_by_row() -> None:
    def write(sheet: Sheet) -> None:
        for name, text in (
            ("Brood", "eggs and larvae in their cells, which the nurse bees keep warm"),
            ("Nuc", "a small colony on five frames that is raised to be sold in spring"),
            ("Super", "the box above the brood chamber, in which the honey is stored"),
        ):
            sheet.skip(18)
            sheet.at(LEFT, name)
            sheet.at(150, text)

    assert words(pdf(write))[1] == (
        "Nuc; a small colony on five frames that is raised to be sold in spring"
    )


def test_lists_keep_their_nesting_and_wrapped_items_their_words(tmp_path: Path) -> None:
    path = tmp_path / "harbour.pdf"
    write_harbour(path)
    document = read_document(path)
    (rules,) = [s for s in document.sections if s.path == ("Conduct on the quays",)]
    items = {document.text[u.start : u.end]: u for u in rules.units}
    spill = items["fish offal to the duty officer on channel 12"]
    assert [document.text[slice(*span)] for span in document.lead_ins(spill)] == [
        "Everyone on the quays follows these rules:",
        "Report every spill at once:",
    ]


def test_code_keeps_its_lines_and_indents(tmp_path: Path) -> None:
    path = tmp_path / "cable-car.pdf"
    write_cable_car(path)
    document = read_document(path)
    (code,) = [unit for unit in units(document) if unit.kind == "code"]
    assert "\nif overload:\n    sound_buzzer(3)\n" in document.text[code.start : code.end]


def test_raised_figures_do_not_join_those_before_them() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("There are 10")
        sheet.y += 4
        sheet.at(LEFT + sheet.canvas.stringWidth("There are 10", "Times-Roman", 11), "6", 7)
        sheet.y -= 4
        sheet.at(150, "bees.")

    assert words(pdf(write)) == ["There are 10^6 bees."]


def test_signs_of_markdown_are_words_in_a_pdf() -> None:
    def write(sheet: Sheet) -> None:
        sheet.line("# no heading, *no* emphasis, <b>no</b> tag")
        sheet.skip(30)
        sheet.line("Call 5 * 3 or write to a_b@c.org")

    document = pdf(write)
    assert words(document) == [
        "# no heading, *no* emphasis, <b>no</b> tag",
        "Call 5 * 3 or write to a_b@c.org",
    ]
    assert document.text.endswith("Call 5 * 3 or write to a_b@c.org\n")


def encrypted() -> bytes:
    sheet = Sheet(encrypt=StandardEncryption("secret", strength=128))
    sheet.line("Hidden words.")
    return sheet.raw()


def scanned() -> bytes:
    sheet = Sheet()
    picture = ImageReader(Image.new("RGB", (60, 60), "grey"))
    sheet.canvas.drawImage(picture, 100, 100, 400, 500)
    return sheet.raw()


def broken() -> bytes:
    sheet = Sheet()
    sheet.line("Words.")
    return sheet.raw()[:300]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (encrypted(), "encrypted.*without"),
        (scanned(), "no text on its 1 pages.*OCR"),
        (broken(), "damaged"),
        (b"plain words", "not a PDF"),
        (b"%PDF-1.7\nrubbish", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_bytes(raw, ".pdf", "doc", "Doc")


def test_a_file_that_may_be_read_but_not_changed_is_read() -> None:
    document = pdf(
        lambda sheet: sheet.line("Open words."),
        encrypt=StandardEncryption("", "owner", strength=128),
    )
    assert words(document) == ["Open words."]


def test_the_librarys_remarks_stay_off_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(UnreadableDocument):
        read_bytes(broken(), ".pdf", "doc", "Doc")
    assert [record for record in caplog.records if record.name.startswith("pdf")] == []


def units(document: Document) -> list[Any]:
    return [unit for section in document.sections for unit in section.units]


def test_readings_of_a_manual(tmp_path: Path) -> None:
    path = tmp_path / "cable-car.pdf"
    write_cable_car(path)
    sections = dict(readings(read_document(path)))
    assert list(sections) == [
        "Operating the Rannoch Cable Car",
        "1. Before the first ride",
        "1. Before the first ride > 1.1 Ice",
        "2. Limits of operation",
        "3. Passengers",
        "3. Passengers > 3.1 Evacuation",
        "4. Controller",
        "5. Upkeep",
    ]
    assert sections["2. Limits of operation"][-1] == "Motor temperature | 85 C | 105 C"
    assert sections["1. Before the first ride"][-1].startswith("Sound the horn twice")
