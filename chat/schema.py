"""What the HTTP API takes and gives, as pydantic models with examples for `/docs`.

Shapes only. `AnswerBody` mirrors `chat.answer.as_json`, key by key. Knows nothing of how requests
are served.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chat.answer import Reason
from chat.feedback import MAX_ANSWER, MAX_NOTE, Verdict
from chat.library import State

MAX_QUESTION = 2_000  # characters
MAX_TURNS = 20
MAX_TURN = 8_000  # characters

_SECTION = ["Salary Ranges (US Market, 2024)", "Overall Salary Range"]
_ANCHOR = "salary-ranges-us-market-2024/overall-salary-range"
_QUOTE = "$167,495 to $260,000 per year"
_ANSWER = "The overall range is $167,495 to $260,000 a year [1]."
_QUESTION = "What is the overall salary range?"
_CITATION = {
    "marker": 1,
    "passage_id": "ml-engineering-manager#12",
    "document_id": "ml-engineering-manager",
    "title": "ML Engineering Manager",
    "section": _SECTION,
    "anchor": _ANCHOR,
    "quote": _QUOTE,
    "start": 8123,
    "end": 8123 + len(_QUOTE),
    "score": 0.97,
    "page": None,
}
_PASSAGE = {
    "passage_id": "ml-engineering-manager#12",
    "document_id": "ml-engineering-manager",
    "section": _SECTION,
    "anchor": _ANCHOR,
    "text": _QUOTE,
    "start": 8123,
    "end": 8123 + len(_QUOTE),
    "score": 0.91,
    "rank": 1,
}
_FILE = {
    "name": "menu.md",
    "state": "done",
    "done": 12,
    "total": 12,
    "detail": "added",
    "document_id": "menu",
}

ANSWER_EXAMPLE: dict[str, Any] = {
    "id": "0b9c1f7e",
    "question": _QUESTION,
    "standalone_question": _QUESTION,
    "answer": _ANSWER,
    "answered": True,
    "reason": None,
    "confidence": 0.93,
    "citations": [_CITATION],
    "passages": [_PASSAGE],
    "model": {
        "encoder": "all-MiniLM-L6-v2",
        "reranker": None,
        "generator": "extractive",
        "reader": None,
    },
    "timings_ms": {
        "search": 11.2,
        "evidence": 40.1,
        "generate": 810.0,
        "verify": 3.0,
        "total": 870.3,
    },
    "unanswered": [],
}


def _example(**values: Any) -> dict[str, Any]:
    return {"examples": [values]}


class _Request(BaseModel):
    # JSON has types of its own: "5" is not 5, and a misspelt field is an error.
    model_config = ConfigDict(extra="forbid", strict=True)


Question = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION),
    Field(description="the question; white space around it does not count"),
]
TopK = Annotated[
    int | None,
    Field(ge=1, le=50, description="passages to search for; the server's setting if left out"),
]
Documents = Annotated[
    list[str] | None,
    Field(min_length=1, description="ids of the documents to look in; all if left out"),
]


SettingName = Annotated[str, StringConstraints(max_length=100)]
SettingValue = (
    Annotated[str, StringConstraints(max_length=1_000)]
    | bool
    | int
    | float
    | None
    | Annotated[list[Annotated[str, StringConstraints(max_length=200)]], Field(max_length=100)]
)


class TurnBody(_Request):
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_TURN)


class AskRequest(_Request):
    """A question, and where it stands."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            question=_QUESTION,
            history=[{"role": "user", "content": "What does an ML engineering manager earn?"}],
            top_k=5,
            documents=["ml-engineering-manager"],
            stream=False,
        )
    )

    question: Question
    history: list[TurnBody] = Field(
        default=[], max_length=MAX_TURNS, description="the conversation so far, oldest first"
    )
    top_k: TopK = None
    documents: Documents = None
    stream: bool = Field(False, description="answer as server-sent events")


