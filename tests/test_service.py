"""The line before a chatbot: one answer at a time, a full line, and who leaves it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from typing import cast

import pytest

from chat.answer import Event, Retrieved
from chat.chatbot import Chatbot
from chat.errors import Busy, GeneratorFailed, NotReady
from chat.service import Service
from tests.scripted import ScriptedChatbot, answer_of, cite, document, passage, said, service_of

PASSAGE = passage("Bakers earn $2,900.")
SAID = said("Bakers earn $2,900.", cite(PASSAGE, "Bakers earn $2,900.", 1))
ANSWER = answer_of("q", (SAID,), (PASSAGE,))
SECONDS = 10.0  # to wait for another thread on a busy machine


class Workbench:
    """A script whose answers wait to be let go, and that counts how many are made at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.most = 0
        self._now = 0

    def play(self, question: str) -> Iterator[Event]:
        self._now += 1
        self.most = max(self.most, self._now)
        self.begun.release()
        try:
            yield Retrieved(question, (PASSAGE,))
            assert self.go.wait(SECONDS)
            yield SAID
            yield ANSWER
        finally:
            self._now -= 1


def started(chatbot: ScriptedChatbot, max_waiting: int = 8) -> Service:
    service = service_of(chatbot, max_waiting)
    service.start()
    service.wait(SECONDS)
    return service


def test_a_stream_is_the_chatbots_and_ask_is_its_last_event() -> None:
    bench = Workbench()
    bench.go.set()
    service = started(ScriptedChatbot(bench.play))
    assert list(service.stream("q")) == [Retrieved("q", (PASSAGE,)), SAID, ANSWER]
    assert service.ask("q") == ANSWER


def test_answers_are_made_one_after_another() -> None:
    bench = Workbench()
    service = started(ScriptedChatbot(bench.play))
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(service.ask, f"q{n}") for n in range(3)]
        assert bench.begun.acquire(timeout=SECONDS)
        assert not bench.begun.acquire(timeout=0.2), "a second answer was begun beside the first"
        bench.go.set()
        assert [answer.result(SECONDS) for answer in answers] == [ANSWER] * 3
    assert bench.most == 1


def test_who_finds_the_line_full_is_told_at_once_and_the_others_are_answered() -> None:
    bench = Workbench()
    service = started(ScriptedChatbot(bench.play), max_waiting=2)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(service.ask, f"q{n}") for n in range(3)]
        told = wait(answers, SECONDS, FIRST_COMPLETED)
        assert [type(answer.exception()) for answer in told.done] == [Busy]
        bench.go.set()
        assert [answer.result(SECONDS) for answer in told.not_done] == [ANSWER] * 2
    assert service.ask("again") == ANSWER


def test_a_stream_that_is_closed_makes_room_and_stops_the_work() -> None:
    chatbot = ScriptedChatbot(Workbench().play)
    service = started(chatbot, max_waiting=1)
    with closing(service.stream("first")) as first:
        next(first)
        with pytest.raises(Busy, match="try again"):
            next(service.stream("second"))
        assert not chatbot.closed.is_set()
    assert chatbot.closed.is_set()
    with closing(service.stream("third")) as third:
        assert next(third) == Retrieved("third", (PASSAGE,))


def test_a_stream_that_was_never_read_takes_no_place() -> None:
    bench = Workbench()
    bench.go.set()
    chatbot = ScriptedChatbot(bench.play)
    service = started(chatbot, max_waiting=1)
    unread = service.stream("unread")
    assert service.ask("read") == ANSWER
    unread.close()
    assert [question for question, _ in chatbot.asked] == ["read"]


def test_who_leaves_the_line_is_passed_over_when_the_turn_comes() -> None:
    bench = Workbench()
    service = started(ScriptedChatbot(bench.play), max_waiting=2)
    first = service.stream("first")
    next(first)
    with ThreadPoolExecutor(1) as pool:
        waiting = service.stream("waiting")
        turn = pool.submit(next, waiting)
        first.close()
        turn.result(SECONDS)
        waiting.close()  # as the API does for a client that is gone
    bench.go.set()
    assert service.ask("next") == ANSWER


