"""An index that is brought up to date: only what changed is embedded, and what serves is the same
as if it had been built from nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.folder import Origin, read_paths, reader_version
from ingest.readers import parse_document
from retrieval.changes import Changes, compare
from retrieval.dense import Kind
from retrieval.errors import DamagedIndex
from retrieval.generation import known_documents
from retrieval.index import Index, Update, build_index, load_index, update_index
from retrieval.search import search
from tests.fakes import HashedEncoder


def document(name: str, *sections: str) -> Document:
    """A document with a section for each text, headed by its number and the text's first word."""
    body = "\n".join(
        f"## {number} {text.split()[0]}\n\n{text}\n" for number, text in enumerate(sections)
    )
    return parse_document(f"# Notes\n\n{body}", ".md", name, "Notes")


def same(one: Index, other: Index) -> bool:
    """Whether two indexes hold the same, row by row."""
    rows = np.arange(len(one.passages))
    return (
        one.documents == other.documents
        and one.passages == other.passages
        and np.array_equal(one.dense.vectors(rows), other.dense.vectors(rows))
    )


HUNDRED = [document(f"d{n}", f"apple {n}", f"pear {n}", f"plum {n}") for n in range(100)]


def test_one_changed_document_of_a_hundred_embeds_its_new_passages_alone(tmp_path: Path) -> None:
    first = HashedEncoder()
    built = update_index(tmp_path, HUNDRED, first)
    assert (built.embedded, built.reused, first.encoded) == (300, 0, 300)
    changed = [*HUNDRED[:42], document("d42", "apple 42", "quince", "plum 42"), *HUNDRED[43:]]
    again = HashedEncoder()
    update = update_index(tmp_path, changed, again)
    assert (update.embedded, update.reused, again.encoded) == (1, 299, 1)
    assert update.changes == Changes(changed=("d42",))
    assert same(update.index, build_index(tmp_path / "new", changed, HashedEncoder()))


def test_unchanged_documents_embed_nothing_and_write_nothing(tmp_path: Path) -> None:
    update_index(tmp_path, HUNDRED, HashedEncoder())
    (before,) = tmp_path.glob("generation-*")
    again = HashedEncoder()
    update = update_index(tmp_path, HUNDRED[::-1], again)
    assert (update.embedded, update.reused, again.encoded) == (0, 300, 0)
    assert not update.changes
    assert list(tmp_path.glob("generation-*")) == [before]


def test_a_renamed_document_embeds_nothing(tmp_path: Path) -> None:
    update_index(tmp_path, [document("old", "apple", "pear")], HashedEncoder())
    encoder = HashedEncoder()
    update = update_index(tmp_path, [document("new", "apple", "pear")], encoder)
    assert (update.embedded, encoder.encoded) == (0, 0)
    assert update.changes == Changes(renamed=(("old", "new"),))
    hits = search(update.index, encoder, "pear", 1)
    assert [hit.passage.document_id for hit in hits] == ["new"]


