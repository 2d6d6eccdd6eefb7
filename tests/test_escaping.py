"""Words written as Markdown mean the same words again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.escaping import escape_cell, escape_inline, escape_start
from ingest.markdown import parse_markdown, row_cells, words_of

SIGNS = st.text(st.sampled_from("ab 1.*_`<>[](){}#+-=~!|\\&;:/\"'"), max_size=30)
TEXTS = SIGNS | st.text(max_size=40)


def one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def assert_same_words(text: str) -> None:
    assert words_of(escape_inline(text)) == text


def assert_paragraph(text: str) -> None:
    blocks = parse_markdown(escape_start(escape_inline(text)) + "\n")
    assert [block.kind for block in blocks] == (["paragraph"] if text else [])


@given(TEXTS)
def test_escaped_words_are_read_as_they_were(text: str) -> None:
    assert_same_words(one_line(text))


@pytest.mark.parametrize("text", ["*a*", "a\\*b*", "<b>x</b>", "&amp;", "![a](b)", "~~a~~", "a\\"])
def test_words_that_look_like_markdown_are_read_as_they_were(text: str) -> None:
    assert_same_words(text)


@given(TEXTS)
def test_escaped_words_begin_a_paragraph(text: str) -> None:
    assert_paragraph(one_line(text))


@pytest.mark.parametrize(
    "text", "# x|1. x|1)|- x|+|-|> x|---|- - -|___|***|```|~~~|[a]: b|===|* a|<div>|=".split("|")
)
def test_words_that_look_like_blocks_begin_a_paragraph(text: str) -> None:
    assert_paragraph(text)


@given(SIGNS)
def test_escaped_words_stay_in_their_cell(text: str) -> None:
    text = one_line(text)
    assert row_cells(f"{escape_cell(text)} | b") == [text, "b"]


@pytest.mark.parametrize(
    "text", ["2 * 3", "snake_case", "5 < 6", "AT&T", "[1]", "a-b", "C#", "*9#"]
)
def test_what_needs_no_backslash_gets_none(text: str) -> None:
    assert escape_start(escape_inline(text)) == text
