"""Whether an answer is right, without a model as a judge.

Where a question has gold facts, an answer is right if its text holds each of them in one of its
spellings and no forbidden one. Where it has a gold answer and gold evidence instead, an answer is
right if

1. its text, its quotes or the headings above them hold every figure and every name of the gold
   answer that is not in the question, as `chat.spellings` normalises them, and
2. where these have no figure, its citations cover the gold units: all of them for a question that
   asks for a list or for several things, at least one otherwise.

What the documents do not say is answered rightly by a refusal alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chat.answer import Answer
from chat.cases import Case, GoldUnit, Place
from chat.spellings import figures, names, stems, written_figures

BY_FACTS = (
    "An answer is right if it holds every gold fact in one of its spellings and nothing forbidden."
)
BY_GOLD_ANSWER = (
    "An answer is right if its text, its quotes or their headings hold every figure and name of "
    "the gold answer that is not in the question and, where the gold answer has no such figure, if "
    "its citations cover the gold units: all of them for lists and questions in parts, one "
    "otherwise."
)
_MARKER = re.compile(r"\s*\[\d+\]")
_NEEDS_ALL = frozenset({"list", "multi"})  # kinds of question that every gold unit is asked for by


@dataclass(frozen=True, slots=True)
class KeyValues:
    """What an answer must hold: figures, and stems of names."""

    figures: frozenset[str]
    names: frozenset[str]


def is_correct(case: Case, answer: Answer) -> bool:
    """Whether an answer is right, or rightly refuses."""
    if not case.answerable:
        return not answer.answered
    if not answer.answered:
        return False
    return _by_gold_answer(case, answer) if case.gold_answer else _by_facts(case, answer)


def key_values(case: Case) -> KeyValues:
    """The figures and names of the gold answer that are not in the question."""
    gold = _MARKER.sub("", case.gold_answer)
    question = f"{case.question} {case.standalone}"
    return KeyValues(
        frozenset(written_figures(gold) - figures(question)),
        frozenset(names(gold) - stems(question)),
    )


def places(answer: Answer) -> list[Place]:
    """Where the citations of an answer stand, in their order."""
    return [Place(c.document_id, c.start, c.end) for c in answer.citations]


def covered(gold: Iterable[GoldUnit], cited: Iterable[Place]) -> list[bool]:
    """For each gold unit, whether a citation overlaps one of its places."""
    cited = list(cited)
    return [any(place.overlaps(one) for place in unit for one in cited) for unit in gold]


def supporting(gold: Iterable[GoldUnit], cited: Iterable[Place]) -> list[bool]:
    """For each citation, whether it overlaps a gold unit."""
    gold = list(gold)
    return [any(place.overlaps(one) for unit in gold for place in unit) for one in cited]


def _by_facts(case: Case, answer: Answer) -> bool:
    text = answer.said.casefold()
    holds = all(any(spelling.casefold() in text for spelling in group) for group in case.facts)
    return holds and not any(word.casefold() in text for word in case.forbidden)


def _by_gold_answer(case: Case, answer: Answer) -> bool:
    wanted = key_values(case)
    shown = "\n".join(
        [
            _MARKER.sub("", answer.said),
            *(citation.quote for citation in answer.citations),
            *(heading for citation in answer.citations for heading in citation.section),
        ]
    )
    if not (wanted.figures <= figures(shown) and wanted.names <= stems(shown)):
        return False
    if wanted.figures:
        return True
    found = covered(case.gold, places(answer))
    return all(found) if case.kind in _NEEDS_ALL else any(found)
