"""Which of the units that were weighed make the answer: the best few, or a whole list.

Knows nothing of how units are weighed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.evidence import Evidence, Scored, Weighed, evidence_of
from retrieval.bm25 import tokenize
from retrieval.index import Index

# Beside the best unit, another is taken if it is at least this likely to answer, and at least this
# share as likely as the best. On the development questions these gave citations a precision of
# .83 (own document) and .81 (ten others) at a recall of .67 and .83; half as likely gave .72 and
# .75 at .70 and .85.
_LIKELY = 0.1
_AS_LIKELY = 0.65
# Where several things are asked for, half as likely is enough: .76 of the lists that are no list
# of a document's own were then complete, against .62, at a precision of .70 against .74.
_LISTED_AS_LIKELY = 0.5
_MOST = 3  # units for an answer that is not a list
_MOST_LISTED = 8  # units for an answer to what asks for several things

# A list is shown whole if its heading and lead-in hold this share of the question's words, or if
# most of the best units are its items; otherwise the best unit only happens to be an item.
_LIST_NAMED = 0.5
_LIST_LOOKED_AT = 4
_LIST_ITEMS = 3

_LIST = re.compile(
    r"\b(?:list|all|every|each of|name (?:the|all|some)|what are|which are|complete|"
    r"(?:what|which)(?: \w+){0,2} (?!does\b|says\b|has\b|was\b|is\b|us\b|its\b|this\b|across\b|"
    r"years\b|always\b)\w+[^s\W]s\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Units in the order in which they are to be read; `whole_list` if they are a list's."""

    units: tuple[Evidence, ...]
    whole_list: bool


def choose(question: str, weighed: Weighed, index: Index) -> Chosen:
    """The units that answer, of at least one that was weighed."""
    several = bool(_LIST.search(question)) and not _names_a_row(question, weighed.units)
    if several and _asks_for_list(question, weighed.units, index):
        return Chosen(_whole_list(weighed.units[0].unit, index), True)
    return Chosen(_likely(weighed.units, several), False)


def _asks_for_list(question: str, scored: Sequence[Scored], index: Index) -> bool:
    best = scored[0].unit
    if best.unit.group is None:
        return False
    items = sum(_same_list(other.unit, best) for other in scored[:_LIST_LOOKED_AT])
    return items >= _LIST_ITEMS or index.bm25.coverage(question, best.context) >= _LIST_NAMED


def _likely(scored: Sequence[Scored], listed: bool) -> tuple[Evidence, ...]:
    """The best unit and those that are nearly as likely to answer; best first, or in the
    documents' order where several things are asked for."""
    share = _LISTED_AS_LIKELY if listed else _AS_LIKELY
    least = max(_LIKELY, share * scored[0].unit.score)
    among = scored[: _MOST_LISTED if listed else _MOST]
    chosen = [scored[0].unit, *(one.unit for one in among[1:] if one.unit.score >= least)]
    return tuple(sorted(chosen, key=lambda unit: unit.place) if listed else chosen)


def _same_list(left: Evidence, right: Evidence) -> bool:
    return (left.passage.document_id, left.unit.group) == (
        right.passage.document_id,
        right.unit.group,
    )


def _names_a_row(question: str, scored: Sequence[Scored]) -> bool:
    """Whether the best unit is a table row and the question has a word of it that few others of
    its table have: what is asked for is that row, and not the table."""
    best = scored[0].unit
    if best.unit.kind != "row":
        return False
    rows = [set(tokenize([c.unit.text])[0]) for c in scored if _same_list(c.unit, best)]
    asked = set(tokenize([question])[0]) & rows[0]
    return any(sum(word in row for row in rows) <= max(1, len(rows) // 2) for word in asked)


def _whole_list(best: Evidence, index: Index) -> tuple[Evidence, ...]:
    """The line that introduces the list that a unit belongs to, if one does, and every item of it,
    in the document's order, also those of the list's other passages."""
    document = index.documents[best.passage.document_id]
    # What introduces a list may be a paragraph, of which the last sentence does.
    introduced = best.unit.lead_in[1] if best.unit.lead_in else -1
    found = (
        evidence_of(document, passage, unit, best.score)
        for passage in index.passages
        if passage.document_id == document.id
        for unit in passage.units
        if unit.group == best.unit.group or unit.end == introduced
    )
    return tuple({evidence.place: evidence for evidence in found}.values())
