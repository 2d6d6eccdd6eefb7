"""The reranker: what it remembers, what it refuses to load, what training teaches it."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from retrieval.encoder import SentenceEncoder
from retrieval.errors import ModelDamaged, ModelNotFound, WrongEncoder
from retrieval.matching import Shape, padded
from retrieval.pairs import Asked, Source
from retrieval.reranker import WEIGHTS, CosineReranker, MatchReranker, TokenMemory
from retrieval.trained import calibration, judge, measures, save
from retrieval.training import Prepared, Recipe, prepare, train
from tests.fakes import HashedEncoder

SHAPE = Shape(width=16, layers=1, heads=2, dimension=32)
RECIPE = Recipe(epochs=6, questions=8, candidates=6, rate=5e-3, dropout=0.0)


class CountingEncoder(HashedEncoder):
    """Counts the texts whose tokens were encoded."""

    read = 0

    def encode_tokens(self, texts):  # type: ignore[no-untyped-def]
        self.read += len(texts)
        return super().encode_tokens(texts)


def sources(number: int, seed: int) -> list[Source]:
    """Documents in which a question names one text's word; every third question names none."""
    chance = random.Random(seed)
    made = []
    for _ in range(number):
        words = chance.sample(range(1000), 9)
        texts = tuple(f"shelf\nword{word} stands here" for word in words[:6])
        asked = [Asked(f"where is word{words[row]}", (row,)) for row in range(4)]
        asked += [Asked(f"where is word{word}", ()) for word in words[6:8]]
        made.append(Source(texts, tuple(asked)))
    return made


@pytest.fixture(scope="module")
def encoder() -> HashedEncoder:
    return HashedEncoder(dimension=32)


@pytest.fixture(scope="module")
def data(encoder: HashedEncoder) -> list[Prepared]:
    return prepare(sources(30, seed=1), encoder)


def test_a_text_is_encoded_once() -> None:
    encoder = CountingEncoder()
    memory = TokenMemory(encoder)
    first = memory.read(["red car", "blue bus", "red car"])
    again = memory.read(["blue bus"])
    assert encoder.read == 2
    assert first[1] is again[0]
    assert first[0].tokens == ("red", "car")


def test_the_negatives_are_what_search_ranks_highest(data: list[Prepared]) -> None:
    row = data[0]
    assert row.gold == (0,)
    assert 0 not in row.others
    assert sorted((*row.gold, *row.others)) == list(range(6))


def test_training_teaches_which_text_answers_and_whether_any_does(
    data: list[Prepared], encoder: HashedEncoder, tmp_path: Path
) -> None:
    network = train(data, RECIPE, SHAPE, tmp_path / "run.ckpt")
    unseen = judge(network, prepare(sources(10, seed=2), encoder))
    found = measures(unseen)
    assert found["answerable_auc"] > 0.95
    assert found["p_at_1_odds"] > 0.95
    scale, _ = calibration(unseen)
    assert scale > 0


def test_an_interrupted_training_ends_where_it_would_have(
    data: list[Prepared], tmp_path: Path
) -> None:
    recipe = Recipe(epochs=2, questions=8, candidates=6, rate=5e-3)
    whole = train(data, recipe, SHAPE, tmp_path / "whole.ckpt")

    def stop(done: int, total: int) -> None:
        if done == total // 2 + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(data, recipe, SHAPE, tmp_path / "cut.ckpt", stop)
    seen: list[int] = []
    resumed = train(data, recipe, SHAPE, tmp_path / "cut.ckpt", lambda done, _: seen.append(done))
    assert seen[0] > 1
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value)


def test_a_checkpoint_of_another_recipe_is_not_gone_on_with(
    data: list[Prepared], tmp_path: Path
) -> None:
    kept = tmp_path / "run.ckpt"
    train(data, Recipe(epochs=1, questions=8), SHAPE, kept)
    seen: list[int] = []
    train(data, Recipe(epochs=1, questions=16), SHAPE, kept, lambda done, _: seen.append(done))
    assert seen[0] == 1


@pytest.fixture(scope="module")
def folder(
    data: list[Prepared], encoder: HashedEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    network = train(data, RECIPE, SHAPE, folder / "run.ckpt")
    save(folder, network, SHAPE, encoder, {"calibration": [2.0, 1.0]})
    return folder


def test_odds_do_not_depend_on_what_else_is_read(folder: Path, encoder: HashedEncoder) -> None:
    reranker = MatchReranker(TokenMemory(encoder), folder)
    texts = ["shelf\nword7 stands here", "shelf\nword8 stands in a much longer row of words here"]
    together = reranker.logits("where is word7", texts)
    alone = [reranker.logits("where is word7", [text])[0] for text in texts]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert together[0] > together[1]
    assert reranker.logits("where is word7", []).shape == (0,)


def test_odds_are_scaled_and_shifted_by_the_calibration(
    folder: Path, encoder: HashedEncoder, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "plain")
    described = json.loads((folder / "reranker.json").read_text())
    described["calibration"] = [1.0, 0.0]
    (tmp_path / "plain/reranker.json").write_text(json.dumps(described))
    calibrated = MatchReranker(TokenMemory(encoder), folder).logits("where is word7", ["word7"])
    plain = MatchReranker(TokenMemory(encoder), tmp_path / "plain").logits(
        "where is word7", ["word7"]
    )
    np.testing.assert_allclose(calibrated, 2 * plain + 1, rtol=1e-5)


def test_damaged_weights_are_refused(folder: Path, encoder: HashedEncoder, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "damaged")
    weights = tmp_path / "damaged/reranker.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00\x01")
    with pytest.raises(ModelDamaged, match="install"):
        MatchReranker(TokenMemory(encoder), tmp_path / "damaged")


def test_the_vectors_of_another_encoder_are_refused(folder: Path) -> None:
    with pytest.raises(WrongEncoder, match="reranker to none"):
        MatchReranker(TokenMemory(HashedEncoder("other", 32)), folder)


def test_a_folder_without_weights_says_what_to_do(encoder: HashedEncoder, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="pincite train reranker"):
        MatchReranker(TokenMemory(encoder), tmp_path)


def test_without_a_trained_reranker_odds_follow_the_cosine() -> None:
    odds = CosineReranker(TokenMemory(HashedEncoder())).logits(
        "red car", ["red car", "red bus", "green tea"]
    )
    assert odds[0] > odds[1] > odds[2]


def test_padding_is_masked() -> None:
    encoder = HashedEncoder(dimension=32)
    batch = padded(encoder.encode_tokens(["a b c", "a"]), {})
    assert batch.mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.ids[0, 0] == batch.ids[1, 0]
    assert float(batch.vectors[1, 1:].abs().sum()) == 0.0


def test_the_shipped_reranker_knows_an_answer_from_a_near_miss() -> None:
    reranker = MatchReranker(TokenMemory(SentenceEncoder("all-MiniLM-L6-v2")), WEIGHTS)
    text = "Ferries\nIn July the ferry to Ymer leaves Karsholm every two hours."
    right = reranker.logits("How often does the ferry to Ymer run in July?", [text])[0]
    wrong = reranker.logits("Who is the captain of the ferry to Ymer?", [text])[0]
    assert right > wrong
    assert 1e5 < (WEIGHTS / "reranker.safetensors").stat().st_size < 25e6
