"""The packaged encoder, in each precision, and the texts that it is measured with."""

import os
from threading import Thread

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retrieval.benchmark_texts import passages
from retrieval.encoder import SentenceEncoder, batches, multiplies_bf16

TEXTS = [
    "Pay\nThe range is $167,495 to $260,000 a year.",
    "",
    "A red car.",
    "The harbour town lies on the eastern shore and holds boats. " * 40,  # beyond the window
    "A red car.",
]


@pytest.fixture(scope="module")
def exact() -> SentenceEncoder:
    return SentenceEncoder("all-MiniLM-L6-v2", precision="fp32")


@pytest.fixture(scope="module")
def fast() -> SentenceEncoder:
    return SentenceEncoder("all-MiniLM-L6-v2", precision="bf16")


def test_vectors_are_of_unit_length_in_the_order_of_the_texts(exact: SentenceEncoder) -> None:
    vectors = exact.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, exact.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[2] == pytest.approx(vectors[4], abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert exact.encode([text])[0] == pytest.approx(vector, abs=1e-5)
    assert exact.encode([]).shape == (0, exact.dimension)


def test_vectors_are_those_of_sentence_transformers(exact: SentenceEncoder) -> None:
    expected = exact.model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert exact.encode(TEXTS) == pytest.approx(np.asarray(expected), abs=1e-5)


def test_vectors_of_both_precisions_agree(exact: SentenceEncoder, fast: SentenceEncoder) -> None:
    assert (exact.precision, fast.precision) == ("fp32", "bf16")
    assert exact.sha256 == fast.sha256
    cosines = (exact.encode(TEXTS) * fast.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.9995
    for one, other in zip(exact.encode_tokens(TEXTS), fast.encode_tokens(TEXTS), strict=True):
        assert one.tokens == other.tokens
        assert (one.vectors * other.vectors).sum(axis=1) == pytest.approx(1, abs=1e-3)


def test_tokens_are_the_words_of_the_text_up_to_the_window(exact: SentenceEncoder) -> None:
    pay, nothing, car, long, _ = exact.encode_tokens(TEXTS)
    assert " ".join(pay.tokens) == "pay the range is $ 167 , 495 to $ 260 , 000 a year ."
    assert nothing.tokens == ()
    assert nothing.vectors.shape == (0, exact.dimension)
    assert car.tokens == ("a", "red", "car", ".")
    assert len(long.tokens) == exact.window - 2
    assert exact.encode_tokens([]) == []
    assert exact.count_tokens(TEXTS[2]) == 6
    assert exact.count_tokens(TEXTS[3]) > exact.window


def test_a_text_is_the_mean_of_its_tokens(exact: SentenceEncoder) -> None:
    (tokens,) = exact.encode_tokens([TEXTS[2]])
    assert float(tokens.whole @ exact.encode([TEXTS[2]])[0]) > 0.9


def test_bf16_is_chosen_where_the_processor_multiplies_it() -> None:
    chosen = SentenceEncoder("all-MiniLM-L6-v2").precision
    assert chosen == ("bf16" if multiplies_bf16() else "fp32")


@given(st.lists(st.text(max_size=30) | st.just("x" * 9000), max_size=30))
def test_batches_hold_every_text_once_longest_first(texts: list[str]) -> None:
    found = list(batches(texts))
    assert sorted(row for batch in found for row in batch) == list(range(len(texts)))
    lengths = [len(texts[row]) for batch in found for row in batch]
    assert lengths == sorted(lengths, reverse=True)
    for batch in found:
        assert len(batch) == 1 or sum(len(texts[row]) for row in batch) <= 8192


def test_benchmark_texts_are_the_same_each_time_and_of_varied_length(
    exact: SentenceEncoder,
) -> None:
    texts = passages(300)
    assert texts[:50] == passages(50)
    assert len(set(texts)) == 300
    counts = [exact.count_tokens(text) for text in texts]
    assert np.percentile(counts, 50) == pytest.approx(123, rel=0.2)
    assert np.percentile(counts, 95) / np.percentile(counts, 5) > 2
    assert sum(count > exact.window for count in counts) < 6


def test_without_padding_the_vectors_are_the_same(exact: SentenceEncoder) -> None:
    padded = SentenceEncoder("all-MiniLM-L6-v2", precision="fp32", unpadded=False)
    assert exact.encode(TEXTS) == pytest.approx(padded.encode(TEXTS), abs=1e-5)
    for one, other in zip(exact.encode_tokens(TEXTS), padded.encode_tokens(TEXTS), strict=True):
        assert one.tokens == other.tokens
        assert one.vectors == pytest.approx(other.vectors, abs=1e-5)


def test_many_texts_have_the_vectors_that_each_has_alone(exact: SentenceEncoder) -> None:
    texts = passages(60)  # thousands of tokens, which several threads share
    vectors = exact.encode(texts)
    for row in range(0, 60, 7):
        assert exact.encode([texts[row]])[0] == pytest.approx(vectors[row], abs=1e-5)
    for row, one in enumerate(exact.encode_tokens(texts)[:5]):
        assert one.vectors == pytest.approx(exact.encode_tokens([texts[row]])[0].vectors, abs=1e-5)


def test_other_threads_keep_all_processors(exact: SentenceEncoder) -> None:
    exact.encode(passages(60))
    found: list[int] = []
    later = Thread(target=lambda: found.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert found == [torch.get_num_threads()] == [os.cpu_count()]
