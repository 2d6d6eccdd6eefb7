"""The composer's adapter: what it is shown, what it learns, and how it is told to stop."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from chat.composer_training import (
    ComposerRecipe,
    Example,
    adapted_model,
    loss,
    mean_loss,
    read_examples,
    train,
)
from chat.prompt import adapted
from retrieval.errors import BadDataset
from tests.tiny import spell, tiny_config

# peft asks transformers by a name that it has given up.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

RECIPE = ComposerRecipe(rank=4, epochs=30, examples=2, rate=1e-2)
EXAMPLES = [
    Example("How many rooms?", ("Inn: The inn has nine rooms.",), (), "It has nine."),
    Example("Are dogs allowed?", ("Inn: Dogs are welcome.",), ("Inn: No cats.",), "Yes, they are."),
]


def tiny_model() -> Any:
    torch.manual_seed(5)
    # With less, no state could make a word likely.
    model: Any = LlamaForCausalLM(tiny_config(initializer_range=0.3))
    return model.eval()


def test_the_adapter_is_shown_numbered_evidence_and_then_the_question() -> None:
    assert adapted("How many?", ["Inn: Nine rooms.", "Inn: Two halls."]) == (
        "[1] Inn: Nine rooms.\n[2] Inn: Two halls.\nQuestion: How many?\nAnswer:"
    )


def test_examples_are_answered_questions_with_their_evidence_under_its_heading(
    tmp_path: Path,
) -> None:
    row = {
        "sections": [{"path": ["Inn", "Rooms"], "units": ["Nine rooms.", "Two halls."]}],
        "questions": [
            {
                "question": "and halls?",
                "standalone": "How many halls are there?",
                "evidence": [[0, 1]],
                "answer": "There are two [1].",
            },
            {"question": "Who owns it?", "standalone": "", "evidence": [], "answer": ""},
        ],
    }
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps(row) + "\n")
    assert read_examples(file) == [
        Example(
            "How many halls are there?",
            ("Rooms: Two halls.",),
            ("Rooms: Nine rooms.",),
            "There are two.",
        )
    ]


def test_a_malformed_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"sections": []}\n')
    with pytest.raises(BadDataset, match=r"some\.jsonl holds no answered questions"):
        read_examples(file)


def test_training_makes_the_answers_likelier(tmp_path: Path) -> None:
    model = adapted_model(tiny_model(), RECIPE)
    before = mean_loss(model, EXAMPLES, RECIPE, spell)
    train(model, EXAMPLES * 4, RECIPE, spell, tmp_path / "run.ckpt")
    assert mean_loss(model, EXAMPLES, RECIPE, spell) < 0.5 * before


def test_only_the_answer_is_learnt_and_padding_changes_nothing() -> None:
    model = adapted_model(tiny_model(), RECIPE)
    rows = [(spell("Question: one?"), spell(" Yes.\n")), (spell("Q" * 70), spell(" No.\n"))]
    with torch.inference_mode():
        alone = [float(loss(model, [row])) for row in rows]
        together = float(loss(model, rows))
        prompt, answer = rows[0]
        logits = model(input_ids=torch.tensor([prompt + answer])).logits[0].float()
    sizes = [len(answer) for _, answer in rows]
    expected = sum(a * n for a, n in zip(alone, sizes, strict=True)) / sum(sizes)
    assert together == pytest.approx(expected, abs=0.02)
    chances = torch.log_softmax(logits, 1)
    first = len(prompt) - 1
    by_hand = -sum(float(chances[first + n, token]) for n, token in enumerate(answer))
    assert alone[0] == pytest.approx(by_hand / len(answer), abs=0.02)
