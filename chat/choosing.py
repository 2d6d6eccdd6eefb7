"""Which of the units that were weighed make the answer: the best few, or a whole list.

Knows nothing of how units are weighed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.beside import beside
from chat.evidence import Evidence, Scored, Weighed, evidence_of
from chat.figures import figures
from chat.listing import in_same_list, members, section_of, several
from retrieval.bm25 import tokenize
from retrieval.index import Index

# Beside the best unit, another is taken if it is at least this sure to answer, too. On 944
# development questions in cross-validation, .86 of what is cited is gold then and .91 of the gold
# is cited (.91 and .86 with the best unit alone). Of 74 questions in two parts that are not told
# apart, .57 get both.
BESIDE_FROM = 0.2

# Several things are asked for if that is at least this sure, and a unit is one of them if this is.
# Of 182 lists, in cross-validation, .76 are complete, and .69 of the units taken are gold (.74 and
# .71 from .2 on). Of 303 questions about the default document, which says many things twice, 24 ask
# for a list, and 58 get one; .5 would give 48 one, and leave more of the others' lists incomplete.
_SEVERAL = 0.35
MEMBER_FROM = 0.15
_MOST_LISTED = 10

# A figure that stands in two sections, for two scopes, is given for both where the question tells
# them apart no better: if the other unit has as many of its words, and is this likely to answer, as
# a share of the best.
_AS_GOOD = 0.25

# A list is shown whole if its heading and lead-in hold this share of the question's words, or if
# most of the best units are its items; otherwise the best unit only happens to be an item.
_LIST_NAMED = 0.5
_LIST_LOOKED_AT = 4
_LIST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """Units in the order in which they are to be read; `whole_list` if they are a list's."""

    units: tuple[Evidence, ...]
    whole_list: bool


def choose(question: str, weighed: Weighed, index: Index) -> Chosen:
    """The units that answer, of at least one that was weighed."""
    if several(weighed) < _SEVERAL or _names_a_row(question, weighed.units):
        return Chosen(_best(question, weighed.units), False)
    if _asks_for_list(question, weighed.units, index):
        return Chosen(_whole_list(weighed.units[0].unit, index), True)
    return Chosen(_members(weighed.units), False)


def _asks_for_list(question: str, scored: Sequence[Scored], index: Index) -> bool:
    best = scored[0]
    if best.unit.unit.group is None:
        return False
    items = sum(in_same_list(other, best) for other in scored[:_LIST_LOOKED_AT])
    named = index.bm25.coverage(question, best.unit.context)
    return items >= _LIST_ITEMS or named >= _LIST_NAMED


def _best(question: str, scored: Sequence[Scored]) -> tuple[Evidence, ...]:
    """The best unit and those that answer beside it, best first."""
    sure = beside(question, scored)
    others = [
        one.unit
        for one, p in zip(scored[1:], sure, strict=False)
        if p >= BESIDE_FROM or _is_other_scope(one, scored[0])
    ]
    return (scored[0].unit, *others)


def _is_other_scope(one: Scored, best: Scored) -> bool:
    """Whether a unit gives a like figure as the best in another section, and the question names
    either as well."""
    return (
        section_of(one) != section_of(best)
        and one.signals.coverage >= best.signals.coverage
        and one.unit.score >= _AS_GOOD * best.unit.score
        and bool(_kinds(one) & _kinds(best))
    )


def _kinds(one: Scored) -> set[str]:
    """The units of the figures in a unit of evidence."""
    return {figure.unit for figure in figures(one.unit.text)} - {""}


def _members(scored: Sequence[Scored]) -> tuple[Evidence, ...]:
    """The units that are among the things asked for, in the documents' order."""
    sure = members(scored)
    order = sorted(range(len(scored)), key=lambda row: -sure[row])
    kept = [row for row in order[:_MOST_LISTED] if sure[row] >= MEMBER_FROM] or order[:1]
    return tuple(sorted((scored[row].unit for row in kept), key=lambda unit: unit.place))


def _names_a_row(question: str, scored: Sequence[Scored]) -> bool:
    """Whether the best unit is a table row and the question has a word of it that few others of
    its table have: what is asked for is that row, and not the table."""
    best = scored[0]
    if best.unit.unit.kind != "row":
        return False
    rows = [set(tokenize([one.unit.text])[0]) for one in scored if in_same_list(one, best)]
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
