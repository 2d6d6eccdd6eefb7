"""From a text to sections, units and passages, with offsets that never lie."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.errors import NothingToIngest, UnreadableDocument
from ingest.folder import corpus_hash, read_paths
from ingest.passages import Passage, split_document
from ingest.readers import parse_document, read_document

WINDOW = 24


def count_words(text: str) -> int:
    """A tokenizer of the simplest kind: runs of at most five word characters, and every sign."""
    return len(re.findall(r"\w{1,5}|[^\w\s]", text)) + 2


def markdown(text: str) -> Document:
    return parse_document(text, ".md", "doc", "Doc")


def plain(text: str) -> Document:
    return parse_document(text, ".txt", "doc", "Doc")


def units_of(document: Document, anchor: str) -> list[str]:
    (section,) = [s for s in document.sections if s.anchor == anchor]
    return [document.text[unit.start : unit.end] for unit in section.units]


PIECES = st.sampled_from(
    [
        "# Title\n\n",
        "## Part A\n\n",
        "## Part A\n\n",
        "### Part A-2\n\n",
        "## Part A-2\n\n",
        "Setext\n======\n\n",
        "A sentence, e.g. this one. It costs $1.5M or 3.14 % of all. Dr. Who agrees!\n\n",
        "Lead-in:\n\n- first item\n- second with `code`\n  - nested **deep**\n    1. deeper\n\n",
        "1. one\n2. two\n\n   still two\n\n",
        "| name | age |\n| --- | --- |\n| Ann | 7 |\n| Bob | 8 |\n\n",
        "```python\nx = 1\n\n# not a heading\n```\n\n",
        "<div onclick='x'>\n<script>alert(1)</script>\n</div>\n\n",
        "> a quotation\n> over two lines\n\n",
        "---\n\n",
        "Key Points:\n• one thing\n• another thing\n\n",
        "Ünïcödé 漢字 emoji 😀 and\u00a0no-break.\n\n",
        "\tindented code\n\n",
        "[link](http://x.y 'z') ![img](a.png) <b>bold</b> &amp; done\n",
        "word " * 60 + "\n\n",
        "x" * 200 + "\n\n",
        "\r\n",
        "-\n",
        "#\n",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=200)


def parsed(text: str, suffix: str) -> Document | None:
    try:
        return parse_document(text, suffix, "doc", "Doc")
    except UnreadableDocument:
        assert not text.strip()
        return None


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([".md", ".txt"]))
def test_units_lie_in_their_sections_in_order_and_hold_words(text: str, suffix: str) -> None:
    document = parsed(text, suffix)
    if document is None:
        return
    position = 0
    for section in document.sections:
        assert position <= section.start <= section.end <= len(document.text)
        position = section.start
        for unit in section.units:
            assert position <= unit.start < unit.end <= section.end
            assert document.text[unit.start : unit.end].strip()
            position = unit.end
    anchors = [section.anchor for section in document.sections]
    assert len(set(anchors)) == len(anchors)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([".md", ".txt"]))
def test_passages_cover_the_units_of_their_section_once_and_fit_the_window(
    text: str, suffix: str
) -> None:
    document = parsed(text, suffix)
    if document is None:
        return
    passages = split_document(document, WINDOW, count_words)
    by_anchor: dict[str, list[Passage]] = {}
    for passage in passages:
        by_anchor.setdefault(passage.anchor, []).append(passage)
        assert passage.text == document.text[passage.start : passage.end]
        assert count_words(passage.index_text) <= WINDOW
    assert len({passage.id for passage in passages}) == len(passages)
    for section in document.sections:
        pieces = [u for p in by_anchor.get(section.anchor, []) for u in p.units]
        assert all(section.start <= u.start < u.end <= section.end for u in pieces)
        assert all(a.end <= b.start for a, b in pairwise(pieces))
        covered = "".join(document.text[u.start : u.end] for u in pieces)
        whole = "".join(document.text[u.start : u.end] for u in section.units)
        assert "".join(covered.split()) == "".join(whole.split())


@settings(max_examples=150, deadline=None)
@given(
    TEXTS,
    st.sampled_from([".md", ".txt"]),
    st.integers(min_value=12, max_value=2 * WINDOW),
    st.integers(min_value=0, max_value=5),
)
def test_passages_of_any_length_and_overlap_keep_the_order_and_lose_nothing(
    text: str, suffix: str, passage_tokens: int, overlap: int
) -> None:
    document = parsed(text, suffix)
    if document is None:
        return
    passages = split_document(document, WINDOW, count_words, passage_tokens, overlap)
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert count_words(passage.index_text) <= min(WINDOW, passage_tokens)
        assert passage.text == document.text[passage.start : passage.end]
        assert all(a.end <= b.start for a, b in pairwise(passage.units))
    for section in document.sections:
        runs = [p.units for p in passages if p.anchor == section.anchor]
        new = list(runs[0]) if runs else []
        for before, after in pairwise(runs):
            repeated = [unit for unit in after if unit in before]
            assert len(repeated) <= overlap
            assert repeated == list(before[len(before) - len(repeated) :])
            assert after[: len(repeated)] == tuple(repeated)
            assert len(after) > len(repeated), "a passage that says nothing new"
            new += after[len(repeated) :]
        assert all(a.end <= b.start for a, b in pairwise(new))
        said = "".join(document.text[u.start : u.end] for u in new)
        whole = "".join(document.text[u.start : u.end] for u in section.units)
        assert "".join(said.split()) == "".join(whole.split())


def test_a_passage_begins_with_the_units_that_the_one_before_it_ends_with() -> None:
    document = markdown("## S\n\nOne two. Three four. Five six. Seven eight.\n")

    def texts(passage_tokens: int, overlap: int) -> list[str]:
        passages = split_document(document, WINDOW, count_words, passage_tokens, overlap)
        return [passage.text for passage in passages]

    assert texts(0, 0) == ["One two. Three four. Five six. Seven eight."]
    assert texts(9, 0) == ["One two. Three four.", "Five six. Seven eight."]
    assert texts(9, 1) == [
        "One two. Three four.",
        "Three four. Five six.",
        "Five six. Seven eight.",
    ]
    assert texts(9, 5) == texts(9, 1), "no more is repeated than leaves room for something new"


def test_a_section_has_the_path_of_its_headings_and_the_title_is_not_part_of_it() -> None:
    document = markdown("# Guide\n\nIntro.\n\n## Pay\n\n### Range (US, 2024)\n\n$5 to $6.\n")
    assert document.title == "Guide"
    assert [s.path for s in document.sections][-1] == ("Pay", "Range (US, 2024)")
    assert document.sections[-1].anchor == "pay/range-us-2024"


def test_sections_of_the_same_name_get_anchors_of_their_own() -> None:
    document = markdown("## A\n\none\n\n## A\n\ntwo\n\n## A-2\n\nthree\n")
    assert [section.anchor for section in document.sections] == ["a", "a-2", "a-2-2"]


def test_sentences_survive_abbreviations_and_amounts() -> None:
    document = markdown("## S\n\nUse tools, e.g. saws. It cost $1.5M in the U.S. market. Done.\n")
    assert units_of(document, "s") == [
        "Use tools, e.g. saws.",
        "It cost $1.5M in the U.S. market.",
        "Done.",
    ]


def test_a_list_item_keeps_its_lead_in_and_a_row_its_header() -> None:
    document = markdown("## S\n\nWe need:\n\n- salt\n- flour\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    lead_ins = [
        document.text[slice(*unit.lead_in)] for unit in document.sections[0].units if unit.lead_in
    ]
    assert lead_ins[:2] == ["We need:", "We need:"]
    assert "a" in lead_ins[-1]
    assert "b" in lead_ins[-1]


def test_a_code_block_stays_whole() -> None:
    document = markdown("## S\n\n```\na = 1\n\n# no heading\n```\n")
    assert [section.anchor for section in document.sections] == ["s"]
    assert "# no heading" in units_of(document, "s")[0]


BAKERY = """Running a Small Bakery

