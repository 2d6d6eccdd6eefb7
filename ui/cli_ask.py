"""The ask and chat commands: one question, or a conversation, in the terminal."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from chat.settings import Settings
from ui.options import DocumentOption, Exit, GeneratorOption, IndexOption, JsonOption, TopK
from ui.terminal import citation_text, quiet_libraries, say

if TYPE_CHECKING:
    from chat.answer import Answer, Event
    from chat.chatbot import Chatbot

_PROMPT = "> "
_NAMED = 3  # documents that the greeting names
_out = Console()
_err = Console(stderr=True)


def ask(
    question: str,
    index: IndexOption = None,
    generator: GeneratorOption = None,
    top_k: TopK = None,
    document: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, every sentence cited. Example: pincite ask 'What does it pay?'"""
    from chat.answer import as_json as body_of

    chatbot = _loaded(Settings.load(index=index, generator=generator, top_k=top_k))
    if as_json:
        answer = chatbot.ask(question, documents=document)
        sys.stdout.write(json.dumps(body_of(answer), indent=2, ensure_ascii=False) + "\n")
    else:
        answer = show(_out, chatbot.stream(question, documents=document))
    if not answer.answered:
        raise typer.Exit(Exit.NOT_IN_DOCUMENTS)


def chat(
    index: IndexOption = None,
    generator: GeneratorOption = None,
    top_k: TopK = None,
    document: DocumentOption = None,
) -> None:
    """Ask one question after another, follow-ups too; an empty line or Ctrl-C ends it.

    Example: pincite chat --index ~/notes-index
    """
    from chat.errors import UnknownDocument

    chatbot = _loaded(Settings.load(index=index, generator=generator, top_k=top_k))
    known = chatbot.documents
    if missing := [name for name in document or () if name not in known]:
        raise UnknownDocument(f"there is no document {missing[0]!r}; there are: {', '.join(known)}")
    say(_err, f"{_about([known[name].title for name in document or known])} An empty line ends it.")
    with suppress(KeyboardInterrupt):  # Ctrl-C is how one stops it
        converse(_out, chatbot, _lines(), document)


def converse(
    console: Console,
    chatbot: "Chatbot",
    questions: Iterable[str],
    documents: "list[str] | None" = None,
) -> None:
    """Answer questions as one conversation, until one is empty or there are no more."""
    from chat.errors import ChatError
    from chat.question import Turn

    history: list[Turn] = []
    for question in map(str.strip, questions):
        if not question:
            return
        try:
            answer = show(console, chatbot.stream(question, history, documents=documents))
        except ChatError as error:  # of this question; the next may go well
            say(console, f"error: {error}\n")
            continue
        history += [Turn("user", question), Turn("assistant", answer.answer)]
        say(console, "")


def show(console: Console, events: "Iterator[Event]") -> "Answer":
    """Print sentences as they come, then where their words stand; the whole answer."""
    from chat.answer import Answer, Sentence

    answer: Answer | None = None
    for event in events:
        if isinstance(event, Sentence):
            say(console, f"{'- ' if event.item else ''}{event.marked}")
        elif isinstance(event, Answer):
            answer = event
    assert answer is not None
    if not answer.answered:
        say(console, answer.answer)
    if answer.unsaid:
        say(console, f"\n{answer.unsaid}")
    for citation in answer.citations:
        say(console, f"\n{citation_text(citation)}")
    return answer


def _about(titles: Sequence[str]) -> str:
    """What can be asked about, in a line."""
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    return f"Ask about {', '.join(titles[:_NAMED])}{more}."


def _lines() -> Iterator[str]:
    """What is typed, line by line; from a pipe without a prompt."""
    prompt = ""
    if sys.stdin.isatty():
        with suppress(ImportError):  # not everywhere; with it, arrow keys edit the line
            import readline  # noqa: F401
        prompt = _PROMPT
    while True:
        try:
            yield input(prompt)
        except EOFError:
            return


def _loaded(settings: Settings) -> "Chatbot":
    from chat.chatbot import Chatbot

    with quiet_libraries():
        return Chatbot.from_settings(settings)
