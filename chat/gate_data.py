"""What the gate's judge learns from: claims, each with corruptions and with what is beside it.

Knows nothing of models.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from chat.claims import Claim, evidence_of, parts, reworded
from chat.corruption import Corruption, corruptions, tails_of

_KINDS_TAUGHT_LESS = {"word": 0.5, "invention": 1.2}
_WRITTEN = 6  # sentences of a sheet
_ALIKE = 0.7  # share of words in common from which on the others are what makes it false
_LONGEST = 6  # units; what is asked about more is not checked as one


@dataclass(frozen=True, slots=True)
class Sheet:
    """Units with a question, and sentences that are held against them: whether each holds, and
    the true sentence that a false one was made from, if it was."""

    question: str
    units: tuple[str, ...]
    sentences: tuple[str, ...]
    supported: tuple[bool, ...]
    originals: tuple[str, ...]


class Sheets:
    """Claims with their corruptions, from which every epoch draws others.

    Args:
        claims: true sentences with what supports them.
        written: sentences written by hand about the same questions, as `gate_bench.read_written`
            gives them; a false one may name the true one that it was made from as `original`.
        seed: another draws others.
    """

    def __init__(
        self, claims: Sequence[Claim], written: Iterable[dict[str, Any]] = (), seed: int = 1
    ) -> None:
        clauses = parts(claims)
        tails = tails_of(claims)
        self._claims = [*claims, *clauses]
        self._false = [corruptions(claim, tails, seed) for claim in self._claims]
        self._beside: dict[str, list[Claim]] = {}
        for claim in claims:
            self._beside.setdefault(claim.document, []).append(claim)
        asked = {(claim.document, claim.question): claim for claim in claims}
        evidence = evidence_of(claims)
        said: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for one in written:
            said.setdefault((one["document"], one["question"]), []).append(one)
        self._written = [
            (replace(asked[about], premises=evidence[about]), rows)
            for about, rows in said.items()
            if about in asked and len(evidence[about]) <= _LONGEST
        ]
        self._seed = seed

    def epoch(self, number: int) -> list[Sheet]:
        """One sheet for every claim, and one for every question that sentences were written
        about; half of the clauses are left out."""
        chance = random.Random(self._seed * 7919 + number)
        sheets = [
            self._sheet(claim, false, chance)
            for claim, false in zip(self._claims, self._false, strict=True)
            if claim.kind != "clause" or chance.random() < 0.5
        ]
        return sheets + [_written_sheet(claim, rows, chance) for claim, rows in self._written]

    def _sheet(self, claim: Claim, false: Sequence[Corruption], chance: random.Random) -> Sheet:
        rows = [(claim.sentence, True, claim.sentence)]
        if chance.random() < 0.4 and (said := reworded(claim, chance)):
            rows.append((said.sentence, True, claim.sentence))
        for corruption in _drawn(false, 3 if claim.kind != "clause" else 2, chance):
            rows.append((corruption.sentence, False, claim.sentence))
        units = _units(claim, chance)
        others = [
            other.sentence
            for other in self._beside.get(claim.document, ())
            if not any(premise.read in units for premise in other.premises)
        ]
        if others and chance.random() < 0.3:
            rows.append((chance.choice(others), False, ""))
        question = "" if chance.random() < 0.05 else claim.question
        if claim.neighbours and chance.random() < 0.06:  # what is true, without what supports it
            near = chance.sample(claim.neighbours, min(2, len(claim.neighbours)))
            units = tuple(premise.read for premise in near)
            rows = [(claim.sentence, False, "")]
        chance.shuffle(rows)
        sentences, supported, originals = zip(*rows, strict=True)
        return Sheet(question, units, sentences, supported, originals)


def _written_sheet(claim: Claim, written: Sequence[dict[str, Any]], chance: random.Random) -> Sheet:
    rows = [
        (one["sentence"], one["supported"], _original(one))
        for one in chance.sample(written, min(_WRITTEN, len(written)))
    ]
    sentences, supported, originals = zip(*rows, strict=True)
    return Sheet(claim.question, _units(claim, chance), sentences, supported, originals)


def _original(written: dict[str, Any]) -> str:
    """The true sentence that a written one is, or was made from; empty if that is worded too
    differently to tell which words make it false."""
    sentence, original = written["sentence"], written.get("original", "")
    if written["supported"]:
        return str(sentence)
    alike = SequenceMatcher(None, original.split(), sentence.split(), autojunk=False).ratio()
    return str(original) if alike >= _ALIKE else ""


def _drawn(false: Sequence[Corruption], count: int, chance: random.Random) -> list[Corruption]:
    """Some corruptions, each of another kind."""
    kinds: dict[str, list[Corruption]] = {}
    for corruption in false:
        kinds.setdefault(corruption.kind, []).append(corruption)
    weights = {kind: _KINDS_TAUGHT_LESS.get(kind, 1.0) for kind in kinds}
    order = sorted(kinds, key=lambda kind: -(chance.random() ** (1 / weights[kind])))
    return [chance.choice(kinds[kind]) for kind in order[:count]]


def _units(claim: Claim, chance: random.Random) -> tuple[str, ...]:
    """The premises of a claim, and now and then a neighbour among them."""
    premises = list(claim.premises)
    if claim.neighbours and len(premises) < 3 and chance.random() < 0.4:
        near = [p for p in claim.neighbours if p.context == premises[0].context]
        extra = chance.choice(near or list(claim.neighbours))
        premises.insert(chance.randrange(len(premises) + 1), extra)
    return tuple(premise.read for premise in premises)
