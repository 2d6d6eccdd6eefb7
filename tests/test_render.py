"""HTML of answers: what is escaped, what is marked, and where chips lead."""

import re
from dataclasses import replace
from html import unescape

import pytest

from chat.answer import (
    Citation,
    RetrievedPassage,
)
from tests.scripted import answer_of, cite, document, passage, refusal_of, said
from ui.render import (
    answer_html,
    closest_html,
    documents_html,
    failure_html,
    question_html,
    sentences_html,
    sources_html,
    stopped_html,
)

HOSTILE = '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">'
PAY = "The range is **$167,495 - $260,000** a year. Bonuses & stock come on top."


def marks(html: str) -> list[tuple[str, str]]:
    """The markers and the words of every mark, in reading order."""
    found = re.findall(r'<mark data-markers="([\d ]+)">(.*?)</mark>', html, re.DOTALL)
    return [(markers, unescape(words)) for markers, words in found]


def words_of(html: str) -> str:
    """What a reader sees of some HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def passage_words(html: str) -> str:
    """What a reader sees of the first passage."""
    found = re.search(r'<blockquote class="pc-passage"[^>]*>(.*?)</blockquote>', html, re.DOTALL)
    assert found
    return words_of(found[1])


def panel(citations: list[Citation], *passages: RetrievedPassage) -> str:
    return sources_html(citations, passages, "Sources for this answer")


def test_a_quote_is_marked_at_its_offsets_with_the_documents_own_text() -> None:
    source = passage(PAY, start=8100)
    html = panel([cite(source, "**$167,495 - $260,000** a year", 1)], source)
    assert marks(html) == [("1", "**$167,495 - $260,000** a year")]
    assert passage_words(html) == PAY


def test_the_second_of_two_equal_phrases_is_marked_when_it_is_the_one_quoted() -> None:
    source = passage("five years, then five years")
    second = replace(cite(source, "five years", 1), start=117, end=127)
    html = panel([second], source)
    assert "five years, then <span" in html
    assert marks(html) == [("1", "five years")]


def test_offsets_count_characters_beyond_the_basic_plane_and_escaped_ones_once() -> None:
    source = passage("🎓 R&D <b> pays 10 & more")
    html = panel([cite(source, "pays 10 & more", 1)], source)
    assert marks(html) == [("1", "pays 10 & more")]
    assert passage_words(html) == source.text


def test_citations_of_one_passage_share_a_card() -> None:
    source = passage(PAY)
    html = panel([cite(source, "a year", 1), cite(source, "Bonuses", 2)], source)
    assert html.count("<article") == 1
    assert marks(html) == [("1", "a year"), ("2", "Bonuses")]
    assert [html.count(f'id="source-{number}"') for number in (1, 2)] == [1, 1]


def test_overlapping_citations_mark_every_character_once() -> None:
    source = passage("one two three four")
    html = panel([cite(source, "one two three", 1), cite(source, "two three four", 2)], source)
    assert marks(html) == [("1", "one "), ("1 2", "two three"), ("2", " four")]
    assert passage_words(html) == source.text


def test_nested_and_equal_citations_keep_their_own_anchors() -> None:
    source = passage("one two three four")
    cited = [cite(source, "two three", 1), cite(source, "three", 2), cite(source, "two three", 3)]
    html = panel(cited, source)
    assert marks(html) == [("1 3", "two "), ("1 2 3", "three")]
    assert all(html.count(f'id="source-{number}"') == 1 for number in (1, 2, 3))


def test_a_citation_whose_passage_is_missing_shows_its_quote_alone() -> None:
    source = passage(PAY)
    html = panel([cite(source, "Bonuses & stock", 1)])
    assert marks(html) == [("1", "Bonuses & stock")]
    assert passage_words(html) == "Bonuses & stock"


def test_a_passage_that_does_not_hold_the_quote_is_not_marked_at_a_wrong_place() -> None:
    source = passage(PAY)
    shifted = replace(cite(source, "Bonuses", 1), start=101, end=108)
    html = panel([shifted], source)
    assert marks(html) == [("1", "Bonuses")]
    assert passage_words(html) == "Bonuses"


def test_a_long_passage_is_an_excerpt_around_the_quote_that_opens_to_the_whole() -> None:
    words = " ".join(f"word{number}" for number in range(400))
    source = passage(words)
    html = panel([cite(source, "word200 word201", 1)], source)
    excerpt, whole = html.split("<details>")
    assert marks(excerpt) == marks(whole) == [("1", "word200 word201")]
    assert passage_words(whole) == words
    shown = passage_words(excerpt)
    assert len(shown) < 400
    assert shown.startswith("… word")
    assert shown.endswith(" …")
    assert shown.strip("… ") in words
    assert html.count('id="source-1"') == 1


@pytest.mark.parametrize(("quote", "open_at"), [("word0", "end"), ("word399", "start")])
def test_an_excerpt_at_the_edge_of_a_passage_is_cut_on_one_side_only(
    quote: str, open_at: str
) -> None:
    source = passage(" ".join(f"word{number}" for number in range(400)))
    shown = passage_words(panel([cite(source, quote, 1)], source))
    assert shown.startswith("…") == (open_at == "start")
    assert shown.endswith("…") == (open_at == "end")


def test_a_card_names_section_path_and_document() -> None:
    source = passage(PAY, section=("Salary Ranges (US Market, 2024)", "Overall Salary Range"))
    html = panel([cite(source, "Bonuses", 1, title="The Guide")], source)
    assert "Salary Ranges (US Market, 2024) › Overall Salary Range" in words_of(html)
    assert "The Guide" in words_of(html)


def test_chips_match_the_citations_of_their_sentences() -> None:
    source = passage(PAY)
    one, two = cite(source, "a year", 1), cite(source, "Bonuses", 2)
    html = answer_html(
        answer_of("q", (said("It is a lot.", one), said("More.", one, two)), (source,))
    )
    assert re.findall(r'href="#source-(\d+)"[^>]*>(\d+)</a>', html) == [
        ("1", "1"),
        ("1", "1"),
        ("2", "2"),
    ]
    assert words_of(html) == "It is a lot.1 More.12"


def test_a_composed_sentence_loses_its_markdown_and_a_quoted_one_keeps_its_signs() -> None:
    source = passage(PAY)
    composed = said("The range is **$167,495**.", cite(source, "a year", 1), quoted=False)
    assert "The range is $167,495." in words_of(sentences_html([composed]))
    assert "It holds 2*3*4 litres." in words_of(sentences_html([said("It holds 2*3*4 litres.")]))


def test_a_card_and_a_chip_name_the_page() -> None:
    source = passage(PAY)
    first, second = cite(source, "a year", 1, page=3), cite(source, "Bonuses", 2, page=4)
    html = panel([first], source)
    assert "Guide, page 3" in words_of(html)
    assert "Guide, pages 3, 4" in words_of(panel([first, second], source))
    assert 'title="Source 1: Pay, page 3"' in sentences_html([said("A lot.", first)])
    assert "page" not in words_of(panel([cite(source, "a year", 1)], source))


def test_a_chip_stays_on_the_line_of_the_last_word_unless_that_is_too_long() -> None:
    source = passage(PAY)
    html = answer_html(answer_of("q", (said("A & <b>.", cite(source, PAY, 1)),), (source,)))
    assert 'A &amp; <span class="pc-last">&lt;b&gt;.<a class="pc-chip"' in html
    assert words_of(html) == "A & <b>.1"
    wide = answer_of("q", (said("A " + "b" * 25, cite(source, PAY, 1)),), (source,))
    assert "pc-last" not in answer_html(wide)
    assert words_of(answer_html(wide)) == "A " + "b" * 25 + "1"


def test_list_items_stand_in_one_list_after_their_sentence() -> None:
    items = [said("First.", item=True), said("Second.", item=True)]
    html = sentences_html([said("There are two:"), *items])
    assert html == (
        '<div class="pc-answer"><p><span>There are two:</span></p>'
        "<ul><li>First.</li><li>Second.</li></ul></div>"
    )


def test_a_status_follows_what_has_been_said() -> None:
    html = sentences_html([said("One.")], "Writing…")
    assert words_of(html) == "One.Writing…"
    assert html.index("One.") < html.index("pc-status")


def test_a_refusal_is_a_card_with_its_sentence_and_distinct_closest_sections() -> None:
    sections = [("Pay", "Range"), ("Pay", "Range"), ("Skills",), ("Trends",), ("Outlook",)]
    found = tuple(passage("x", start, section) for start, section in enumerate(sections))
    html = answer_html(refusal_of("q", "The documents do not say.", found))
    assert 'class="pc-card pc-refusal"' in html
    assert "Not in the documents" in html
    assert "The documents do not say." in html
    assert re.findall(r"<li>(.*?)</li>", html) == [
        '<span class="pc-parents">Pay › </span>Range',
        "Skills",
        "Trends",
    ]
    assert "pc-chip" not in html


def test_a_refusal_that_names_the_closest_sections_does_not_list_them_again() -> None:
    found = passage("x", section=("Pay", "Range"))
    html = answer_html(refusal_of("q", "They do not say. Closest: Pay > Range.", (found,)))
    assert "<li>" not in html
    assert "Closest: Pay &gt; Range." in html


def test_small_talk_is_refused_without_pointers() -> None:
    html = answer_html(refusal_of("hi", "Ask me something.", (passage("x"),), "not_a_question"))
    assert "Nothing to look up" in html
    assert "<li>" not in html


def test_the_panel_of_a_refusal_marks_nothing() -> None:
    html = closest_html([passage(PAY)])
    assert marks(html) == []
    assert PAY in words_of(html)
    assert "None of these answers" in words_of(html)


def test_a_stopped_answer_keeps_what_was_verified() -> None:
    assert words_of(stopped_html([said("One.")])) == "One.Stopped."
    assert words_of(stopped_html([])) == "Stopped."


def test_the_header_names_two_documents_and_counts_the_rest() -> None:
    named = [document("Words.", f"d{n}", f"Title {n}") for n in range(5)]
    html = documents_html(named)
    assert words_of(html) == "Asking Title 0, Title 1 and 3 more"
    assert "Title 4" in html
    assert "pincite ingest" in documents_html([])


def test_hostile_text_is_literal_wherever_it_comes_from() -> None:
    source = passage(f"before {HOSTILE} after", section=(HOSTILE, "x"))
    citation = cite(source, HOSTILE, 1, title=HOSTILE)
    answer = answer_of(HOSTILE, (said(HOSTILE, citation), said(HOSTILE, item=True)), (source,))
    rendered = [
        question_html(HOSTILE),
        answer_html(answer),
        stopped_html(answer.sentences),
        sentences_html((), HOSTILE),
        panel([citation], source),
        panel([citation]),
        sources_html([], [], HOSTILE),
        answer_html(refusal_of(HOSTILE, HOSTILE, (source,))),
        closest_html([source]),
        failure_html(HOSTILE, HOSTILE),
        documents_html([document("x", title=HOSTILE)] * 3),
    ]
    for html in rendered:
        assert "<script" not in html
        assert "<img" not in html
        assert not re.search(r'"[^"<>]*onerror="', html), "text has left its attribute"
        assert "window.pwned=1" in html, "the text is there, literally"


@pytest.mark.parametrize(
    "text",
    ["[x](javascript:alert(1))", "![x](https://example.org/x.png)", "{{value}} ${alert(1)}"],
)
def test_markdown_and_templates_make_no_element(text: str) -> None:
    source = passage(text)
    html = panel([cite(source, text, 1)], source) + question_html(text)
    assert marks(html) == [("1", text)]
    assert "<a " not in html
    assert "<img" not in html
    said_html = sentences_html([said(text)])
    assert re.findall(r"<(\w+)", said_html) == ["div", "p", "span"]
