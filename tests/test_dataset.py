"""Evaluation folders are read whole, and every error names file, line and remedy."""

import json
from pathlib import Path

import pytest

from ingest.readers import parse_document
from retrieval.dataset import choose_split, is_beir, load_anchored, load_beir, load_qrels
from retrieval.errors import BadDataset
from retrieval.index import build_index
from retrieval.ranking import by_section
from tests.beir import CORPUS, QRELS, QUERIES, write_beir
from tests.fakes import HashedEncoder


def test_a_beir_folder_is_questions_gold_and_documents(tmp_path: Path) -> None:
    dataset = load_beir(write_beir(tmp_path / "tiny"), "test")
    assert (dataset.name, dataset.split) == ("tiny", "test")
    assert dataset.queries == QUERIES
    assert dataset.qrels == QRELS
    assert dataset.gold("q2") == ("boats", "planes")
    assert [document.id for document in dataset.documents] == list(CORPUS)
    assert dataset.texts["cars"] == "A red car is fast.\nA blue car is slow."


def test_a_title_is_the_heading_of_its_text(tmp_path: Path) -> None:
    dataset = load_beir(write_beir(tmp_path), "test")
    index = build_index(tmp_path / "index", dataset.documents, HashedEncoder())
    first = index.passages[0]
    assert (first.path, first.index_text) == (
        ("Cars",),
        "Cars\nA red car is fast. A blue car is slow.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "# not a heading",
        "Key Points:\n- one\n- two",
        "Short line\n\nlonger text below it, which would make the line above a heading.",
        "[1]: https://example.com gone",
        "    four blanks, then words",
        "| a | b |\n| --- | --- |\n| c | d |",
    ],
)
def test_no_word_of_a_corpus_is_taken_for_mark_up(tmp_path: Path, text: str) -> None:
    dataset = load_beir(write_beir(tmp_path, CORPUS | {"cars": ("T", text)}), "test")
    index = build_index(tmp_path / "index", dataset.documents, HashedEncoder())
    quoted = " ".join(p.text for p in index.passages if p.document_id == "cars")
    assert quoted.split() == text.split()


def test_a_document_without_text_is_found_by_its_title(tmp_path: Path) -> None:
    corpus = CORPUS | {"cars": ("Slow blue cars", " "), "planes": ("", "")}
    dataset = load_beir(write_beir(tmp_path, corpus), "test")
    assert [len(document.sections) for document in dataset.documents] == [1, 1, 0]
    assert dataset.documents[0].text == "Slow blue cars"


def test_queries_without_a_gain_are_left_out(tmp_path: Path) -> None:
    qrels = {"q1": {"cars": 1, "boats": 0}, "q2": {"boats": 0}}
    dataset = load_beir(write_beir(tmp_path, qrels=qrels), "test")
    assert list(dataset.queries) == ["q1"]
    assert dataset.gold("q1") == ("cars",)


def test_the_hash_is_of_ids_and_gold_whatever_their_order(tmp_path: Path) -> None:
    one = load_beir(write_beir(tmp_path / "a"), "test")
    turned = {query: QRELS[query] for query in reversed(QRELS)}
    other = load_beir(write_beir(tmp_path / "b", qrels=turned), "test")
    changed = load_beir(write_beir(tmp_path / "c", qrels=QRELS | {"q1": {"cars": 2}}), "test")
    assert one.sha256 == other.sha256 != changed.sha256