def test_a_removed_document_is_found_no_more(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    update_index(tmp_path, HUNDRED[:3], encoder)
    update = update_index(tmp_path, HUNDRED[:2], encoder)
    assert update.changes == Changes(removed=("d2",))
    assert {hit.passage.document_id for hit in search(update.index, encoder, "plum", 9)} == {
        "d0",
        "d1",
    }


def test_the_same_words_in_two_documents_are_embedded_once(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    update = update_index(tmp_path, [document("a", "apple"), document("b", "apple")], encoder)
    assert (update.embedded, update.reused) == (1, 1)
    assert same(update.index, load_index(tmp_path, encoder))


def test_the_same_text_read_as_another_format_is_a_change(tmp_path: Path) -> None:
    text = "## Fruit\n\n| a | b |\n|---|---|\n| apple | pear |\n"
    update_index(tmp_path, [parse_document(text, ".md", "a", "A")], HashedEncoder())
    update = update_index(tmp_path, [parse_document(text, ".txt", "a", "A")], HashedEncoder())
    assert update.changes == Changes(changed=("a",))


def test_another_encoder_or_a_damaged_index_embeds_everything(tmp_path: Path) -> None:
    update_index(tmp_path, HUNDRED[:2], HashedEncoder("one"))
    assert update_index(tmp_path, HUNDRED[:2], HashedEncoder("two")).embedded == 6
    (words,) = tmp_path.glob("generation-*/passages.jsonl")
    words.write_text(words.read_text().replace("apple", "lemon"))
    assert update_index(tmp_path, HUNDRED[:2], HashedEncoder("two")).embedded == 6


def test_passages_that_are_cut_otherwise_are_embedded_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    texts = ["short.", "One two three four. Five six seven eight. Nine ten eleven twelve."]
    documents = [document("a", *texts)]
    encoder = HashedEncoder()
    whole = update_index(tmp_path, documents, encoder)
    assert [p.text for p in whole.index.passages] == texts
    cut = update_index(tmp_path, documents, encoder, passage_tokens=13, overlap=1)
    assert [p.text for p in cut.index.passages] == [
        "short.",
        "One two three four. Five six seven eight.",
        "Five six seven eight. Nine ten eleven twelve.",
    ]
    assert (cut.embedded, cut.reused) == (2, 1)
    assert not cut.changes
    assert cut.index.manifest["cut"] == {"window": 64, "passage_tokens": 13, "overlap": 1}
    again = update_index(tmp_path, documents, encoder, passage_tokens=13, overlap=1)
    assert (again.embedded, again.reused) == (0, 3)


def read_and_update(folder: Path, index: Path) -> tuple[dict[Origin, Document], Update]:
    """Ingest a folder as the command does; what was known before, and what was done."""
    known = known_documents(index)
    read = read_paths([folder], known=known)
    return known, update_index(index, read.documents, HashedEncoder(), origins=read.origins)


def test_files_that_did_not_change_are_known_by_their_bytes_and_not_read_again(
    tmp_path: Path,
) -> None:
    notes, index = tmp_path / "notes", tmp_path / "index"
    notes.mkdir()
    (notes / "a.md").write_text("Apple.")
    (notes / "b.md").write_text("Pear.")
    assert read_and_update(notes, index)[0] == {}
    (notes / "b.md").write_text("Plum.")
    known, update = read_and_update(notes, index)
    assert [document.text for document in known.values()] == ["Apple.", "Pear."]
    assert update.changes == Changes(changed=("b",))
    # What is known is taken without a look at the file's words: these never stood in it.
    told = {origin: replace(document, text="Other.") for origin, document in known.items()}
    read = read_paths([notes], known=told)
    assert [document.text for document in read.documents] == ["Other.", "Plum."]


def test_a_file_that_moved_is_read_again_and_found_the_next_time(tmp_path: Path) -> None:
    notes, index = tmp_path / "notes", tmp_path / "index"
    notes.mkdir()
    (notes / "a.md").write_text("# Fruit\n\n## Ripe\n\nApple.")
    read_and_update(notes, index)
    moved = notes.rename(tmp_path / "moved")
    update = read_and_update(moved, index)[1]
    assert (update.embedded, bool(update.changes)) == (0, False)
    assert [Path(o.path).parent.name for o in known_documents(index)] == ["moved"]


def test_of_a_damaged_index_or_another_reader_no_document_is_known(tmp_path: Path) -> None:
    notes, index = tmp_path / "notes", tmp_path / "index"
    notes.mkdir()
    (notes / "a.md").write_text("Apple.")
    assert known_documents(index) == {}
    read_and_update(notes, index)
    (manifest,) = index.glob("generation-*/manifest.json")
    (documents,) = index.glob("generation-*/documents.jsonl")
    for path, old, new in ((manifest, reader_version(), "0"), (documents, "Apple", "Lemon")):
        whole = path.read_text()
        path.write_text(whole.replace(old, new))
        assert known_documents(index) == {}
        path.write_text(whole)
    assert len(known_documents(index)) == 1


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_another_kind_of_index_takes_the_vectors_over(tmp_path: Path, kind: Kind) -> None:
    flat = update_index(tmp_path, HUNDRED, HashedEncoder())
    other = update_index(tmp_path, HUNDRED, HashedEncoder(), dense_index=kind)
    assert (other.index.dense.kind, other.embedded) == (kind, 0)
    assert same(flat.index, other.index)
    again = update_index(tmp_path, HUNDRED[1:], HashedEncoder(), dense_index=kind)
    assert (again.index.dense.kind, again.embedded) == (kind, 0)
    assert same(again.index, build_index(tmp_path / "new", HUNDRED[1:], HashedEncoder()))


WORDS = st.sampled_from(["apple", "pear", "plum", "quince", "fig"])
COLLECTIONS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.lists(WORDS, min_size=1, max_size=4), min_size=1
)


@settings(max_examples=12, deadline=None)
@given(st.lists(COLLECTIONS, min_size=1, max_size=3))
def test_after_any_changes_the_index_is_what_a_new_one_would_be(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    known: set[str] = set()
    for collection in history:
        documents = [document(name, *texts) for name, texts in collection.items()]
        encoder = HashedEncoder()
        update = update_index(folder, documents, encoder)
        texts = {passage.index_text for passage in update.index.passages}
        assert update.embedded == encoder.encoded == len(texts - known)
        assert update.embedded + update.reused == len(update.index.passages)
        known = texts
    last = build_index(folder / "new", documents, HashedEncoder())
    kept = load_index(folder, HashedEncoder())
    assert kept.documents == last.documents
    by_id = {passage.id: row for row, passage in enumerate(kept.passages)}
    rows = np.array([by_id[passage.id] for passage in last.passages])
    assert [kept.passages[row] for row in rows] == list(last.passages)
    fresh = last.dense.vectors(np.arange(len(last.passages)))
    assert np.array_equal(kept.dense.vectors(rows), fresh)


def test_changes_name_what_was_added_changed_removed_and_renamed() -> None:
    before = {d.id: d for d in (document("a", "x"), document("b", "y"), document("c", "z"))}
    now = {d.id: d for d in (document("a", "x x"), document("e", "y"), document("f", "w"))}
    assert compare(before, now) == Changes(("f",), ("a",), ("c",), (("b", "e"),))
    assert not compare(before, before)


def test_of_two_copies_one_rename_is_told_once() -> None:
    before = {"a": document("a", "x")}
    now = {name: document(name, "x") for name in ("b", "c")}
    assert compare(before, now) == Changes(added=("c",), renamed=(("a", "b"),))


class Overtaken(HashedEncoder):
    """An encoder whose first comparison with a manifest is overtaken by something else."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile: Callable[[], object] | None = None
        super().__init__()
        self._meanwhile = meanwhile

    @property
    def sha256(self) -> str:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile:
            meanwhile()
        return self._sha256

    @sha256.setter
    def sha256(self, value: str) -> None:
        self._sha256 = value


def test_an_index_that_is_replaced_while_it_is_read_is_read_anew(tmp_path: Path) -> None:
    build_index(tmp_path, HUNDRED[:2], HashedEncoder())
    encoder = Overtaken(lambda: build_index(tmp_path, HUNDRED[2:5], HashedEncoder()))
    assert list(load_index(tmp_path, encoder).documents) == ["d2", "d3", "d4"]


def test_an_index_that_was_not_replaced_is_damaged_and_not_read_again(tmp_path: Path) -> None:
    build_index(tmp_path, HUNDRED[:2], HashedEncoder())
    (vectors,) = tmp_path.glob("generation-*/dense.faiss")
    with pytest.raises(DamagedIndex, match="pincite ingest"):
        load_index(tmp_path, Overtaken(vectors.unlink))
