"""HTML of conversations, sources and documents: what is escaped, marked, and named."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from chat.answer import Replacement, Trace, TracedHit, TracedUnit
from chat.library import DocumentOverview, FileProgress
from chat.suggestions import Suggestion
from ingest.document import Document
from ingest.readers import SUFFIXES, parse_document
from tests.pages import ANSWER, GUIDE, HOSTILE, REFUSAL, cited, passage_of
from tests.scripted import answer_of, cite, document, passage, refusal_of, said
from ui.conversation import Exchange
from ui.evaluations import EvaluationProgress, SavedReport
from ui.export import answer_markdown
from ui.render import (
    answer_html,
    conversation_html,
    failure_html,
    question_html,
    sentences_html,
    stopped_html,
    suggestions_html,
)
from ui.render_evaluation import evaluation_html
from ui.render_library import documents_html, notice_html, uploads_html
from ui.render_panel import found_html, passage_html, source_html
from ui.render_source import Place, document_html

PAY = "The range is **$167,495 - $260,000** a year. Bonuses & stock come on top."


def words_of(html: str) -> str:
    """What a reader sees of some HTML."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def marks(html: str) -> list[str]:
    """The words of every main mark, in reading order."""
    found = re.findall(r"<mark>(.*?)</mark>", html, re.DOTALL)
    return [words_of(words) for words in found]


def shown(doc: Document, *quotes: str) -> str:
    """A document with some of its words marked."""
    starts = [doc.text.index(quote) for quote in quotes]
    places = [Place(s, s + len(quote)) for s, quote in zip(starts, quotes, strict=True)]
    return document_html(doc, places)


def test_a_whole_unit_is_marked_without_its_markdown_signs() -> None:
    html = shown(
        document(f"# Guide\n\n## Pay\n\n{PAY}\n"), "The range is **$167,495 - $260,000** a year."
    )
    assert marks(html) == ["The range is $167,495 - $260,000 a year."]
    assert "<strong>$167,495 - $260,000</strong>" in html
    assert words_of(html) == "Pay" + PAY.replace("**", "")


def test_a_part_of_a_unit_is_marked_at_its_offsets_alone() -> None:
    doc = document("# G\n\n## A\n\nfive years, then five years\n")
    second = doc.text.rindex("five years")
    html = document_html(doc, [Place(second, second + 10)])
    assert "five years, then <mark>five years</mark>" in html


def test_offsets_count_characters_beyond_the_basic_plane_and_escaped_ones_once() -> None:
    html = shown(document("# G\n\n## A\n\n🎓 R&D <b> pays 10 & more\n"), "pays 10 & more")
    assert marks(html) == ["pays 10 & more"]
    assert "🎓 R&amp;D &lt;b&gt; <mark>" in html


def test_overlapping_places_mark_every_character_once() -> None:
    html = shown(document("# G\n\n## A\n\none two three four\n"), "one two three", "two three four")
    assert "".join(marks(html)) == "one two three four"


def test_lists_tables_and_code_are_shown_as_such() -> None:
    doc = document(
        "# G\n\n## A\n\nThere are:\n\n- one *big*\n- two\n  - inner\n\n3. third\n4. fourth\n\n"
        "| name | pay |\n| --- | --- |\n| ann | 10 |\n| bob | 20 |\n\n```\nx < 1\n```\n"
    )
    html = shown(doc, "two", "bob | 20")
    assert '<ul class="pc-depth0"><li>one <em>big</em></li><li><mark>two</mark></li></ul>' in html
    assert '<ul class="pc-depth1"><li>inner</li></ul>' in html
    assert '<ol class="pc-depth0"><li value="3">third</li><li value="4">fourth</li></ol>' in html
    assert '<th scope="col">name</th><th scope="col">pay</th>' in html
    assert "<td>ann</td><td>10</td>" in html
    assert "<td><mark>bob</mark></td><td><mark>20</mark></td>" in html
    assert "<pre><code>x &lt; 1</code></pre>" in html


def test_headings_stand_at_their_level_and_the_title_is_not_said_again() -> None:
    html = document_html(document("# Top\n\nIntro.\n\n## A\n\nWords.\n\n### B\n\nMore.\n"), [])
    assert re.findall(r"<h(\d)>(.*?)</h", html) == [("3", "A"), ("4", "B")]
    assert words_of(html) == "Intro.AWords.BMore."


def test_plain_text_keeps_its_signs() -> None:
    doc = parse_document("It costs 2*3*4 and <b>.\n", ".txt", "plain", "Plain")
    html = shown(doc, "It costs 2*3*4 and <b>.")
    assert marks(html) == ["It costs 2*3*4 and <b>."]


def test_every_unit_of_the_default_document_is_shown() -> None:
    path = Path("corpus/documents/ml-engineering-manager.md")
    doc = document(path.read_text(encoding="utf-8"), "ml-engineering-manager")
    seen = words_of(document_html(doc, []))
    for section in doc.sections:
        assert section.path[-1] in seen
        for unit in section.units:
            if unit.kind == "sentence":
                last = doc.text[unit.start : unit.end].split()[-1].strip("*_`.()")
                assert last in seen


