"""What opens beside a conversation: a source with its document, or how an answer was found.

Pure functions from plain values to HTML; every word passes `escape`.
"""

from collections.abc import Mapping, Sequence
from html import escape

from chat.answer import Answer, Citation, RetrievedPassage, Timings, Trace
from ingest.document import Document
from ui.render import path_html, path_text, where
from ui.render_source import Place, document_html

_STEPS = (
    ("search", "Search"),
    ("evidence", "Evidence"),
    ("generate", "Writing"),
    ("verify", "Checking"),
)
_COLUMNS = {
    "Rank": "From 1",
    "Section": "Where the passage stands",
    "Vector": "Cosine of question and passage",
    "BM25": "Score of the words in common",
    "Reranker": "Log odds that it answers",
    "Score": "What ranked it, from 0 to 1",
}


def source_html(
    document: Document | None,
    citation: Citation,
    citations: Sequence[Citation],
    question: str,
    key: str,
    spread: int = 1,
) -> str:
    """The document of a citation with its words marked, and a way to the answer's others.

    Args:
        document: None if it has been removed since; the quote is shown alone then.
        citations: all of the answer.
        question: that the answer is to.
        key: tells this time from others, so that the page sees that something came.
        spread: as in `document_html`.
    """
    others = "".join(
        f'<button type="button" class="pc-chip" data-do="turn" data-marker="{one.marker}" '
        f'aria-label="Source {one.marker}: {escape(where(one))}"'
        f"{' aria-current=true' if one.marker == citation.marker else ''}>{one.marker}</button>"
        for one in citations
    )
    turning = f'<nav class="pc-turning" aria-label="Sources of this answer">{others}</nav>'
    page = f'<span class="pc-page">Page {citation.page}</span>' if citation.page else ""
    head = f'<p class="pc-where">{path_html(citation.section)}{page}</p>{turning}'
    kicker = f"Source {citation.marker} of “{question}”"
    if not _holds(document, citation):
        return _panel("source", key, kicker, citation.title, head, _gone(citation))
    assert document is not None
    places = [
        Place(one.start, one.end, one.marker == citation.marker)
        for one in citations
        if one.document_id == document.id and _holds(document, one)
    ]
    body = _reading(document_html(document, places, spread))
    return _panel("source", key, kicker, citation.title, head, body)


def passage_html(
    document: Document | None, passage: RetrievedPassage, key: str, spread: int = 1
) -> str:
    """The document of a passage that search brought, though it does not answer."""
    if document is None or passage.end > len(document.text):
        body = '<p class="pc-soft">This document has been removed or changed since.</p>'
        return _panel("source", key, "Closest section", path_text(passage.section), "", body)
    place = Place(passage.start, passage.end, main=True)
    head = f'<p class="pc-where">{path_html(passage.section)}</p>'
    note = '<p class="pc-note">This does not answer the question.</p>'
    body = _reading(document_html(document, [place], spread))
    return _panel("source", key, "Closest section", document.title, head + note, body, near=True)


def found_html(answer: Answer, titles: Mapping[str, str], key: str) -> str:
    """How an answer was found: what was looked for, hits, evidence, the gate, times.

    Args:
        titles: of the documents, by id; with one alone it is not named again and again.
    """
    trace = answer.trace
    parts = [
        _part("Looked for", f'<p class="pc-asked-for">{escape(answer.standalone_question)}</p>'),
        _part("How sure", _confidence(answer)),
        _part("Found", _hits(trace, titles)),
        _part("Evidence chosen", _units(trace, answer.answered)),
        _part("Replaced by the gate", _replaced(trace)),
        _part("Time", _timings(answer.timings_ms)),
        _part("Models", _models(answer)),
    ]
    question = f'<p class="pc-where">{escape(answer.question)}</p>'
    body = _scrolling("Steps", "".join(parts))
    return _panel("found", key, "This answer", "How was this found", question, body)


def _panel(
    kind: str, key: str, kicker: str, title: str, head: str, body: str, near: bool = False
) -> str:
    return (
        f'<section class="pc-panel{" pc-near" if near else ""}" data-kind="{kind}" '
        f'data-key="{escape(key)}" aria-labelledby="pc-panel-title">'
        f'<header><p class="pc-kicker">{escape(kicker)}</p>'
        f'<h2 id="pc-panel-title" tabindex="-1">{escape(title)}</h2>{head}</header>{body}</section>'
    )


