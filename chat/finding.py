"""The units that answer a question, found among the hits; and how sure we are that they do.

A unit is read in its context: heading path, lead-in, own words. It is weighed by the reader, which
sees the units beside each other; by the reranker; by late interaction (each word of the question
looks for its best match among the unit's token vectors); by the share of the question's words that
stand in it, rare words counting more; and by its passage's place in the search. Knows nothing of
generators.
"""

from collections.abc import Sequence
from dataclasses import replace

from chat.choosing import choose
from chat.cues import (
    FUNCTION_WORDS,
    figures_missing,
    lacks_kind,
    names_heading,
    names_missing,
    said_in,
)
from chat.evidence import Scored, Selection, Weighed, evidence_of
from chat.listing import asks_for_several
from chat.page import Place, page_of
from chat.reader import Reader
from chat.refusal import AnswerSignals, UnitSignals, fitted
from chat.sections import sections_named
from ingest.passages import answering_units
from retrieval.bm25 import tokenize
from retrieval.encoder import TokenVectors
from retrieval.hit import Hit
from retrieval.index import Index
from retrieval.reranker import Reranker, TokenMemory

_TOLD = 8  # best units that a reader who asks why is told of

_SUREST = 8.0  # log odds of the reader beyond this say no more
_UNREAD = -_SUREST  # of a unit that was not on the page: others came before it

# A named section is where the answer is if its best unit is at least this likely, as a share of the
# best of all: its heading's words may have been meant otherwise.
_PLACED = 0.1


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
        chosen = choose(question, _where_named(question, weighed), self._index)
        told = tuple(one.unit for one in scored[:_TOLD])
        return Selection(chosen.units, confidence, chosen.whole_list, told)

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
        said = said_in(question)
        asked_stems = set(tokenize([said])[0])
        model = fitted("unit", reads=answers is not None)
        scored = []
        for (hit, evidence), row, odd in zip(found, rows, odds, strict=True):
            matches = (asked.vectors @ row.vectors.T).max(axis=1)
            signals = UnitSignals(
                read=0.0 if answers is None else read.get(evidence.place, _UNREAD),
                odds=float(odd),
                match=float(matches.mean()),
                lowest=float(matches.min()),
                coverage=self._index.bm25.coverage(said, evidence.read),
                passage=hit.score,
                named=names_heading(asked_stems, hit.passage.path),
            )
            unit = replace(evidence, score=model.probability(signals))
            closeness = float(whole.whole @ row.whole)
            scored.append(Scored(unit, signals, closeness))
        asks = asks_for_several(question, whole.whole, self._memory.encoder.sha256)
        return Weighed(tuple(scored), answers, asks).ranked()

    def _read(self, question: str, hits: Sequence[Hit]) -> tuple[dict[Place, float], float | None]:
        """The reader's log odds for the units on its page, and that the page answers."""
        if self._reader is None:
            return {}, None
        page = page_of(self._index.documents, hits)
        reading = self._reader.read(question, page.sections)
        units = zip(page.places, reading.units, strict=True)
        return {place: _clipped(odds) for place, odds in units if place}, _clipped(reading.answers)

    def signals(self, question: str, weighed: Weighed, hits: Sequence[Hit]) -> AnswerSignals:
        """What tells whether the best unit answers."""
        scored = weighed.units
        best = scored[0]
        said = said_in(question)
        read = " ".join(f"{hit.passage.title} {hit.passage.index_text}" for hit in hits).lower()
        there = f"{best.unit.passage.title} {best.unit.read}".lower()
        return AnswerSignals(
            reads=weighed.answers or 0.0,
            read=max(candidate.signals.read for candidate in scored),
            odds=max(candidate.signals.odds for candidate in scored),
            match=best.signals.match,
            lowest=best.signals.lowest,
            closeness=best.closeness,
            unknown=1 - self._index.bm25.coverage(said, self._vocabulary(said)),
            name=names_missing(question, read),
            figure=figures_missing(question, read),
            name_there=names_missing(question, there),
            figure_there=figures_missing(question, there),
            kind=lacks_kind(question, best.unit.text),
        )

    def _vocabulary(self, question: str) -> str:
        """The words of the question that the documents use anywhere."""
        words = question.split()
        return " ".join(w for w in words if any(map(self._index.bm25.knows, tokenize([w])[0])))


def _where_named(question: str, weighed: Weighed) -> Weighed:
    """Without the units outside of the section that a question names as the place to look; all
    units if there is none, or nothing there that could answer."""
    named = sections_named(question, [one.unit.passage.path for one in weighed.units])
    there = tuple(one for one in weighed.units if one.unit.passage.path in named)
    if not there or there[0].unit.score < _PLACED * weighed.units[0].unit.score:
        return weighed
    return replace(weighed, units=there)


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
        if token not in FUNCTION_WORDS and any(map(str.isalnum, token))
    ]
    keep = keep or list(range(len(whole.tokens)))
    return TokenVectors(tuple(whole.tokens[i] for i in keep), whole.vectors[keep])
