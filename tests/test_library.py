"""Documents that are added and removed while a service answers."""

import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from inspect import GEN_RUNNING, getgeneratorstate
from pathlib import Path

import pytest

from chat.errors import Busy, NotOffered, UnknownDocument
from chat.library import MAX_WAITING, FileProgress
from chat.uploads import safe_name
from ingest.readers import MAX_BYTES
from retrieval.index import load_index
from tests.hard_documents import write_bees, write_harbour
from tests.scripted import ScriptedChatbot, service_of
from tests.shelves import BAKERY, QUESTION, SECONDS, Gate, Shelf
from tests.test_pdf import encrypted

MENU = "# Menu\n\nA bagel in Mallory costs four dollars.\n"
BAGEL = "What does a bagel in Mallory cost?"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def ends(steps: Iterator[FileProgress]) -> dict[str, tuple[str, str]]:
    """The last state and detail of each file."""
    return {step.name: (step.state, step.detail) for step in steps}


def add(shelf: Shelf, name: str, content: str | bytes) -> FileProgress:
    """Add one file; its last step."""
    *_, last = shelf.service.add_documents([shelf.write(f"from/{name}", content)])
    return last


def test_an_added_file_is_told_step_by_step_and_answers_at_once(shelf: Shelf) -> None:
    assert not shelf.service.ask(BAGEL).answered
    steps = list(shelf.service.add_documents([shelf.write("menu.md", MENU)]))
    assert steps == [
        FileProgress("menu.md", "reading", 0, 1),
        FileProgress("menu.md", "embedding", 0, 1),
        FileProgress("menu.md", "embedding", 1, 1),
        FileProgress("menu.md", "done", 1, 1, "added", "menu"),
    ]
    answer = shelf.service.ask(BAGEL)
    assert answer.answer == "A bagel in Mallory costs four dollars [1]."
    assert answer.citations[0].document_id == "menu"
    assert shelf.service.ask(QUESTION).citations[0].document_id == "bakery"


def test_each_file_counts_its_own_passages(shelf: Shelf) -> None:
    roads = "\n".join(f"## Road {n}\n\nThe road {n} leads to the sea.\n" for n in range(140))
    files = [shelf.write("from/roads.md", roads), shelf.write("from/bakery.md", BAKERY)]
    steps = list(shelf.service.add_documents([*files, shelf.write("from/menu.md", MENU)]))
    counts = [(s.name, s.done, s.total) for s in steps if s.state == "embedding"]
    assert counts == [
        ("roads.md", 0, 140),
        ("bakery.md", 0, 0),  # the index holds this very file
        ("menu.md", 0, 1),
        ("roads.md", 127, 140),
        ("menu.md", 1, 1),
        ("roads.md", 140, 140),
    ]


def test_only_what_is_new_is_embedded(shelf: Shelf) -> None:
    add(shelf, "menu.md", MENU)
    before = shelf.encoder.encoded
    add(shelf, "tea.md", "# Tea\n\nTea costs two dollars.\n")
    assert shelf.encoder.encoded == before + 1


