"""The page: a conversation at the left, the words that support an answer at the right.

Knows Gradio; a conversation is plain values (`conversation`), and all HTML is made from them in
`render`, anew at every step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.errors import NotReady
from chat.schema import MAX_QUESTION
from chat.service import Service
from ingest.document import Document
from ui import render
from ui.conversation import Exchange, Exchanges, converse

TITLE = "Pincite"
_DEFAULT_DOCUMENT = "ml-engineering-manager"
_DEFAULT_EXAMPLES = (
    "What is the overall salary range for this role?",
    "What did LinkedIn say about growth of AI roles?",
    "What are the common challenges with data quality?",
    "Which soft skills does a manager need?",
)
_EXAMPLE_HEADING = 60  # characters; a longer heading makes no button
_RETRY_SECONDS = 2.0  # between looks at whether the documents are loaded

_HEADER = (
    f'<header class="pc-header"><h1>{TITLE}<span class="pc-chip" aria-hidden="true">1</span></h1>'
    "<p>Answers from your documents, with the exact words that support them.</p></header>"
)
_WELCOME = (
    '<div class="pc-welcome"><p>Ask about the documents</p><p>Every sentence points at the words '
    "that support it. When the documents do not say, the answer says so.</p></div>"
)


def example_questions(documents: Sequence[Document]) -> list[str]:
    """Up to four questions that the documents at hand can answer."""
    if any(document.id == _DEFAULT_DOCUMENT for document in documents):
        return list(_DEFAULT_EXAMPLES)
    headings = [
        section.path[-1]
        for document in documents
        for section in document.sections
        if section.units and len(section.path[-1]) <= _EXAMPLE_HEADING
    ]
    unique = list(dict.fromkeys(headings))
    step = max(1, len(unique) // len(_DEFAULT_EXAMPLES))
    return [f"What is said about {name}?" for name in unique[::step][: len(_DEFAULT_EXAMPLES)]]


def create_page(service: Service) -> gr.Blocks:
    """The page of a service; served by `ui.app`."""
    page: gr.Blocks
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        exchanges = gr.State(())
        timer = gr.Timer(_RETRY_SECONDS, active=False)
        with gr.Row(elem_id="pc-top"):
            gr.HTML(_HEADER, apply_default_css=False, js_on_load=None)
            documents = gr.HTML(apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="pc-main"):
            with gr.Column(scale=3, min_width=320):
                chat = gr.Chatbot(
                    elem_id="pc-chat",
                    label="Conversation",
                    show_label=False,
                    container=False,
                    height="auto",
                    placeholder=_WELCOME,
                    buttons=[],
                    feedback_options=None,
                    latex_delimiters=[],
                )
                with gr.Row(elem_id="pc-examples") as examples:
                    pills = [gr.Button("", size="sm", visible=False) for _ in _DEFAULT_EXAMPLES]
                with gr.Row(elem_id="pc-ask"):
                    box = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        container=False,
                        placeholder="Ask a question…",
                        max_length=MAX_QUESTION,
                        max_lines=5,
                        autofocus=True,
                        scale=1,
                        html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                    )
                    ask = gr.Button("Ask", variant="primary", scale=0, min_width=72)
                    stop = gr.Button("Stop", variant="stop", scale=0, min_width=72, visible=False)
                    clear = gr.Button("Clear", scale=0, min_width=72)
            with gr.Column(scale=2, min_width=320, elem_id="pc-side"):
                panel = gr.HTML(
                    _panel_of(()), elem_id="pc-sources", apply_default_css=False, js_on_load=None
                )

        def drawn(shown: Exchanges, busy: bool, text: str | None = None) -> dict[Any, Any]:
            """Everything on the page that depends on the conversation."""
            return {
                exchanges: shown,
                chat: _messages(shown),
                panel: _panel_of(shown),
                examples: gr.Row(visible=not shown),
                ask: gr.Button(visible=not busy),
                stop: gr.Button(visible=busy),
                box: gr.skip() if text is None else gr.Textbox(value=text),
            }

        def answer(question: str, earlier: Exchanges) -> Iterator[dict[Any, Any]]:
            question = question.strip()
            if not question:
                yield drawn(earlier, busy=False, text="")
                return
            text: str | None = ""
            last = Exchange(question)
            for last in converse(service, question, earlier):
                yield drawn((*earlier, last), busy=True, text=text)
                text = None  # what is typed meanwhile stays
            yield drawn((*earlier, last), busy=False, text=question if last.failure else None)

        def halt(shown: Exchanges) -> dict[Any, Any]:
            if shown and not (shown[-1].answer or shown[-1].failure):
                shown = (*shown[:-1], replace(shown[-1], stopped=True))
            return drawn(shown, busy=False)

        def look(shown: Exchanges, event: gr.SelectData) -> str:
            index = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
            return _panel_of(shown[: int(index) // 2 + 1])

        def welcome() -> list[Any]:
            text, questions, waiting = _greet(service)
            texts = [*questions, *[""] * (len(pills) - len(questions))]
            buttons = [gr.Button(value=value, visible=bool(value)) for value in texts]
            return [text, gr.Timer(active=waiting), *buttons]

        drawing = [exchanges, chat, panel, examples, ask, stop, box]
        # No limit here: the service has its own, and says when it is busy.
        options: dict[str, Any] = {
            "outputs": drawing,
            "concurrency_limit": None,
            "trigger_mode": "once",
        }
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking = [
            gr.on([ask.click, box.submit], answer, [box, exchanges], **options, **quiet),
            *(pill.click(answer, [pill, exchanges], **options, **quiet) for pill in pills),
        ]
        stop.click(halt, exchanges, drawing, cancels=asking, **quiet)
        clear.click(lambda: drawn((), busy=False), None, drawing, cancels=asking, **quiet)
        chat.select(look, exchanges, panel, **quiet)
        greeting = [documents, timer, *pills]
        page.load(welcome, None, greeting, **quiet)
        timer.tick(welcome, None, greeting, **quiet)
    return page


def _greet(service: Service) -> tuple[str, list[str], bool]:
    """What stands in the header, the example questions, and whether to look again."""
    try:
        documents = list(service.chatbot.documents.values())
    except NotReady as error:
        failed = error.__cause__ is not None
        text = str(error) if failed else "Loading the models and the documents…"
        return render.notice_html(text), [], not failed
    return render.documents_html(documents), example_questions(documents), False


def _messages(exchanges: Exchanges) -> list[gr.MessageDict]:
    messages: list[gr.MessageDict] = []
    for exchange in exchanges:
        question = render.question_html(exchange.question)
        messages.append({"role": "user", "content": _html(question)})
        messages.append({"role": "assistant", "content": _html(_reply(exchange))})
    return messages


def _html(html: str) -> gr.HTML:
    """A message of our own HTML, which passes through no Markdown."""
    return gr.HTML(html, render=False, apply_default_css=False, js_on_load=None)


def _reply(exchange: Exchange) -> str:
    if exchange.failure:
        return render.failure_html(*exchange.failure)
    if exchange.answer:
        return render.answer_html(exchange.answer)
    if exchange.stopped:
        return render.stopped_html(exchange.sentences)
    if exchange.passages is None:
        return render.sentences_html((), "Searching…")
    status = "Writing…" if exchange.sentences else "Reading…"
    return render.sentences_html(exchange.sentences, status)


def _panel_of(exchanges: Exchanges) -> str:
    """The sources of the last of some exchanges."""
    last = exchanges[-1] if exchanges else Exchange("")
    if last.answer and not last.answer.answered:
        return render.closest_html(last.answer.passages)
    citations = last.answer.citations if last.answer else last.citations
    return render.sources_html(citations, last.passages or (), "Sources for this answer")