A bakery lives from early hours and steady hands, and whoever runs one does both kinds of work.

Morning Work
The day begins before dawn, and the order of work decides how much is ready in time. Key Steps:
• Feed the starter and weigh the flour
• Shape the loaves by half past four

Staff and Wages
Wages make up the largest part of the costs, and they differ from one town to another.
• Bakers earn 2,900 a month
• Apprentices earn 1,100 a month

Selling
Most customers come twice a week, and they come for bread rather than for cake.
"""


def test_headings_without_mark_up_are_found() -> None:
    document = plain(BAKERY)
    tops = list(dict.fromkeys(section.path[0] for section in document.sections))
    assert tops[-3:] == ["Morning Work", "Staff and Wages", "Selling"]
    (wages,) = [s for s in document.sections if s.path[-1] == "Staff and Wages"]
    assert [unit.kind for unit in wages.units].count("item") == 2


def test_line_ends_and_a_byte_order_mark_do_not_shift_offsets(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff# T\r\n\r\nOne line.\r\n".encode())
    document = read_document(path)
    assert document.text == "# T\n\nOne line.\n"
    (unit,) = document.sections[-1].units
    assert document.text[unit.start : unit.end] == "One line."


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", "empty"),
        ("b.md", b" \n ", "empty"),
        ("c.md", b"\x89PNG\x00\x1a", "binary"),
        ("d.txt", "café".encode("latin-1"), "UTF-8"),
        ("e.xyz", b"text", ".xyz"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableDocument, match=reason):
        read_document(path)


def test_one_bad_file_is_skipped_with_its_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Words here.")
    (tmp_path / "bad.md").write_bytes(b"\x00")
    (tmp_path / ".hidden.md").write_text("secret")
    collection = read_paths([tmp_path])
    assert [document.id for document in collection.documents] == ["good"]
    assert len(collection.skipped) == 1
    assert "bad.md" in collection.skipped[0]


def test_files_of_the_same_name_get_ids_of_their_own(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.md").write_text(f"In {folder}.")
    assert [d.id for d in read_paths([tmp_path]).documents] == ["note", "y-note"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToIngest, match="nowhere"):
        read_paths([tmp_path / "nowhere"])


def test_the_corpus_hash_sees_texts_and_not_their_order() -> None:
    one, two = markdown("# A\n\nx"), parse_document("y", ".md", "other", "Other")
    assert corpus_hash([one, two]) == corpus_hash([two, one])
    assert corpus_hash([one, two]) != corpus_hash([one])
    assert corpus_hash([markdown("# A\n\nX")]) != corpus_hash([one])


def test_the_default_document_has_its_ten_sections() -> None:
    document = read_document(Path("corpus/documents/ml-engineering-manager.md"))
    assert list(dict.fromkeys(section.path[0] for section in document.sections)) == [
        "Overview",
        "Core Responsibilities",
        "Requirements",
        "Career Development",
        "Market Demand",
        "Salary Ranges (US Market, 2024)",
        "Industry Trends",
        "Essential Soft Skills",
        "Best Practices",
        "Common Challenges",
    ]
