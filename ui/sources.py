"""What a reader asked to see beside the conversation, as HTML of the panel.

What comes from the browser may be of a conversation that is gone; it then shows nothing.
"""

from collections.abc import Mapping
from typing import Any

from chat.errors import NotReady
from chat.service import Service
from ingest.document import Document
from ui.conversation import Exchange, Exchanges
from ui.render_panel import found_html, passage_html, source_html

_MOST = 1_000  # times as much around a place: all of any document


def source(service: Service, exchanges: Exchanges, wanted: Mapping[str, Any]) -> str:
    """The source of a marker, or the passage that a refusal points at.

    Args:
        wanted: `at`, the place of the exchange from 0, and `marker`, or `passage` from 0; `spread`
            if more of a large document is asked for; `key` tells this time from others.
    """
    exchange = _at(exchanges, wanted.get("at"))
    if exchange is None:
        return ""
    documents = _documents(service)
    marker, number = wanted.get("marker"), wanted.get("passage")
    spread = wanted.get("spread")
    spread = min(spread, _MOST) if isinstance(spread, int) and spread > 0 else 1
    for citation in exchange.citations:
        if citation.marker == marker:
            document = documents.get(citation.document_id)
            return source_html(
                document, citation, exchange.citations, exchange.question, _key(wanted), spread
            )
    passages = exchange.answer.passages if exchange.answer else ()
    if isinstance(number, int) and 0 <= number < len(passages):
        passage = passages[number]
        return passage_html(documents.get(passage.document_id), passage, _key(wanted), spread)
    return ""


def found(service: Service, exchanges: Exchanges, wanted: Mapping[str, Any]) -> str:
    """How the answer of an exchange was found; `wanted` has `at` and `key`."""
    exchange = _at(exchanges, wanted.get("at"))
    if exchange is None or exchange.answer is None:
        return ""
    titles = {name: document.title for name, document in _documents(service).items()}
    return found_html(exchange.answer, titles, _key(wanted))


def _key(wanted: Mapping[str, Any]) -> str:
    return str(wanted.get("key", ""))[:64]


def _at(exchanges: Exchanges, place: Any) -> Exchange | None:
    if isinstance(place, int) and 0 <= place < len(exchanges):
        return exchanges[place]
    return None


def _documents(service: Service) -> dict[str, Document]:
    try:
        return service.chatbot.documents
    except NotReady:
        return {}
