"""The gate on drafts: what passes is cited, what fails is replaced by the evidence, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np
import pytest

from chat.evidence import Evidence
from chat.judge import Pair, Verdicts
from chat.signals import SupportSignals
from chat.support import Gate, Score
from chat.verify import Verified, verify_draft
from ingest.document import Unit
from ingest.passages import Passage
from retrieval.reranker import TokenMemory
from tests.fakes import HashedEncoder

TEXT = "Bakers in Port Mallory typically earn $2,900 a month, and apprentices earn $1,100."
QUESTION = "What do bakers earn in Port Mallory?"


def evidence(text: str, start: int = 0) -> Evidence:
    unit = Unit(start, start + len(text))
    passage = Passage(
        "p", "d", "T", ("Wages",), "wages", start, start + len(text), text, text, (unit,)
    )
    return Evidence(passage, unit, text, "Wages", 0.9)


class Truthful:
    """A judge that knows the true sentences, and which units each needs."""

    name = "truthful"

    def __init__(self, **needs: Sequence[str]) -> None:
        self._needs = needs

    def verdicts(self, pairs: Sequence[Pair]) -> Verdicts:
        return np.array([(5.0 if self._holds(pair) else -5.0, 0.0) for pair in pairs], np.float32)

    def _holds(self, pair: Pair) -> bool:
        needed = self._needs.get(pair.sentence.split()[0].strip(","))
        return needed is not None and all(any(n in u for u in pair.units) for n in needed)


def gate(**needs: Sequence[str]) -> Gate:
    """Only the judge's first verdict counts."""
    score = Score(0.0, (1.0, *[0.0] * (len(fields(SupportSignals)) - 1)), 0.0)
    return Gate(TokenMemory(HashedEncoder()), score, Truthful(**needs))


LITERAL = Gate(TokenMemory(HashedEncoder()))


def shown(pieces: Sequence[str], units: Sequence[Evidence], by: Gate) -> list[Verified]:
    return list(verify_draft(pieces, QUESTION, units, by))


@pytest.mark.parametrize(
    "sentence",
    [
        TEXT,
        "In Port Mallory bakers typically earn $2,900 a month, and apprentices $1,100.",
    ],
)
def test_without_a_score_the_evidences_own_words_pass(sentence: str) -> None:
    (verified,) = shown([sentence], [evidence(TEXT)], LITERAL)
    assert verified.text == sentence
    assert verified.replaces == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "Bakers in Port Mallory typically earn $3,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory typically earn $1,100 a month, and apprentices earn $2,900.",
        "Bakers in Port Mallory do not typically earn $2,900 a month, apprentices earn $1,100.",
        "Bakers in Skerry typically earn $2,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory earn $2,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory typically earn $2,900 a month and free bread, apprentices $1,100.",
        "Bakers in Port Mallory typically earn €2,900 a month, and apprentices earn €1,100.",
        "Bakers in Port Mallory typically earn $2,900 a month, and apprentices earn $1,100",
    ],
)
def test_a_corrupted_or_cut_sentence_is_replaced_by_its_evidence_quoted(sentence: str) -> None:
    (verified,) = shown([sentence], [evidence(TEXT)], LITERAL)
    assert (verified.text, verified.quoted, verified.replaces) == (TEXT, True, sentence)


@pytest.mark.parametrize(
    "sentence",
    ["True bakers earn $2,800 a month.", "True it is that bakers in Skerry earn $2,900 a month."],
)
def test_a_figure_or_a_name_that_stands_nowhere_fails_whatever_the_judge_says(
    sentence: str,
) -> None:
    (verified,) = shown([sentence], [evidence(TEXT)], gate(**{"True": ["Bakers"]}))
    assert verified.replaces == sentence


def test_a_sentence_may_not_answer_with_a_figure_of_the_question_alone() -> None:
    units = [evidence("The deposit is kept for repairs.")]
    believing = gate(It=["deposit"], No=["deposit"])
    question = "The deposit is $500, right?"
    (verified,) = verify_draft(["It is $500."], question, units, believing)
    assert verified.text == "The deposit is kept for repairs."
    (verified,) = verify_draft(["No, $500 is not the deposit."], question, units, believing)
    assert verified.text == "No, $500 is not the deposit."


def test_names_of_the_question_may_be_said() -> None:
    units = [evidence("The harbour opens at six.")]
    question = "When does the harbour of Skerry open?"
    (verified,) = verify_draft(["At Skerry it opens at 6."], question, units, gate(At=["six"]))
    assert verified.text == "At Skerry it opens at 6."


def test_a_sentence_is_aligned_with_the_fewest_units_that_support_it() -> None:
    salt, flour, yeast = (
        evidence("Salt costs 3 euros.", 0),
        evidence("Flour costs 4 euros.", 50),
        evidence("Yeast is alive.", 100),
    )
    draft = ["Salt costs 3 euros and flour 4. ", "Flour costs just 4 euros."]
    both, one, rest = shown(
        draft, [yeast, salt, flour], gate(Salt=["Salt", "Flour"], Flour=["Flour"])
    )
    assert both.evidence == (salt, flour)
    assert one.evidence == (flour,)
    assert (rest.text, rest.quoted) == ("Yeast is alive.", True)


def test_a_draft_in_pieces_is_verified_sentence_by_sentence_without_its_own_markers() -> None:
    one, two = evidence("Salt is white."), evidence("Flour is 1 of 3 things.", 50)
    pieces = ["Flour is 1 of ", "3 things [7]. Salt", " is white [9]."]
    found = shown(pieces, [one, two], LITERAL)
    assert [verified.text for verified in found] == ["Flour is 1 of 3 things.", "Salt is white."]
    assert [verified.evidence for verified in found] == [(two,), (one,)]
    assert all(verified.quoted for verified in found)


def test_a_sentence_is_shown_before_the_next_is_complete() -> None:
    def pieces() -> Iterator[str]:
        yield "Salt is white. "
        yield "Flour "
        raise AssertionError("the first sentence was there to be shown")

    stream = verify_draft(pieces(), "q", [evidence("Salt is white.")], LITERAL)
    assert next(stream).text == "Salt is white."


def test_what_a_draft_leaves_out_is_quoted_in_order_unless_told_otherwise() -> None:
    units = [evidence("Salt is white."), evidence("Flour is dear.", 50)]
    assert [v.text for v in shown([], units, LITERAL)] == ["Salt is white.", "Flour is dear."]
    only = verify_draft(["Salt is white."], "q", units, LITERAL, quote_rest=False)
    assert [v.text for v in only] == ["Salt is white."]
    failed = verify_draft(["The moon is cheese."], "q", units, LITERAL, quote_rest=False)
    assert [v.text for v in failed] == ["Salt is white.", "Flour is dear."]


def test_evidence_that_is_cited_is_not_quoted_for_a_sentence_that_fails() -> None:
    draft = ["Salt is white. ", "Salt is white and made of cheese."]
    found = shown(draft, [evidence("Salt is white.")], LITERAL)
    assert [v.text for v in found] == ["Salt is white."]


def test_nothing_is_shown_that_has_no_evidence() -> None:
    assert shown(["The moon is made of cheese."], [], LITERAL) == []