def test_every_format_is_added_and_what_cannot_be_read_says_why(shelf: Shelf) -> None:
    folder = shelf.write("from/menu.md", MENU).parent
    write_harbour(folder / "harbour.pdf")
    write_bees(folder / "bees.docx")
    bad = {
        "empty.md": (b"", "is empty; there is nothing to answer from"),
        "picture.md": (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        "secret.pdf": (encrypted(), "encrypted"),
        "song.mp3": (b"la", "cannot read .mp3; convert it to one of .docx"),
        "none": (b"la", "cannot read files without a suffix"),
    }
    shelf.write("from/page.html", "<h1>Page</h1><p>The page has <b>words</b>.</p>")
    for name, (content, _) in bad.items():
        shelf.write(f"from/{name}", content)
    told = ends(shelf.service.add_documents(sorted(folder.iterdir())))
    good = {"menu.md", "harbour.pdf", "bees.docx", "page.html"}
    assert set(told) == good | set(bad)
    assert {name for name, (state, _) in told.items() if state == "done"} == good
    for name, (_, reason) in bad.items():
        assert told[name][0] == "failed"
        assert told[name][1].startswith(reason) or reason in told[name][1]
        assert str(shelf.folder) not in told[name][1]
    assert set(shelf.ids()) == {"bakery", "menu", "harbour", "bees", "page"}
    assert shelf.stored() == sorted(good)


def test_nothing_that_can_be_read_leaves_the_index_and_the_disk_as_they_were(shelf: Shelf) -> None:
    (before,) = shelf.settings.index.glob("generation-*")
    assert add(shelf, "empty.md", "").state == "failed"
    assert list(shelf.settings.index.glob("generation-*")) == [before]
    assert shelf.stored() == []


def test_a_file_of_the_same_name_replaces_the_one_before(shelf: Shelf) -> None:
    add(shelf, "menu.md", MENU)
    again = add(shelf, "menu.md", MENU)
    assert (again.state, again.document_id) == ("done", "menu")
    assert again.detail == "the index holds this very file, as menu"
    other = add(shelf, "menu.md", MENU.replace("four", "five"))
    assert (other.state, other.document_id) == ("done", "menu")
    assert other.detail == "replaces the earlier file of this name"
    assert shelf.service.ask(BAGEL).answer == "A bagel in Mallory costs five dollars [1]."
    assert shelf.ids() == ["bakery", "menu"]
    assert shelf.stored() == ["menu.md"]


def test_what_an_ingested_folder_holds_already_is_not_added_twice(shelf: Shelf) -> None:
    told = add(shelf, "wages.md", BAKERY)
    assert (told.state, told.document_id) == ("done", "bakery")
    assert shelf.ids() == ["bakery"]


def test_files_of_one_stem_are_two_documents_whose_ids_stay(shelf: Shelf) -> None:
    assert add(shelf, "menu.txt", "Tea costs two dollars.").document_id == "menu"
    other = add(shelf, "menu.md", MENU).document_id
    assert other == "index-uploads-menu"
    answered = shelf.service.chatbot.documents
    shelf.ingest()  # reads menu.md first
    assert load_index(shelf.settings.index, shelf.encoder).documents == answered


def test_an_ingest_keeps_uploads_and_an_upload_keeps_what_was_ingested(shelf: Shelf) -> None:
    add(shelf, "menu.md", MENU)
    shelf.write("notes/tea.md", "# Tea\n\nTea costs two dollars.\n")
    shelf.ingest()
    add(shelf, "cake.md", "# Cake\n\nCake costs six dollars.\n")
    assert set(shelf.ids()) == {"bakery", "menu", "tea", "cake"}
    uploaded = {d.id for d in shelf.service.overview() if d.removable}
    assert uploaded == {"menu", "cake"}


def test_an_uploaded_document_is_removed_for_good(shelf: Shelf) -> None:
    add(shelf, "menu.md", MENU)
    removal = shelf.service.remove_document("menu")
    assert (removal.document_id, removal.lasting) == ("menu", True)
    assert not shelf.service.ask(BAGEL).answered
    assert shelf.stored() == []
    shelf.ingest()
    assert list(load_index(shelf.settings.index, shelf.encoder).documents) == ["bakery"]


def test_an_ingested_document_comes_back_with_the_next_ingest_and_that_is_said(
    shelf: Shelf,
) -> None:
    add(shelf, "menu.md", MENU)
    removal = shelf.service.remove_document("bakery")
    assert not removal.lasting
    assert "bakery.md stays where it is, and the next ingest" in removal.detail
    assert shelf.ids() == ["menu"]
    assert (shelf.notes / "bakery.md").exists()
    shelf.ingest()
    assert set(load_index(shelf.settings.index, shelf.encoder).documents) == {"bakery", "menu"}


def test_the_last_document_can_be_removed_and_another_added(shelf: Shelf) -> None:
    shelf.service.remove_document("bakery")
    assert shelf.ids() == []
    assert not shelf.service.ask(QUESTION).answered
    assert add(shelf, "menu.md", MENU).state == "done"
    assert shelf.service.ask(BAGEL).answered


def test_an_unknown_document_cannot_be_removed(shelf: Shelf) -> None:
    with pytest.raises(UnknownDocument, match=r"'menu'.*GET /documents"):
        shelf.service.remove_document("menu")
    assert shelf.ids() == ["bakery"]


def test_the_overview_counts(shelf: Shelf) -> None:
    (bakery,) = shelf.service.overview()
    assert (bakery.id, bakery.title, bakery.removable) == ("bakery", "Bakery", False)
    assert (bakery.sections, bakery.passages, bakery.characters) == (1, 1, len(BAKERY))


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, max_upload_mb=1)
    assert add(shelf, "edge.md", b"word " * 200_000).state == "done"
    told = add(shelf, "large.md", b"word " * 200_001)
    assert told.state == "failed"
    assert told.detail == (
        "holds 1.0 MB, more than the 1 MB that may be uploaded (the setting max_upload_mb); "
        "split it into smaller files"
    )


