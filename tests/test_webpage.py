"""Web pages to Markdown: the words of the main part, in the structure that they have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.errors import UnreadableDocument
from ingest.readers import read_bytes
from ingest.wording import introduction, unit_words
from tests.sound import assert_sound, readings, words


def page(body: str, head: str = "") -> Document:
    html = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    document = read_bytes(html.encode(), ".html", "doc", "Doc")
    assert_sound(document)
    return document


@pytest.mark.parametrize(
    "furniture",
    [
        "<nav><ul><li><a href='/'>Home</a></ul></nav>",
        "<header><p>Log in</p></header>",
        "<footer>Imprint</footer>",
        "<aside>Read this too</aside>",
        "<div id='cookie-banner'>We use cookies</div>",
        "<div class='breadcrumbs'>A / B</div>",
        "<div class='sidebar'>Popular</div>",
        "<div role='dialog'>Subscribe!</div>",
        "<div style='color: red; display: none'>secret</div>",
        "<p hidden>secret</p>",
        "<script>var words = 'no';</script>",
        "<style>p { color: red }</style>",
        "<button>Buy</button>",
        "<!-- remark -->",
        "<ul><li><a href='#a'>A</a><li><a href='#b'>B</a></ul>",
    ],
)
def test_what_steers_sells_or_hides_is_not_read(furniture: str) -> None:
    assert words(page(f"{furniture}<p>The words.</p>{furniture}")) == ["The words."]


def test_the_main_part_is_read_and_what_stands_around_it_is_not() -> None:
    document = page("<div>Before</div><main><h1>T</h1><p>Words.</p></main><div>After</div>")
    assert (document.title, words(document)) == ("T", ["Words."])


def test_a_main_part_that_is_only_a_part_is_not_believed() -> None:
    document = page(f"<main><p>Little.</p></main><div><p>{'Much more. ' * 20}</p></div>")
    assert len(words(document)) == 21


def test_a_part_that_is_named_like_furniture_but_holds_the_page_is_kept() -> None:
    assert words(page("<div class='sidebar'><p>All of the words.</p></div><p>x</p>"))[0] == (
        "All of the words."
    )


def test_a_header_keeps_its_headline_and_a_note_its_words() -> None:
    document = page(
        "<header><h1>Kilns</h1><p>Log in</p></header>"
        "<article><p>Fire it.</p><aside class='note'>Mind it.</aside></article>"
    )
    assert (document.title, words(document)) == ("Kilns", ["Fire it.", "Mind it."])


def test_a_page_without_a_headline_has_the_title_of_its_head() -> None:
    assert page("<p>Words.</p>", "<title>On\n kilns</title>").title == "On kilns"


def test_links_and_emphasis_leave_plain_words() -> None:
    document = page("<p>See <a href='/x'>the <b>list</b></a> of <i>all</i> prices.</p>")
    assert readings(document) == [("Doc", ["See the list of all prices."])]


def test_signs_stay_what_they_are() -> None:
    document = page("<p># a *b* _c_ &lt;d&gt; `e` 2 * 3 snake_case [f](g)</p><p>- No list.</p>")
    assert words(document) == ["# a *b* _c_ <d> `e` 2 * 3 snake_case [f](g)", "- No list."]


def test_raised_figures_do_not_join_those_before_them_and_notes_go() -> None:
    document = page(
        "<p>10<sup>6</sup> m<sup>2</sup>, 1<sup>st</sup><sup><a href='#n'>[1]</a></sup>"
    )
    assert words(document) == ["10^6 m^2, 1st"]


def test_words_that_were_struck_out_are_not_read() -> None:
    assert words(page("<p>It costs <s>$100</s> <del>$90</del> $80.</p>")) == ["It costs $80."]


def test_nested_lists_keep_what_introduces_them() -> None:
    document = page("<p>Wear:</p><ul><li>gloves<ul><li>leather<li>long</ul><li>goggles</ul>")
    units = {unit_words(document, unit): unit for unit in document.sections[0].units}
    assert introduction(document, units["long"]) == "Wear: gloves"
    assert introduction(document, units["goggles"]) == "Wear:"


def test_a_cell_over_several_rows_and_columns_stands_in_each() -> None:
    document = page(
        "<table><thead><tr><th rowspan=2>Cone<th colspan=2>Degrees<tr><th>slow<th>fast</thead>"
        "<tr><td rowspan=2>06<td>998<td>1000<tr><td>999<td>1001</table>"
    )
    assert words(document) == [
        "Cone: 06; Degrees slow: 998; Degrees fast: 1000",
        "Cone: 06; Degrees slow: 999; Degrees fast: 1001",
    ]


def test_what_stands_on_lines_of_its_own_in_a_cell_stays_apart() -> None:
    document = page("<table><tr><th>a<th>b<tr><td>1<br>2 | 3<td><ul><li>x.<li>y</ul></table>")
    assert words(document) == ["a: 1; 2 | 3; b: x. y"]


def test_names_and_values_side_by_side_are_a_list() -> None:
    document = page("<table><tr><th>Fuel<td>Propane<tr><th>Power<td>3 kW</table>")
    assert words(document) == ["Fuel: Propane", "Power: 3 kW"]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    inner = "<table><tr><th>a<th>b<tr><td>1<td>2</table>"
    document = page(f"<table><tr><td><p>Left.</p></td><td>{inner}</td></tr></table>")
    assert words(document) == ["Left.", "a: 1; b: 2"]


def test_terms_are_read_with_what_they_mean() -> None:
    document = page("<dl><dt>Grog<dt>Chamotte<dd>fired clay<dt>Soak<dd>a hold<dd>a wait</dl>")
    assert words(document) == ["Grog, Chamotte: fired clay", "Soak: a hold", "Soak: a wait"]


def test_a_bold_line_of_its_own_is_a_heading() -> None:
    document = page(
        "<h2>S</h2><p><b>Cooling</b></p><p>Wait.</p><p><b>Never open it.</b></p><p>x</p>"
    )
    assert [path for path, _ in readings(document)] == ["S", "S > Cooling"]
    assert words(document) == ["Wait.", "Never open it.", "x"]


def test_code_is_whole_with_its_blanks() -> None:
    document = page(
        "<pre><code class='language-py'>def f():\n    # x\n\n    `a` ```\n</code></pre>"
    )
    (unit,) = document.sections[0].units
    assert document.text[unit.start : unit.end] == "````py\ndef f():\n    # x\n\n    `a` ```\n````"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>Zoë</p>".encode(), "Zoë"),
        ("<p>Zoë</p>".encode("utf-16"), "Zoë"),
        ('<meta charset="iso-8859-1"><p>Zoë – 5 €</p>'.encode("cp1252"), "Zoë – 5 €"),
        ('<meta charset="koi8-r"><p>Москва</p>'.encode("koi8-r"), "Москва"),
        ('<?xml version="1.0" encoding="latin-1"?><p>Zoë</p>'.encode("latin-1"), "Zoë"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_declares(raw: bytes, text: str) -> None:
    assert words(read_bytes(raw, ".html", "doc", "Doc")) == [text]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("<p>Zoë</p>".encode("latin-1"), "not UTF-8"),
        (b'<meta charset="klingon"><p>x</p>', "klingon"),
        (b"<script>render()</script><div id=root></div>", "no words"),
        (b"  ", "empty"),
        (b"<div>" * 5_000 + b"words", "RecursionError"),
    ],
)
def test_a_page_that_cannot_be_read_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_bytes(raw, ".html", "doc", "Doc")


TEXT = st.sampled_from(
    ["Words here.", "a *b* _c_", "1. x", "# y", "5 < 6 & 7", "", "|", "`", "<i>"]
)
TAGS = st.sampled_from(
    "p div ul ol li table tr td th h1 h2 h6 b i a pre code blockquote dl dt dd br span thead "
    "section article main aside header footer sup img details".split()
)
TREES = st.recursive(
    TEXT,
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4), st.booleans()).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}" + (f"</{node[0]}>" if node[2] else "")
    ),
    max_leaves=25,
)


def test_a_headline_around_the_main_part_stays_where_it_is() -> None:
    html = b"<h1>Bakery <article><p>Bread is baked at five.</p></article></h1>"
    document = read_bytes(html, ".html", "doc", "Doc")
    assert "Bread is baked at five." in document.text


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_offsets_are_exact_whatever_the_page(html: str) -> None:
    try:
        document = read_bytes(html.encode(), ".html", "doc", "Doc")
    except UnreadableDocument:
        return
    assert_sound(document)
    assert all(words(document))
