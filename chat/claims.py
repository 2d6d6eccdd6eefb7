"""True sentences with what supports them: the gold answers of `corpus/training`, one by one.

Also parts of units in their own words, and the same in other words where a table of phrases or
another way to write a figure allows it. Knows nothing of gates or models.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sentencex

from retrieval.errors import BadDataset

_MARKER = re.compile(r"\s*\[(\d+)\]")
# What may be said in other words without a change of meaning, either way round.
_SAME = (
    ("at least", "no less than", "a minimum of"),
    ("at most", "no more than", "a maximum of"),
    ("about", "around", "roughly", "approximately", "some"),
    ("more than", "over"),
    ("before", "prior to"),
    ("must", "are obliged to"),
    ("only", "solely"),
    ("because", "since"),
    ("per cent", "percent", "%"),
    ("a year", "per year", "annually"),
    ("a month", "per month", "monthly"),
    ("a day", "per day", "daily"),
    ("forbidden", "not allowed", "prohibited"),
    ("allowed", "permitted"),
    ("free", "at no charge"),
    ("buy", "purchase"),
    ("start", "begin"),
    ("starts", "begins"),
    ("ends", "finishes"),
    ("needs", "requires"),
    ("need", "require"),
    ("usually", "normally", "typically"),
    ("but", "although"),
)


@dataclass(frozen=True, slots=True)
class Premise:
    """A unit of evidence as the gate reads it: heading path and lead-in, then its own words."""

    context: str
    text: str

    @property
    def read(self) -> str:
        """Context and words, as evidence is read."""
        return f"{self.context} {self.text}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that answers a question, and what supports it; `kind` tells where it is from.

    `neighbours` are the document's other units.
    """

    document: str
    question: str
    sentence: str
    premises: tuple[Premise, ...]
    kind: str
    neighbours: tuple[Premise, ...] = ()


def read_claims(path: Path) -> list[Claim]:
    """The sentences of every gold answer, with the units that its markers name.

    Raises:
        BadDataset: the file is missing or a line is malformed.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return [claim for line in file for claim in _claims(json.loads(line))]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BadDataset(f"{path} holds no answered questions ({error!r})") from error


def _claims(row: dict[str, Any]) -> Iterator[Claim]:
    units = {
        (number, place): Premise(" > ".join(section["path"]), unit)
        for number, section in enumerate(row["sections"])
        for place, unit in enumerate(section["units"])
    }
    for question in row["questions"]:
        gold = [units[section, unit] for section, unit in question["evidence"]]
        asked = question["standalone"] or question["question"]
        for sentence in sentencex.segment("en", question["answer"]) if gold else ():
            cited = sorted({int(number) - 1 for number in _MARKER.findall(sentence)})
            premises = tuple(gold[number] for number in cited) or tuple(gold)
            text = _MARKER.sub("", sentence).strip()
            if len(premises) <= 4 and len(text.split()) >= 3:
                rest = tuple(unit for unit in units.values() if unit not in premises)
                yield Claim(row["id"], asked, text, premises, question["kind"], rest)


def evidence_of(claims: Sequence[Claim]) -> dict[tuple[str, str], tuple[Premise, ...]]:
    """All that supports the answer to each question, by document and question."""
    found: dict[tuple[str, str], tuple[Premise, ...]] = {}
    for claim in claims:
        asked = claim.document, claim.question
        found[asked] = tuple(dict.fromkeys((*found.get(asked, ()), *claim.premises)))
    return found


def parts(claims: Sequence[Claim]) -> list[Claim]:
    """First clauses of the units that answers are from, as sentences of their own."""
    found = {}
    for claim in claims:
        for premise in claim.premises:
            first, separator, _ = premise.text.partition(";")
            if not separator:
                first, separator, _ = re.sub(
                    r", (?:and|while|whereas) ", "\x00", premise.text, count=1
                ).partition("\x00")
            if separator and len(first.split()) >= 5 and "," not in first and ":" not in first:
                sentence = first[0].upper() + first[1:].rstrip(".") + "."
                found[claim.document, sentence] = replace(
                    claim, sentence=sentence, premises=(premise,), kind="clause"
                )
    return list(found.values())


def reworded(claim: Claim, chance: random.Random) -> Claim | None:
    """The claim with one phrase or figure written in another way; None if it has none."""
    options = list(_rewordings(claim.sentence))
    if not options:
        return None
    return replace(claim, sentence=chance.choice(options), kind="reworded")


def _rewordings(sentence: str) -> Iterator[str]:
    for phrases in _SAME:
        for phrase in phrases:
            match = re.search(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", sentence)
            if match and phrase not in {"some", "over", "since", "%"}:
                for other in phrases:
                    if other not in (phrase, "%"):
                        yield sentence[: match.start()] + other + sentence[match.end() :]
    for match in re.finditer(r"(?<![-–])\b\d{1,3},\d{3}\b(?![,–-])", sentence):
        yield sentence[: match.start()] + match[0].replace(",", "") + sentence[match.end() :]
    for match in re.finditer(r"(?<=\d)\s?%", sentence):
        yield sentence[: match.start()] + " per cent" + sentence[match.end() :]
    for match in re.finditer(r"(?<=\d) (?:per cent|percent)\b", sentence):
        yield sentence[: match.start()] + "%" + sentence[match.end() :]
    for match in re.finditer(r"(?<![\w,.-])(\d) (?=[a-z])", sentence):
        word = "zero one two three four five six seven eight nine".split()[int(match[1])]
        yield sentence[: match.start()] + word + " " + sentence[match.end() :]
    for sign, name in (("$", "dollars"), ("€", "euros"), ("£", "pounds")):
        for match in re.finditer(rf"\{sign}(\d[\d,.]*\d|\d)(?![\dkMmb])", sentence):
            yield f"{sentence[: match.start()]}{match[1]} {name}{sentence[match.end() :]}"
