"""OpenAI's chat API over a service: a conversation in, a cited answer out."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from chat.api import create_api
from chat.question import Turn
from retrieval.index import Index
from tests.scripted import ScriptedChatbot, answer_of, cite, passage, said, service_of
from tests.shelves import BAKERY, QUESTION, SECONDS, Shelf
from tests.test_api import Broken, index, loaded, problem  # noqa: F401 (a fixture)

ANSWER = "Bakers in Mallory earn $2,900 a month [1]."


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_api(Shelf(tmp_path).service), raise_server_exceptions=False)


def complete(client: TestClient, *messages: tuple[str, Any], **options: Any) -> Any:
    body = {
        "model": "pincite",
        "messages": [{"role": role, "content": content} for role, content in messages],
        **options,
    }
    return client.post("/v1/chat/completions", json=body)


def chunks(text: str) -> list[Any]:
    found = [block.removeprefix("data: ") for block in text.strip().split("\n\n")]
    assert found.pop() == "[DONE]"
    return [json.loads(block) for block in found]


def test_a_question_is_answered_with_markers_and_citations(client: TestClient) -> None:
    body = complete(client, ("system", "Be brief."), ("user", QUESTION), temperature=0.2).json()
    assert (body["object"], body["model"]) == ("chat.completion", "pincite")
    (choice,) = body["choices"]
    assert choice["finish_reason"] == "stop"
    assert (choice["message"]["role"], choice["message"]["content"]) == ("assistant", ANSWER)
    (citation,) = choice["message"]["citations"]
    assert BAKERY[citation["start"] : citation["end"]] == citation["quote"]


def test_a_refusal_is_a_message_without_citations(client: TestClient) -> None:
    (choice,) = complete(client, ("user", "Who mends the clock?")).json()["choices"]
    assert choice["message"]["content"].startswith("The documents do not say.")
    assert choice["message"]["citations"] == []


@pytest.mark.parametrize("question", [QUESTION, "Who mends the clock?"])
def test_a_stream_comes_to_the_same(client: TestClient, question: str) -> None:
    (whole,) = complete(client, ("user", question)).json()["choices"]
    response = complete(client, ("user", question), stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = chunks(response.text)
    assert {chunk["object"] for chunk in found} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in found}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in found]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta["content"] for delta in deltas) == whole["message"]["content"]
    assert deltas[-1]["citations"] == whole["message"]["citations"]
    ends = [chunk["choices"][0]["finish_reason"] for chunk in found]
    assert ends == [None] * (len(ends) - 1) + ["stop"]


def test_items_and_sentences_are_streamed_as_they_are_joined() -> None:
    source = passage("One. Two. Three.")
    sentences = (
        said("One.", cite(source, "One.", 1)),
        said("Two.", cite(source, "Two.", 2), item=True),
        said("Three.", cite(source, "Three.", 3), item=True),
    )
    answer = answer_of("q", sentences, (source,))
    service = service_of(ScriptedChatbot(lambda question: iter((*sentences, answer))))
    service.start()
    service.wait(SECONDS)
    found = chunks(complete(TestClient(create_api(service)), ("user", "q"), stream=True).text)
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in found]
    assert texts == ["", "One [1].", "\n- Two [2].", "\n- Three [3].", ""]


def test_the_conversation_before_is_the_history() -> None:
    answer = answer_of("q", (), ())
    chatbot = ScriptedChatbot(lambda question: iter((answer,)))
    service = service_of(chatbot)
    service.start()
    service.wait(SECONDS)
    parts = [{"type": "text", "text": "And"}, {"type": "image_url"}, {"type": "text", "text": "x"}]
    complete(
        TestClient(create_api(service)),
        ("system", "Be brief."),
        *[("user", "old")] * 30,
        ("assistant", "Yes."),
        ("tool", "{}"),
        ("assistant", None),
        ("user", parts),
    )
    ((question, history),) = chatbot.asked
    assert question == "And\nx"
    assert history == [Turn("user", "old")] * 19 + [Turn("assistant", "Yes.")]


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ([("user", "q"), ("assistant", "a")], "messages.1"),
        ([("user", " ")], "messages.0.content"),
        ([("user", None)], "messages.0.content"),
        ([("user", "x" * 2001)], "messages.0.content"),
        ([("wizard", "q")], "messages.0.role"),
    ],
)
def test_what_holds_no_question_names_the_field(
    client: TestClient, messages: list[tuple[str, Any]], field: str
) -> None:
    (error,) = problem(complete(client, *messages), 422)["errors"]
    assert error["field"] == field


def test_another_model_is_not_there(client: TestClient) -> None:
    refused = complete(client, ("user", QUESTION), model="gpt-4")
    assert "use 'pincite'" in problem(refused, 404)["detail"]
    listed = client.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["pincite"]


def test_a_stream_that_breaks_tells_an_error_and_no_internals(index: Index) -> None:  # noqa: F811
    client = TestClient(create_api(loaded(index, Broken())))
    response = complete(client, ("user", QUESTION), stream=True)
    *_, last = chunks(response.text)
    assert (last["error"]["type"], last["error"]["code"]) == ("server_error", 500)
    assert "someone" not in response.text