def test_no_setting_allows_what_no_ingest_would_read(shelf: Shelf) -> None:
    assert shelf.service.library.max_bytes == MAX_BYTES


def test_a_full_index_takes_no_more_but_replaces(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, max_documents=2)
    files = [shelf.write(f"{name}.md", f"# {name}\n\nA {name} is here.") for name in ("a", "b")]
    told = ends(shelf.service.add_documents(files))
    assert told["a.md"] == ("done", "added")
    assert told["b.md"][0] == "failed"
    assert "holds 2 documents, and max_documents is 2; remove some" in told["b.md"][1]
    assert add(shelf, "a.md", "# a\n\nAnother is here.").state == "done"
    assert shelf.stored() == ["a.md"]


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("/etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.md", "boot.md"),
        ("C:\\notes.md", "notes.md"),
        ("..", "document"),
        ("", "document"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\n.md", "a-b-.md"),
        ('what?*<>|":.md', "what-------.md"),
        ("Zoe\u0308 \u65e5\u672c.md", "Zoë 日本.md"),
        ("\u202egpj.md", "-gpj.md"),
        ("bad\udc80.md", "bad-.md"),
    ],
)
def test_a_hostile_name_becomes_harmless(hostile: str, harmless: str) -> None:
    assert safe_name(hostile) == harmless


@pytest.mark.parametrize("letter", ["x", "é", "日", "😀"])
def test_a_long_name_fits_every_disk_and_differs_from_others_like_it(letter: str) -> None:
    one, other = (safe_name(letter * 300 + end) for end in ("1.md", "2.md"))
    assert one != other
    for name in (one, other):
        assert len(name.encode()) < 200
        assert name.endswith(".md")
        assert safe_name(name) == name


def test_a_question_during_an_upload_is_answered_from_the_old_index(tmp_path: Path) -> None:
    gate = Gate("bagel in Mallory costs")
    shelf = Shelf(tmp_path, gate)
    files = [shelf.write("menu.md", MENU)]
    with ThreadPoolExecutor(1) as pool:
        added = pool.submit(lambda: list(shelf.service.add_documents(files)))
        assert gate.reached.wait(SECONDS)
        assert shelf.service.ask(QUESTION).answered
        assert shelf.ids() == ["bakery"]
        gate.go.set()
        assert added.result(SECONDS)[-1].state == "done"
    assert shelf.ids() == ["bakery", "menu"]


