"""A conversation as HTML: questions, and answers with a marker for every citation.

Pure functions from plain values to HTML. Every word of a question or an answer passes `escape`
here (and those of documents in `render_source`). Knows nothing of the page that shows it; the
`data-do` of a button is what the page's script does when it is pressed.
"""

import itertools
from collections.abc import Iterator, Sequence
from html import escape

from chat.answer import Answer, Citation, RetrievedPassage, Sentence
from chat.suggestions import Suggestion
from ingest.markdown import plain_text
from ui.conversation import Exchange, Exchanges
from ui.export import escaped, exchange_markdown
from ui.icons import icon

_WORD = 24  # characters; a longer word may be wider than a narrow window, and is broken
_POINTERS = 3  # sections that a refusal points at
# A refusal names the closest sections in its words, too; here they are buttons below it.
_CLOSEST = " The closest sections are:"
_LONGEST_NOTE = 2_000

_WELCOME = (
    '<div class="pc-welcome"><h2>Ask about your documents</h2>'
    "<p>Every sentence of an answer points at the words that support it. "
    "When the documents do not say, the answer says so.</p></div>"
)


def conversation_html(exchanges: Exchanges) -> str:
    """All of a conversation, or a word of welcome before its first question."""
    if not exchanges:
        return _WELCOME
    last = len(exchanges) - 1
    return "".join(_exchange(at, one, at == last) for at, one in enumerate(exchanges))


def suggestions_html(suggestions: Sequence[Suggestion]) -> str:
    """Questions that can be asked by pressing them, each with the document that answers it."""
    buttons = "".join(
        f'<li><button type="button" class="pc-suggestion" data-do="ask" '
        f'data-document="{escape(one.document_id)}" '
        f'data-question="{escape(one.question)}">{escape(one.question)}</button></li>'
        for one in suggestions
    )
    return f'<ul class="pc-suggestions" aria-label="Suggested questions">{buttons}</ul>'


def question_html(question: str) -> str:
    """A question as it was typed."""
    return f'<h3 class="pc-question">{escape(question)}</h3>'


def answer_html(answer: Answer, at: int = 0) -> str:
    """An answer with a marker for every citation and what it leaves open, or the card of a refusal.

    Args:
        at: the place of its exchange in the conversation, from 0.
    """
    if not answer.answered:
        return _refusal(answer, at)
    unsaid = f'<p class="pc-note pc-unsaid">{escape(answer.unsaid)}</p>' if answer.unsaid else ""
    return sentences_html(answer.sentences, at=at) + unsaid


def sentences_html(sentences: Sequence[Sentence], status: str = "", at: int = 0) -> str:
    """Verified sentences, each followed by its markers; items of a list as one.

    Args:
        status: what is being done, while there is more to come.
    """
    blocks = []
    ids = itertools.count(1)
    for item, group in itertools.groupby(sentences, key=lambda sentence: sentence.item):
        tag = "li" if item else "span"
        texts = [f'<{tag} class="pc-sentence">{_sentence(one, at, ids)}</{tag}>' for one in group]
        blocks.append(f"<ul>{''.join(texts)}</ul>" if item else f"<p>{' '.join(texts)}</p>")
    if status:
        blocks.append(f'<p class="pc-status">{escape(status)}</p>')
    return f'<div class="pc-answer">{"".join(blocks)}</div>'


def stopped_html(sentences: Sequence[Sentence], at: int = 0) -> str:
    """What was verified before the reader stopped the answer."""
    note = '<p class="pc-note pc-stopped">Stopped.</p>'
    return f"{sentences_html(sentences, at=at) if sentences else ''}{note}"


def failure_html(title: str, advice: str) -> str:
    """A question that could not be answered, and what to do about it."""
    return (
        '<div class="pc-card pc-failure" role="alert">'
        f'<p class="pc-card-title">{escape(title)}</p><p>{escape(advice)}</p></div>'
    )


def path_text(section: Sequence[str]) -> str:
    """A section's headings as a reader sees them: "Salary Ranges › Overall Salary Range"."""
    return " › ".join(section)


def path_html(section: Sequence[str]) -> str:
    """A section's headings, the innermost told from those above it."""
    above = path_text([*section[:-1], ""])
    parents = f'<span class="pc-parents">{escape(above)}</span>' if above else ""
    return parents + escape("".join(section[-1:]))


def where(citation: Citation) -> str:
    """The section path of a citation, with the page where there are pages."""
    page = f", page {citation.page}" if citation.page else ""
    return path_text(citation.section) + page


def _exchange(at: int, exchange: Exchange, last: bool) -> str:
    question = escape(exchange.question)
    busy = "" if exchange.settled else ' aria-busy="true"'
    return (
        f'<article class="pc-exchange" id="pc-x{at}" data-at="{at}" data-question="{question}" '
        f'data-heading="{escape(escaped(exchange.question))}" '
        f'data-markdown="{escape(exchange_markdown(exchange))}" '
        f'aria-label="Question {at + 1}"{busy}>'
        f'<div class="pc-asked">{question_html(exchange.question)}{_edit(exchange)}</div>'
        f'<div class="pc-reply">{_reply(exchange, at)}</div>{_tools(exchange, last)}</article>'
    )


