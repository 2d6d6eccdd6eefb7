"""The units that answer a question, picked from the hits; and how sure we are that they do.

A unit is read in its context: heading path, lead-in, own words. It is scored by the reranker's
odds, by late interaction (each word of the question looks for its best match among the unit's
token vectors), by the share of the question's words that stand in it, rare words counting more,
and by its passage's place in the search. Knows nothing of generators.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chat.page import Place, page_of
from chat.reader import Reader
from chat.refusal import AnswerSignals, UnitSignals, fitted
from ingest.document import Document, Unit
from ingest.passages import Passage, answering_units, context
from ingest.wording import unit_words
from retrieval.bm25 import tokenize
from retrieval.encoder import TokenVectors
from retrieval.hit import Hit
from retrieval.index import Index
from retrieval.reranker import Reranker, TokenMemory


@dataclass(frozen=True, slots=True)
class Evidence:
    """A unit that supports the answer. `text` is its plain words, `context` its heading path and
    lead-in; `score` in [0, 1] says how well it answers."""

    passage: Passage
    unit: Unit
    text: str
    context: str
    score: float

    @property
    def place(self) -> Place:
        """Where it stands: document and first character."""
        return self.passage.document_id, self.unit.start

    @property
    def read(self) -> str:
        """What the scorer reads: the unit in its context."""
        return f"{self.context} {self.text}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence in the order in which it is to be read, and the probability that it answers.

    `whole_list` if it is a list that is to be shown item by item; `weighed` are the best units,
    whether chosen or not.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    whole_list: bool
    weighed: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit with the signals that its score comes from.

    `matches` is the best match of each word of the question, shape (words,); `closeness` the
    cosine of the mean token vectors of question and unit.
    """

    unit: Evidence
    signals: UnitSignals
    matches: NDArray[np.float32]
    closeness: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every unit of some hits, best first, and the reader's log odds that any of them answers;
    None without a reader."""

    units: tuple[Scored, ...]
    answers: float | None

    def ranked(self) -> "Weighed":
        """The same, best first again after scores changed."""
        return replace(self, units=tuple(sorted(self.units, key=lambda one: -one.unit.score)))


_TOLD = 8  # best units that a reader who asks why is told of

_SUREST = 8.0  # log odds of the reader beyond this say no more
_UNREAD = -_SUREST  # of a unit that was not on the page: others came before it

# Another unit is taken if it matches words of the question this much better than those chosen.
_GAIN = 0.06
_MOST = 3  # units for an answer that is not a list

# A list is shown whole if its heading and lead-in hold this share of the question's words, or if
# most of the best units are its items; otherwise the best unit only happens to be an item.
_LIST_NAMED = 0.5
_LIST_LOOKED_AT = 4
_LIST_ITEMS = 3

_STOP = frozenset(
    "what which who whom whose when where why how is are was were do does did the a an of for in "
    "on to and or i you me my we it this that be been have has had can could should would will at "
    "by with from as about there their they please tell much many any if so not no s".split()
)
_LIST = re.compile(
    r"\b(?:list|all|every|each of|name (?:the|all|some)|what are|which are|complete|"
    r"(?:what|which)(?: \w+){0,2} (?!does\b|says\b|has\b|was\b|is\b|us\b|its\b|this\b|across\b|"
    r"years\b|always\b)\w+[^s\W]s\b)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w-]+")
_ASKS_SHARE = re.compile(r"\b(?:percent(?:age)?|per cent|proportion)\b", re.IGNORECASE)
_ASKS_NUMBER = re.compile(r"\bhow (?:much|many|long|old|big|large|often|fast)\b", re.IGNORECASE)
_SHARE = re.compile(r"%|\bper ?cent|\bhalf|\bthird|\bquarter|majority", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|"
    r"thousand|once|twice|half|none|no|never|always|every)\b",
    re.IGNORECASE,
)


class EvidenceFinder:
    """Picks evidence from the hits of an index.

    Args:
        memory: token vectors, of the encoder that the index was made with.
        reranker: judges whether a unit answers.
        reader: reads the units beside each other and judges better; None leaves it to the
            reranker.
    """

    def __init__(
        self,
        index: Index,
        memory: TokenMemory,
        reranker: Reranker,
        reader: Reader | None = None,
    ) -> None:
        self._index = index
        self._memory = memory
        self._reranker = reranker
        self._reader = reader

    def select(self, question: str, hits: Sequence[Hit], focus: str = "") -> Selection:
        """Pick the units of the hits that answer a standalone question.

        Args:
            focus: what a follow-up asked in its own words. What it adds counts as much as all
                that was carried over to it.

        Returns an empty selection when the hits hold no unit.
        """
        weighed = self.weigh(question, hits)
        if focus and weighed.units:
            weighed = _joined(weighed, self.weigh(focus, hits))
        if not weighed.units:
            return Selection((), 0.0, False)
        scored = weighed.units
        model = fitted("answer", reads=weighed.answers is not None)
        confidence = model.probability(self.signals(question, weighed, hits))
        best = tuple(one.unit for one in scored[:_TOLD])
        if _LIST.search(question) and self._asks_for_list(question, scored):
            return Selection(_whole_list(scored[0].unit, self._index), confidence, True, best)
        return Selection(_cover(scored), confidence, False, best)

    def weigh(self, question: str, hits: Sequence[Hit]) -> Weighed:
        """Every unit of the hits, best first."""
        found = [
            (hit, evidence_of(self._index.documents[hit.passage.document_id], hit.passage, unit))
            for hit in hits
            for unit in answering_units(hit.passage)
        ]
        if not found:
            return Weighed((), None)
        texts = [evidence.read for _, evidence in found]
        whole = self._memory.read([question])[0]
        asked = _content(whole)
        odds = self._reranker.logits(question, texts)
        read, answers = self._read(question, hits)
        rows = self._memory.read(texts)
        asked_stems = set(tokenize([question])[0])
        model = fitted("unit", reads=answers is not None)
        scored = []
        for (hit, evidence), row, odd in zip(found, rows, odds, strict=True):
            matches = (asked.vectors @ row.vectors.T).max(axis=1)
            signals = UnitSignals(
                read=0.0 if answers is None else read.get(evidence.place, _UNREAD),
                odds=float(odd),
                match=float(matches.mean()),
                lowest=float(matches.min()),
                coverage=self._coverage(question, evidence.read),
                passage=hit.score,
                named=_named(asked_stems, hit.passage.path),
            )
            unit = replace(evidence, score=model.probability(signals))
            closeness = float(whole.whole @ row.whole)
            scored.append(Scored(unit, signals, matches, closeness))
        return Weighed(tuple(scored), answers).ranked()

    def _read(self, question: str, hits: Sequence[Hit]) -> tuple[dict[Place, float], float | None]:
        """The reader's log odds for the units on its page, and that the page answers."""
        if self._reader is None:
            return {}, None
        page = page_of(self._index.documents, hits)
        reading = self._reader.read(question, page.sections)
        units = zip(page.places, reading.units, strict=True)
        return {place: _clipped(odds) for place, odds in units if place}, _clipped(reading.answers)

    def _coverage(self, question: str, text: str) -> float:
        """The share of the question's words, by rarity, that stand in a text."""
        asked, present = (set(words) for words in tokenize([question, text]))
        rarity = self._index.bm25.rarity
        total = sum(rarity(word) for word in asked)
        return sum(rarity(word) for word in asked & present) / total if total else 0.0

    def _asks_for_list(self, question: str, scored: Sequence[Scored]) -> bool:
        best = scored[0].unit
        if best.unit.group is None or _names_a_row(question, scored):
            return False
        items = sum(_same_list(other.unit, best) for other in scored[:_LIST_LOOKED_AT])
        return items >= _LIST_ITEMS or self._coverage(question, best.context) >= _LIST_NAMED

    def signals(self, question: str, weighed: Weighed, hits: Sequence[Hit]) -> AnswerSignals:
        """What tells whether the best unit answers."""
        scored = weighed.units
        best = scored[0]
        read = " ".join(f"{hit.passage.title} {hit.passage.index_text}" for hit in hits).lower()
        there = f"{best.unit.passage.title} {best.unit.read}".lower()
        names = {name.lower() for name in _NAME.findall(question)}
        figures = set(_FIGURE.findall(question))
        return AnswerSignals(
            reads=weighed.answers or 0.0,
            read=max(candidate.signals.read for candidate in scored),
            odds=max(candidate.signals.odds for candidate in scored),
            match=best.signals.match,
            lowest=best.signals.lowest,
            closeness=best.closeness,
            unknown=1 - self._coverage(question, self._vocabulary(question)),
            name=float(any(name not in read for name in names)),
            figure=float(any(figure not in read for figure in figures)),
            name_there=float(any(name not in there for name in names)),
            figure_there=float(any(figure not in there for figure in figures)),
            kind=float(_lacks_kind(question, best.unit.text)),
        )

    def _vocabulary(self, question: str) -> str:
        """The words of the question that the documents use anywhere."""
        words = question.split()
        return " ".join(w for w in words if any(map(self._index.bm25.knows, tokenize([w])[0])))


