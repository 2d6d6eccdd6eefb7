"""The reader: how a page is laid out, who sees what, and that training teaches it to read."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from chat.adapter import HEAD, merged, read_card, save
from chat.reader import PageSection, Reading, TwoReaders
from chat.reader_training import ReaderRecipe, Sheet, measures, sheet_of, train, trainee
from chat.reading import Comparing, Layout, judged, judgement_of, script
from retrieval.errors import ModelDamaged, ModelNotFound
from retrieval.pairs import Asked, Source
from tests.tiny import spell, states_of, tiny_layers

# peft asks transformers by a name that it has given up.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

LAYOUTS = get_args(Layout)
PAGE = (
    PageSection("Pay", ("A nurse earns 10.", "A cook earns 20.")),
    PageSection("Food", ("Tea.",)),
)


def test_a_script_says_where_units_end_and_asks_before_and_after() -> None:
    laid_out = script(PAGE, "Who?", spell, first=1)
    assert laid_out.ids[0] == 1
    text = "".join(chr(token) for token in laid_out.ids[1:])
    assert text == (
        "Question: Who?\n# Pay\nA nurse earns 10.\nA cook earns 20.\n# Food\nTea.\n"
        "Question: Who?\nAnswer:"
    )
    assert [text[:end].rsplit("\n", 1)[-1] for end in (e - 1 for e in laid_out.units)] == [
        "A nurse earns 10.",
        "A cook earns 20.",
        "Tea.",
    ]


def test_the_other_layout_asks_after_the_page_alone() -> None:
    laid_out = script(PAGE, "Who?", spell, 1, "after")
    text = "".join(chr(token) for token in laid_out.ids[1:])
    assert text.startswith("# Pay\nA nurse")
    assert text.endswith("Tea.\nQuestion: Who?\nAnswer:")
    assert [text[:end].rsplit("\n", 1)[-1] for end in (e - 1 for e in laid_out.units)] == [
        "A nurse earns 10.",
        "A cook earns 20.",
        "Tea.",
    ]


class Sure:
    """Says the same of every page, and counts how often it is asked."""

    def __init__(self, name: str, odds: float) -> None:
        self.name, self._odds, self.asked = name, odds, 0

    def read(self, question: str, page: Sequence[PageSection]) -> Reading:
        self.asked += 1
        return Reading((self._odds, 0.0), self._odds)


@pytest.mark.parametrize("odds", [1.6, -1.6])
def test_where_the_first_reader_is_in_doubt_the_second_has_a_quarter_of_the_say(
    odds: float,
) -> None:
    both = TwoReaders(Sure("one", odds), Sure("other", -8.0))
    assert both.name == "one+other"
    mean = 0.75 * odds - 2
    assert both.read("Who?", PAGE) == Reading((mean, 0.0), mean)


@pytest.mark.parametrize("odds", [4.0, -4.0])
def test_where_the_first_reader_is_sure_the_second_is_not_asked(odds: float) -> None:
    second = Sure("other", -8.0)
    assert TwoReaders(Sure("one", odds), second).read("Who?", PAGE) == Reading((odds, 0.0), odds)
    assert second.asked == 0


def test_every_unit_is_read_with_the_question_in_mind() -> None:
    layers, judgement = tiny_layers(), Comparing(32).eval()
    with torch.inference_mode():
        scripts = [script(PAGE, question, spell, 1) for question in ("Who cooks?", "Tea hot?")]
        units, answers = judged(states_of(layers), judgement, scripts)
    assert units.shape == (2, 3)
    assert answers.shape == (2,)
    assert not torch.allclose(units[0], units[1], atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_stands_beside_a_page_in_a_batch_changes_nothing(layout: Layout) -> None:
    layers, judgement = tiny_layers(), judgement_of(layout)(32).eval()
    long_page = (PageSection("Other", ("Something else entirely, and longer.",) * 4),)
    scripts = [script(page, "Who cooks?", spell, 1, layout) for page in (PAGE, long_page)]
    with torch.inference_mode():
        both, both_any = judged(states_of(layers), judgement, scripts)
        alone, alone_any = judged(states_of(layers), judgement, scripts[:1])
    torch.testing.assert_close(both[0, :3], alone[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(both_any[0], alone_any[0], rtol=1e-4, atol=1e-5)
    assert torch.sigmoid(both[0, 3:]).max() == 0, "there is no fourth unit on this page"


SOURCE = Source(
    texts=("Pay\nA nurse earns 10.", "Pay\nA cook earns 20.", "Food\nTea is hot."),
    asked=(
        Asked("How much does a cook earn?", (1,)),
        Asked("How hot is tea?", (2,)),
        Asked("Who owns it?", ()),
    ),
)
SMALL = ReaderRecipe(
    layers=2,
    rank=4,
    epochs=40,
    sheets=4,
    rate=5e-3,
    head_rate=5e-3,
    removed=0,
    short=0,
    seed=1,
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_training_learns_which_unit_answers_and_what_has_no_answer(
    tmp_path: Path, layout: Layout
) -> None:
    recipe = replace(SMALL, layout=layout)
    reader = trainee(tiny_layers(), recipe)
    train(reader, [SOURCE] * 4, recipe, spell, 1, tmp_path / "run.ckpt")
    found = measures(reader, [SOURCE], spell, 1, layout)
    assert found["p_at_1"] == 1.0
    assert found["answerable_auc"] == 1.0


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    recipe = ReaderRecipe(layers=2, rank=4, epochs=20, sheets=1)

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


LONG = Source(
    texts=tuple(f"{'ABC'[n // 4]}\nFact {n}. " + "word " * 40 for n in range(12)),
    asked=(Asked("two and three?", (2, 3)), Asked("first and last?", (0, 11)), Asked("none?", ())),
)


def _shown(sheet: Sheet) -> list[str]:
    return [unit.split(".")[0] for section in sheet.page for unit in section.units]


@pytest.mark.parametrize("searched", [0.0, 1.0])
def test_a_page_holds_what_answers_and_no_more_than_fits(searched: float) -> None:
    recipe = ReaderRecipe(tokens=(300,), removed=0, searched=searched, short=0)
    seen = set()
    for seed in range(30):
        for asked, facts in zip(LONG.asked, (["2", "3"], ["0", "11"], []), strict=True):
            sheet = sheet_of(LONG, asked, recipe, random.Random(seed))
            shown = _shown(sheet)
            assert [shown[row] for row in sheet.gold] == [f"Fact {fact}" for fact in facts]
            sections = tuple(section.heading for section in sheet.page)
            assert len(sections) == (2 if len(facts) and facts[1] == "11" else 1)
            seen.add(sections)
    assert {("A",), ("B",), ("C",), ("A", "C"), ("C", "A")} <= seen


def test_what_shares_words_with_the_question_is_brought_first() -> None:
    source = Source(
        texts=tuple(f"{name}\nAbout {name} " + "word " * 300 for name in ("apples", "pears")),
        asked=(Asked("Is it said of pears?", ()),),
    )
    recipe = ReaderRecipe(tokens=(300,), searched=1, short=0)
    for seed in range(20):
        (section,) = sheet_of(source, source.asked[0], recipe, random.Random(seed)).page
        assert section.heading == "pears"


def test_evidence_can_be_kept_off_the_page() -> None:
    recipe = ReaderRecipe(tokens=(900,), removed=1, short=0)
    for seed in range(20):
        sheet = sheet_of(LONG, LONG.asked[0], recipe, random.Random(seed))
        assert sheet.gold == ()
        assert {section.heading for section in sheet.page} <= {"B", "C"}
    everywhere = Source(("A\nOne.",), (Asked("one?", (0,)),))
    sheet = sheet_of(everywhere, everywhere.asked[0], recipe, random.Random(1))
    assert sheet.gold == (0,), "there is nothing else to show"


def test_a_short_page_is_a_few_units_with_those_that_answer() -> None:
    recipe = ReaderRecipe(tokens=(900,), removed=0, short=1, few=(1, 2, 3))
    lengths = set()
    for seed in range(60):
        for asked in LONG.asked:
            sheet = sheet_of(LONG, asked, recipe, random.Random(seed))
            shown = _shown(sheet)
            assert [shown[row] for row in sheet.gold] == [f"Fact {n}" for n in asked.gold]
            if asked.question == "two and three?" and len(shown) <= 3:
                lengths.add(len(shown))
    assert lengths == {2, 3}


def test_training_can_begin_where_another_ended(tmp_path: Path) -> None:
    reader = trainee(tiny_layers(), SMALL)
    train(reader, [SOURCE] * 4, SMALL, spell, 1, tmp_path / "run.ckpt")
    head = {HEAD: reader.head.state_dict()}
    save(tmp_path / "kept", reader.layers, "small", {"recipe": {"layers": 2}}, head)
    again = trainee(tiny_layers(), SMALL)
    again.take_over(tmp_path / "kept")
    again.eval()
    laid_out = script(PAGE, "Who cooks?", spell, 1)
    with torch.inference_mode():
        expected, _ = judged(reader.states, reader.head, [laid_out])
        units, _ = judged(again.states, again.head, [laid_out])
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
    laid_out = script(PAGE, "Who cooks?", spell, 1)
    with torch.inference_mode():
        expected, _ = judged(reader.states, reader.head, [laid_out])
        units, _ = judged(states_of(again), reader.head, [laid_out])
    torch.testing.assert_close(units, expected, rtol=0.1, atol=0.1)
    (tmp_path / "kept" / HEAD).write_bytes(b"other")
    with pytest.raises(ModelDamaged, match=r"not what card\.json lists"):
        read_card(tmp_path / "kept")
    with pytest.raises(ModelNotFound, match="install Pincite again"):
        read_card(tmp_path / "nothing")