def _reply(exchange: Exchange, at: int) -> str:
    if exchange.failure:
        return failure_html(*exchange.failure)
    if exchange.answer:
        return answer_html(exchange.answer, at)
    if exchange.stopped:
        return stopped_html(exchange.sentences, at)
    if exchange.passages is None:
        return sentences_html((), "Searching…")
    status = "Writing…" if exchange.sentences else "Reading…"
    return sentences_html(exchange.sentences, status, at)


def _edit(exchange: Exchange) -> str:
    if not exchange.settled:
        return ""
    return tool("edit", "edit", "Edit the question and ask again")


def _tools(exchange: Exchange, last: bool) -> str:
    """What can be done with an answer that is over."""
    if not exchange.settled:
        return ""
    tools = []
    if exchange.answer or exchange.sentences:
        tools.append(tool("copy", "copy", "Copy with sources"))
    if last:
        tools.append(tool("retry", "retry", "Ask again"))
    if exchange.answer:
        for verdict, name in (("up", "Good answer"), ("down", "Bad answer")):
            pressed = "true" if exchange.verdict == verdict else "false"
            tools.append(tool(verdict, verdict, name, f' aria-pressed="{pressed}"'))
        tools.append(
            f'<button type="button" class="pc-tool pc-named" data-do="how">{icon("how")}'
            "How was this found</button>"
        )
    return f'<div class="pc-tools">{"".join(tools)}</div>{_note(exchange)}'


def tool(do: str, picture: str, name: str, attributes: str = "") -> str:
    """A button that is a picture; its name is read aloud, and shown on hover."""
    return (
        f'<button type="button" class="pc-tool" data-do="{do}" aria-label="{escape(name)}" '
        f'title="{escape(name)}"{attributes}>{icon(picture)}</button>'
    )


def _note(exchange: Exchange) -> str:
    """Where a reader who has judged an answer may say why."""
    if not exchange.verdict:
        return ""
    if exchange.noted:
        return '<p class="pc-note" role="status">Thank you. Your note is kept on this machine.</p>'
    return (
        '<form class="pc-noting" data-do="note"><label>What was '
        f"{'good' if exchange.verdict == 'up' else 'wrong'}? (optional)"
        f'<textarea rows="2" maxlength="{_LONGEST_NOTE}"></textarea></label>'
        '<button type="submit" class="pc-button">Send note</button></form>'
    )


def _sentence(sentence: Sentence, at: int, ids: Iterator[int]) -> str:
    """A sentence whose last word and markers stay on one line."""
    # A quoted sentence is plain words already, whose asterisks are its own.
    text = sentence.text if sentence.quoted else plain_text(sentence.text)
    before, space, last = text.rpartition(" ")
    markers = "".join(
        _marker(citation, at, number)
        for citation, number in zip(sentence.citations, ids, strict=False)
    )
    if len(last) > _WORD or not markers:
        return escape(before + space + last) + markers
    return f'{escape(before + space)}<span class="pc-last">{escape(last)}{markers}</span>'


def _marker(citation: Citation, at: int, number: int) -> str:
    """A button that shows its quote on hover and opens the source at it."""
    place = escape(where(citation))
    return (
        f'<button type="button" class="pc-chip" id="pc-m{at}-{number}" data-do="open" '
        f'data-marker="{citation.marker}" data-where="{place}" '
        f'data-quote="{escape(" ".join(citation.quote.split()))}" '
        f'aria-label="Source {citation.marker}: {place}">{citation.marker}</button>'
    )


def _refusal(answer: Answer, at: int) -> str:
    asked = answer.reason == "not_in_documents"
    title = "Not in the documents" if asked else "Nothing to look up"
    pointers = ""
    if asked and answer.passages:
        items = "".join(
            f'<li><button type="button" class="pc-link" id="pc-p{at}-{number}" data-do="open" '
            f'data-passage="{number}">{path_html(passage.section)}</button></li>'
            for number, passage in closest(answer.passages)
        )
        pointers = f"<p>The closest sections are:</p><ul>{items}</ul>"
    words = answer.answer.partition(_CLOSEST)[0] if pointers else answer.answer
    return (
        f'<div class="pc-card pc-refusal"><p class="pc-card-title">{title}</p>'
        f'<p class="pc-sentence">{escape(words)}</p>{pointers}</div>'
    )


def closest(passages: Sequence[RetrievedPassage]) -> list[tuple[int, RetrievedPassage]]:
    """The first passage of each of the closest sections, with its place among all, from 0."""
    found: dict[tuple[str, tuple[str, ...]], tuple[int, RetrievedPassage]] = {}
    for number, passage in enumerate(passages):
        found.setdefault((passage.document_id, passage.section), (number, passage))
    return list(found.values())[:_POINTERS]