def test_an_answer_that_breaks_makes_room() -> None:
    def broken(question: str) -> Iterator[Event]:
        yield Retrieved(question, ())
        raise GeneratorFailed("the model broke")

    service = started(ScriptedChatbot(broken), max_waiting=1)
    for _ in range(2):
        with pytest.raises(GeneratorFailed, match="the model broke"):
            service.ask("q")


def test_nothing_is_answered_while_the_chatbot_is_being_loaded() -> None:
    go, chatbot = threading.Event(), ScriptedChatbot(Workbench().play)

    def load() -> Chatbot:
        assert go.wait(SECONDS)
        return cast(Chatbot, chatbot)

    service = Service(load)
    service.start()
    for early in (lambda: service.ask("q"), lambda: service.wait(0.01)):
        with pytest.raises(NotReady, match="being loaded; try again"):
            early()
    go.set()
    assert cast(object, service.wait(SECONDS)) is chatbot
    assert cast(object, service.chatbot) is chatbot


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError("there is no index; run pincite ingest"), "there is no index; run pincite ingest"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_chatbot_that_cannot_be_loaded_is_told_with_the_reason(
    error: Exception, told: str
) -> None:
    def load() -> Chatbot:
        raise error

    service = Service(load)
    service.start()
    with pytest.raises(NotReady) as raised:
        service.wait(SECONDS)
    assert str(raised.value) == f"could not start: {told}"
    assert raised.value.__cause__ is error


def test_a_second_start_loads_nothing() -> None:
    loads = []

    def load() -> Chatbot:
        loads.append(1)
        return cast(Chatbot, ScriptedChatbot(Workbench().play))

    service = Service(load)
    service.start()
    service.start()
    service.wait(SECONDS)
    service.start()
    assert loads == [1]


class Shelf:
    """Where chatbots come from: what serves, and what was taken from it."""

    def __init__(self) -> None:
        self.serves: str | None = "one"
        self.broken = False
        self.reloads: list[str | None] = []
        self.reloaded = threading.Semaphore(0)
        self.benches = {name: Workbench() for name in ("one", "two", "three")}
        self.service = Service(
            lambda: self.chatbot(), version=lambda: self.serves, reload=self.reload
        )
        self.service.start()
        self.service.wait(SECONDS)

    def chatbot(self) -> Chatbot:
        name = str(self.serves)
        return cast(Chatbot, ScriptedChatbot(self.benches[name].play, document("x", name)))

    def reload(self, before: Chatbot) -> Chatbot:
        self.reloads.append(self.serves)
        try:
            if self.broken:
                raise OSError("the disk is gone")
            return self.chatbot()
        finally:
            self.reloaded.release()

    def titles(self) -> list[str]:
        return list(self.service.chatbot.documents)

    def wait_for(self, name: str) -> None:
        until = time.monotonic() + SECONDS
        while self.titles() != [name]:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_newer_index_is_loaded_beside_the_one_that_answers_and_then_answers() -> None:
    shelf = Shelf()
    assert shelf.titles() == ["one"]
    assert shelf.reloads == []
    first = shelf.service.stream("first")
    assert next(first) == Retrieved("first", (PASSAGE,))
    shelf.serves = "two"
    shelf.wait_for("two")
    shelf.benches["one"].go.set()
    assert list(first) == [SAID, ANSWER]  # begun with the old one, and finished with it
    shelf.benches["two"].go.set()
    assert shelf.service.ask("second") == ANSWER
    assert shelf.benches["two"].begun.acquire(timeout=SECONDS)
    assert shelf.reloads == ["two"]


def test_an_index_that_cannot_be_loaded_is_logged_once_and_the_old_one_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf()
    shelf.broken, shelf.serves = True, "two"
    assert shelf.titles() == ["one"]
    assert shelf.reloaded.acquire(timeout=SECONDS)
    assert [shelf.titles() for _ in range(20)] == [["one"]] * 20
    assert shelf.reloads == ["two"]
    shelf.broken, shelf.serves = False, "three"
    shelf.wait_for("three")
    assert [record.getMessage() for record in caplog.records] == [
        "the new index cannot be used, the old one goes on: the disk is gone"
    ]
