"""Suggested questions: how headings become questions, and that only answered ones are shown."""

import threading
from pathlib import Path
from typing import cast

import pytest

from chat.chatbot import Chatbot
from chat.evidence import Evidence, Selection
from chat.suggestions import COUNT, Suggestions, candidates, questions_about, suggest
from ingest.passages import split_document
from tests.scripted import document
from tests.shelves import Shelf

SMALL = "The overall salary range and the opening hours, anti-patterns and machine learning teams."


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Overall Salary Range", "What is the overall salary range?"),
        ("2. Opening Hours", "What are the opening hours?"),
        ("How does it work?", "How does it work?"),
        ("Range and Hours", "What is said about range and hours?"),
        ("ML Teams", "What are the ML teams?"),
        ("LinkedIn Range", "What is the LinkedIn range?"),
        ("Boston Range", "What is the Boston range?"),
        ("Range and Anti-Patterns", "What is said about range and anti-patterns?"),
        ("Introduction", ""),
        ("a (strange) heading", ""),
        ("x" * 80, ""),
        ("one two three four five six seven eight", ""),
    ],
)
def test_a_heading_becomes_a_question_or_none(heading: str, question: str) -> None:
    found = questions_about(heading, SMALL)
    assert (found[0] if found else "") == question


def test_documents_take_turns_and_their_sections_are_spread() -> None:
    text = "# Top\n\n" + "\n\n".join(f"## Part Number{n}\n\nWords." for n in range(8))
    two = [document(text, "a", "A"), document(text.replace("Part", "Item"), "b", "B")]
    asked = [(one.document_id, one.section.path[-1]) for one in candidates(two)]
    assert asked[:4] == [
        ("a", "Part Number0"),
        ("b", "Item Number0"),
        ("a", "Part Number2"),
        ("b", "Item Number2"),
    ]
    assert len(asked) == 16


class Weighing:
    """A chatbot that is sure of some sections, and thinks others answered elsewhere."""

    def __init__(self, sure: dict[str, float], elsewhere: str = "") -> None:
        text = "# Top\n\n" + "\n\n".join(f"## {name}\n\nWords." for name in sure)
        self.document = document(text, "a", "A")
        self.documents = {"a": self.document}
        self._sure = sure
        self._elsewhere = elsewhere
        self._passages = split_document(self.document, 64, lambda text: len(text.split()))

    def weigh(self, question: str) -> Selection:
        name = next(n for n in self._sure if n.split()[0] in question)
        found = self._elsewhere if name == self._elsewhere else name
        passage = next(
            p for p in self._passages if (p.path[-1] == found) != (name == self._elsewhere)
        )
        sure = self._sure[name]
        evidence = Evidence(passage, passage.units[0], "Words.", "", sure)
        return Selection((evidence,) if sure >= 0.5 else (), sure, False)


def chatbot(sure: dict[str, float], elsewhere: str = "") -> Chatbot:
    return cast(Chatbot, Weighing(sure, elsewhere))


def test_the_surest_are_shown_in_the_order_of_the_document() -> None:
    sure = {"Aaa Q": 0.6, "Bbb Q": 0.9, "Ccc Q": 0.2, "Ddd Q": 0.8, "Eee Q": 0.7, "Fff Q": 0.55}
    found = suggest(chatbot(sure))
    assert len(found) == COUNT
    assert {one.question for one in found} == {
        f"What is the {name}?" for name in ("Aaa Q", "Bbb Q", "Ddd Q", "Eee Q")
    }


def test_what_is_answered_from_another_section_is_not_suggested() -> None:
    (found,) = suggest(chatbot({"Aaa Q": 0.9, "Bbb Q": 0.9}, "Bbb Q"))
    assert found.question == "What is the Aaa Q?"


def test_every_suggestion_is_answered(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    parts = ("Opening Hours", "Sunday Rules", "Bread Prices")
    body = "\n\n".join(f"## {name}\n\nThe {name.lower()} are on the door." for name in parts)
    shelf.write("notes/bakery.md", f"# Bakery\n\n{body}\n")
    shelf.ingest()
    shelf.service.refresh()
    found = suggest(shelf.service.chatbot)
    assert [one.question for one in found] == [f"What are the {name.lower()}?" for name in parts]
    for one in found:
        assert shelf.service.ask(one.question).answered
        assert shelf.service.ask(one.question, documents=[one.document_id]).answered


def test_they_are_looked_for_once_in_the_background() -> None:
    asked: list[str] = []
    go_on, done = threading.Event(), threading.Event()

    class Slow(Weighing):
        def weigh(self, question: str) -> Selection:
            go_on.wait(30)
            asked.append(question)
            if len(asked) == 2:
                done.set()
            return super().weigh(question)

    slow = cast(Chatbot, Slow({"Aaa Q": 0.9, "Bbb Q": 0.9}))
    suggestions = Suggestions()
    assert suggestions.of(slow) is None
    assert suggestions.of(slow) is None
    go_on.set()
    assert done.wait(30)
    for _ in range(3000):
        if (found := suggestions.of(slow)) is not None:
            break
        threading.Event().wait(0.01)
    assert found
    assert [one.question for one in found] == ["What is the Aaa Q?", "What is the Bbb Q?"]
    assert asked == ["What is the Aaa Q?", "What is the Bbb Q?"]


def test_a_chatbot_that_breaks_has_none() -> None:
    class Broken(Weighing):
        def weigh(self, question: str) -> Selection:
            raise ValueError("broken")

    suggestions = Suggestions()
    broken = cast(Chatbot, Broken({"Aaa Q": 0.9}))
    suggestions.of(broken)
    for _ in range(3000):
        if (found := suggestions.of(broken)) is not None:
            break
        threading.Event().wait(0.01)
    assert found == ()