def test_a_large_document_is_cut_around_its_place_and_grows() -> None:
    body = "\n\n".join(f"Line {n} of a story." for n in range(20_000))
    doc = document(f"# L\n\n## S\n\n{body}\n")
    start = doc.text.index("Line 10000 ")
    small, large = (document_html(doc, [Place(start, start + 10)], spread) for spread in (1, 3))
    assert 40_000 < len(small) < 140_000 < len(large)
    assert "Line 10000" in marks(small)[0]
    assert 'data-spread="2">Show what is before' in small
    assert 'data-spread="4">Show what follows' in large


def test_a_source_leads_to_its_own_words_and_to_the_others_of_the_answer() -> None:
    first, second = ANSWER.citations
    html = source_html(GUIDE, first, ANSWER.citations, "range?", "0:1")
    assert marks(html) == ["$167,495 - $260,000"]
    assert "<mark class=pc-other>US market in 2024</mark>" in html
    assert re.findall(r'data-marker="(\d)" [^>]*?(aria-current=true)?>', html) == [
        ("1", "aria-current=true"),
        ("2", ""),
    ]
    assert marks(source_html(GUIDE, second, ANSWER.citations, "range?", "0:2")) == [
        "US market in 2024"
    ]


def test_a_source_whose_document_changed_is_not_marked_at_a_wrong_place() -> None:
    shifted = replace(cited(GUIDE, "empathy", 1), start=5, end=12)
    html = source_html(GUIDE, shifted, [shifted], "range?", "0:1")
    assert "has been removed or changed since" in html
    assert marks(html) == ["empathy"]


def test_markers_match_the_citations_of_their_sentences() -> None:
    source = passage(PAY)
    one, two = cite(source, "a year", 1), cite(source, "Bonuses", 2)
    answer = answer_of("q", (said("It is a lot.", one), said("More.", one, two)), (source,))
    html = answer_html(answer, at=3)
    assert re.findall(r'id="([^"]+)" data-do="open" data-marker="(\d)"', html) == [
        ("pc-m3-1", "1"),
        ("pc-m3-2", "1"),
        ("pc-m3-3", "2"),
    ]
    assert words_of(html) == "It is a lot.1 More.12"


def test_a_marker_names_section_and_page_and_carries_its_quote() -> None:
    source = passage("It pays\n10 & more.", section=("Pay", "Range"))
    html = sentences_html([said("A lot.", cite(source, source.text, 1, page=3))])
    assert 'aria-label="Source 1: Pay › Range, page 3"' in html
    assert 'data-quote="It pays 10 &amp; more."' in html


def test_a_composed_sentence_loses_its_markdown_and_a_quoted_one_keeps_its_signs() -> None:
    composed = said("The range is **$167,495**.", quoted=False)
    assert "The range is $167,495." in words_of(sentences_html([composed]))
    assert "It holds 2*3*4 litres." in words_of(sentences_html([said("It holds 2*3*4 litres.")]))


def test_a_marker_stays_on_the_line_of_the_last_word_unless_that_is_too_long() -> None:
    source = passage(PAY)
    html = sentences_html([said("A & <b>.", cite(source, PAY, 1))])
    assert 'A &amp; <span class="pc-last">&lt;b&gt;.<button' in html
    wide = sentences_html([said("A " + "b" * 25, cite(source, PAY, 1))])
    assert "pc-last" not in wide


def test_list_items_stand_in_one_list_after_their_sentence() -> None:
    items = [said("First.", item=True), said("Second.", item=True)]
    assert sentences_html([said("There are two:"), *items]) == (
        '<div class="pc-answer"><p><span class="pc-sentence">There are two:</span></p>'
        '<ul><li class="pc-sentence">First.</li><li class="pc-sentence">Second.</li></ul></div>'
    )


def test_a_status_follows_what_has_been_said() -> None:
    assert words_of(sentences_html([said("One.")], "Writing…")) == "One.Writing…"


def test_a_refusal_is_a_card_with_its_sentence_and_distinct_closest_sections() -> None:
    sections = [("Pay", "Range"), ("Pay", "Range"), ("Skills",), ("Trends",), ("Outlook",)]
    found = tuple(passage("x", start, section) for start, section in enumerate(sections))
    html = answer_html(refusal_of("q", "The documents do not say.", found))
    assert "Not in the documents" in html
    assert "The documents do not say." in html
    assert re.findall(r'data-passage="(\d)">(.*?)</button>', html) == [
        ("0", '<span class="pc-parents">Pay › </span>Range'),
        ("2", "Skills"),
        ("3", "Trends"),
    ]
    assert "pc-chip" not in html


def test_a_refusal_does_not_say_the_sections_twice() -> None:
    assert words_of(answer_html(REFUSAL)).count("Soft Skills") == 1


def test_small_talk_is_refused_without_pointers() -> None:
    html = answer_html(refusal_of("hi", "Ask me something.", (passage("x"),), "not_a_question"))
    assert "Nothing to look up" in html
    assert "<li>" not in html


def test_a_stopped_answer_keeps_what_was_verified() -> None:
    assert words_of(stopped_html([said("One.")])) == "One.Stopped."
    assert words_of(stopped_html([])) == "Stopped."


