"""Questions to begin with: from the headings of the documents, and only such as are answered.

Looked for in a thread of its own, once for each index, so that nobody waits for them. Knows the
evidence step of the chatbot, and no page.
"""

import itertools
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chat.chatbot import Chatbot
from ingest.document import Document, Section

log = logging.getLogger(__name__)

COUNT = 4
_TRIES = 8  # questions that are weighed; each takes a core for half a second
_HEADING = 48  # characters; a longer one makes no question
_WORDS = range(2, 7)
_PLAIN = re.compile(r"[\w\s&'’/-]+")
_NUMBERED = re.compile(r"(?:(?:chapter|section|part)\s+)?(?:\d+|[ivx]+)(?:[.:)]|\s[-–])\s*", re.I)


@dataclass(frozen=True, slots=True)
class _Candidate:
    question: str
    document_id: str
    section: Section


class Suggestions:
    """The suggestions of the chatbot that answers now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Chatbot | None = None
        self._found: tuple[str, ...] | None = None

    def of(self, chatbot: Chatbot) -> tuple[str, ...] | None:
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


def suggest(chatbot: Chatbot) -> tuple[str, ...]:
    """The surest of the questions that headings make, in the order of the documents.

    A question is taken only if it is answered, and from the section that it was made of.
    """
    sure: list[tuple[float, int, _Candidate]] = []
    tried = itertools.islice(candidates(tuple(chatbot.documents.values())), _TRIES)
    for number, candidate in enumerate(tried):
        selection = chatbot.weigh(candidate.question)
        best = selection.evidence[0].passage if selection.evidence else None
        depth = len(candidate.section.path)
        if (
            best
            and best.document_id == candidate.document_id
            and best.path[:depth] == candidate.section.path
        ):
            sure.append((selection.confidence, number, candidate))
    sure.sort(key=lambda one: -one[0])
    chosen: dict[tuple[str, str], tuple[int, _Candidate]] = {}
    for _, number, candidate in sure:
        chosen.setdefault((candidate.document_id, candidate.section.path[0]), (number, candidate))
    # Sections under the same heading come only where there are not enough others.
    picked = list(chosen.values())[:COUNT]
    rest = [(number, one) for _, number, one in sure if (number, one) not in picked]
    picked += rest[: COUNT - len(picked)]
    return tuple(one.question for _, one in sorted(picked, key=lambda pair: pair[0]))


def candidates(documents: Sequence[Document]) -> Iterator[_Candidate]:
    """Questions about sections, one of each document in turn, spread over each."""
    for row in itertools.zip_longest(*map(_spread, documents)):
        yield from (candidate for candidate in row if candidate)


def question_about(heading: str, text: str) -> str:
    """The question that a heading answers, or an empty string where none can be made.

    Args:
        text: of the document, which shows which words are written small.
    """
    name = _NUMBERED.sub("", heading.strip(), count=1).strip()
    if name.endswith("?"):
        return name if len(name) <= _HEADING else ""
    if len(name) > _HEADING or len(name.split()) not in _WORDS or not _PLAIN.fullmatch(name):
        return ""
    words = [_small(word, text) for word in name.split()]
    plural = words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is", "ics"))
    if words[0].endswith("ing") or "and" in words or "&" in words:
        return f"What is said about {' '.join(words)}?"
    return f"What {'are' if plural else 'is'} the {' '.join(words)}?"


def _spread(document: Document) -> list[_Candidate]:
    """The questions about a document, so that the first few lie far apart."""
    found = [
        _Candidate(question, document.id, section)
        for section in document.sections
        if section.units and section.path != (document.title,)
        for question in [question_about(section.path[-1], document.text)]
        if question
    ]
    unique = list({candidate.question: candidate for candidate in found}.values())
    step = max(1, len(unique) // COUNT)
    return [candidate for first in range(step) for candidate in unique[first::step]]


def _small(word: str, text: str) -> str:
    """A word of a heading as it stands in a sentence; a name keeps its capital."""
    small = word.lower()
    if word.isupper() or word[1:] != word[1:].lower():
        return word
    return small if re.search(rf"(?<!\w){re.escape(small)}(?!\w)", text) else word