def test_uploads_at_the_same_time_all_arrive_and_no_question_fails(shelf: Shelf) -> None:
    files = [
        shelf.write(f"from/{n}.md", f"# Note {n}\n\nNumber {n} is kept in box {n}.\n")
        for n in range(MAX_WAITING)
    ]
    over = threading.Event()

    def ask() -> int:
        asked = 0
        while not over.is_set() or not asked:
            assert shelf.service.ask(QUESTION).citations[0].document_id == "bakery"
            asked += 1
        return asked

    with ThreadPoolExecutor(MAX_WAITING + 1) as pool:
        asking = pool.submit(ask)
        steps = [pool.submit(lambda f: list(shelf.service.add_documents([f])), f) for f in files]
        try:
            assert [s.result(SECONDS)[-1].state for s in steps] == ["done"] * MAX_WAITING
        finally:
            over.set()
        assert asking.result(SECONDS) > 0
    assert set(shelf.ids()) == {"bakery", *map(str, range(MAX_WAITING))}


def test_too_many_changes_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    gate = Gate("bagel in Mallory costs")
    shelf = Shelf(tmp_path, gate)
    menu = shelf.write("menu.md", MENU)
    with ThreadPoolExecutor(MAX_WAITING) as pool:
        added = [
            pool.submit(lambda: list(shelf.service.add_documents([menu])))
            for _ in range(MAX_WAITING)
        ]
        assert gate.reached.wait(SECONDS)
        while shelf.service.library._slots._value:  # the others have not got into line yet
            threading.Event().wait(0.01)
        with pytest.raises(Busy, match="try again"):
            next(iter(shelf.service.add_documents([menu])))
        gate.go.set()
        assert all(steps.result(SECONDS)[-1].state == "done" for steps in added)
    assert shelf.ids() == ["bakery", "menu"]


def test_who_leaves_while_passages_are_embedded_changes_nothing(tmp_path: Path) -> None:
    leaving = threading.Event()
    steps: list[Generator[FileProgress, None, None]] = []

    def until_left(texts: Sequence[str]) -> None:
        if any("five" in text for text in texts):
            assert leaving.wait(SECONDS)
            while getgeneratorstate(steps[0]) != GEN_RUNNING:  # which closing it makes it
                leaving.wait(0.01)

    shelf = Shelf(tmp_path, until_left)
    add(shelf, "menu.md", MENU)
    (before,) = shelf.settings.index.glob("generation-*")
    other = shelf.write("from/menu.md", MENU.replace("four", "five"))
    adding = shelf.service.add_documents([other])
    assert isinstance(adding, Generator)
    steps.append(adding)
    assert [next(adding).state, next(adding).state] == ["reading", "embedding"]
    leaving.set()
    adding.close()
    assert list(shelf.settings.index.glob("generation-*")) == [before]
    assert (shelf.settings.uploads / "menu.md").read_text() == MENU
    assert shelf.stored() == ["menu.md"]
    assert add(shelf, "menu.md", MENU.replace("four", "six")).state == "done"


def test_an_encoder_that_breaks_leaves_index_and_files_as_they_were(tmp_path: Path) -> None:
    def broken(texts: Sequence[str]) -> None:
        if any("five" in text for text in texts):
            raise OSError("no space left on device")

    shelf = Shelf(tmp_path, broken)
    add(shelf, "menu.md", MENU)
    told = add(shelf, "menu.md", MENU.replace("four", "five"))
    assert told.state == "failed"
    assert told.detail == (
        "could not be indexed, and the index is as it was: no space left on device"
    )
    assert (shelf.settings.uploads / "menu.md").read_text() == MENU
    assert shelf.stored() == ["menu.md"]
    assert shelf.service.ask(BAGEL).answer == "A bagel in Mallory costs four dollars [1]."


def test_the_strictness_outlives_a_new_index(shelf: Shelf) -> None:
    before = shelf.service.chatbot
    add(shelf, "menu.md", MENU)
    after = shelf.service.chatbot
    assert after is not before
    assert after._answer_from == before._answer_from


def test_a_service_without_a_library_says_that_its_documents_stay() -> None:
    service = service_of(ScriptedChatbot(lambda question: iter(())))
    service.start()
    service.wait(SECONDS)
    assert service.overview() == ()
    with pytest.raises(NotOffered, match="pincite ingest"):
        next(iter(service.add_documents([])))
    with pytest.raises(NotOffered, match="pincite ingest"):
        service.remove_document("x")
