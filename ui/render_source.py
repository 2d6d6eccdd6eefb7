"""A document as HTML: the whole text with headings, lists and tables, the quoted words marked.

Pure functions from plain values to HTML; every word of a document passes `escape`. Offsets are
characters of the document's text. Knows nothing of answers or of the page.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it import MarkdownIt

from ingest.document import Document, Section, Span, Unit
from ingest.markdown import row_cells
from ingest.plain_lines import split_fields

LARGE = 200_000  # characters; a longer document is shown around the place that is looked at
_AROUND = 30_000  # characters before and after that place, and as many again each time
_STYLES = {"strong": "strong", "em": "em", "s": "s"}
_DEEPEST = 4  # levels of lists that are indented further than the one above
_ITEM = re.compile(r"[ \t>]*(?:(\d{1,9})[.)]|[-*+•])?[ \t]*(?:\[[ xX]\][ \t]+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Words to mark: `main` is where the reader is led, others are marked more softly."""

    start: int
    end: int
    main: bool = True


def document_html(document: Document, places: Sequence[Place], spread: int = 1) -> str:
    """The text of a document around its main place, or all of it if it is not large.

    Args:
        spread: how many times as much of a large document is shown.
    """
    start, end = window(document, places, spread)
    pieces = [_more("Show what is before", spread)] if start else []
    page = 0
    for section in document.sections:
        if section.end <= start or section.start >= end:
            continue
        if start <= section.start and _has_heading(document, section):
            pieces.append(_heading(section))
        units = [unit for unit in section.units if start < unit.end and unit.start < end]
        for block in _blocks(document, units):
            number = document.page_of(block[0].start) or 0
            if number != page:
                page = number
                pieces.append(f'<p class="pc-pagebreak">Page {number}</p>')
            pieces.append(_block(document, block, places))
    if end < len(document.text):
        pieces.append(_more("Show what follows", spread))
    return "".join(pieces)


