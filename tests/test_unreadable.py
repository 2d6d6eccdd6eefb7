"""Files that cannot be read: each is reported with its reason, and the others are read."""

import tracemalloc
from pathlib import Path

import pytest

from ingest.errors import UnreadableDocument
from ingest.folder import read_paths
from ingest.passages import split_document
from ingest.readers import MAX_BYTES, read_bytes, read_document
from tests.hard_documents import write_bees, write_harbour
from tests.sound import assert_sound, words
from tests.test_pdf import broken, encrypted, scanned


def count_words(text: str) -> int:
    return len(text.split()) + 2


def test_the_rest_of_a_folder_is_read(tmp_path: Path) -> None:
    write_harbour(tmp_path / "harbour.pdf")
    write_bees(tmp_path / "bees.docx")
    bad = {
        "binary.md": (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        "broken.pdf": (broken(), "damaged"),
        "control.txt": (b"\x01\x02\x03 words" * 9, "binary"),
        "empty.docx": (b"", "not a sound DOCX"),
        "empty.html": (b"", "empty"),
        "empty.md": (b"", "empty"),
        "empty.pdf": (b"", "not a PDF"),
        "encrypted.pdf": (encrypted(), "encrypted"),
        "latin.txt": ("Zoë".encode("latin-1"), r"not UTF-8 \(byte 2\).*iconv"),
        "pdf.md": (encrypted(), "a PDF file; give it the suffix .pdf"),
        "scan.pdf": (scanned(), "OCR"),
        "utf16.md": (b"\xff\xfea\x00\x00\xd8", "not UTF-16"),
        "word.txt": ((tmp_path / "bees.docx").read_bytes(), "suffix .docx"),
    }
    for name, (content, _) in bad.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.md").write_text("Words here.")
    collection = read_paths([tmp_path])
    assert [document.id for document in collection.documents] == ["bees", "good", "harbour"]
    assert len(collection.skipped) == len(bad)
    for reason, (name, (_, expected)) in zip(collection.skipped, bad.items(), strict=True):
        assert reason.startswith(f"{tmp_path / name}: ")
        with pytest.raises(UnreadableDocument, match=expected):
            raise UnreadableDocument(reason)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_in_the_encoding_that_its_mark_names(encoding: str) -> None:
    document = read_bytes("Zoë paid 5 €.\r\n".encode(encoding), ".md", "doc", "Doc")
    assert document.text == "Zoë paid 5 €.\n"


def test_200_mb_of_one_line_are_refused_at_once_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "line.md"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"word " * 200_000)
    tracemalloc.start()
    with pytest.raises(UnreadableDocument, match=r"200 MB, more than the 50 MB.*split it"):
        read_document(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_file_of_the_largest_size_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "edge.md"
    path.write_bytes(b" " * MAX_BYTES)
    with pytest.raises(UnreadableDocument, match="empty"):
        read_document(path)


@pytest.mark.parametrize("suffix", [".md", ".txt"])
@pytest.mark.parametrize("piece", ["word ", "x", "[", "*a ", "`", '"', "<a ", "| a ", "A word. "])
def test_a_long_line_is_work_in_proportion(suffix: str, piece: str) -> None:
    def counted(length: int) -> int:
        """The characters that a tokenizer is given while the line is cut."""
        given = 0

        def count(text: str) -> int:
            nonlocal given
            given += len(text)
            return count_words(text)

        raw = (piece * (length // len(piece))).encode()
        for passage in split_document(read_bytes(raw, suffix, "doc", "Doc"), 256, count):
            assert len(passage.text) <= 256 * 16
        return given

    # Four times the length is sixteen times the work if each letter is held against each other.
    assert counted(120_000) < 6 * counted(30_000)


def test_a_line_of_megabytes_is_cut_into_passages_and_nothing_is_lost() -> None:
    text = " ".join(f"word{number}" for number in range(200_000))
    document = read_bytes(text.encode(), ".md", "doc", "Doc")
    assert_sound(document)
    assert " ".join(words(document)) == text
    passages = split_document(document, 256, count_words)
    assert [word for passage in passages for word in passage.text.split()] == text.split()
