"""The part of OpenAI's chat API that its clients need to talk to a service.

A completion is an answer with its markers; its citations ride along in the message. What a client
asks of a model (a temperature, a system prompt) does not move answers from documents, and is
passed over. Source: https://platform.openai.com/docs/api-reference/chat
"""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict
from itertools import chain
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from chat.answer import Answer, Event, Sentence, join_sentences
from chat.edge import JsonRoute, log_failure
from chat.problems import Refused, problem_of, responses
from chat.question import Turn
from chat.schema import MAX_QUESTION, MAX_TURN, MAX_TURNS, CitationBody
from chat.served import EventStream, Served, last_of

MODEL = "pincite"
_MESSAGES = 500  # of which the last turns are looked at

openai_router = APIRouter(route_class=JsonRoute)


class PartBody(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class MessageBody(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartBody] | None = None

    @property
    def words(self) -> str:
        """The message's text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class CompletionRequest(BaseModel):
    """A conversation whose last message is the question; other fields are passed over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": MODEL, "messages": [{"role": "user", "content": "What does it pay?"}]}
            ]
        }
    )

    model: str = MODEL
    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=_MESSAGES)]
    stream: bool = False


class SaidBody(BaseModel):
    """An answer as a message."""

    role: Literal["assistant"]
    content: str = Field(description="sentences with their markers, or a plain refusal")
    citations: list[CitationBody] = Field(description="one a marker, in reading order")


class ChoiceBody(BaseModel):
    """The only choice."""

    index: int
    message: SaidBody
    finish_reason: Literal["stop"]


class CompletionBody(BaseModel):
    """An answer in OpenAI's form."""

    id: str
    object: Literal["chat.completion"]
    created: int = Field(description="seconds since 1970")
    model: str
    choices: list[ChoiceBody]


class ModelBody(BaseModel):
    """A model in OpenAI's form."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The models that there are: one."""

    object: Literal["list"]
    data: list[ModelBody]


@openai_router.get("/v1/models", response_model=ModelList)
async def list_models() -> Any:
    """The name under which OpenAI's clients ask."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
    return {"object": "list", "data": [model]}


@openai_router.post(
    "/v1/chat/completions",
    response_model=CompletionBody,
    responses={
        200: {
            "description": "An answer; as chunks with `stream: true`, the last with `citations`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **responses(400, 404, 413, 415, 422, 500, 503),
    },
)
async def complete(body: CompletionRequest, request: Request, service: Served) -> Any:
    """Answer the last message from the documents; for clients of OpenAI's API."""
    if body.model != MODEL:
        raise Refused(404, f"there is no model {body.model!r}; use {MODEL!r}")
    question, history = _conversation(body.messages)
    events = service.stream(question, history)
    if not body.stream:
        return _completion(cast(Answer, await last_of(events, request)))
    # Until the first event an error is a response of its own, with its own status.
    first = await run_in_threadpool(next, events)
    return EventStream(_chunks(chain([first], events), request.state.request_id), events)


def _conversation(messages: list[MessageBody]) -> tuple[str, list[Turn]]:
    """The question, and the turns before it."""
    *earlier, last = messages
    question = last.words.strip()
    where = f"messages.{len(earlier)}"
    if last.role != "user":
        raise Refused(422, "the last message must be the user's question", {where: "no question"})
    if not 1 <= len(question) <= MAX_QUESTION:
        why = f"the question must have from 1 to {MAX_QUESTION:,} characters"
        raise Refused(422, why, {f"{where}.content": f"has {len(question):,} characters"})
    turns = [
        Turn("user" if message.role == "user" else "assistant", message.words[:MAX_TURN])
        for message in earlier
        if message.role in {"user", "assistant"} and message.words
    ]
    return question, turns[-MAX_TURNS:]


def _completion(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.answer, "citations": _citations(answer)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_head(answer.id, "chat.completion"), "choices": [choice]}


def _chunks(events: Iterator[Event], request_id: str) -> Generator[bytes, None, None]:
    """An answer sentence by sentence, each already verified, in OpenAI's form."""
    head = _head(request_id, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data({**head, "choices": [choice]})

    sentences: list[Sentence] = []
    said = ""
    try:
        yield chunk({"role": "assistant", "content": ""})
        for event in events:
            if isinstance(event, Sentence):
                sentences.append(event)
                text = join_sentences(tuple(sentences))
                yield chunk({"content": text[len(said) :]})
                said = text
            elif isinstance(event, Answer):
                rest = event.answer[len(said) :]
                yield chunk({"content": rest, "citations": _citations(event)}, "stop")
    except Exception as error:  # the status is sent; this is the only way left to tell
        log_failure(request_id)
        problem = problem_of(error, request_id)
        told = {"message": problem.detail, "type": "server_error", "code": problem.status}
        yield _data({"error": told})
    yield format_sse_event(data_str="[DONE]")


def _head(name: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{name}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }


def _citations(answer: Answer) -> list[dict[str, Any]]:
    return [asdict(citation) for citation in answer.citations]


def _data(body: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(body, ensure_ascii=False))
