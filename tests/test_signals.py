"""What tells a true sentence from a corrupted one, signal by signal."""

import pytest

from chat.signals import Said, SupportSignals, signals, unnamed, unsupported_figures
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder

UNIT = "Fares The ferry from Skerry carries up to 40 cars in summer; in winter it carries 25 cars."
QUESTION = "How many cars does the ferry take in summer?"


def of(sentence: str, unit: str = UNIT, question: str = QUESTION) -> SupportSignals:
    return signals(Said(sentence, question, (unit,)), (0.0, 0.0), TokenMemory(HashedEncoder()))


def test_a_true_sentence_has_nothing_against_it() -> None:
    found = of("The ferry carries up to 40 cars in summer.")
    assert (found.covered, found.told, found.fit) == (1.0, 1.0, 1.0)
    against = ("asked", "turned", "names", "opposites", "added", "negation", "turned_negation")
    assert all(getattr(found, name) == 0 for name in against)


def test_the_clause_of_a_figure_tells_its_scope() -> None:
    right = of("In summer the ferry carries 40 cars.")
    wrong = of("In summer the ferry carries 25 cars.")
    assert (right.fit, wrong.fit) == (1.0, -1.0)


def test_an_opposite_of_a_word_of_the_units_is_counted() -> None:
    unit = "The shop opens before the market."
    assert of("The shop opens after the market.", unit, "").opposites == 1
    assert of("The shop opens before the market.", unit, "").opposites == 0


def test_a_denial_that_the_closest_clause_does_not_have_counts_as_much_as_they_share() -> None:
    unit = "Dogs may come aboard; cats may not come aboard."
    assert of("Dogs may not come aboard.", unit, "").turned_negation > 0.5
    assert of("Dogs may come aboard.", unit, "").turned_negation == 0


@pytest.mark.parametrize(
    ("sentence", "signal"),
    [
        ("The ferry carries 40 cars in summer.", "deleted"),
        ("The red ferry from Skerry carries up to 40 cars in summer.", "inserted"),
        ("The barge from Skerry carries up to 40 cars in summer.", "substituted"),
    ],
)
def test_a_word_changed_between_neighbours_of_the_units_is_counted(
    sentence: str, signal: str
) -> None:
    sentence = f"So {sentence[0].lower()}{sentence[1:]}"
    unit = f"So {UNIT[6].lower()}{UNIT[7:]}"
    found = of(sentence, unit)
    counts = {name: getattr(found, name) for name in ("deleted", "inserted", "substituted")}
    assert counts == {**dict.fromkeys(counts, 0.0), signal: found.kept}
    assert found.kept > 0.5


def test_an_upper_limit_contradicts_a_lower_one() -> None:
    unit = "The ferry carries at least 40 cars."
    assert of("The ferry carries up to 40 cars.", unit).contradicted == 1
    assert of("The ferry carries no less than 40 cars.", unit).contradicted == 0


def test_a_yes_before_a_denial_and_a_no_before_none_are_told_apart() -> None:
    unit = "Dogs may not come aboard."
    assert of("Yes, dogs may not come aboard.", unit, "May dogs come?").opener == 1
    assert of("No, dogs may not come aboard.", unit, "May dogs come?").opener == 0
    assert of("No, dogs may come aboard.", "Dogs may come.", "May dogs come?").opener == -1


def test_names_must_stand_somewhere_but_the_first_word_need_not() -> None:
    known = "The Tarnhelm Report of Port Mallory; SRE pay; the Altus 430"
    assert (
        unnamed("Perhaps the Mallory pay of SREs is in Tarnhelm's Report on the Altus.", known)
        == []
    )
    assert unnamed("The pay in Skerry is low.", known) == ["Skerry"]


@pytest.mark.parametrize(
    ("sentence", "caught"),
    [
        ("It takes 40 cars.", []),
        ("It takes 41 cars.", [41.0]),
        ("It takes 50 cars.", [50.0]),  # the question's own figure is no answer
        ("No, it takes 40 cars and not 50.", []),
        ("Those two seasons differ.", []),
    ],
)
def test_a_figure_must_stand_in_the_units_or_be_denied(sentence: str, caught: list[float]) -> None:
    unit = "It carries 40 cars in summer and 25 in winter."
    said = Said(sentence, "Does it take 50 cars?", (unit,))
    assert [figure.value for figure in unsupported_figures(said)] == caught