def evidence_of(document: Document, passage: Passage, unit: Unit, score: float = 0.0) -> Evidence:
    """A unit with its words and its context."""
    return Evidence(
        passage=passage,
        unit=unit,
        text=unit_words(document, unit),
        context=context(document, passage, unit),
        score=score,
    )


def _joined(weighed: Weighed, focused: Weighed) -> Weighed:
    """Units weighed for a question and for its focus: the means of both, best first."""
    other = {one.unit.place: one.unit.score for one in focused.units}
    units = tuple(
        replace(one, unit=replace(one.unit, score=(one.unit.score + other[one.unit.place]) / 2))
        for one in weighed.units
    )
    return replace(weighed, units=units).ranked()


def _clipped(odds: float) -> float:
    """Log odds that no single signal can decide with."""
    return max(-_SUREST, min(_SUREST, odds))


def _content(whole: TokenVectors) -> TokenVectors:
    """The words of a question that carry meaning; all of them if none does."""
    keep = [
        i
        for i, token in enumerate(whole.tokens)
        if token not in _STOP and any(map(str.isalnum, token))
    ]
    keep = keep or list(range(len(whole.tokens)))
    return TokenVectors(tuple(whole.tokens[i] for i in keep), whole.vectors[keep])


def _named(asked: set[str], path: Sequence[str]) -> float:
    """1 if the stems of a question hold all of a heading's, else 0."""
    headings = [set(stems) for stems in tokenize(list(path))]
    return float(any(stems and stems <= asked for stems in headings))


def _cover(scored: Sequence[Scored]) -> tuple[Evidence, ...]:
    """The best unit, then those that match words of the question that it leaves open."""
    chosen = [scored[0]]
    matches = scored[0].matches
    rest = list(scored[1:12])
    while rest and len(chosen) < _MOST:
        gains = [float(np.maximum(c.matches - matches, 0).mean()) for c in rest]
        if max(gains) < _GAIN:
            break
        best = rest.pop(int(np.argmax(gains)))
        chosen.append(best)
        matches = np.maximum(matches, best.matches)
    return tuple(candidate.unit for candidate in chosen)


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
    """Every item of the list that a unit belongs to, in the document's order, also those of the
    list's other passages."""
    document = index.documents[best.passage.document_id]
    items = (
        evidence_of(document, passage, unit, best.score)
        for passage in index.passages
        if passage.document_id == document.id
        for unit in passage.units
    )
    return tuple(item for item in items if _same_list(item, best))


def _lacks_kind(question: str, text: str) -> bool:
    """Whether a question asks for a share or a number and the text holds none."""
    if _ASKS_SHARE.search(question):
        return not _SHARE.search(text)
    return bool(_ASKS_NUMBER.search(question)) and not _NUMBER.search(text)
