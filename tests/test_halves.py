"""Questions that may ask for two things in one breath, halved."""

import pytest

from chat.halves import halves


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("length of the path, and when is it shut?", "length of the path?", "when is it shut?"),
        ("Who donated it and in what year", "Who donated it?", "in what year?"),
        ("payday and perks as a borrower", "payday?", "perks as a borrower?"),
        ("fee and deadline for the course", "fee for the course?", "deadline for the course?"),
        ("late plane and late bag: what do I get", "late plane: what do I get?",
         "late bag: what do I get?"),
        ("Teaching site: rent and who has the keys", "Teaching site: rent?",
         "Teaching site: who has the keys?"),
        ("who is in the figures, who isn't", "who is in the figures?", "who isn't?"),
        ("You missed my visit. And what if I cancel late?", "You missed my visit?",
         "what if I cancel late?"),
        ("rent, deposit and notice of the flat", "rent, deposit of the flat?",
            "notice of the flat?"),
    ],
)  # fmt: skip
def test_a_question_is_halved_where_it_is_joined(question: str, first: str, second: str) -> None:
    assert halves(question) == (first, second)


@pytest.mark.parametrize(
    "question",
    [
        "What does a bagel cost?",
        "I'm 83, how much do I pay?",  # the first half only tells
        "If a band drops out, who pays?",
        "power for thin acrylic, 3mm?",  # one word is no question
        "and then?",
        "",
    ],
)
def test_most_questions_have_no_halves(question: str) -> None:
    assert halves(question) == ()
