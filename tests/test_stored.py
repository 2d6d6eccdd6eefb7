"""A conversation as the browser keeps it, and the same answers on the page as over HTTP."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from chat.answer import as_json
from tests.pages import ANSWER, GUIDE, PAY, REFUSAL, SKILLS
from tests.shelves import QUESTION, Shelf
from ui.app import create_app
from ui.conversation import Exchange, converse
from ui.render import conversation_html
from ui.stored import MAX_CHARACTERS, MAX_EXCHANGES, pack, unpack


def through_a_browser(packed: dict[str, Any]) -> Any:
    return json.loads(json.dumps(packed))


def test_what_is_kept_comes_back_without_the_passages_texts() -> None:
    exchanges = (
        Exchange("a?", (PAY, SKILLS), ANSWER.sentences, ANSWER, verdict="up", noted=True),
        Exchange("b?", (PAY, SKILLS), (), REFUSAL),
        Exchange("c?", (PAY,), ANSWER.sentences[:1], stopped=True),
    )
    back = unpack(through_a_browser(pack(exchanges)))
    bare = tuple(replace(passage, text="") for passage in (PAY, SKILLS))
    assert back == (
        replace(exchanges[0], passages=bare, answer=replace(ANSWER, passages=bare)),
        replace(exchanges[1], passages=bare, answer=replace(REFUSAL, passages=bare)),
        replace(exchanges[2], passages=()),
    )
    assert conversation_html(back) == conversation_html(exchanges)


def test_what_failed_is_not_kept_and_of_many_the_last_are() -> None:
    many = tuple(Exchange(f"q{n}", answer=ANSWER) for n in range(MAX_EXCHANGES + 5))
    failed = Exchange("broken", failure=("t", "a"))
    back = unpack(through_a_browser(pack((*many, failed))))
    assert [one.question for one in back] == [one.question for one in many[5:]]


def test_what_is_too_large_is_refused_unread() -> None:
    stored = pack((Exchange("q" * MAX_CHARACTERS, answer=ANSWER),))
    with pytest.raises(ValueError, match="too large"):
        unpack(stored)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {"version": 1},
        {"version": 2, "exchanges": []},
        {"version": 1, "exchanges": [{"question": 5}]},
        {"version": 1, "exchanges": [{"question": "q", "verdict": "sideways"}]},
        {"version": 1, "exchanges": [{"question": "q", "answer": {"id": "x"}}]},
    ],
)
def test_what_is_no_conversation_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match=r"conversation|version"):
        unpack(stored)


@pytest.mark.parametrize("question", [QUESTION, "Who repairs the clock?", "hello"])
def test_the_page_and_the_api_give_the_same_answer(tmp_path: Path, question: str) -> None:
    shelf = Shelf(tmp_path)
    client = TestClient(create_app(shelf.service, shelf.settings))
    over_http = client.post("/ask", json={"question": question}).json()
    *_, last = converse(shelf.service, question, ())
    assert last.answer
    on_the_page = through_a_browser(as_json(last.answer))
    for each in ("id", "timings_ms"):  # of each asking
        del over_http[each], on_the_page[each]
    assert on_the_page == over_http
    html = conversation_html((last,))
    for citation in over_http["citations"]:
        assert f'data-marker="{citation["marker"]}"' in html
        assert citation["quote"] in html
    assert (over_http["answered"] is True) == ("pc-refusal" not in html)


def test_a_follow_up_has_the_same_history_on_the_page_as_over_http(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    client = TestClient(create_app(shelf.service, shelf.settings))
    *_, first = converse(shelf.service, QUESTION, ())
    *_, second = converse(shelf.service, "And a year?", (first,))
    assert first.answer
    assert second.answer
    said = " ".join(sentence.text for sentence in first.answer.sentences)
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": said}]
    body = client.post("/ask", json={"question": "And a year?", "history": history}).json()
    assert body["standalone_question"] == second.answer.standalone_question
    assert body["answer"] == second.answer.answer


def test_the_guide_is_what_the_answers_cite() -> None:
    for citation in ANSWER.citations:
        assert GUIDE.text[citation.start : citation.end] == citation.quote