def test_an_answer_under_way_offers_nothing_to_do_with_it() -> None:
    assert 'aria-busy="true"' in conversation_html((Exchange("q"),))
    assert "data-do" not in conversation_html((Exchange("q"),))


def test_an_answer_is_copied_with_numbered_sources_that_mean_their_words() -> None:
    source = passage("**Pay** is [high] `x`.", section=("A_b",))
    text = answer_markdown(
        answer_of("q", (said("High.", cite(source, source.text, 1)),), (source,))
    )
    assert text == (
        "High [1].\n\nSources:\n\n1. *Guide*, A\\_b: “\\*\\*Pay\\*\\* is \\[high\\] \\`x\\`.”"
    )


def test_what_an_answer_leaves_open_is_told_below_it_and_copied() -> None:
    whole = answer_of("q", (said("High.", cite(passage("High."), "High.", 1)),), ())
    part = replace(whole, unanswered=("who pays *it* <b>?",))
    assert "do not say" not in answer_html(whole)
    assert words_of(answer_html(part)).endswith("The documents do not say: “who pays *it* <b>?”")
    assert "<b>" not in answer_html(part)
    copied = answer_markdown(part)
    assert copied.startswith(
        "High [1].\n\nThe documents do not say: “who pays \\*it\\* \\<b\\>?”\n\nSour"
    )


def test_a_document_that_came_from_a_folder_cannot_be_removed() -> None:
    own = DocumentOverview("a", "A", 1, 2, 30, removable=True)
    html = documents_html([own, replace(own, id="b", removable=False)], SUFFIXES, 5_000_000)
    assert re.findall(r'data-do="remove" data-document="(.)"', html) == ["a"]
    assert "1 section, 2 passages" in html
    assert "up to 5 MB each" in html
    assert "file" not in documents_html([own], SUFFIXES, None)


def test_a_report_without_some_figures_is_shown_without_them() -> None:
    body = {"systems": {"bm25": {"measures": {"nDCG@10": {"value": 0.5, "ci95": [0.4, 0.6]}}}}}
    report = SavedReport(Path("r.json"), None, "2026-01-02T03:04:05", "d", "dev", body)
    html = evaluation_html([report])
    assert "2026-01-02 03:04" in html
    assert ".500" in html
    assert "Answers" not in html
    assert "–" in html


def test_hostile_text_is_literal_wherever_it_comes_from() -> None:
    doc = document(f"# T\n\n## {HOSTILE}\n\n{HOSTILE} more.\n\n- {HOSTILE}\n", "d", HOSTILE)
    hit = TracedHit("p", HOSTILE, (HOSTILE,), 1, 0.5, 0.5, 1.0, None)
    unit = TracedUnit("d", (HOSTILE,), 0, 1, HOSTILE, 0.5, True)
    trace = Trace((hit,), (unit,), (Replacement(HOSTILE, HOSTILE),))
    citation = replace(cited(doc, HOSTILE, 1), title=HOSTILE, section=(HOSTILE, "x"))
    source = replace(passage_of(doc, "more"), section=(HOSTILE,))
    answer = replace(answer_of(HOSTILE, (said(HOSTILE, citation),), (source,)), trace=trace)
    overview = DocumentOverview(HOSTILE, HOSTILE, 1, 1, 1, True)
    row = FileProgress(HOSTILE, "failed", 0, 1, HOSTILE)
    report = SavedReport(
        Path("r.json"), Path(f"{HOSTILE[:9]}.html"), HOSTILE, HOSTILE, HOSTILE,
        {"systems": {HOSTILE: {"measures": {"nDCG@10": {"value": 0.5}}}}},
    )  # fmt: skip
    rendered = [
        question_html(HOSTILE),
        conversation_html((Exchange(HOSTILE, answer=answer, verdict="up"),)),
        conversation_html((Exchange(HOSTILE, failure=(HOSTILE, HOSTILE)),)),
        stopped_html(answer.sentences),
        sentences_html((), HOSTILE),
        suggestions_html([Suggestion(HOSTILE, HOSTILE)]),
        source_html(doc, citation, [citation], HOSTILE, HOSTILE),
        source_html(None, citation, [citation], HOSTILE, HOSTILE),
        passage_html(doc, source, HOSTILE),
        answer_html(refusal_of(HOSTILE, HOSTILE, (source,))),
        found_html(answer, {HOSTILE: HOSTILE, "x": "y"}, HOSTILE),
        failure_html(HOSTILE, HOSTILE),
        documents_html([overview], SUFFIXES, 1),
        uploads_html([row, replace(row, state="embedding")]),
        notice_html(HOSTILE),
        evaluation_html([report, report], EvaluationProgress(0, 1, HOSTILE), HOSTILE),
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
    html = shown(document(f"# G\n\n## A\n\nSee {text} there.\n")) + question_html(text)
    assert "<a " not in html
    assert "<img" not in html
    assert text in words_of(question_html(text))
    assert re.findall(r"<(\w+)", sentences_html([said(text)])) == ["div", "p", "span"]