def broken(folder: Path, name: str, line: str) -> Path:
    """A folder with one more line in one of its files."""
    write_beir(folder)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return folder


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("corpus.jsonl", "{", "corpus.jsonl, line 4: is not a row"),
        ("corpus.jsonl", '["a"]', "corpus.jsonl, line 4: is not a row"),
        ("corpus.jsonl", '{"text": "x"}', "corpus.jsonl, line 4: is not a row"),
        ("corpus.jsonl", '{"_id": 7, "text": "x"}', "line 4: the id must be a text"),
        ("corpus.jsonl", '{"_id": "cars", "text": "x"}', "line 4: the id cars stands twice"),
        ("corpus.jsonl", '{"_id": "new"}', "line 4: title and text must be texts"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}', "line 4: the id q1 stands twice"),
        ("queries.jsonl", '{"_id": "q9", "text": " "}', "line 4: the query q9 has no text"),
        ("qrels/test.tsv", "q9\tcars\t1", "line 6: names the query 'q9', which queries.jsonl"),
        ("qrels/test.tsv", "q1\tbikes\t1", "line 6: names 'bikes', which corpus.jsonl lacks"),
        ("qrels/test.tsv", "q1\tcars\t1", "line 6: judges q1 and cars a second time"),
        ("qrels/test.tsv", "q1\tcars", "line 6: write query-id, corpus-id, gain"),
        ("qrels/test.tsv", "q1\tcars\t-1", "line 6: write query-id, corpus-id, gain"),
        ("qrels/test.tsv", "q1\tcars\t0.5", "line 6: write query-id, corpus-id, gain"),
    ],
)
def test_an_error_names_the_line_and_what_is_wrong(
    tmp_path: Path, name: str, line: str, told: str
) -> None:
    with pytest.raises(BadDataset) as error:
        load_beir(broken(tmp_path, name, line), "test")
    assert told in str(error.value)
    assert str(tmp_path) in str(error.value)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path, name: str) -> None:
    path = write_beir(tmp_path) / name
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(BadDataset, match="is not UTF-8"):
        load_beir(tmp_path, "test")
    path.unlink()
    with pytest.raises(BadDataset, match=f"{path.name} cannot be read"):
        load_beir(tmp_path, "test")


@pytest.mark.parametrize("text", ["", "h1\th2\th3\n", "h\nq\ta\tnot a number\n", "h\nq only\n"])
def test_qrels_that_cannot_be_read_are_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dev.tsv"
    path.write_text(text)
    with pytest.raises(BadDataset, match=r"dev\.tsv"):
        load_qrels(path)


def test_qrels_without_a_header_do_not_lose_their_first_line(tmp_path: Path) -> None:
    path = tmp_path / "dev.tsv"
    path.write_text("q1\tcars\t1\nq2\tboats\t1\n")
    with pytest.raises(BadDataset, match="line 1: begin with the header"):
        load_qrels(path)


def test_a_split_is_dev_where_there_is_one_and_test_otherwise(tmp_path: Path) -> None:
    folder = write_beir(tmp_path)
    assert choose_split(folder, None) == "test"
    write_beir(tmp_path, split="dev")
    assert choose_split(folder, None) == "dev"
    assert choose_split(folder, "test") == "test"
    with pytest.raises(BadDataset, match="choose --split from: dev, test"):
        choose_split(folder, "train")
    with pytest.raises(BadDataset, match="is it a BEIR folder"):
        choose_split(tmp_path / "qrels", None)


def test_a_folder_without_a_corpus_is_about_sections_that_are_indexed(tmp_path: Path) -> None:
    text = "# T\n\n## Pay\n\nred\n\n### Range\n\nred red\n"
    document = parse_document(text, ".md", "t", "T")
    (tmp_path / "qrels").mkdir()
    qrels = tmp_path / "qrels" / "dev.tsv"
    qrels.write_text("query-id\tcorpus-id\tscore\nq\tpay\t1\n")
    assert not is_beir(tmp_path)
    dataset = load_anchored(tmp_path, "dev", {"q": "pay?"}, [document])
    assert dataset.counts_as is by_section
    assert dataset.texts["pay/range"].split() == ["###", "Range", "red", "red"]
    qrels.write_text("query-id\tcorpus-id\tscore\nq\tpay\t1\nq\tpayroll\t1\n")
    with pytest.raises(BadDataset, match=r"line 3: names 'payroll'.*pincite ingest"):
        load_anchored(tmp_path, "dev", {"q": "pay?"}, [document])


def test_the_questions_of_this_project_are_a_dataset_of_its_document() -> None:
    from ingest.readers import read_document

    folder = Path("corpus/evaluation")
    document = read_document(Path("corpus/documents/ml-engineering-manager.md"))
    lines = (folder / "queries.jsonl").read_text().splitlines()
    queries = {row["_id"]: row["text"] for row in map(json.loads, lines)}
    assert len(load_anchored(folder, "dev", queries, [document]).queries) > 50
