"""Answers as Markdown, with their sources below: what is copied and what is exported.

Pure functions from plain values to text. Knows no HTML and no page.
"""

import re

from chat.answer import Answer, Citation, Sentence, join_sentences
from ui.conversation import Exchange

# What Markdown would read as its own; words of a document are written so that they stay words.
_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")


def exchange_markdown(exchange: Exchange) -> str:
    """What was answered, and under it the sources; empty where nothing was."""
    if exchange.answer and not exchange.answer.answered:
        return escaped(exchange.answer.answer)
    sentences = exchange.answer.sentences if exchange.answer else exchange.sentences
    if not sentences:
        return ""
    sources = exchange.answer.citations if exchange.answer else exchange.citations
    unsaid = escaped(exchange.answer.unsaid) if exchange.answer else ""
    text = "\n\n".join(filter(None, (_text(sentences), unsaid)))
    return f"{text}\n\nSources:\n\n{_sources(sources)}"


def answer_markdown(answer: Answer) -> str:
    """The same of an answer alone."""
    return exchange_markdown(Exchange(answer.question, answer=answer))


def escaped(text: str) -> str:
    """A text on one line, as Markdown that reads as its words."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _text(sentences: tuple[Sentence, ...]) -> str:
    text = join_sentences(sentences)
    # A list needs an empty line above it, or it is read as the paragraph going on.
    return re.sub(r"(?m)^(?!- )(.+)\n- ", r"\1\n\n- ", text)


def _sources(citations: tuple[Citation, ...]) -> str:
    return "\n".join(map(_source, citations))


def _source(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    section = " › ".join(map(escaped, citation.section))
    return (
        f"{citation.marker}. *{escaped(citation.title)}*, {section}{page}: "
        f"“{escaped(citation.quote)}”"
    )
