"""Answers as HTML: chips in the text, and the words that support it marked in their passages.

Pure functions from plain values to HTML. Every word of a question, an answer or a document passes
`escape` here and nowhere else. Knows nothing of the page that shows it.
"""

import itertools
from collections.abc import Iterable, Sequence
from html import escape

from chat.answer import Answer, Citation, RetrievedPassage, Sentence
from ingest.document import Document
from ingest.markdown import plain_text

_WORD = 24  # characters; a longer word may be wider than a narrow window, and is broken
_WHOLE = 640  # characters; about ten lines of the panel, so a passage up to here is shown whole
_CONTEXT = 160  # characters on each side of the quoted words of a longer one
_POINTERS = 3  # sections that a refusal points at
_TITLES = 2  # documents named in the header before "and 3 more"


def question_html(question: str) -> str:
    """A question as it was typed."""
    return f'<div class="pc-question">{escape(question)}</div>'


def answer_html(answer: Answer) -> str:
    """An answer with a chip for every citation, or the card of a refusal."""
    return sentences_html(answer.sentences) if answer.answered else _refusal(answer)


def sentences_html(sentences: Sequence[Sentence], status: str = "") -> str:
    """Verified sentences, each followed by its chips; items of a list as one.

    Args:
        status: what is being done, while there is more to come.
    """
    blocks = []
    for item, group in itertools.groupby(sentences, key=lambda sentence: sentence.item):
        tag = "li" if item else "span"
        texts = [f"<{tag}>{_sentence(sentence)}</{tag}>" for sentence in group]
        blocks.append(f"<ul>{''.join(texts)}</ul>" if item else f"<p>{' '.join(texts)}</p>")
    if status:
        blocks.append(f'<p class="pc-status">{escape(status)}</p>')
    return f'<div class="pc-answer">{"".join(blocks)}</div>'


def stopped_html(sentences: Sequence[Sentence]) -> str:
    """What was verified before the reader stopped the answer."""
    note = '<p class="pc-note">Stopped.</p>'
    return f"{sentences_html(sentences) if sentences else ''}{note}"


def failure_html(title: str, advice: str) -> str:
    """A question that could not be answered, and what to do about it."""
    return (
        '<div class="pc-card pc-failure" role="alert">'
        f'<p class="pc-card-title">{escape(title)}</p><p>{escape(advice)}</p></div>'
    )


def sources_html(
    citations: Sequence[Citation], passages: Sequence[RetrievedPassage], title: str
) -> str:
    """The panel: a card for every passage that is cited, with the quoted words marked.

    Args:
        title: of the panel.

    A citation whose passage is not among `passages`, or does not hold its quote, is shown as its
    quote alone.
    """
    if not citations:
        return _panel(title, _empty("The exact words behind each sentence appear here."))
    by_id = {passage.passage_id: passage for passage in passages}
    cards: dict[str, list[Citation]] = {}
    for citation in citations:
        held = _holds(by_id.get(citation.passage_id), citation)
        key = citation.passage_id if held else f"{citation.passage_id} {citation.marker}"
        cards.setdefault(key, []).append(citation)
    return _panel(title, "".join(_card(group, by_id.get(key)) for key, group in cards.items()))


def closest_html(passages: Sequence[RetrievedPassage]) -> str:
    """The panel of a refusal: what search found, though it does not answer."""
    if not passages:
        return _panel("Sources for this answer", _empty("Nothing is cited."))
    cards = "".join(
        f'<article class="pc-source pc-closest"><h3>{_path(passage.section)}</h3>'
        f"{_quote(_marked(passage.text, []))}</article>"
        for passage in passages[:_POINTERS]
    )
    note = "None of these answers the question."
    return _panel("Closest passages", f'<p class="pc-note">{note}</p>{cards}')


def documents_html(documents: Iterable[Document]) -> str:
    """Which documents are being asked."""
    titles = [document.title for document in documents]
    if not titles:
        return '<p class="pc-documents">No documents yet: run <code>pincite ingest</code>.</p>'
    shown = ", ".join(f"<strong>{escape(title)}</strong>" for title in titles[:_TITLES])
    rest = len(titles) - _TITLES
    if rest > 0:
        names = escape("\n".join(titles[_TITLES:]))
        shown += f' and <span class="pc-more" title="{names}">{rest} more</span>'
    return f'<p class="pc-documents">Asking {shown}</p>'


def notice_html(text: str) -> str:
    """A line in the place of the documents, while there are none to ask."""
    return f'<p class="pc-documents pc-notice" role="status">{escape(text)}</p>'


def path_text(section: Sequence[str]) -> str:
    """A section's headings as a reader sees them: "Salary Ranges › Overall Salary Range"."""
    return " › ".join(section)


def _path(section: Sequence[str]) -> str:
    """A section's headings, the innermost told from those above it."""
    above = path_text([*section[:-1], ""])
    parents = f'<span class="pc-parents">{escape(above)}</span>' if above else ""
    return parents + escape("".join(section[-1:]))


def _sentence(sentence: Sentence) -> str:
    """A sentence whose last word and chips stay on one line."""
    # A quoted sentence is plain words already, whose asterisks are its own.
    text = sentence.text if sentence.quoted else plain_text(sentence.text)
    before, space, last = text.rpartition(" ")
    chips = "".join(map(_chip, sentence.citations))
    if len(last) > _WORD or not chips:
        return escape(before + space + last) + chips
    return f'{escape(before + space)}<span class="pc-last">{escape(last)}{chips}</span>'