def window(document: Document, places: Sequence[Place], spread: int) -> Span:
    """The span of a document that is shown."""
    if len(document.text) <= LARGE:
        return 0, len(document.text)
    main = next((place for place in places if place.main), Place(0, 0))
    around = _AROUND * max(1, spread)
    start, end = max(0, main.start - around), min(len(document.text), main.end + around)
    # A stump that is not worth a button is shown.
    return (start if start > _AROUND // 10 else 0), end


def _more(text: str, spread: int) -> str:
    return (
        f'<p class="pc-center"><button type="button" class="pc-quiet" data-do="more" '
        f'data-spread="{spread + 1}">{escape(text)}</button></p>'
    )


def _has_heading(document: Document, section: Section) -> bool:
    """Whether a section begins with a heading that is not the document's title."""
    if section.units and section.units[0].start <= section.start:
        return False
    return not (section is document.sections[0] and section.path == (document.title,))


def _heading(section: Section) -> str:
    level = min(6, 2 + len(section.path))
    return f"<h{level}>{escape(section.path[-1])}</h{level}>"


def _blocks(document: Document, units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units that stand together: the sentences of a paragraph, the items of a list, …"""
    block: list[Unit] = []
    for unit in units:
        if block and not _joins(document, block[-1], unit):
            yield block
            block = []
        block.append(unit)
    if block:
        yield block


def _joins(document: Document, before: Unit, unit: Unit) -> bool:
    if before.kind != unit.kind or unit.kind == "code":
        return False
    if unit.kind == "sentence":
        return not re.search(r"\n\s*\n", document.text[before.end : unit.start])
    return before.group == unit.group


def _block(document: Document, units: list[Unit], places: Sequence[Place]) -> str:
    kind = units[0].kind
    if kind == "sentence":
        return f"<p>{' '.join(_unit(document, unit, places) for unit in units)}</p>"
    if kind == "code":
        code = _fenced(document.text[slice(*_span(units[0]))])
        return f"<pre><code>{_wrapped(escape(code), _over(units[0], places))}</code></pre>"
    if kind == "row":
        return _table(document, units, places)
    return _list(document, units, places)


def _list(document: Document, units: list[Unit], places: Sequence[Place]) -> str:
    prefixes = [_prefix(document, unit) for unit in units]
    numbered = _ITEM.match(prefixes[0])
    tag = "ol" if numbered and numbered[1] else "ul"
    blanks = prefixes[0].expandtabs(4)
    depth = min(_DEEPEST, (len(blanks) - len(blanks.lstrip())) // 2)
    items = []
    for unit, prefix in zip(units, prefixes, strict=True):
        found = _ITEM.match(prefix)
        value = f' value="{found[1]}"' if tag == "ol" and found and found[1] else ""
        bare = "" if not prefix or prefix.strip() else ' class="pc-bare"'
        items.append(f"<li{value}{bare}>{_unit(document, unit, places)}</li>")
    return f'<{tag} class="pc-depth{depth}">{"".join(items)}</{tag}>'


def _prefix(document: Document, unit: Unit) -> str:
    """What stands before an item on its line: blanks and its sign."""
    return document.text[document.text.rfind("\n", 0, unit.start) + 1 : unit.start]


def _table(document: Document, units: list[Unit], places: Sequence[Place]) -> str:
    cells = row_cells if document.markdown else split_fields
    lead_in = units[0].lead_in
    head = ""
    if lead_in:
        names = cells(document.text[slice(*lead_in)])
        row = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        head = f"<thead><tr>{row}</tr></thead>"
    rows = []
    for unit in units:
        place = _over(unit, places)
        texts = cells(document.text[slice(*_span(unit))])
        row = "".join(f"<td>{_wrapped(escape(text), place)}</td>" for text in texts)
        rows.append(f"<tr>{row}</tr>")
    return f'<div class="pc-wide"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _unit(document: Document, unit: Unit, places: Sequence[Place]) -> str:
    """A sentence or an item, with the parts of it that lie in a place marked."""
    inside = {edge for place in places for edge in (place.start, place.end)}
    edges = sorted({*_span(unit), *(e for e in inside if unit.start < e < unit.end)})
    pieces = []
    for start, end in itertools.pairwise(edges):
        found = [place for place in places if place.start <= start and end <= place.end]
        place = next((one for one in found if one.main), found[0] if found else None)
        text = document.text[start:end]
        html = _inline(text) if document.markdown else escape(text)
        pieces.append(_wrapped(html, place))
    return "".join(pieces)


def _span(unit: Unit) -> Span:
    return unit.start, unit.end


def _over(unit: Unit, places: Sequence[Place]) -> Place | None:
    """The place that a unit lies in or touches; a row or a piece of code is marked whole."""
    found = [place for place in places if place.start < unit.end and unit.start < place.end]
    return next((place for place in found if place.main), found[0] if found else None)


def _wrapped(html: str, place: Place | None) -> str:
    if place is None or not html:
        return html
    return f"<mark{'' if place.main else ' class=pc-other'}>{html}</mark>"


def _fenced(text: str) -> str:
    """The lines of a piece of code without its fences."""
    lines = text.split("\n")
    if re.match(r"\s*(?:`{3,}|~{3,})", lines[0]):
        lines = lines[1:]
        if lines and re.match(r"\s*(?:`{3,}|~{3,})\s*$", lines[-1]):
            lines = lines[:-1]
    return "\n".join(lines)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def _inline(text: str) -> str:
    """A piece of Markdown as HTML: emphasis and code; links and images are their words alone."""
    flat = text.replace("\n", " ")
    body = flat.strip()
    lead = flat[: len(flat) - len(flat.lstrip())]
    tail = flat[len(lead) + len(body) :]
    pieces = []
    for token in _parser().parseInline(body)[0].children or []:
        name, _, side = token.type.rpartition("_")
        if token.type == "code_inline":
            pieces.append(f"<code>{escape(token.content)}</code>")
        elif name in _STYLES:
            pieces.append(f"<{'/' * (side == 'close')}{_STYLES[name]}>")
        elif token.type in ("softbreak", "hardbreak"):
            pieces.append(" ")
        else:
            pieces.append(escape(token.content))
    return lead + "".join(pieces) + tail
