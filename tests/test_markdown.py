"""What of a Markdown text is read: its words, and not what steers or marks them."""

import pytest

from ingest.document import Document
from ingest.markdown import plain_text, words_of
from ingest.passages import split_document
from ingest.readers import parse_document, read_bytes
from ingest.wording import introduction, unit_words
from tests.sound import assert_sound, readings, words


def markdown(text: str) -> Document:
    document = read_bytes(text.encode(), ".md", "doc", "Doc")
    assert_sound(document)
    return document


def count_words(text: str) -> int:
    return len(text.split()) + 2


def test_front_matter_names_the_document_and_is_not_read() -> None:
    document = markdown('---\ntitle: "The Guide"\ntags: [a, b]\n---\n\nFirst words.\n')
    assert document.title == "The Guide"
    assert readings(document) == [("The Guide", ["First words."])]


def test_a_headline_outranks_the_title_of_the_front_matter() -> None:
    document = markdown("---\ntitle: Old\n---\n# New\n\n## Part\n\nWords.\n")
    assert (document.title, document.sections[-1].path) == ("New", ("Part",))


@pytest.mark.parametrize("matter", ["just words", "- a list", "a: [broken", "[]", ""])
def test_words_between_two_rules_are_not_taken_for_front_matter(matter: str) -> None:
    document = markdown(f"---\n{matter}\n\nFirst.\n\n---\n\nLast.\n")
    assert words(document)[-2:] == ["First.", "Last."]


def test_a_table_of_contents_is_not_read() -> None:
    contents = "- [Pay](#pay)\n  - [*Range*](#range)\n- [Skills](#skills)\n"
    document = markdown(f"# Guide\n\n[TOC]\n\n{contents}\n## Pay\n\nMuch.\n")
    assert words(document) == ["Much."]


@pytest.mark.parametrize(
    "item",
    ["[Pay](#pay) and more", "[Pay](https://example.org)", "see [Pay](#pay)", "[a](#a) [b](#b)"],
)
def test_a_list_that_does_more_than_link_within_the_page_is_read(item: str) -> None:
    document = markdown(f"- {item}\n- {item}\n")
    assert len(words(document)) == 2


def test_setext_headings_make_sections() -> None:
    document = markdown("Title\n=====\n\nPart\n----\n\nWords.\n")
    assert (document.title, readings(document)) == ("Title", [("Part", ["Words."])])


def test_a_numbered_list_keeps_its_order_and_not_its_numbers() -> None:
    document = markdown("Do this:\n\n3. Open it.\n4. Look.\n   Closely.\n10) Close it.\n")
    assert words(document) == ["Do this:", "Open it.", "Look. Closely.", "Close it."]


def test_a_nested_item_is_introduced_by_every_item_above_it() -> None:
    document = markdown("Bring these:\n\n- tools\n  1. saws\n     * fine ones\n- food\n")
    units = {unit_words(document, unit): unit for unit in document.sections[0].units}
    assert introduction(document, units["fine ones"]) == "Bring these: tools saws"
    assert introduction(document, units["saws"]) == "Bring these: tools"
    assert introduction(document, units["food"]) == "Bring these:"
    assert units["tools"].group == units["food"].group != units["saws"].group


def test_a_passage_that_begins_inside_a_nested_list_names_what_is_above() -> None:
    items = "\n".join(f"  - kind {n} of fish that swims in the bay" for n in range(9))
    document = markdown(f"## S\n\nWe sell:\n\n- fish:\n{items}\n")
    last = split_document(document, 30, count_words)[-1]
    assert last.index_text.startswith("S\nWe sell: fish:\nkind")


def test_of_a_long_introduction_the_end_is_kept() -> None:
    document = markdown(f"## S\n\n{'long ' * 100}and we need:\n\n- salt\n")
    item = document.sections[0].units[-1]
    assert introduction(document, item).endswith("long and we need:")
    assert len(introduction(document, item)) <= 300


