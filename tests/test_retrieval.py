"""From passages to ranked hits, and an index that is never silently wrong."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.document import Document
from ingest.readers import parse_document
from retrieval.artifacts import ENCODERS, Published, find_model
from retrieval.bm25 import Bm25Index, tokenize
from retrieval.dataset import load_qrels
from retrieval.dense import DenseIndex
from retrieval.errors import DamagedIndex, ModelDamaged, ModelNotFound, NoIndex
from retrieval.errors import WrongEncoder as OtherEncoder
from retrieval.fusion import convex
from retrieval.index import build_index, load_index
from retrieval.search import SYSTEMS, search
from tests.fakes import HashedEncoder, WordReranker

CARS = "# Cars\n\n## Red\n\nA red car is fast.\n\n## Blue\n\nA blue car is slow.\n"
BOATS = "# Boats\n\n## Sails\n\nA boat with sails needs wind.\n"


def documents() -> list[Document]:
    return [
        parse_document(CARS, ".md", "cars", "Cars"),
        parse_document(BOATS, ".md", "boats", "Boats"),
    ]


def anchors(folder: Path, question: str) -> list[str]:
    encoder = HashedEncoder()
    return [hit.passage.anchor for hit in search(load_index(folder, encoder), encoder, question, 3)]


def test_search_ranks_from_one_best_first(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    index = build_index(tmp_path, documents(), encoder)
    hits = search(index, encoder, "how slow is a blue car", 3)
    assert [hit.passage.anchor for hit in hits] == ["blue", "red", "sails"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score == pytest.approx(1)
    assert hits[0].score > hits[1].score > hits[2].score


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_finds_the_passage_with_the_words(tmp_path: Path, system: str) -> None:
    encoder = HashedEncoder()
    index = build_index(tmp_path, documents(), encoder)
    hits = search(
        index,
        encoder,
        "wind for sails",
        1,
        system=system,  # type: ignore[arg-type]
        reranker=WordReranker(),
    )
    assert [hit.passage.anchor for hit in hits] == ["sails"]


def test_search_keeps_to_the_documents_named(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    index = build_index(tmp_path, documents(), encoder)
    hits = search(index, encoder, "wind for sails", 5, documents=["cars"])
    assert {hit.passage.document_id for hit in hits} == {"cars"}
    assert search(index, encoder, "wind", 5, documents=[]) == []


def test_fusion_is_the_weighted_sum_of_scaled_scores() -> None:
    dense, bm25 = np.array([0.2, 0.4, 0.6], np.float32), np.array([8, 0, 4], np.float32)
    assert convex(dense, bm25, 0.6) == pytest.approx([0.4, 0.3, 0.8])
    assert convex(np.ones(2, np.float32), np.zeros(2, np.float32)) == pytest.approx([0, 0])


def test_dense_scores_are_inner_products(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    DenseIndex.build(rows).save(tmp_path / "f")
    index = DenseIndex.load(tmp_path / "f")
    found, scores = index.search(rows[3], 5)
    expected = np.argsort(-(rows @ rows[3]))[:5]
    assert found.tolist() == expected.tolist()
    assert scores == pytest.approx((rows @ rows[3])[expected], abs=1e-6)
    assert set(index.search(rows[3], 5, among=[1, 2])[0].tolist()) == {1, 2}


def test_a_rare_word_counts_more_and_an_unknown_one_most() -> None:
    index = Bm25Index.build(["red car", "red bus", "red train"])
    red, bus, moon = (index.rarity(tokenize([word])[0][0]) for word in ("red", "bus", "moon"))
    assert red < bus < moon
    assert index.scores("bus").argmax() == 1
    assert index.scores("moon").tolist() == [0, 0, 0]


def test_a_manifest_tells_what_the_index_was_made_of(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    manifest = build_index(tmp_path, documents(), encoder).manifest
    assert manifest["encoder"]["sha256"] == encoder.sha256
    assert (manifest["documents"], manifest["passages"]) == (2, 3)
    assert {"faiss-cpu", "bm25s"} <= set(manifest["versions"])
    assert len(manifest["corpus_sha256"]) == 64


def test_an_unchanged_corpus_is_not_embedded_again(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), HashedEncoder())
    again = HashedEncoder()
    build_index(tmp_path, documents(), again)
    assert again.encoded == 0


def test_a_changed_corpus_replaces_the_index_and_leaves_nothing_behind(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), HashedEncoder())
    index = build_index(tmp_path, documents()[:1], HashedEncoder())
    assert list(index.documents) == ["cars"]
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_no_index_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="pincite ingest"):
        load_index(tmp_path, HashedEncoder())


def test_another_encoder_is_an_error_and_never_a_search(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), HashedEncoder("one"))
    with pytest.raises(OtherEncoder, match="pincite ingest"):
        load_index(tmp_path, HashedEncoder("two"))


@pytest.mark.parametrize("how", ["missing", "cut", "flipped"])
def test_a_damaged_file_of_any_kind_is_an_error(tmp_path: Path, how: str) -> None:
    build_index(tmp_path, documents(), HashedEncoder())
    (generation,) = tmp_path.glob("generation-*")
    files = [path for path in generation.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) >= 5
    for path in files:
        whole = path.read_bytes()
        if how == "missing":
            path.unlink()
        elif how == "cut":
            path.write_bytes(whole[:-1])
        else:
            path.write_bytes(bytes([whole[0] ^ 255]) + whole[1:])
        with pytest.raises(DamagedIndex, match="pincite ingest"):
            load_index(tmp_path, HashedEncoder())
        path.write_bytes(whole)
    assert anchors(tmp_path, "blue car")[0] == "blue"


# A child that builds an index and dies by SIGKILL at the point named.
CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    import retrieval.generation as generation
    import retrieval.index as index
    from ingest.readers import parse_document
    from tests.fakes import HashedEncoder, WordReranker

    folder, point = Path(sys.argv[1]), sys.argv[2]
    die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)

    def before(owner, name, after=False):
        real = getattr(owner, name)
        def wrapped(*args, **kwargs):
            if not after:
                die()
            real(*args, **kwargs)
            die()
        setattr(owner, name, wrapped)

    encoder = HashedEncoder(before=die if point == "embedding" else lambda texts: None)
    match point:
        case "words": before(index.Bm25Index, "save")
        case "vectors": before(index.DenseIndex, "save", after=True)
        case "synced": before(generation, "seal", after=True)
        case "publish": before(generation, "publish")
        case "rename": before(os, "replace")
    documents = [parse_document("# New\\n\\n## New\\n\\nA plane flies.", ".md", "planes", "Planes")]
    index.build_index(folder, documents, encoder)
    """
)


