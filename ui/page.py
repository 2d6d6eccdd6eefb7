"""The page: documents at the left, a conversation in the middle, and beside it what supports it.

Knows Gradio; a conversation is plain values (`conversation`), all HTML is made from them in
`render…`, anew at every step. What the page does by itself is in `page.js`, to which each
`gr.HTML` binds itself.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gradio as gr

from chat.errors import ChatError, NotReady
from chat.feedback import Feedback
from chat.schema import MAX_QUESTION
from chat.service import Service
from chat.settings import Settings
from chat.suggestions import Suggestion, Suggestions
from retrieval.errors import RetrievalError
from ui import frame
from ui.conversation import Exchange, Exchanges, converse
from ui.evaluations import latest_reports, start_evaluation
from ui.render import conversation_html, suggestions_html
from ui.render_evaluation import evaluation_html
from ui.shelf import added, listed, removed
from ui.sources import found, source
from ui.stored import pack, unpack

_LOOK_SECONDS = 1.0  # between looks at what is loaded or worked out in the background
# A state stays on the server: what the script gives in its place is not looked at.
_ASK = "(question, shown, asked) => [question, shown, window.pincite.asked()]"
_FILES = "(files) => [window.pincite.uploaded()]"

_log = logging.getLogger(__name__)


def create_page(service: Service, settings: Settings) -> gr.Blocks:
    """The page of a service; served by `ui.app`."""
    suggestions = Suggestions()
    page: gr.Blocks
    with gr.Blocks(title=frame.TITLE, analytics_enabled=False, fill_width=True) as page:
        exchanges = gr.State(())
        conversation = gr.State("")  # the id that the browser keeps it under
        asked = gr.JSON(visible=False)  # which documents, and under which id it is kept
        files = gr.File(visible=False, file_count="multiple")
        timer = gr.Timer(_LOOK_SECONDS, active=False)
        _html(frame.HEADER, "pc-top")
        with gr.Row(elem_id="pc-main"):
            with gr.Column(elem_id="pc-left"):
                library = _html("", "pc-library", frame.binding("library", "bring", "discard"))
                _html(frame.SENDING, "pc-sending-box")
                uploads = _html("", "pc-uploads", frame.binding("uploads"))
                _html(frame.CONVERSATIONS, "pc-conversations-box")
            with gr.Column(elem_id="pc-middle"):
                _html(frame.TOOLBAR, "pc-toolbar-box")
                chat = _html(
                    conversation_html(()),
                    "pc-chat",
                    frame.binding("chat", "again", "open", "how", "judge"),
                )
                suggested = _html("", "pc-suggested", frame.binding("suggested"))
                with gr.Row(elem_id="pc-ask"):
                    box = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        container=False,
                        placeholder="Ask a question…",
                        max_length=MAX_QUESTION,
                        max_lines=6,
                        scale=1,
                        html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                    )
                    ask = gr.Button("Ask", variant="primary", scale=0, min_width=76)
                    stop = gr.Button("Stop", variant="stop", scale=0, min_width=76, visible=False)
            with gr.Column(elem_id="pc-panel"):
                _html(frame.CLOSING, "pc-closing")
                panel = _html("", "pc-panel-body", frame.binding("panel"))
        evaluation = _html("", "pc-evaluation", frame.binding("evaluation", "look", "measure"))
        keeper = _html("", "pc-keeper", frame.binding("keeper", "restore", "switch"), template="")
        _html(frame.OVERLAYS, "pc-overlays")

        def drawn(shown: Exchanges, busy: bool, text: str | None = None) -> dict[Any, Any]:
            """Everything on the page that depends on the conversation."""
            return {
                exchanges: shown,
                chat: conversation_html(shown),
                ask: gr.Button(visible=not busy),
                stop: gr.Button(visible=busy),
                box: gr.skip() if text is None else gr.Textbox(value=text),
            }

        def answered(
            question: str, shown: Exchanges, at: Any, wanted: Any, clear: bool
        ) -> Iterator[dict[Any, Any]]:
            wanted = wanted if isinstance(wanted, dict) else {}
            question = question.strip()
            if _under_way(shown):
                yield {box: gr.skip()}  # what was typed waits for the answer before
                return
            if not question:
                yield drawn(shown, busy=False, text="")
                return
            instead = isinstance(at, int) and 0 <= at < len(shown)
            earlier = shown[:at] if instead else shown
            name = _name(wanted)
            text = "" if clear else None
            last = Exchange(question)
            for last in converse(service, question, earlier, _documents(wanted)):
                step = drawn((*earlier, last), busy=True, text=text)
                # What an answer comes instead of is kept until it is there.
                kept = {} if instead else {keeper: _kept(name, (*earlier, last))}
                yield {**step, conversation: name, **kept}
                text = None  # what is typed meanwhile stays
            if last.failure:
                shown = (*(one for one in shown if not one.failure), last)
                yield {**drawn(shown, busy=False), keeper: _kept(name, shown)}
                return
            shown = (*earlier, last)
            yield {**drawn(shown, busy=False), keeper: _kept(name, shown)}

        def answer(question: str, shown: Exchanges, wanted: Any) -> Iterator[dict[Any, Any]]:
            yield from answered(question, shown, None, wanted, clear=True)

        def answer_again(shown: Exchanges, event: gr.EventData) -> Iterator[dict[Any, Any]]:
            wanted = _data(event)
            question = str(wanted.get("question", ""))
            yield from answered(question, shown, wanted.get("at"), wanted, clear=False)

        def halt(shown: Exchanges, name: str) -> dict[Any, Any]:
            if shown and not shown[-1].settled:
                shown = (*shown[:-1], replace(shown[-1], stopped=True))
            return {**drawn(shown, busy=False), keeper: _kept(name, shown)}

        def restore(event: gr.EventData) -> dict[Any, Any]:
            wanted = _data(event)
            try:
                shown = unpack(wanted["conversation"]) if wanted.get("conversation") else ()
            except ValueError as error:
                _log.info("a conversation is not taken back: %s", error)
                shown = ()
            done = {"restored": wanted.get("nonce")}
            return {
                **drawn(shown, busy=False),
                conversation: _name(wanted),
                panel: "",
                keeper: done,
            }

        def show_source(shown: Exchanges, event: gr.EventData) -> str:
            return source(service, shown, _data(event))

        def show_found(shown: Exchanges, event: gr.EventData) -> str:
            return found(service, shown, _data(event))

        def judge(shown: Exchanges, name: str, event: gr.EventData) -> dict[Any, Any]:
            shown = _judged(service, settings, shown, _data(event))
            return {exchanges: shown, chat: conversation_html(shown), keeper: _kept(name, shown)}

        def look() -> dict[Any, Any]:
            text, loading = listed(service)
            questions = None if loading else _suggested(service, suggestions)
            waiting = loading or questions is None
            return {
                library: text,
                suggested: suggestions_html(questions) if questions else "",
                timer: gr.Timer(active=waiting),
            }

        def add(paths: list[str] | None) -> Iterator[dict[Any, Any]]:
            for text, changed in added(service, [Path(path) for path in paths or ()]):
                yield {uploads: text, **(look() if changed else {})}

        def take_away(event: gr.EventData) -> dict[Any, Any]:
            return {uploads: removed(service, str(_data(event).get("document", ""))), **look()}

        def reports() -> str:
            return evaluation_html(latest_reports(settings.reports))

        def measured() -> Iterator[str]:
            yield from _measured(service, settings)

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # No limit here: the service has its own, and says when it is busy.
        long: dict[str, Any] = {**quiet, "concurrency_limit": None, "trigger_mode": "once"}
        quick: dict[str, Any] = {**quiet, "queue": False, "trigger_mode": "multiple"}
        drawing = [exchanges, conversation, chat, ask, stop, box, keeper]
        asking = [
            gr.on(
                [ask.click, box.submit],
                answer,
                [box, exchanges, asked],
                drawing,
                js=_ASK,
                **long,
            ),
            chat.again(answer_again, exchanges, drawing, **long),
        ]
        stop.click(halt, [exchanges, conversation], drawing, cancels=asking, **quiet)
        chat.open(show_source, exchanges, panel, **quick)
        chat.how(show_found, exchanges, panel, **quick)
        chat.judge(judge, [exchanges, conversation], [exchanges, chat, keeper], **quick)
        keeper.restore(restore, None, [*drawing, panel], **quiet)
        keeper.switch(restore, None, [*drawing, panel], cancels=asking, **quiet)
        looking = [library, suggested, timer]
        timer.tick(look, None, looking, **quick)
        library.bring(
            add, files, [uploads, *looking], js=_FILES, **{**long, "trigger_mode": "multiple"}
        )
        library.discard(take_away, None, [uploads, *looking], **quick)
        evaluation.look(reports, None, evaluation, **quick)
        evaluation.measure(measured, None, evaluation, **long)
        page.load(look, None, looking, **quick)
        page.load(None, js="() => window.pincite.start()")
    return page


def _html(value: str, name: str, script: str = "", template: str = "${value}") -> Any:
    """A place of our own HTML; its events are those that its script names."""
    return gr.HTML(
        value,
        elem_id=name,
        html_template=template,
        js_on_load=script or None,
        apply_default_css=False,
    )


def _data(event: gr.EventData) -> dict[str, Any]:
    """What the script sent with an event; whatever else a client may send is nothing."""
    return event._data if isinstance(event._data, dict) else {}


def _under_way(exchanges: Exchanges) -> bool:
    """Whether an answer is being written in this conversation."""
    return bool(exchanges) and not exchanges[-1].settled


def _documents(wanted: dict[str, Any]) -> Sequence[str] | None:
    """The ids of the documents that are ticked; None for all of them."""
    documents = wanted.get("documents")
    if not isinstance(documents, list):
        return None
    return [name for name in documents if isinstance(name, str)]


def _name(wanted: dict[str, Any]) -> str:
    """The id under which the browser keeps a conversation."""
    return str(wanted.get("id", ""))[:64]


def _kept(name: str, exchanges: Exchanges) -> dict[str, Any]:
    """What the browser keeps of a conversation."""
    return {"id": name, "conversation": pack(exchanges)}


def _suggested(service: Service, suggestions: Suggestions) -> Sequence[Suggestion] | None:
    try:
        return suggestions.of(service.chatbot)
    except NotReady:
        return None


def _judged(
    service: Service, settings: Settings, exchanges: Exchanges, wanted: dict[str, Any]
) -> Exchanges:
    """The exchanges with a verdict on one of them, which is logged."""
    at, verdict, note = wanted.get("at"), wanted.get("verdict"), str(wanted.get("note", ""))
    if not isinstance(at, int) or not 0 <= at < len(exchanges) or verdict not in ("up", "down"):
        return exchanges
    exchange = exchanges[at]
    if exchange.answer is None or service.feedback is None:
        return exchanges
    feedback = Feedback(
        exchange.answer.id,
        exchange.question,
        exchange.answer.answer,
        verdict,
        note,
        {
            **asdict(exchange.answer.model),
            "strictness": settings.strictness,
            "system": settings.system,
            "top_k": settings.top_k,
        },
    )
    try:
        service.feedback.add(feedback)
    except OSError:
        _log.exception("a verdict could not be kept")
        return exchanges
    judged = replace(exchange, verdict=verdict, noted=bool(note.strip()))
    return (*exchanges[:at], judged, *exchanges[at + 1 :])


def _measured(service: Service, settings: Settings) -> Iterator[str]:
    """The evaluation tab while a run goes on, and with its report."""
    reports = latest_reports(settings.reports)
    try:
        for progress in start_evaluation(service, settings):
            if progress.report is None:
                yield evaluation_html(reports, progress)
    except (ChatError, RetrievalError) as error:
        yield evaluation_html(reports, failure=str(error))
    except Exception:
        _log.exception("an evaluation broke")
        yield evaluation_html(reports, failure="The server's log says what went wrong.")
    else:
        yield evaluation_html(latest_reports(settings.reports))
