"""Questions to begin with: from the headings of the documents, and only such as are answered.

Looked for in a thread of its own, once for each index, so that nobody waits for them. Knows the
evidence step of the chatbot, and no page.
"""

import itertools
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chat.chatbot import Chatbot
from chat.evidence import Selection
from ingest.document import Document, Section

log = logging.getLogger(__name__)

COUNT = 4
_TRIES = 8  # questions that are weighed; each takes a core for half a second
_HEADING = 48  # characters; a longer one makes no question
_WORDS = range(2, 7)
_PLAIN = re.compile(r"[\w\s&'’/-]+")
_NUMBERED = re.compile(r"(?:(?:chapter|section|part)\s+)?(?:\d+|[ivx]+)(?:[.:)]|\s[-–])\s*", re.I)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the document that answers it."""

    question: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Ways to ask about a section, the one that sounds best first."""

    questions: tuple[str, ...]
    document_id: str
    section: Section


class Suggestions:
    """The suggestions of the chatbot that answers now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Chatbot | None = None
        self._found: tuple[Suggestion, ...] | None = None

    def of(self, chatbot: Chatbot) -> tuple[Suggestion, ...] | None:
        """Up to COUNT questions that a chatbot answers; None while they are being looked for."""
        with self._lock:
            if self._of is not chatbot:
                self._of, self._found = chatbot, None
                threading.Thread(
                    target=self._look, args=(chatbot,), name="suggestions", daemon=True
                ).start()
            return self._found

    def _look(self, chatbot: Chatbot) -> None:
        try:
            found = suggest(chatbot)
        except Exception:  # a page without suggestions is better than none
            log.exception("no suggestions could be made")
            found = ()
        with self._lock:
            if self._of is chatbot:
                self._found = found


def suggest(chatbot: Chatbot) -> tuple[Suggestion, ...]:
    """The surest of the questions that headings make, in the order of the documents.

    A question is taken only if it is answered, and from the section that it was made of.
    """
    sure: list[tuple[float, int, Candidate]] = []
    tries = 0
    for number, candidate in enumerate(candidates(tuple(chatbot.documents.values()))):
        for question in candidate.questions:
            tries += 1
            selection = chatbot.weigh(question)
            if _is_of(selection, candidate):
                sure.append(
                    (selection.confidence, number, replace(candidate, questions=(question,)))
                )
                break
        if tries >= _TRIES:
            break
    sure.sort(key=lambda one: -one[0])
    chosen: dict[tuple[str, str], tuple[int, Candidate]] = {}
    for _, number, candidate in sure:
        chosen.setdefault((candidate.document_id, candidate.section.path[0]), (number, candidate))
    # Sections under the same heading come only where there are not enough others.
    picked = list(chosen.values())[:COUNT]
    rest = [(number, one) for _, number, one in sure if (number, one) not in picked]
    picked += rest[: COUNT - len(picked)]
    return tuple(
        Suggestion(one.questions[0], one.document_id)
        for _, one in sorted(picked, key=lambda pair: pair[0])
    )


def _is_of(selection: Selection, candidate: Candidate) -> bool:
    """Whether evidence was found, and in the section that a candidate is about."""
    if not selection.evidence:
        return False
    passage, path = selection.evidence[0].passage, candidate.section.path
    return passage.document_id == candidate.document_id and passage.path[: len(path)] == path


def candidates(documents: Sequence[Document]) -> Iterator[Candidate]:
    """Questions about sections, one of each document in turn, spread over each."""
    for row in itertools.zip_longest(*map(_spread, documents)):
        yield from (candidate for candidate in row if candidate)


def questions_about(heading: str, text: str) -> tuple[str, ...]:
    """The questions that a heading may answer, the one that sounds best first.

    Args:
        text: of the document, which shows which words are written small.
    """
    name = _NUMBERED.sub("", heading.strip(), count=1).strip()
    if name.endswith("?"):
        return (name,) if len(name) <= _HEADING else ()
    if len(name) > _HEADING or len(name.split()) not in _WORDS or not _PLAIN.fullmatch(name):
        return ()
    words = [_small(word, text) for word in name.split()]
    about = f"What is said about {' '.join(words)}?"
    if "and" in words or "&" in words:
        return (about,)
    plural = words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is", "ics"))
    return f"What {'are' if plural else 'is'} the {' '.join(words)}?", about


def _spread(document: Document) -> list[Candidate]:
    """The questions about a document, so that the first few lie far apart."""
    found = [
        Candidate(questions, document.id, section)
        for section in document.sections
        if section.units and section.path != (document.title,)
        for questions in [questions_about(section.path[-1], document.text)]
        if questions
    ]
    unique = list({candidate.questions: candidate for candidate in found}.values())
    step = max(1, len(unique) // COUNT)
    return [candidate for first in range(step) for candidate in unique[first::step]]


def _small(word: str, text: str) -> str:
    """A word of a heading as it stands in a sentence; a name keeps its capital."""
    small = word.lower()
    if word.isupper() or any(part[1:] != part[1:].lower() for part in word.split("-")):
        return word
    return small if re.search(rf"(?<!\w){re.escape(small)}(?!\w)", text) else word
