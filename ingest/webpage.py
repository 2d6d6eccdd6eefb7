"""HTML to Markdown: the words of the page's main part, without what steers, sells or hides.

BeautifulSoup reads the page, this module takes out what is not its text, and markdownify writes
the rest. Links and emphasis go too, so that a quote is plain words. Word files come this way as
well (see `word`).
"""

import re
import warnings
from typing import TYPE_CHECKING

from ingest.document import Source
from ingest.encodings import read_text
from ingest.errors import UnreadableDocument
from ingest.escaping import escape_cell, escape_inline, escape_start
from ingest.webtable import tidy_tables

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

# What no reader reads: code, controls, ways through the site, what is hidden.
_UNREAD = (
    "script, style, noscript, template, svg, canvas, iframe, object, embed, audio, video, button, "
    "input, select, textarea, nav, dialog, annotation, hr, del, s, strike, [hidden], "
    '[aria-hidden="true"], [role="navigation"], [role="search"], [role="dialog"], '
    '[role="alertdialog"], [role="contentinfo"], [role="complementary"], [role="doc-toc"], '
    ".mw-editsection, .navbox, .headerlink, .visually-hidden, .sr-only, sup.reference"
)
# Names that sites give to such parts. A part that holds much of the page is never taken out.
_FURNITURE = re.compile(
    r"cookie-?(?:banner|consent|notice|bar|popup|message|modal|law|wall)|gdpr|consent-?banner|"
    r"onetrust|breadcrumbs?|navbar|nav-?menu|side-?bar|skip-?(?:link|nav|to)|pagination|pager|toc|"
    r"table-?of-?contents|newsletter|(?:social|share)-?(?:buttons?|links?|bar|icons?)|adverts?|"
    r"advertisement|site-?(?:header|footer|nav)|page-?footer|masthead|related-?(?:posts|articles)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display:none|visibility:hidden", re.IGNORECASE)
_ADMONITION = re.compile(r"note|tip|warning|caution|info|important|admonition|callout", re.I)
_MOST = 0.5  # of the page's characters; more cannot be furniture
_MAIN = 0.3  # of the page's characters; less is a page that calls a mere part of it its main one

_FORMATTING = (
    "a abbr b bdi bdo big cite dfn em font i ins label mark small span strong sub sup time tt u var"
).split()
# What stands on lines of its own, for all that markdownify knows.
_BLOCKS = (
    "address aside center details fieldset figcaption figure footer form header hgroup legend main "
    "summary"
).split()
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_HEADING_WORDS = 12  # a bold line of more is a sentence that shouts
# Web standards read the old name of Latin-1 as what it was used for.
_LATIN = frozenset(("iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"))


def read_webpage(raw: bytes) -> Source:
    """The text of a web page as Markdown, and its title.

    Raises:
        UnreadableDocument: it is not text in the encoding that it declares, or holds no words.
    """
    from bs4.dammit import EncodingDetector

    declared = EncodingDetector.find_declared_encoding(raw, is_html=True)
    encoding = "cp1252" if str(declared).lower() in _LATIN else declared
    html = read_text(raw, encoding)
    if not html.strip():
        raise UnreadableDocument("is empty; there is nothing to answer from")
    soup = parse_html(html)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    text = to_markdown(soup)
    if not re.search(r"\w", text):
        raise UnreadableDocument(
            "holds no words of its own; if scripts write the page, save it from a browser as HTML"
        )
    return Source(text, title)


def parse_html(html: str) -> "BeautifulSoup":
    """The tree of a page; what is missing or crossed in it is set right."""
    from bs4 import BeautifulSoup

    with warnings.catch_warnings():  # advice for programmers, about pages that others wrote
        warnings.simplefilter("ignore")
        return BeautifulSoup(html, "lxml")


def to_markdown(soup: "BeautifulSoup") -> str:
    """The main part of a page as Markdown; the tree is changed on the way."""
    _drop_unread(soup)
    root = _main_part(soup)
    _drop_contents(root)
    _tidy_text(soup, root)
    tidy_tables(soup, root)
    _unwrap_formatting(root)
    root.smooth()
    return _markdown(root)


def _drop_unread(soup: "BeautifulSoup") -> None:
    for tag in soup.select(_UNREAD):
        tag.extract()
    for tag in soup.find_all(style=_is_hidden):
        tag.extract()
    everything = len(soup.get_text())
    for tag in soup.find_all(["header", "footer", "aside"]):
        _drop_edge(tag)
    for tag in soup.find_all(True):
        if _is_furniture(tag, everything):
            tag.extract()


def _is_hidden(style: str | None) -> bool:
    return bool(style and _HIDDEN.search(re.sub(r"\s", "", style)))


def _drop_edge(tag: "Tag") -> None:
    """A header keeps its headline and an aside its note; a footer keeps nothing."""
    if tag.find(["main", "article"]):
        return
    inside = tag.find_parent(["main", "article", "blockquote"])
    if tag.name == "header" and (inside or tag.find("h1")):
        headline = tag.find("h1")
        if not inside and headline:
            tag.replace_with(headline.extract())
    elif tag.name == "aside" and inside and _ADMONITION.search(" ".join(_names(tag))):
        return
    elif not (tag.name == "footer" and tag.find_parent("blockquote")):
        tag.extract()