def _scrolling(name: str, html: str, kind: str = "") -> str:
    """What scrolls by itself, and so must be reached with the keyboard."""
    return (
        f'<div class="pc-scroll{kind}" tabindex="0" role="group" aria-label="{name}">{html}</div>'
    )


def _reading(html: str) -> str:
    return _scrolling("Document", html, " pc-text")


def _holds(document: Document | None, citation: Citation) -> bool:
    """Whether a document has the quoted words where the citation says."""
    return document is not None and (document.text[citation.start : citation.end] == citation.quote)


def _gone(citation: Citation) -> str:
    return _reading(
        '<p class="pc-note">This document has been removed or changed since; '
        "these are the words that were quoted.</p>"
        f"<p><mark>{escape(citation.quote)}</mark></p>"
    )


def _part(title: str, body: str) -> str:
    return f"<section><h3>{escape(title)}</h3>{body}</section>"


def _confidence(answer: Answer) -> str:
    share = round(100 * answer.confidence)
    verdict = "answered" if answer.answered else "refused"
    return (
        f"<p>{share} in 100 that the best evidence answers, so it was {verdict}.</p>"
        f'<span class="pc-track" role="meter" aria-label="Confidence" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{share}"><b style="width:{share}%"></b></span>'
    )


def _hits(trace: Trace, titles: Mapping[str, str]) -> str:
    if not trace.hits:
        return '<p class="pc-soft">Nothing was searched for.</p>'
    rows = []
    for hit in trace.hits:
        title = titles.get(hit.document_id, hit.document_id)
        name = f'<span class="pc-soft">{escape(title)}</span>' if len(titles) > 1 else ""
        odds = "–" if hit.odds is None else f"{round(hit.odds, 2) + 0.0:.2f}"  # never -0.00
        rows.append(
            f'<tr><td>{hit.rank}</td><th scope="row">{path_html(hit.section)}{name}</th>'
            f"<td>{hit.dense:.2f}</td><td>{hit.bm25:.1f}</td><td>{odds}</td>"
            f"<td>{hit.score:.2f}</td></tr>"
        )
    heads = "".join(
        f'<th scope="col" title="{what}">{name}</th>' for name, what in _COLUMNS.items()
    )
    return (
        f'<div class="pc-wide" tabindex="0" role="group" aria-label="Passages found">'
        f'<table class="pc-figures"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _units(trace: Trace, answered: bool) -> str:
    chosen = [unit for unit in trace.units if unit.chosen]
    if not chosen:
        return '<p class="pc-soft">None.</p>'
    items = "".join(
        f'<li><span class="pc-figure">{unit.score:.2f}</span> {escape(unit.text)}</li>'
        for unit in chosen
    )
    note = "" if answered else '<p class="pc-soft">The best there was, and not sure enough.</p>'
    return f'{note}<ul class="pc-units">{items}</ul>'


def _replaced(trace: Trace) -> str:
    if not trace.replaced:
        return '<p class="pc-soft">No sentence had to be replaced.</p>'
    items = "".join(
        f"<li><p><del>{escape(one.drafted)}</del></p><p><ins>{escape(one.shown)}</ins></p></li>"
        for one in trace.replaced
    )
    return (
        '<p class="pc-soft">These drafts said more than their evidence; '
        f'the evidence stands in their place.</p><ul class="pc-replaced">{items}</ul>'
    )


def _timings(timings: Timings) -> str:
    total = max(timings.total, 1e-9)
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{_ms(getattr(timings, step))}</td>'
        f'<td class="pc-bar"><span style="width:{100 * getattr(timings, step) / total:.1f}%">'
        f"</span></td></tr>"
        for step, name in _STEPS
    )
    return (
        f'<table class="pc-figures pc-times"><tbody>{rows}'
        f'<tr><th scope="row">Total</th><td>{_ms(timings.total)}</td><td></td></tr></tbody></table>'
    )


def _ms(value: float) -> str:
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.0f} ms"


def _models(answer: Answer) -> str:
    names = (
        ("Encoder", answer.model.encoder),
        ("Reranker", answer.model.reranker or "none"),
        ("Reader", answer.model.reader or "none"),
        ("Generator", answer.model.generator),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in names)
    return f'<dl class="pc-models">{rows}</dl>'
