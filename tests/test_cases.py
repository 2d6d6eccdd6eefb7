"""Questions with their gold: evidence is found in the documents, or the file is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat.cases import Place, judged_cases, load_cases, located
from chat.judged import read_judged, sections_asked_for
from ingest.folder import read_paths
from retrieval.errors import BadDataset
from tests.judged_answers import BICYCLE, CAR, FERRY, TEXT, place
from tests.scripted import document

EVALUATION = Path("corpus/evaluation")
DOCUMENTS = {"ferry": FERRY}


def write(folder: Path, **gold: Any) -> Path:
    query = {"_id": "q1", "text": "dear?", "metadata": {"split": "dev", "kind": "fact"}}
    answer = {"_id": "q1", "answered": True, "facts": [["31"]], "forbidden": [], **gold}
    (folder / "queries.jsonl").write_text(json.dumps(query))
    (folder / "answers.jsonl").write_text(json.dumps(answer))
    return folder


def test_evidence_is_found_word_for_word_with_its_alternatives(tmp_path: Path) -> None:
    (one,) = located(
        load_cases(write(tmp_path, evidence=[CAR, [BICYCLE, "Two mates"]]), "dev"), DOCUMENTS
    )
    assert one.gold == ((place(CAR),), (place(BICYCLE), place("Two mates")))
    assert TEXT[one.gold[0][0].start : one.gold[0][0].end] == CAR


def test_a_question_without_evidence_has_no_gold_units(tmp_path: Path) -> None:
    (one,) = located(load_cases(write(tmp_path), "dev"), DOCUMENTS)
    assert (one.gold, one.facts, one.standalone) == ((), (("31",),), "dear?")


@pytest.mark.parametrize(
    ("words", "told"),
    [("A car costs 32 crowns.", "stands in no document"), ("costs", "in more than one place")],
)
def test_evidence_that_is_not_there_or_twice_is_an_error(
    tmp_path: Path, words: str, told: str
) -> None:
    cases = load_cases(write(tmp_path, evidence=[words]), "dev")
    with pytest.raises(BadDataset, match=told) as error:
        located(cases, DOCUMENTS)
    assert "q1" in str(error.value)


def test_evidence_in_two_documents_is_an_error(tmp_path: Path) -> None:
    cases = load_cases(write(tmp_path, evidence=[CAR]), "dev")
    with pytest.raises(BadDataset, match="more than one place"):
        located(cases, DOCUMENTS | {"copy": document(TEXT, "copy")})


@pytest.mark.parametrize("evidence", [[""], [[]], [7], [[CAR, " "]]])
def test_evidence_must_be_words(tmp_path: Path, evidence: Any) -> None:
    with pytest.raises(BadDataset, match="no readable answers"):
        load_cases(write(tmp_path, evidence=evidence), "dev")


@pytest.mark.parametrize("split", ["dev", "test"])
def test_every_answerable_question_about_the_default_document_has_evidence_with_its_facts(
    split: str,
) -> None:
    documents = {one.id: one for one in read_paths([Path("corpus/documents")]).documents}
    for one in located(load_cases(EVALUATION, split), documents):
        assert bool(one.gold) == one.answerable, one.id
        words = " ".join(" ".join(unit) for unit in one.evidence).casefold()
        for group in one.facts:
            assert any(spelling.casefold() in words for spelling in group), (one.id, group)


JUDGED = {
    "id": "d1",
    "title": "Inn",
    "sections": [
        {"path": ["Inn", "Rooms"], "units": ["Room 4 has a bath.", "Room 5 has none."]},
        {"path": ["Inn", "Meals"], "units": ["Breakfast is at 8."]},
    ],
    "questions": [
        {
            "kind": "list",
            "question": "And baths?",
            "history": [{"role": "user", "content": "Which rooms?"}],
            "standalone": "Which rooms have baths?",
            "evidence": [[0, 0], [0, 1], [1, 0]],
            "answer": "Room 4 [1].",
        },
        {
            "kind": "unanswerable",
            "question": "Pool?",
            "history": [],
            "standalone": "",
            "evidence": [],
        }
        | {"answer": ""},
    ],
}


def test_judged_questions_are_asked_of_their_own_document(tmp_path: Path) -> None:
    path = tmp_path / "inn.jsonl"
    path.write_text(json.dumps(JUDGED))
    judged = read_judged(path)
    baths, pool = judged_cases(judged)
    text = judged[0].document.text
    assert (baths.id, baths.document, baths.answerable) == ("d1-0", "d1", True)
    assert (baths.gold_answer, baths.standalone) == ("Room 4 [1].", "Which rooms have baths?")
    assert [text[unit[0].start : unit[0].end] for unit in baths.gold] == [
        "Room 4 has a bath.",
        "Room 5 has none.",
        "Breakfast is at 8.",
    ]
    assert baths.gold[0][0] == Place("d1", *judged[0].questions[0].gold[0])
    assert (pool.answerable, pool.gold, pool.standalone) == (False, (), "Pool?")


def test_retrieval_is_measured_on_the_sections_of_the_evidence(tmp_path: Path) -> None:
    path = tmp_path / "inn.jsonl"
    path.write_text(json.dumps(JUDGED))
    dataset = sections_asked_for(path, read_judged(path))
    assert dataset.split == "inn"
    assert dataset.qrels == {"d1-0": {"d1/inn/rooms": 1, "d1/inn/meals": 1}}
    assert "Room 4 has a bath." in dataset.texts["d1/inn/rooms"]


def test_a_question_asked_of_two_documents_in_the_same_words_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "inns.jsonl"
    path.write_text(f"{json.dumps(JUDGED)}\n{json.dumps(JUDGED | {'id': 'd2'})}\n")
    with pytest.raises(BadDataset, match="no question with evidence"):
        sections_asked_for(path, read_judged(path))