@pytest.mark.parametrize("point", ["embedding", "vectors", "words", "synced", "publish", "rename"])
def test_a_killed_ingest_leaves_the_old_index_serving(tmp_path: Path, point: str) -> None:
    build_index(tmp_path, documents(), HashedEncoder())
    before = anchors(tmp_path, "blue car")
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), point], cwd=os.getcwd(), check=False
    )
    assert child.returncode == -signal.SIGKILL
    assert anchors(tmp_path, "blue car") == before
    planes = [parse_document("# P\n\n## New\n\nA plane flies.", ".md", "planes", "Planes")]
    build_index(tmp_path, planes, HashedEncoder())
    assert anchors(tmp_path, "plane") == ["new"]
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_the_packaged_encoder_is_found_and_checked() -> None:
    files = find_model("all-MiniLM-L6-v2", ENCODERS)
    assert files.weights.name == "model.safetensors"
    assert files.sha256 == ENCODERS["all-MiniLM-L6-v2"].sha256


def test_weights_that_differ_from_the_published_are_refused() -> None:
    known = ENCODERS["all-MiniLM-L6-v2"]
    other = Published(known.distribution, known.weights, "0" * 64, known.hub_id)
    with pytest.raises(ModelDamaged, match="install"):
        find_model("all-MiniLM-L6-v2", {"all-MiniLM-L6-v2": other})


def test_a_model_that_is_nowhere_names_what_to_install() -> None:
    lost = Published("no-such-package-anywhere", "x/model.gguf", "0" * 64, "")
    with pytest.raises(ModelNotFound, match="no-such-package-anywhere"):
        find_model("lost", {"lost": lost})


def test_progress_tells_how_many_passages_are_embedded(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    build_index(tmp_path, documents(), HashedEncoder(), lambda *counts: told.append(counts))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_evaluation_questions_and_their_gold_agree_with_the_document() -> None:
    from ingest.readers import read_document

    document = read_document(Path("corpus/documents/ml-engineering-manager.md"))
    sections: Sequence[str] = [section.anchor for section in document.sections]
    rows, golds = (
        [json.loads(line) for line in Path(f"corpus/evaluation/{name}").read_text().splitlines()]
        for name in ("queries.jsonl", "answers.jsonl")
    )
    assert [row["_id"] for row in rows] == [gold["_id"] for gold in golds]
    assert len(rows) >= 120
    for split in ("dev", "test"):
        qrels = load_qrels(Path(f"corpus/evaluation/qrels/{split}.tsv"))
        answered = {
            row["_id"]
            for row, gold in zip(rows, golds, strict=True)
            if row["metadata"]["split"] == split and gold["answered"]
        }
        assert set(qrels) == answered
        for gold_anchors in qrels.values():
            for anchor in gold_anchors:
                assert any(s == anchor or s.startswith(f"{anchor}/") for s in sections), anchor
