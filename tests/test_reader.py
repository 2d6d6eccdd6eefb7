"""The reader: how a page is laid out, who sees what, and that training teaches it to read."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from chat.adapter import HEAD, merged, read_card, save
from chat.reader import PageSection
from chat.reader_training import ReaderRecipe, measures, sheet_of, train, trainee
from chat.reading import Judgement, judged, script
from retrieval.errors import ModelDamaged, ModelNotFound
from retrieval.pairs import Asked, Source
from tests.tiny import spell, states_of, tiny_layers

# peft asks transformers by a name that it has given up.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

PAGE = (
    PageSection("Pay", ("A nurse earns 10.", "A cook earns 20.")),
    PageSection("Food", ("Tea.",)),
)


def test_a_script_says_where_units_and_questions_end() -> None:
    laid_out = script(PAGE, ["Who?", "What?"], spell, first=1)
    laid = laid_out.laid
    text = "".join(chr(token) for token in laid.ids[1:])
    assert text == (
        "# Pay\nA nurse earns 10.\nA cook earns 20.\n# Food\nTea.\n"
        "Question: Who?\nAnswer:Question: What?\nAnswer:"
    )
    assert [text[:end].rsplit("\n", 1)[-1] for end in (e - 1 for e in laid_out.units)] == [
        "A nurse earns 10.",
        "A cook earns 20.",
        "Tea.",
    ]
    (first, end), (second, _) = laid.spans
    assert laid.ids[end - 1] == ord(":")
    assert (laid.segments[first], laid.segments[second]) == (1, 2)
    page = laid.segments.count(0)
    assert (first, laid.positions[first]) == (page, page)
    assert laid.positions[second] == page, "each question goes on where the page ends"


def test_a_question_sees_the_page_and_itself_and_none_another() -> None:
    layers, judgement = tiny_layers(), Judgement(32).eval()
    with torch.inference_mode():
        ((together, any_together),) = judged(
            states_of(layers), judgement, [script(PAGE, ["Who cooks?", "Is tea hot?"], spell, 1)]
        )
        alone = [
            judged(states_of(layers), judgement, [script(PAGE, [question], spell, 1)])[0]
            for question in ("Who cooks?", "Is tea hot?")
        ]
    assert together.shape == (2, 3)
    for row, (units, answers) in enumerate(alone):
        torch.testing.assert_close(together[row], units[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(any_together[row], answers[0], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=1e-5)


def test_what_stands_beside_a_page_in_a_batch_changes_nothing() -> None:
    layers, judgement = tiny_layers(), Judgement(32).eval()
    long_page = (PageSection("Other", ("Something else entirely, and longer. " * 4,)),)
    scripts = [script(page, ["Who cooks?"], spell, 1) for page in (PAGE, long_page)]
    with torch.inference_mode():
        (both, _), _ = judged(states_of(layers), judgement, scripts)
        ((alone, _),) = judged(states_of(layers), judgement, scripts[:1])
    torch.testing.assert_close(both, alone, rtol=1e-4, atol=1e-5)


SOURCE = Source(
    texts=("Pay\nA nurse earns 10.", "Pay\nA cook earns 20.", "Food\nTea is hot."),
    asked=(
        Asked("How much does a cook earn?", (1,)),
        Asked("How hot is tea?", (2,)),
        Asked("Who owns it?", ()),
    ),
)
SMALL = ReaderRecipe(
    layers=2, rank=4, epochs=30, pages=1, tokens=(900,), rate=5e-3, head_rate=5e-3, seed=1
)


def test_training_learns_which_unit_answers_and_what_has_no_answer(tmp_path: Path) -> None:
    reader = trainee(tiny_layers(), SMALL)
    train(reader, [SOURCE] * 4, SMALL, spell, 1, tmp_path / "run.ckpt")
    found = measures(reader, [SOURCE], spell, 1)
    assert found["p_at_1"] == 1.0
    assert found["answerable_auc"] == 1.0


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    recipe = ReaderRecipe(layers=2, rank=4, epochs=60, pages=1, tokens=(900,))

    def trained(checkpoint: Path, stop_at: int | None) -> dict[str, Any]:
        reader = trainee(tiny_layers(), recipe)

        def progress(done: int, total: int) -> None:
            if done == stop_at:
                raise KeyboardInterrupt

        train(reader, [SOURCE], recipe, spell, 1, checkpoint, progress)
        return dict(reader.head.state_dict())

    whole = trained(tmp_path / "whole.ckpt", None)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "cut.ckpt", 40)
    resumed = trained(tmp_path / "cut.ckpt", None)
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value)


def test_a_question_whose_evidence_is_partly_off_the_page_is_left_out() -> None:
    import random

    source = Source(
        texts=("A\n" + "one " * 200, "B\n" + "two " * 200),
        asked=(Asked("both?", (0, 1)), Asked("first?", (0,)), Asked("none?", ())),
    )
    recipe = ReaderRecipe(tokens=(100,), removed=1.0, short=0)
    for seed in range(20):
        sheet = sheet_of(source, recipe, random.Random(seed))
        assert sheet is not None
        gold = dict(zip(sheet.questions, sheet.gold, strict=True))
        assert "both?" not in gold
        on_page = sheet.page[0].heading == "A"
        assert gold["first?"] == ((0,) if on_page else ())
        assert gold["none?"] == ()


def test_a_short_page_keeps_what_answers_and_is_not_mostly_without_answers() -> None:
    import random

    units = [f"Fact {number}." for number in range(12)]
    source = Source(
        texts=tuple(f"{'A' if n < 6 else 'B'}\n{unit}" for n, unit in enumerate(units)),
        asked=(
            *(Asked(f"{number}?", (number,)) for number in range(12)),
            Asked("two and three?", (2, 3)),
            *(Asked(f"none {number}?", ()) for number in range(8)),
        ),
    )
    recipe = ReaderRecipe(short=1.0, few=(1, 2, 3))
    seen = set()
    for seed in range(60):
        sheet = sheet_of(source, recipe, random.Random(seed))
        assert sheet is not None
        left = [unit for section in sheet.page for unit in section.units]
        seen.add(len(left))
        assert len(left) <= 3
        answered = 0
        for question, gold in zip(sheet.questions, sheet.gold, strict=True):
            answered += bool(gold)
            if question == "two and three?":
                assert {left[row] for row in gold} in ({"Fact 2.", "Fact 3."}, set())
            elif gold:
                assert [left[row] for row in gold] == [f"Fact {question[:-1]}."]
        assert answered
        assert len(sheet.questions) - answered <= answered
    assert seen == {1, 2, 3}


def test_training_can_begin_where_another_ended(tmp_path: Path) -> None:
    reader = trainee(tiny_layers(), SMALL)
    train(reader, [SOURCE] * 4, SMALL, spell, 1, tmp_path / "run.ckpt")
    head = {HEAD: reader.head.state_dict()}
    save(tmp_path / "kept", reader.layers, "small", {"recipe": {"layers": 2}}, head)
    again = trainee(tiny_layers(), SMALL)
    again.take_over(tmp_path / "kept")
    again.eval()
    laid_out = script(PAGE, ["Who cooks?"], spell, 1)
    with torch.inference_mode():
        ((expected, _),) = judged(reader.states, reader.head, [laid_out])
        ((units, _),) = judged(again.states, again.head, [laid_out])
    torch.testing.assert_close(units, expected, rtol=0.05, atol=0.05)


def test_weights_can_be_moved_towards_those_begun_with(tmp_path: Path) -> None:
    reader = trainee(tiny_layers(), SMALL)
    before = {name: value.clone() for name, value in reader.head.state_dict().items()}
    save(tmp_path / "kept", reader.layers, "small", {}, {HEAD: before})
    train(reader, [SOURCE] * 4, SMALL, spell, 1, tmp_path / "run.ckpt")
    after = {name: value.clone() for name, value in reader.state_dict().items()}
    reader.blend(tmp_path / "kept", 0.25)
    for name, value in reader.head.state_dict().items():
        expected = 0.75 * after[f"head.{name}"] + 0.25 * before[name]
        torch.testing.assert_close(value, expected, rtol=1e-2, atol=1e-3)
    ups = [name for name in after if "lora_B" in name]  # which begin at nothing
    assert ups
    for name in ups:
        expected = 0.75 * after[name]
        torch.testing.assert_close(reader.state_dict()[name], expected, rtol=1e-2, atol=1e-3)


def test_an_adapter_is_kept_checked_and_merged(tmp_path: Path) -> None:
    reader = trainee(tiny_layers(), SMALL)
    train(reader, [SOURCE] * 4, SMALL, spell, 1, tmp_path / "run.ckpt")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "README.md").write_text("What it is.")
    head = {HEAD: reader.head.state_dict()}
    save(tmp_path / "kept", reader.layers, "small", {"recipe": {"layers": 2}}, head)
    assert read_card(tmp_path / "kept")["recipe"] == {"layers": 2}
    assert (tmp_path / "kept" / "README.md").read_text() == "What it is."
    config = json.loads((tmp_path / "kept" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    again = merged(tiny_layers(), tmp_path / "kept")
    laid_out = script(PAGE, ["Who cooks?"], spell, 1)
    with torch.inference_mode():
        ((expected, _),) = judged(reader.states, reader.head, [laid_out])
        ((units, _),) = judged(states_of(again), reader.head, [laid_out])
    torch.testing.assert_close(units, expected, rtol=0.1, atol=0.1)
    (tmp_path / "kept" / HEAD).write_bytes(b"other")
    with pytest.raises(ModelDamaged, match=r"not what card\.json lists"):
        read_card(tmp_path / "kept")
    with pytest.raises(ModelNotFound, match="install Pincite again"):
        read_card(tmp_path / "nothing")
