"""Headings, lists and tables of plain text without mark-up."""

from ingest.document import Document
from ingest.readers import parse_document
from ingest.wording import introduction, unit_words
from tests.sound import assert_sound, readings, words


def plain(text: str) -> Document:
    document = parse_document(text, ".txt", "doc", "Doc")
    assert_sound(document)
    return document


def test_underlined_and_numbered_lines_are_headings_of_their_level() -> None:
    document = plain(
        "GUIDE\n=====\n\n1. Scope\n\nIt covers all.\n\n1.1 Limits\n\nBut not this.\n\n"
        "Part two\n--------\nMore words follow here.\n"
    )
    assert document.title == "Doc"
    assert readings(document) == [
        ("GUIDE", []),
        ("1. Scope", ["It covers all."]),
        ("1. Scope > 1.1 Limits", ["But not this."]),
        ("1. Scope > Part two", ["More words follow here."]),
    ]


def test_numbers_that_stand_together_are_a_list_and_not_headings() -> None:
    document = plain("Do this, please, in the order given:\n1. Open\n2) Look\n(3) Close\n")
    assert words(document) == ["Open", "Look", "Close"]


def test_lines_that_the_margin_broke_are_one_paragraph_and_one_item() -> None:
    document = plain(
        "The quick brown fox jumps over the lazy dog, and the\ndog does not mind. It sleeps.\n\n"
        "- an item that is as long as the margin of the text\n  allows, and longer\n- another\n"
    )
    assert words(document) == [
        "The quick brown fox jumps over the lazy dog, and the dog does not mind.",
        "It sleeps.",
        "an item that is as long as the margin of the text allows, and longer",
        "another",
    ]


def test_short_lines_that_name_values_are_units_of_their_own() -> None:
    document = plain(
        "The office is in the green hut.\n\nHours: 8 to 11\nPhone: 555 0164\nDog: no\n"
    )
    assert words(document)[1:] == ["Hours: 8 to 11", "Phone: 555 0164", "Dog: no"]


def test_an_item_that_stands_further_right_belongs_to_the_one_above() -> None:
    document = plain("Children:\n- small:\n    * free\n    * quiet\n- tall: half\n")
    units = {unit_words(document, unit): unit for s in document.sections for unit in s.units}
    assert introduction(document, units["quiet"]) == "small:"
    assert units["free"].group == units["quiet"].group
    assert units["small:"].group == units["tall: half"].group != units["free"].group


def test_columns_are_a_table() -> None:
    document = plain(
        "Fees\n\nBoat         Summer  Winter\n---------------------------\n"
        "dinghy       4       2\nsmall yacht  18      11\n\nDone with the table of the fees.\n"
    )
    assert words(document)[:2] == [
        "Boat: dinghy; Summer: 4; Winter: 2",
        "Boat: small yacht; Summer: 18; Winter: 11",
    ]
    assert words(document)[-1] == "Done with the table of the fees."


def test_tabs_and_pipes_divide_columns_too() -> None:
    assert words(plain("a\tb\n1\t2\n3\t4\n")) == ["a: 1; b: 2", "a: 3; b: 4"]
    assert words(plain("| a | b |\n| 1 | 2 |\n| 3 | 4 |\n")) == ["a: 1; b: 2", "a: 3; b: 4"]


def test_page_numbers_and_tables_of_contents_are_not_read() -> None:
    document = plain(
        "1. Scope ........ 2\n2. Limits . . . . . 14\n\nWords of the first page.\n\nPage 3 of 9\n\n"
        "- 4 -\n\nWords of the second page.\n"
    )
    assert words(document) == ["Words of the first page.", "Words of the second page."]


def test_words_that_only_look_like_headings_are_not_lost() -> None:
    document = plain("Rules\n\nNo fires\n\nNo dogs\n\nQuiet after ten\n\nBe kind\n")
    assert words(document) == ["Rules", "No fires", "No dogs", "Quiet after ten", "Be kind"]
