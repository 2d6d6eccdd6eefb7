"""Evaluation datasets on disk: questions, and which documents or sections answer them.

A BEIR folder brings its own corpus and its gold is documents; a folder without `corpus.jsonl` is
about an index that exists, and its gold is section anchors. Knows nothing of searching.

    corpus.jsonl      {"_id": …, "title": …, "text": …} a line
    queries.jsonl     {"_id": …, "text": …} a line
    qrels/<split>.tsv query-id, corpus-id, score, with this header
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.document import Block, Document, build_document
from retrieval.errors import BadDataset
from retrieval.measures import Qrels
from retrieval.ranking import CountsAs, by_document, by_section

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_ROW = '{"_id": "…", "text": "…"}'


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions with their gold.

    `queries` are exactly those that `qrels` give a gain above 0. `texts` are the words behind ids
    that may be found, for readers. `documents` is the corpus, where the dataset brings one.
    """

    name: str
    split: str
    queries: Mapping[str, str]
    qrels: Qrels
    counts_as: CountsAs
    documents: tuple[Document, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def sha256(self) -> str:
        """The hash of the queries' ids and their gold, whatever their order.

        The words are not in it: a question that follows up is completed by the program that is
        measured, which may change between two reports that one compares.
        """
        rows = json.dumps(
            {query: dict(gains) for query, gains in self.qrels.items()}, sort_keys=True
        )
        return hashlib.sha256(rows.encode()).hexdigest()

    def gold(self, query: str) -> tuple[str, ...]:
        """The ids with a gain above 0, the highest gain first."""
        gains = self.qrels[query]
        return tuple(sorted((g for g in gains if gains[g] > 0), key=lambda g: -gains[g]))


def is_beir(folder: Path) -> bool:
    """Whether a folder brings its own corpus."""
    return (folder / "corpus.jsonl").exists()


def choose_split(folder: Path, split: str | None) -> str:
    """The split named; without a name `dev`, or `test` where there is no `dev`.

    Raises:
        BadDataset: the folder has no such split; the message lists those that it has.
    """
    found = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
    chosen = split or ("dev" if "dev" in found else "test")
    if chosen not in found:
        remedy = f"choose --split from: {', '.join(found)}" if found else "is it a BEIR folder?"
        raise BadDataset(f"{folder / 'qrels' / chosen}.tsv does not exist; {remedy}")
    return chosen


def load_beir(folder: Path, split: str) -> Dataset:
    """Read a BEIR folder.

    Raises:
        BadDataset: a file is missing or malformed, an id stands twice, or qrels name what is not
            there; the message names file and line.
    """
    documents = tuple(load_corpus(folder / "corpus.jsonl"))
    texts = {document.id: document.text for document in documents}
    queries = load_queries(folder / "queries.jsonl")
    path = folder / "qrels" / f"{split}.tsv"
    qrels = load_qrels(path, queries, texts, "corpus.jsonl lacks")
    return _dataset(folder, split, queries, qrels, by_document, documents, texts)


def load_anchored(
    folder: Path, split: str, queries: Mapping[str, str], documents: Iterable[Document]
) -> Dataset:
    """Read a folder whose qrels name section anchors of documents that are indexed already.

    Args:
        queries: standalone questions by id.

    Raises:
        BadDataset: as `load_beir`; an anchor must be a section or stand above one.
    """
    texts = {
        section.anchor: document.text[section.start : section.end]
        for document in documents
        for section in document.sections
    }
    above = {anchor[: cut.start()] for anchor in texts for cut in re.finditer("/", anchor)}
    path = folder / "qrels" / f"{split}.tsv"
    absent = "is no section of the index; run pincite ingest with the documents asked about"
    qrels = load_qrels(path, queries, above | set(texts), absent)
    return _dataset(folder, split, queries, qrels, by_section, (), texts)


def load_corpus(path: Path) -> Iterator[Document]:
    """The documents of a corpus file; a row's title is the heading above its text.

    Lines are paragraphs and nothing else, so that no word is taken for mark-up. A row without text
    has its title as text; a row with neither cannot be found.
    """
    for number, name, row in _unique_rows(path):
        title = row.get("title") or ""
        text = row.get("text")
        if not isinstance(text, str) or not isinstance(title, str):
            raise BadDataset(f"{path}, line {number}: title and text must be texts")
        yield _document(name, " ".join(title.split()), text)


def load_queries(path: Path) -> dict[str, str]:
    """The questions of a file, by id."""
    queries = {}
    for number, name, row in _unique_rows(path):
        if not isinstance(row.get("text"), str) or not row["text"].strip():
            raise BadDataset(f"{path}, line {number}: the query {name} has no text; give it one")
        queries[name] = row["text"]
    return queries


def load_qrels(
    path: Path,
    queries: Collection[str] | None = None,
    gold: Collection[str] | None = None,
    absent: str = "is not there",
) -> dict[str, dict[str, int]]:
    """Read tab-separated qrels with a header: query, document or anchor, gain.

    Args:
        queries, gold: the ids that may be named; any if None.
        absent: how an error ends about what is not in `gold`.

    Raises:
        BadDataset: the file is missing or malformed, or names what is not there.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        cells = line.rstrip("\r\n").split("\t")
        is_gain = len(cells) == 3 and cells[2].isdecimal()
        if number == 1:
            if is_gain or len(cells) > 3:
                raise BadDataset(f"{where}: begin with the header query-id corpus-id score (tabs)")
            continue
        if not is_gain:
            raise BadDataset(f"{where}: write query-id, corpus-id, gain from 0, with tabs between")
        query, name, gain = cells
        if queries is not None and query not in queries:
            raise BadDataset(f"{where}: names the query {query!r}, which queries.jsonl lacks")
        if gold is not None and name not in gold:
            raise BadDataset(f"{where}: names {name!r}, which {absent}")
        if name in qrels.setdefault(query, {}):
            raise BadDataset(f"{where}: judges {query} and {name} a second time; remove one")
        qrels[query][name] = int(gain)
    if not qrels:
        raise BadDataset(f"{path} holds no judgement; see corpus/evaluation for the format")
    return qrels


def _dataset(
    folder: Path,
    split: str,
    queries: Mapping[str, str],
    qrels: Qrels,
    counts_as: CountsAs,
    documents: tuple[Document, ...],
    texts: Mapping[str, str],
) -> Dataset:
    """Only what can be measured: a query without a gain says nothing of any ranking."""
    asked = {query: text for query, text in queries.items() if any(qrels.get(query, {}).values())}
    if not asked:
        raise BadDataset(f"{folder} has no query of the split {split} with a gain above 0")
    judged = {query: qrels[query] for query in asked}
    name = folder.resolve().name
    return Dataset(name, split, asked, judged, counts_as, documents, texts)


def _document(name: str, title: str, text: str) -> Document:
    text = text if text.strip() else title
    blocks = [Block("paragraph", *match.span()) for match in _LINE.finditer(text)]
    return build_document(name, title, text, blocks)


def _unique_rows(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Line number, id and row of every line."""
    seen: set[str] = set()
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            name = row["_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadDataset(
                f"{path}, line {number}: is not a row with an id ({error!r}); write {_ROW}"
            ) from error
        if not isinstance(name, str) or not name:
            raise BadDataset(f"{path}, line {number}: the id must be a text; write {_ROW}")
        if name in seen:
            raise BadDataset(f"{path}, line {number}: the id {name} stands twice; ids are unique")
        seen.add(name)
        yield number, name, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered from 1."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise BadDataset(f"{path} is not UTF-8 ({error.reason}); save it again as UTF-8") from error
    except OSError as error:
        raise BadDataset(f"{path} cannot be read ({error.strerror}); check the folder") from error
