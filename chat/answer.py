"""What leaves the system: an answer whose every sentence is cited, or a refusal.

Plain values only; `as_json` is the body of `POST /ask`. Knows nothing of how answers are made.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from retrieval.hit import Hit

Reason = Literal["not_in_documents", "not_a_question"]

UNSAID = "The documents do not say: "  # then the parts of the question that they do not answer


@dataclass(frozen=True, slots=True)
class Citation:
    """The words that support a sentence: `quote == text[start:end]` of the document named.

    `score` in [0, 1] is how well they answer the question; `page`, from 1, is where they begin, and
    None in a document without pages.
    """

    marker: int
    passage_id: str
    document_id: str
    title: str
    section: tuple[str, ...]
    anchor: str
    quote: str
    start: int
    end: int
    score: float
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A verified sentence without its markers; `quoted` if it is the source's own words,
    `item` if it is an item of a list."""

    text: str
    citations: tuple[Citation, ...]
    quoted: bool
    item: bool = False

    @property
    def marked(self) -> str:
        """The sentence with its markers before the final stop: "It is $5 [1]."."""
        markers = "".join(f"[{citation.marker}]" for citation in self.citations)
        if not markers:
            return self.text
        body = self.text.rstrip()
        stop = body[-1] if body[-1:] in {".", "!", "?", ":"} else ""
        return f"{body[: len(body) - len(stop)]} {markers}{stop}"


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that search brought for the question, best first; `rank` from 1."""

    passage_id: str
    document_id: str
    section: tuple[str, ...]
    anchor: str
    text: str
    start: int
    end: int
    score: float
    rank: int

    @classmethod
    def of(cls, hit: Hit) -> "RetrievedPassage":
        """The part of a hit that readers see."""
        passage = hit.passage
        return cls(
            passage_id=passage.id,
            document_id=passage.document_id,
            section=passage.path,
            anchor=passage.anchor,
            text=passage.text,
            start=passage.start,
            end=passage.end,
            score=round(hit.score, 4),
            rank=hit.rank,
        )


@dataclass(frozen=True, slots=True)
class ModelNames:
    """What made the answer; no reranker and no reader are None."""

    encoder: str
    reranker: str | None
    generator: str
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each step."""

    search: float = 0.0
    evidence: float = 0.0
    generate: float = 0.0
    verify: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class TracedHit:
    """A passage that search brought, with what each system said of it: the cosine, the BM25 score,
    the reranker's log odds (None where it was not asked), and the score that ranked it."""

    passage_id: str
    document_id: str
    section: tuple[str, ...]
    rank: int
    score: float
    dense: float
    bm25: float
    odds: float | None

    @classmethod
    def of(cls, hit: Hit) -> "TracedHit":
        """What a hit says of itself, rounded for readers."""
        return cls(
            passage_id=hit.passage.id,
            document_id=hit.passage.document_id,
            section=hit.passage.path,
            rank=hit.rank,
            score=round(hit.score, 4),
            dense=round(hit.dense, 4),
            bm25=round(hit.bm25, 4),
            odds=None if hit.odds is None else round(hit.odds, 4),
        )


@dataclass(frozen=True, slots=True)
class TracedUnit:
    """A unit that was weighed as evidence, with its score in [0, 1], and whether it was chosen."""

    document_id: str
    section: tuple[str, ...]
    start: int
    end: int
    text: str
    score: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """A drafted sentence that the gate did not let pass, and what is shown in its place."""

    drafted: str
    shown: str


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer was found, for readers who want to see why: hits and units best first."""

    hits: tuple[TracedHit, ...] = ()
    units: tuple[TracedUnit, ...] = ()
    replaced: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer or a refusal. `answer` holds the sentences with markers numbered from 1 in
    reading order, each marker with its citation and each citation with its marker, and then what
    the documents do not say: `unanswered` are the parts of an answered question of which that is
    so."""

    id: str
    question: str
    standalone_question: str
    answer: str
    answered: bool
    reason: Reason | None
    confidence: float
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[RetrievedPassage, ...]
    model: ModelNames
    timings_ms: Timings
    trace: Trace = Trace()
    unanswered: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The sentences with their markers."""
        return join_sentences(self.sentences)

    @property
    def unsaid(self) -> str:
        """That the documents do not answer some parts of the question; empty if they do."""
        if not self.unanswered:
            return ""
        return f"{UNSAID}{' '.join(f'“{part}”' for part in self.unanswered)}"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Search is done: what it looked for and what it found. The first event of a stream."""

    standalone_question: str
    passages: tuple[RetrievedPassage, ...]


# A stream is one `Retrieved`, then verified sentences, then the `Answer` that holds them all.
Event = Retrieved | Sentence | Answer
Events = Generator[Event, None, None]  # closing it stops the work


def join_sentences(sentences: tuple[Sentence, ...]) -> str:
    """The text of an answer: sentences in a row, list items on lines of their own."""
    text, after_item = "", False
    for sentence in sentences:
        # A blank line, so that no reader of Markdown takes it for a part of the last item.
        gap = "\n" if sentence.item else "\n\n" if after_item else " "
        text += f"{gap if text else ''}{'- ' if sentence.item else ''}{sentence.marked}"
        after_item = sentence.item
    return text


def as_json(answer: Answer) -> dict[str, Any]:
    """The body of `POST /ask` for an answer."""
    body = asdict(answer)
    del body["sentences"], body["trace"]
    return body
