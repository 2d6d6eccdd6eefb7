"""A question to an answer: the seven steps, each one call.

Builds everything once in `from_settings`; knows nothing of HTTP or pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from chat.answer import (
    Answer,
    Events,
    ModelNames,
    Retrieved,
    RetrievedPassage,
    TracedHit,
    TracedUnit,
)
from chat.draft import Draft
from chat.errors import UnknownDocument
from chat.evidence import Selection
from chat.finding import EvidenceFinder
from chat.generator import ExtractiveComposer
from chat.models import ModelMaker, Models
from chat.page import Place
from chat.prompt import shown
from chat.question import (
    Turn,
    is_small_talk,
    parts,
    small_talk_reply,
    standalone_question,
    without_orders,
)
from chat.refusal import ANSWER_FROM, Strictness
from chat.scope import scopes
from chat.settings import Settings
from chat.support import Gate
from chat.verify import Verified, verify_draft
from ingest.document import Document
from retrieval.encoder import Encoder, SentenceEncoder
from retrieval.generation import required
from retrieval.hit import Hit
from retrieval.index import Index, load_index
from retrieval.reranker import Reranker, TokenMemory
from retrieval.search import System, search

# Evidence is looked for in at least this many passages: with 5, .89 of the development
# questions' gold sections are among them, with 8, .94.
_READ = 8
# A part that is less sure is not answered beside one that is, and is named as what the documents do
# not say. Of 57 questions in parts about development documents, 36 got the best unit of each with
# this, and 33 with 0.3; of the units .83 were gold both ways (counted with one reader). Of 162
# parts that their documents answer, 4 are named so.
_OTHER_PART = 0.2
_POINTERS = 3  # closest sections that a refusal names
# A refusal quotes what comes closest if it is at least this likely to have been meant.
_NEAR = 0.2


class Chatbot:
    """Answers questions from an index.

    Args:
        models: what weighs, composes and verifies, over the token vectors of the encoder that the
            index was made with.
        top_k: passages searched for an answer, unless the caller says otherwise.
        system: what ranks passages.
        strictness: how sure it must be before it answers.
        answer_from: the least confidence at which it answers, in place of the strictness's; with
            0 it says what a refusal would hold back, which evaluations want to know.
    """

    def __init__(
        self,
        index: Index,
        models: Models,
        top_k: int = 5,
        system: System = "reranked",
        strictness: Strictness = "balanced",
        answer_from: float | None = None,
    ) -> None:
        self._index = index
        self._models = models
        self._evidence = EvidenceFinder(index, models.memory, models.reranker, models.reader)
        self._quoting = ExtractiveComposer()
        self._gate = models.gate or Gate(models.memory)
        self._top_k = top_k
        self._system: System = system
        self._answer_from = ANSWER_FROM[strictness] if answer_from is None else answer_from

    @classmethod
    def from_settings(cls, settings: Settings) -> "Chatbot":
        """Load the models and the index that the settings name.

        Raises what `SentenceEncoder`, `load_index` and `ModelMaker` raise.
        """
        required(settings.index)  # told at once, not after seconds of loading models
        memory = TokenMemory(
            SentenceEncoder(settings.encoder, settings.threads, settings.precision)
        )
        index = load_index(settings.index, memory.encoder)
        return cls.of(index, ModelMaker(settings).all(memory), settings)

    @classmethod
    def of(cls, index: Index, models: Models, settings: Settings) -> "Chatbot":
        """A chatbot of an index, with models that may serve others, too."""
        return cls(index, models, settings.top_k, settings.system, settings.strictness)

    def reload(self, folder: Path) -> "Chatbot":
        """The same models with the index that serves in a folder now.

        Raises what `load_index` raises; this chatbot stays as it is.
        """
        return self._with(load_index(folder, self._models.memory.encoder), self._answer_from)

    def insistent(self) -> "Chatbot":
        """The same without the threshold: it says what it holds back."""
        return self._with(self._index, 0.0)

    def _with(self, index: Index, answer_from: float) -> "Chatbot":
        return Chatbot(index, self._models, self._top_k, self._system, answer_from=answer_from)

    @property
    def index(self) -> Index:
        """What is searched."""
        return self._index

    @property
    def encoder(self) -> Encoder:
        """What the vectors of the index are made with."""
        return self._models.memory.encoder

    @property
    def reranker(self) -> Reranker:
        """What judges whether a text answers."""
        return self._models.reranker

    @property
    def documents(self) -> dict[str, Document]:
        """The documents that can be asked, by id."""
        return self._index.documents

    @property
    def passages(self) -> int:
        """How many passages the index holds."""
        return len(self._index.passages)

    @property
    def models(self) -> ModelNames:
        """What makes the answers."""
        return ModelNames(
            self._models.memory.encoder.name,
            self._models.reranker.name,
            self._models.generator.name,
            self._models.reader.name if self._models.reader else None,
        )

    def search(
        self, question: str, top_k: int | None = None, documents: Sequence[str] | None = None
    ) -> list[Hit]:
        """The best passages for a question, best first; UnknownDocument for an id that is not
        in the index."""
        for name in documents or ():
            if name not in self.documents:
                raise UnknownDocument(
                    f"there is no document {name!r}; GET /documents lists those that there are"
                )
        return search(
            self._index,
            self._models.memory.encoder,
            question,
            top_k or self._top_k,
            documents,
            self._system,
            self._models.reranker,
        )

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        documents: Sequence[str] | None = None,
    ) -> Answer:
        """The last event of `stream`."""
        *_, answer = self.stream(question, history, top_k, documents)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        documents: Sequence[str] | None = None,
    ) -> Events:
        """Yield what search found, then each verified sentence, then the whole answer.

        Raises:
            UnknownDocument: an id in `documents` is not in the index.
            GeneratorFailed: the generator broke.
        """
        draft = Draft(question.strip(), self.models)
        asked = without_orders(question)
        if not asked or is_small_talk(asked):
            yield Retrieved(draft.question, ())
            titles = [document.title for document in self.documents.values()]
            yield draft.refusal(small_talk_reply(question, titles), "not_a_question")
            return
        # 1. A question that can be searched for alone.
        draft.standalone = standalone_question(asked, history)
        # 2. Search.
        top_k = top_k or self._top_k
        hits = self.search(draft.standalone, max(top_k, _READ), documents)
        draft.passages = tuple(RetrievedPassage.of(hit) for hit in hits[:top_k])
        draft.hits = tuple(map(TracedHit.of, hits))
        draft.lap("search")
        yield Retrieved(draft.standalone, draft.passages)
        # 3. Evidence, for each part of the question.
        focus = asked if draft.standalone != asked else ""
        least = min(self._answer_from, _OTHER_PART)
        found = list(self._select(draft.standalone, hits, documents, focus, least))
        draft.units = tuple(unit for _, selection in found for unit in _traced(selection))
        draft.confidence = max((selection.confidence for _, selection in found), default=0.0)
        draft.lap("evidence")
        # 4. Refusal.
        if draft.confidence < self._answer_from:
            yield draft.refusal(_refusal(hits, draft.units), "not_in_documents")
            return
        # 5. and 6. Draft, and verify sentence by sentence. Once one part is answered, a part that
        # is less sure is worth showing: it is cited, and its reader asked for both.
        said = [(part, one) for part, one in found if one.confidence >= least and one.evidence]
        draft.unanswered = tuple(part for part, one in found if one.confidence < least)
        headings = scopes([unit for _, selection in said for unit in selection.evidence])
        for part, selection in said:
            for verified in self._compose(draft, part, selection):
                shown_as = _under(headings, verified)
                yield draft.add(shown_as, selection.whole_list, self.documents)
        # 7. Answer.
        yield draft.answer()

    def weigh(self, question: str) -> Selection:
        """The evidence for a question that can be searched for alone, without composing an
        answer; without evidence where the answer would be a refusal."""
        selection = self._evidence.select(question, self.search(question, _READ))
        return (
            selection
            if selection.confidence >= self._answer_from
            else Selection((), selection.confidence, False)
        )

    def _select(
        self,
        question: str,
        hits: Sequence[Hit],
        documents: Sequence[str] | None,
        focus: str,
        least: float,
    ) -> Iterator[tuple[str, Selection]]:
        """The evidence for each part of a question. No unit serves twice of those parts that are
        at least so sure; one whose units have all served has none left."""
        asked = parts(question)
        if len(asked) == 1:
            if focus:
                known = {hit.passage.id for hit in hits}
                more = self.search(focus, _READ // 2, documents)
                hits = [*hits, *(hit for hit in more if hit.passage.id not in known)]
            yield question, self._evidence.select(question, hits, focus)
            return
        taken: set[tuple[str, int]] = set()
        for part in asked:
            own = self._evidence.select(part, self.search(part, _READ, documents))
            left = tuple(unit for unit in own.evidence if unit.place not in taken)
            if own.confidence >= least:
                taken |= {unit.place for unit in left}
            yield part, replace(own, evidence=left)

    def _compose(self, draft: Draft, question: str, selection: Selection) -> Iterator[Verified]:
        # A list is shown item by item in its own words: there is nothing to compose.
        composer = self._quoting if selection.whole_list else self._models.generator
        texts = [shown(unit.passage.path, unit.text) for unit in selection.evidence]
        pieces = draft.timed("generate", composer.compose(question, texts))
        verified = verify_draft(pieces, question, selection.evidence, self._gate)
        yield from draft.timed("verify", verified)


def _under(headings: Mapping[Place, str], verified: Verified) -> Verified:
    """A quotation with the heading that tells it from another."""
    heading = headings.get(verified.evidence[0].place) if verified.quoted else None
    return replace(verified, text=f"{heading}: {verified.text}") if heading else verified


def _traced(selection: Selection) -> Iterator[TracedUnit]:
    """The units that were weighed highest, then those of a list that were not."""
    weighed = {unit.place: unit for unit in (*selection.weighed, *selection.evidence)}
    chosen = {unit.place for unit in selection.evidence}
    for place, evidence in weighed.items():
        passage, unit = evidence.passage, evidence.unit
        yield TracedUnit(
            passage.document_id,
            passage.path,
            unit.start,
            unit.end,
            evidence.text,
            round(evidence.score, 4),
            place in chosen,
        )


def _refusal(hits: Sequence[Hit], weighed: Sequence[TracedUnit]) -> str:
    """That the documents do not say, and what they do say that comes closest."""
    nearest = max(weighed, key=lambda unit: unit.score, default=None)
    if nearest and nearest.score >= _NEAR:
        where = " › ".join(nearest.section)
        said = nearest.text.rstrip()
        return f"The documents do not say. What comes closest, in “{where}”: “{said}”"
    sections = dict.fromkeys(" › ".join(hit.passage.path) for hit in hits)
    if not sections:
        return "The documents do not say."
    closest = "; ".join(list(sections)[:_POINTERS])
    return f"The documents do not say. The closest sections are: {closest}."