class SearchRequest(_Request):
    """A question to retrieval alone."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            question=_QUESTION, top_k=5, documents=["ml-engineering-manager"]
        )
    )

    question: Question
    top_k: TopK = None
    documents: Documents = None


class CitationBody(BaseModel):
    """The words that support a sentence: `quote == text[start:end]` of the document."""

    model_config = ConfigDict(json_schema_extra=_example(**_CITATION))

    marker: int = Field(description="the number in brackets in the answer, from 1")
    passage_id: str
    document_id: str
    title: str = Field(description="title of the document")
    section: list[str] = Field(description="path of headings, outermost first")
    anchor: str = Field(description="stable name of the section")
    quote: str
    start: int = Field(description="offset in characters (code points) of the document's text")
    end: int = Field(description="offset of the first character after the quote")
    score: float = Field(description="how well the quote answers the question, in [0, 1]")
    page: int | None = Field(
        description="page on which the quote begins, from 1; null in a document without pages"
    )


class PassageBody(BaseModel):
    """A passage that search found; `text == document text[start:end]`."""

    model_config = ConfigDict(json_schema_extra=_example(**_PASSAGE))

    passage_id: str
    document_id: str
    section: list[str] = Field(description="path of headings, outermost first")
    anchor: str = Field(description="stable name of the section")
    text: str
    start: int
    end: int
    score: float = Field(description="higher is better, in [0, 1]")
    rank: int = Field(description="from 1, best first")


class ModelBody(BaseModel):
    """What made the answer."""

    encoder: str
    reranker: str | None
    generator: str
    reader: str | None


class TimingsBody(BaseModel):
    """Milliseconds spent in each step."""

    search: float
    evidence: float
    generate: float
    verify: float
    total: float


class AnswerBody(BaseModel):
    """A cited answer, or a refusal (`answered: false`) with its reason."""

    model_config = ConfigDict(json_schema_extra=_example(**ANSWER_EXAMPLE))

    id: str
    question: str
    standalone_question: str = Field(description="the question, completed from the history")
    answer: str = Field(
        description="sentences with their markers, and what of the question the documents do not "
        "say; or a plain refusal"
    )
    answered: bool
    reason: Reason | None = Field(description="why there is no answer; null if there is one")
    confidence: float = Field(description="in [0, 1]")
    citations: list[CitationBody] = Field(description="one a marker, in reading order")
    passages: list[PassageBody] = Field(description="what search brought, best first")
    model: ModelBody
    timings_ms: TimingsBody
    unanswered: list[str] = Field(
        description="parts of an answered question that the documents do not answer"
    )


class RetrievalBody(BaseModel):
    """The first event of a stream: what is searched for and what was found."""

    standalone_question: str
    passages: list[PassageBody]


class SentenceBody(BaseModel):
    """A verified sentence of a stream, without its markers in the text."""

    text: str
    markers: list[int]
    quoted: bool = Field(
        description="the source's own words, after their heading where figures could be "
        "taken for others"
    )
    item: bool = Field(description="an item of a list")
    citations: list[CitationBody]


class SearchBody(BaseModel):
    """What retrieval alone found."""

    model_config = ConfigDict(json_schema_extra=_example(question=_QUESTION, passages=[_PASSAGE]))

    question: str
    passages: list[PassageBody]


class DocumentSummary(BaseModel):
    """A document and its size."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            id="ml-engineering-manager",
            title="ML Engineering Manager",
            characters=28_630,
            sections=61,
            passages=123,
            removable=False,
        )
    )

    id: str
    title: str
    characters: int
    sections: int
    passages: int
    removable: bool = Field(
        description="whether it was uploaded; another comes back with the next ingest"
    )


class DocumentList(BaseModel):
    """Every document of the index."""

    passages: int = Field(description="passages of all documents together")
    documents: list[DocumentSummary]


class SectionBody(BaseModel):
    """A heading and what stands directly under it."""

    path: list[str] = Field(description="path of headings, outermost first")
    anchor: str
    start: int
    end: int


class DocumentBody(BaseModel):
    """A document's text, which all offsets point into, and its sections."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            id="ml-engineering-manager",
            title="ML Engineering Manager",
            text="# ML Engineering Manager\n\n…",
            sections=[{"path": _SECTION, "anchor": _ANCHOR, "start": 8090, "end": 8421}],
        )
    )

    id: str
    title: str
    text: str
    sections: list[SectionBody]


class FileBody(BaseModel):
    """What became of an uploaded file, or how far it is."""

    model_config = ConfigDict(json_schema_extra=_example(**_FILE))

    name: str = Field(description="the file's name, made harmless")
    state: State
    done: int = Field(description="files read so far, or passages of this file embedded")
    total: int
    detail: str = Field(description="what was done, or why not and what to do")
    document_id: str | None = Field(description="null where there is no document")


class AddedBody(BaseModel):
    """What became of each uploaded file; at least one is done."""

    model_config = ConfigDict(json_schema_extra=_example(files=[_FILE]))

    files: list[FileBody]


class RemovedBody(BaseModel):
    """What became of a document that was removed."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            document_id="menu",
            lasting=True,
            detail="removed from the index, and its uploaded file too",
        )
    )

    document_id: str
    lasting: bool = Field(description="whether it stays away when its folder is ingested again")
    detail: str


class FeedbackRequest(_Request):
    """What a reader thinks of an answer."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            answer_id="0b9c1f7e",
            question=_QUESTION,
            answer=_ANSWER,
            verdict="up",
            note="",
            settings={"top_k": 5},
        )
    )

    answer_id: str = Field(min_length=1, max_length=100, description="the answer's `id`")
    question: Question
    answer: str = Field(max_length=MAX_ANSWER)
    verdict: Verdict
    note: str = Field("", max_length=MAX_NOTE, description="in the reader's words")
    settings: dict[SettingName, SettingValue] = Field(
        default={}, max_length=50, description="what the answer was made with"
    )


class FeedbackBody(BaseModel):
    """When the feedback was kept."""

    model_config = ConfigDict(json_schema_extra=_example(time="2026-01-31T12:00:00+00:00"))

    time: str = Field(description="UTC, ISO 8601")


class Health(BaseModel):
    """The server's state in a word."""

    status: Literal["alive", "ready"]


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="path of the field, such as `history.0.role`")
    message: str


class Problem(BaseModel):
    """An error (RFC 9457); `detail` says what to do next."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            type="about:blank",
            title="Unprocessable Entity",
            status=422,
            detail="change the fields named in errors and send the request again",
            request_id="5c0f3a52c1f04c3c8d1e6f4d6a1b9f0e",
            errors=[{"field": "top_k", "message": "Input should be less than or equal to 50"}],
        )
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str = Field(description="also in the header X-Request-ID, and in the log")
    errors: list[FieldProblem] | None = Field(
        default=None, description="only where fields are wrong"
    )