TABLE = "| Name | Age |\n| :-- | --: |\n| Ann | 7 |\n|  | 8 |\n| **Bob** \\| Co | |\n|  |  |\n"


def test_a_row_is_a_unit_without_its_pipes_and_is_read_with_its_header() -> None:
    document = markdown(TABLE)
    assert readings(document) == [("Doc", ["Ann | 7", "| 8", r"**Bob** \| Co |"])]
    assert words(document) == ["Name: Ann; Age: 7", "Age: 8", "Name: Bob | Co"]
    assert [unit.kind for unit in document.sections[0].units] == ["row"] * 3


def test_a_table_without_a_header_is_read_by_its_cells() -> None:
    assert words(markdown("|  |  |\n|--|--|\n| Ann | 7 |\n")) == ["Ann; 7"]
    assert words(markdown("a | b\n--|--\nAnn | 7\n")) == ["a: Ann; b: 7"]


def test_a_table_over_several_passages_names_its_header_in_each() -> None:
    rows = "\n".join(f"| Town {n} | {n * 100} |" for n in range(20))
    document = markdown(f"## Towns\n\n| Place | People |\n|---|---|\n{rows}\n")
    passages = split_document(document, 40, count_words)
    assert len(passages) > 2
    for passage in passages:
        assert passage.index_text.startswith("Towns\nPlace: Town")
        assert "---" not in passage.index_text
        assert "|" not in passage.index_text


def test_a_row_that_is_longer_than_the_window_is_cut_and_nothing_is_lost() -> None:
    long = " ".join(f"w{n}" for n in range(100))
    document = markdown(f"| a | b |\n|---|---|\n| x | {long} |\n")
    passages = split_document(document, 30, count_words)
    assert all(count_words(passage.index_text) <= 30 for passage in passages)
    assert "".join("".join(p.text.split()) for p in passages) == f"x|{long}".replace(" ", "")


def test_a_code_block_is_one_unit_and_is_read_without_its_fence() -> None:
    document = markdown("## S\n\n```python\na = 1\n\n# no heading\n```\n")
    (unit,) = document.sections[0].units
    assert unit.kind == "code"
    assert document.text[unit.start : unit.end].startswith("```python\na = 1")
    assert unit_words(document, unit) == "python a = 1 # no heading"


def test_raw_html_gives_its_words_and_no_unit_of_mere_tags() -> None:
    document = markdown(
        "<div onclick='x'>\n<script>alert(1)</script>\n</div>\n\n"
        "<!-- a remark -->\n\n<br>\n\n![](a.png)\n\n"
        "<p>One <b>bold</b> word.\nAnd &amp; more.</p><ul><li>Item</ul>\n\n"
        "<h2>Part</h2>\n\n<details><summary>Sum</summary>\nBody\n</details>\n"
    )
    assert readings(document) == [
        ("Doc", ["One <b>bold</b> word.", "And &amp; more.", "Item"]),
        ("Part", ["Sum", "Body"]),
    ]
    assert words(document)[:2] == ["One bold word.", "And & more."]


def test_inline_html_is_not_indexed_but_quoted() -> None:
    document = markdown("Press <kbd>Q</kbd><br>to <script>alert(1)</script>leave.\n")
    assert words(document) == ["Press Q to leave."]
    assert document.sections[0].units[0].end == len(document.text) - 1


def test_plain_text_keeps_html_as_it_is_written() -> None:
    assert plain_text("a *b* <i>c</i>") == "a b <i>c</i>"
    assert words_of("a *b* <i>c</i> `<d>`") == "a b c <d>"


def test_the_signs_of_plain_text_are_its_own() -> None:
    document = parse_document("It holds 2*3*4 litres, a_b_c <none>.", ".txt", "doc", "Doc")
    assert words(document) == ["It holds 2*3*4 litres, a_b_c <none>."]