def _names(tag: "Tag") -> list[str]:
    """What the page calls a part: its classes and its id."""
    names = (*tag.get_attribute_list("class"), *tag.get_attribute_list("id"))
    return [str(name) for name in names if name]


def _is_furniture(tag: "Tag", everything: int) -> bool:
    if tag.name in ("html", "body", "main", "article", *_HEADINGS):
        return False
    if not any(_FURNITURE.fullmatch(name) for name in _names(tag)):
        return False
    return not tag.find(["main", "article"]) and len(tag.get_text()) <= _MOST * everything


def _main_part(soup: "BeautifulSoup") -> "Tag":
    body = soup.body or soup
    for found in (soup.select('main, [role="main"]'), soup.find_all("article")):
        if len(found) == 1 and len(found[0].get_text()) >= _MAIN * len(body.get_text()):
            return _with_headline(found[0], body)
    return body


def _with_headline(main: "Tag", body: "Tag") -> "Tag":
    """A main part with the page's headline, which may stand above it."""
    headlines = body.find_all("h1")
    if len(headlines) == 1 and not main.find("h1"):
        around = any(parent is headlines[0] for parent in main.parents)  # "<h1><article>…"
        if not around:
            main.insert(0, headlines[0].extract())
    return main


def _drop_contents(root: "Tag") -> None:
    """Take out lists that only link to places of the same page."""
    for tag in root.find_all(["ul", "ol"]):
        links = [a for a in tag.find_all("a") if str(a.get("href", "")).startswith("#")]
        linked = "".join("".join(a.get_text().split()) for a in links)
        if len(links) > 1 and linked == "".join(tag.get_text().split()):
            tag.extract()


def _tidy_text(soup: "BeautifulSoup", root: "Tag") -> None:
    for tag in root.find_all("sup"):
        text = tag.get_text().strip()
        if tag.find("a", href=re.compile("^#")):  # a footnote's number
            tag.extract()
        elif re.fullmatch(r"[-−+]?\d+", text):  # 10⁶ is not 106
            tag.string = f"^{text}"
    for tag in root.find_all("img"):
        alt = str(tag.get("alt") or "").strip()
        tag.replace_with(alt if " " in alt else "")
    for tag in root.find_all("a"):
        if tag.get_text().strip() in ("¶", "#", "§", "↑", "🔗"):
            tag.extract()
    for tag in root.find_all("p"):
        if _is_bold_line(tag):
            tag.name = "h6"
    for tag in root.find_all(["dt", "dd"]):  # whose end tags may be left out
        for inner in reversed(tag.find_all(["dt", "dd"], recursive=False)):
            tag.insert_after(inner.extract())
    for tag in root.find_all("dl"):
        _list_of_terms(soup, tag)
    for tag in root.find_all(_BLOCKS):
        tag.name = "div"


def _is_bold_line(tag: "Tag") -> bool:
    """Whether a paragraph is a heading made by hand: a few bold words alone, with more below."""
    text = tag.get_text().strip()
    bold = "".join(b.get_text() for b in tag.find_all(["b", "strong"], recursive=False)).strip()
    return (
        bool(re.search(r"\w", text))
        and bold == text
        and len(text.split()) <= _HEADING_WORDS
        and text[-1] not in ".!?,;"
        and tag.find_parent(["li", "td", "th", "blockquote"]) is None
        and tag.find_next_sibling() is not None
    )


def _list_of_terms(soup: "BeautifulSoup", tag: "Tag") -> None:
    """A list of terms becomes one of "term: what it means"."""
    listing = soup.new_tag("ul")
    terms: list[str] = []
    explained = True
    for child in tag.find_all(["dt", "dd"]):
        if child.name == "dt":
            terms = [] if explained else terms
            terms.append(child.get_text(" ", strip=True))
            explained = False
            continue
        explained = True
        item = soup.new_tag("li")
        item.append(f"{', '.join(terms)}: " if terms else "")
        blocks = child.find(["ul", "ol", "pre", "table"])
        parts = [part.extract() for part in list(child.contents)] if blocks else [child.get_text()]
        item.extend(parts)
        listing.append(item)
    tag.replace_with(listing)


def _unwrap_formatting(root: "Tag") -> None:
    for tag in root.find_all(_FORMATTING):
        tag.unwrap()


def _markdown(root: "Tag") -> str:
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        def escape(self, text: str, parent_tags: set[str]) -> str:
            if not text:
                return ""
            if {"td", "th"} & set(parent_tags):
                return escape_cell(text)
            lead = len(text) - len(text.lstrip())
            return text[:lead] + escape_start(escape_inline(text[lead:]))

        def convert_pre(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            runs = [len(run) for run in re.findall(r"`{3,}", text)]
            fence = "`" * max([3, *(run + 1 for run in runs)])
            return f"\n\n{fence}{_language(el)}\n{text.strip(chr(10))}\n{fence}\n\n" if text else ""

    converter = Converter(
        heading_style="atx",
        bullets="-",
        newline_style="spaces",
        wrap=True,  # with no width: a line break in the source is a blank, and no line is broken
        wrap_width=None,
    )
    return str(converter.convert_soup(root)).strip() + "\n"


def _language(tag: "Tag") -> str:
    code = tag.find("code")
    for name in _names(code) if code else []:
        if name.startswith("language-"):
            return name.removeprefix("language-")
    return ""
