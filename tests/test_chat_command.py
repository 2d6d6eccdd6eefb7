"""A conversation in the terminal."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from rich.console import Console

from chat.answer import Event, Retrieved
from chat.chatbot import Chatbot
from chat.errors import GeneratorFailed
from chat.question import Turn
from tests.scripted import ScriptedChatbot, answer_of, cite, passage, refusal_of, said
from ui.cli_ask import converse

SOURCE = passage("Bakers earn $2,900 a month. Apprentices earn $1,100.")


def script(question: str) -> Iterator[Event]:
    yield Retrieved(question, (SOURCE,))
    if "breaks" in question:
        raise GeneratorFailed("the generator failed: out of memory")
    if "castle" in question:
        yield refusal_of(question, "The documents do not say.", (SOURCE,))
        return
    quote = "Apprentices earn $1,100." if "apprentices" in question else "Bakers earn $2,900"
    sentence = said(f"{quote} \x1b[31m", cite(SOURCE, quote, 1))
    yield sentence
    unanswered = ("and what is rent?",) if "rent" in question else ()
    yield replace(answer_of(question, (sentence,), (SOURCE,)), unanswered=unanswered)


def conversation(*questions: str) -> tuple[ScriptedChatbot, str]:
    chatbot, out = ScriptedChatbot(script), io.StringIO()
    converse(Console(file=out, width=80), cast(Chatbot, chatbot), questions)
    return chatbot, out.getvalue()


def test_each_answer_is_shown_with_its_quotes_and_the_next_question_knows_it() -> None:
    chatbot, shown = conversation("What do bakers earn?", "and apprentices?")
    assert "Bakers earn $2,900" in shown
    assert "[1] Pay\n    “Bakers earn $2,900”" in shown
    (_, first), (question, history) = chatbot.asked
    assert first == []
    assert question == "and apprentices?"
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0] == Turn("user", "What do bakers earn?")


def test_a_refusal_is_said_and_the_conversation_goes_on() -> None:
    chatbot, shown = conversation("Do they get a castle?", "What do bakers earn?")
    assert "The documents do not say." in shown
    assert "Bakers earn $2,900" in shown
    assert len(chatbot.asked) == 2


def test_what_an_answer_leaves_open_is_told_before_its_sources() -> None:
    _, shown = conversation("What do bakers earn, and what is rent?")
    assert "The documents do not say: “and what is rent?”\n\n[1] Pay" in shown
    assert "do not say" not in conversation("What do bakers earn?")[1]


def test_what_breaks_is_told_and_the_conversation_goes_on() -> None:
    chatbot, shown = conversation("What breaks?", "What do bakers earn?")
    assert "error: the generator failed" in shown
    assert "Bakers earn $2,900" in shown
    assert chatbot.asked[1][1] == [], "what had no answer is not part of the conversation"


def test_an_empty_line_ends_it() -> None:
    chatbot, _ = conversation("What do bakers earn?", "  ", "and apprentices?")
    assert len(chatbot.asked) == 1


def test_a_document_cannot_colour_the_terminal() -> None:
    _, shown = conversation("What do bakers earn?")
    assert "\x1b" not in shown
