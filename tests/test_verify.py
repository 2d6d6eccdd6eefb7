"""The gate: true sentences pass, corrupted ones are replaced by the evidence itself."""

import pytest

from chat.evidence import Evidence
from chat.verify import supports, verify_draft
from ingest.document import Unit
from ingest.passages import Passage

TEXT = "Bakers in Port Mallory typically earn $2,900 a month, and apprentices earn $1,100."
QUESTION = "What do bakers earn in Port Mallory?"


def evidence(text: str, start: int = 0) -> Evidence:
    unit = Unit(start, start + len(text))
    passage = Passage(
        "p", "d", "T", ("Wages",), "wages", start, start + len(text), text, text, (unit,)
    )
    return Evidence(passage, unit, text, "Wages", 0.9)


@pytest.mark.parametrize(
    "sentence",
    [
        TEXT,
        "In Port Mallory bakers typically earn $2,900 a month, and apprentices $1,100.",
    ],
)
def test_a_true_sentence_is_supported(sentence: str) -> None:
    assert supports(evidence(TEXT), sentence, QUESTION)


@pytest.mark.parametrize(
    "sentence",
    [
        "Bakers in Port Mallory typically earn $3,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory typically earn $1,100 a month, and apprentices earn $2,900.",
        "Bakers in Port Mallory do not typically earn $2,900 a month, apprentices earn $1,100.",
        "Bakers in Skerry typically earn $2,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory earn $2,900 a month, and apprentices earn $1,100.",
        "Bakers in Port Mallory typically earn $2,900 a month.",
        "Bakers in Port Mallory typically earn $2,900 a month and free bread, apprentices $1,100.",
        "Bakers in Port Mallory typically earn $2,900 a month, and apprentices earn $1,100",
    ],
)
def test_a_corrupted_or_cut_sentence_is_not_supported(sentence: str) -> None:
    assert not supports(evidence(TEXT), sentence, QUESTION)


def test_a_sentence_that_fails_is_replaced_by_its_evidence_quoted() -> None:
    (shown,) = verify_draft(["Bakers earn $9,999 a month."], QUESTION, [evidence(TEXT)])
    assert (shown.text, shown.quoted) == (TEXT, True)


def test_a_draft_in_pieces_is_verified_sentence_by_sentence_without_its_own_markers() -> None:
    one, two = evidence("Salt is white."), evidence("Flour is 1 of 3 things.", 50)
    pieces = ["Flour is 1 of ", "3 things [7]. Salt", " is white [9]."]
    shown = list(verify_draft(pieces, "q", [one, two]))
    assert [verified.text for verified in shown] == ["Flour is 1 of 3 things.", "Salt is white."]
    assert [verified.evidence for verified in shown] == [two, one]


def test_what_a_draft_leaves_out_is_quoted_in_order() -> None:
    units = [evidence("Salt is white."), evidence("Flour is dear.", 50)]
    assert [v.text for v in verify_draft([], "q", units)] == ["Salt is white.", "Flour is dear."]


def test_nothing_is_shown_that_has_no_evidence() -> None:
    assert list(verify_draft(["The moon is made of cheese."], "q", [])) == []