def _chip(citation: Citation) -> str:
    where = f"Source {citation.marker}: {path_text(citation.section)}{_page([citation])}"
    return (
        f'<a class="pc-chip" href="#source-{citation.marker}" '
        f'title="{escape(where)}" aria-label="{escape(where)}">{citation.marker}</a>'
    )


def _refusal(answer: Answer) -> str:
    asked = answer.reason != "not_a_question"
    title = "Not in the documents" if asked else "Nothing to look up"
    sections = list(dict.fromkeys(passage.section for passage in answer.passages))[:_POINTERS]
    named = any("".join(section[-1:]) in answer.answer for section in sections)
    pointers = ""
    if sections and asked and not named:  # not again where the sentence names them
        items = "".join(f"<li>{_path(section)}</li>" for section in sections)
        pointers = f"<p>The closest sections are:</p><ul>{items}</ul>"
    return (
        f'<div class="pc-card pc-refusal"><p class="pc-card-title">{title}</p>'
        f"<p>{escape(answer.answer)}</p>{pointers}</div>"
    )


def _panel(title: str, body: str) -> str:
    return (
        '<section class="pc-panel" aria-labelledby="pc-panel-title">'
        f'<h2 id="pc-panel-title">{escape(title)}</h2>{body}</section>'
    )


def _empty(text: str) -> str:
    return f'<p class="pc-empty">{escape(text)}</p>'


def _holds(passage: RetrievedPassage | None, citation: Citation) -> bool:
    """Whether a passage has the quoted words where the citation says."""
    if passage is None or citation.start < passage.start:
        return False
    start = citation.start - passage.start
    return passage.text[start : start + len(citation.quote)] == citation.quote


def _card(citations: list[Citation], passage: RetrievedPassage | None) -> str:
    """The citations of one passage, or one citation whose passage is not known."""
    first = citations[0]
    offset = passage.start if passage else first.start
    text = passage.text if passage else first.quote
    spans = [(c.start - offset, c.end - offset, c.marker) for c in citations]
    numbers = "".join(f'<span class="pc-number">{c.marker}</span>' for c in citations)
    label = "Source " + ", ".join(str(c.marker) for c in citations)
    return (
        f'<article class="pc-source" aria-label="{label}">'
        f"<header>{numbers}<h3>{_path(first.section)}</h3></header>"
        f'<p class="pc-title">{escape(first.title)}{_page(citations)}</p>'
        f"{_passage(text, spans)}</article>"
    )


def _page(citations: Iterable[Citation]) -> str:
    """Where to leaf to: ", page 3"; nothing for a document without pages."""
    pages = sorted({citation.page for citation in citations if citation.page})
    names = ", ".join(map(str, pages))
    return f", page{'s' if len(pages) > 1 else ''} {names}" if pages else ""


def _passage(text: str, spans: list[tuple[int, int, int]]) -> str:
    """A passage with its quoted words marked; a long one as an excerpt that opens to the whole."""
    start, end = _excerpt(text, min(s for s, _, _ in spans), max(e for _, e, _ in spans))
    if (start, end) == (0, len(text)):
        return _quote(_marked(text, spans, anchors=True))
    inner = [(s - start, e - start, marker) for s, e, marker in spans]
    before, after = "… " if start else "", " …" if end < len(text) else ""
    excerpt = _quote(before + _marked(text[start:end], inner, anchors=True) + after)
    whole = _quote(_marked(text, spans))
    return f"{excerpt}<details><summary>Show the whole passage</summary>{whole}</details>"


def _excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """The span to show around quoted words, cut at white space; all of a short text."""
    if len(text) <= _WHOLE:
        return 0, len(text)
    cut = text.rfind(" ", 0, max(0, start - _CONTEXT)) + 1
    stop = text.find(" ", min(len(text), end + _CONTEXT))
    return cut, stop if stop >= 0 else len(text)


def _marked(text: str, spans: list[tuple[int, int, int]], anchors: bool = False) -> str:
    """Text with `<mark>` around the spans; where they overlap, the pieces are marked once.

    Args:
        spans: start, end and marker of each.
        anchors: whether chips lead here; an id may stand only once on a page.
    """
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    pieces = []
    for start, end in itertools.pairwise(edges):
        for span_start, _, marker in spans:
            if span_start == start:
                pieces.append(_label(marker, anchors, alone=len(spans) == 1))
        markers = [str(marker) for first, last, marker in spans if first <= start and end <= last]
        piece = escape(text[start:end])
        names = " ".join(markers)
        pieces.append(f'<mark data-markers="{names}">{piece}</mark>' if markers else piece)
    return "".join(pieces)


def _label(marker: int, anchor: bool, alone: bool) -> str:
    """Where a chip leads to, with the number to tell it from others in the same passage."""
    target = f' id="source-{marker}"' if anchor else ""
    number = "" if alone else f"{marker}"
    return f'<span class="pc-label"{target} data-number="{number}" aria-hidden="true"></span>'


def _quote(html: str) -> str:
    return f'<blockquote class="pc-passage" tabindex="0">{html}</blockquote>'
