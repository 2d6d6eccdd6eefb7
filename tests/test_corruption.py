"""Corrupted sentences are false, each in the way that its kind says; rewordings stay true."""

import random
from dataclasses import replace

from chat.claims import Claim, Premise, parts, reworded
from chat.corruption import corruptions, tails_of

CONTEXT = "Wages"
UNIT = Premise(
    CONTEXT, "In Port Mallory bakers earn at least $2,900 a month, and apprentices earn $1,100."
)
OTHER = Premise(CONTEXT, "In Skerry bakers earn $3,400 a month because rents are dear.")
CLAIM = Claim(
    "d",
    "What do bakers earn?",
    "Yes, bakers in Port Mallory earn at least $2,900 a month.",
    (UNIT,),
    "yesno",
    (OTHER,),
)


def made(kind: str, claim: Claim = CLAIM) -> set[str]:
    found = corruptions(claim, [", which surprised nobody"], spread=50)
    return {one.sentence for one in found if one.kind == kind}


def test_a_figure_becomes_another_of_the_evidence_or_of_the_document() -> None:
    assert made("figure") == {
        "Yes, bakers in Port Mallory earn at least $1,100 a month.",
        "Yes, bakers in Port Mallory earn at least $3,400 a month.",
    }


def test_a_unit_becomes_another() -> None:
    others = {f"Yes, bakers in Port Mallory earn at least {sign}2,900 a month." for sign in "€£"}
    assert made("unit") & others


def test_a_yes_becomes_a_no() -> None:
    assert "No, bakers in Port Mallory earn at least $2,900 a month." in made("negation")


def test_at_least_becomes_at_most_and_is_dropped() -> None:
    assert "Yes, bakers in Port Mallory earn at most $2,900 a month." in made("direction")
    assert made("qualifier") == {"Yes, bakers in Port Mallory earn $2,900 a month."}


def test_a_name_becomes_another_of_the_document() -> None:
    assert made("entity") == {"Yes, bakers in Skerry earn at least $2,900 a month."}


def test_a_place_is_dropped_if_neither_question_nor_headings_name_it() -> None:
    assert "Yes, bakers earn at least $2,900 a month." in made("scope")
    named = replace(CLAIM, question="What do bakers in Port Mallory earn?")
    assert "Yes, bakers earn at least $2,900 a month." not in made("scope", named)


def test_inventions_say_what_the_evidence_does_not() -> None:
    added = made("invention")
    assert "Yes, bakers in Port Mallory earn at least $2,900 a month, which surprised nobody." in (
        added
    )
    assert all(len(sentence) > len(CLAIM.sentence) for sentence in added)


def test_what_stands_in_the_evidence_word_for_word_is_no_corruption() -> None:
    claim = Claim(
        "d", "", "Apprentices earn $2,900.", (Premise("", "Apprentices earn $1,100."),), ""
    )
    assert "Apprentices earn $1,100." not in made("figure", claim)


def test_the_same_seed_gives_the_same_corruptions() -> None:
    tails = tails_of([CLAIM])
    assert corruptions(CLAIM, tails, seed=3) == corruptions(CLAIM, tails, seed=3)


def test_a_claim_is_reworded_without_a_change_of_meaning() -> None:
    texts = {
        again.sentence for seed in range(60) if (again := reworded(CLAIM, random.Random(seed)))
    }
    assert "Yes, bakers in Port Mallory earn no less than $2,900 a month." in texts
    assert "Yes, bakers in Port Mallory earn at least 2,900 dollars a month." in texts
    assert "Yes, bakers in Port Mallory earn at least $2900 a month." in texts


def test_the_first_clause_of_a_unit_is_a_claim() -> None:
    claim = Claim(
        "d", "", "", (Premise("", "Bakers here earn little money; masters earn more."),), ""
    )
    assert [part.sentence for part in parts([claim])] == ["Bakers here earn little money."]
