"""The gate's judge: how evidence and sentences are laid out, and that training teaches it."""

from pathlib import Path
from typing import Any, cast

import pytest
import torch

from chat.adapter import HEAD, save
from chat.claims import Claim, Premise
from chat.gate_data import Sheet, Sheets
from chat.judge import AdaptedJudge, Pair
from chat.judge_training import JudgeRecipe, learner, train
from chat.judging import Verdict, judged, lesson
from chat.smollm2 import Base
from tests.tiny import TinyBase, spell, states_of, tiny_layers

# peft asks transformers by a name that it has given up.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

UNITS = ("Pay A cook earns 20.", "Food Tea is hot.")
SMALL = JudgeRecipe(layers=2, rank=4, epochs=60, sheets=2, rate=5e-3, head_rate=5e-3)


def test_a_lesson_says_where_the_sentences_words_are() -> None:
    laid_out = lesson("Who?", UNITS, ["A cook.", "Tea."], spell, first=1)
    text = "".join(chr(token) for token in laid_out.laid.ids)
    assert text[1:] == (
        "Pay A cook earns 20.\nFood Tea is hot.\nQuestion: Who?\n"
        "Answer: A cook.\nSupported:Answer: Tea.\nSupported:"
    )
    assert [text[start:end] for start, end in laid_out.said] == [" A cook.", " Tea."]


def test_a_sentence_is_judged_as_if_it_stood_alone() -> None:
    layers, verdict = states_of(tiny_layers()), Verdict(32).eval()
    sentences = ["A cook earns 20.", "Tea is cold, and always was."]
    with torch.inference_mode():
        together = judged(layers, verdict, [lesson("Pay?", UNITS, sentences, spell, 1)])[0]
        for sentence, (whole, words) in zip(sentences, together, strict=True):
            (((alone, alone_words),),) = judged(
                layers, verdict, [lesson("Pay?", UNITS, [sentence], spell, 1)]
            )
            torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(words, alone_words, rtol=1e-4, atol=1e-5)


def sheet() -> Sheet:
    sentences = ("A cook earns 20.", "A cook earns 90.", "Tea is hot.", "Tea is red.")
    originals = ("A cook earns 20.", "A cook earns 20.", "Tea is hot.", "Tea is hot.")
    return Sheet("Pay?", UNITS, sentences, (True, False, True, False), originals)


def test_training_learns_which_sentence_holds_and_which_word_does_not(tmp_path: Path) -> None:
    judge = learner(tiny_layers(), SMALL)
    train(judge, lambda epoch: [sheet()] * 2, SMALL, spell, 1, tmp_path / "run.ckpt")
    save(
        tmp_path / "kept",
        judge.layers,
        "small",
        {"recipe": {"layers": 2}},
        {HEAD: judge.head.state_dict()},
    )
    kept = AdaptedJudge(cast(Base, TinyBase()), tmp_path / "kept")
    assert kept.name.startswith("small-")
    pairs = [Pair("Pay?", sentence, UNITS) for sentence in sheet().sentences]
    verdicts = kept.verdicts([*pairs, Pair("", pairs[0].sentence, UNITS[:1])])
    assert verdicts.shape == (5, 2)
    whole, worst = verdicts[:4].T
    assert (whole > 0).tolist() == [True, False, True, False]
    assert worst[[0, 2]].max() < worst[[1, 3]].min()
    with torch.inference_mode():
        (row,) = judged(
            judge.states, judge.head, [lesson("Pay?", UNITS, ["A cook earns 90."], spell, 1)]
        )
    assert " A cook earns 90."[int(row[0][1].argmax())] == "9"


def test_no_pairs_have_no_verdicts(tmp_path: Path) -> None:
    judge = learner(tiny_layers(), SMALL)
    head = {HEAD: judge.head.state_dict()}
    save(tmp_path, judge.layers, "small", {"recipe": {"layers": 2}}, head)
    assert AdaptedJudge(cast(Base, TinyBase()), tmp_path).verdicts([]).shape == (0, 2)


def claims() -> list[Claim]:
    premises = [
        Premise("Ferry", f"The {name} ferry carries {cars} cars, and no dogs are allowed on board.")
        for name, cars in (("Sennet", 40), ("Mallory", 60), ("Skerry", 80))
    ]
    return [
        Claim(
            "d1",
            f"How many cars does the {premise.text.split()[1]} ferry carry?",
            f"At most {premise.text.split()[4]} cars go on the {premise.text.split()[1]} ferry.",
            (premise,),
            "numeric",
            tuple(other for other in premises if other is not premise),
        )
        for premise in premises
    ]


def test_sheets_hold_true_sentences_and_false_ones_made_from_them() -> None:
    made = Sheets(claims(), seed=1)
    rows: list[Any] = []
    for number in range(12):
        for one in made.epoch(number):
            assert len(one.sentences) == len(one.supported) == len(one.originals)
            rows += zip(one.sentences, one.supported, one.originals, strict=True)
    true = {sentence for sentence, holds, _ in rows if holds}
    assert {claim.sentence for claim in claims()} <= true
    false = [(sentence, original) for sentence, holds, original in rows if not holds]
    assert any(original and sentence != original for sentence, original in false)
    assert all(sentence != original for sentence, original in false)
    assert made.epoch(3) == made.epoch(3)
    assert made.epoch(3) != made.epoch(4)


def test_sentences_by_hand_are_shown_with_all_that_answers_their_question() -> None:
    first = claims()[0]
    loose = "Forty is the most that can come along, and pets stay ashore."
    close = "At most 60 cars go on the Sennet ferry."
    about = {"document": first.document, "question": first.question}
    written = [
        {**about, "sentence": loose, "supported": True},
        {**about, "sentence": close, "supported": False, "original": first.sentence},
        {**about, "sentence": "Nobody counts what rolls aboard.", "supported": False,
         "original": first.sentence},
        {**about, "question": "Asked by nobody?", "sentence": "Lost.", "supported": True},
    ]  # fmt: skip
    *_, sheet = Sheets(claims(), written).epoch(0)
    assert sheet.question == first.question
    assert first.premises[0].read in sheet.units
    rows = dict(zip(sheet.sentences, zip(sheet.supported, sheet.originals, strict=True),
                    strict=True))  # fmt: skip
    assert rows == {
        loose: (True, loose),
        close: (False, first.sentence),
        "Nobody counts what rolls aboard.": (False, ""),  # any of its words may be what is wrong
    }
