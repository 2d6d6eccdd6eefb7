"""What the gate's judge learns from: claims, each with corruptions and with what is beside it.

An epoch has every true sentence once and as many false ones. Knows nothing of models.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from chat.claims import Claim, parts, reworded
from chat.corruption import Corruption, corruptions, tails_of
from retrieval.entailment import Pair

_KINDS_TAUGHT_LESS = {"word": 0.5, "invention": 1.2}


class Lessons:
    """Claims with their corruptions, from which every epoch draws others.

    Args:
        claims: true sentences with what supports them.
        seed: another draws others.
    """

    def __init__(self, claims: Sequence[Claim], seed: int = 1) -> None:
        clauses = parts(claims)
        tails = tails_of(claims)
        self._claims = [*claims, *clauses]
        self._false = [corruptions(claim, tails, seed) for claim in self._claims]
        self._seed = seed

    def epoch(self, number: int) -> list[tuple[Pair, bool, str]]:
        """Pairs with whether they hold, and the true sentence that a false one was made from."""
        chance = random.Random(self._seed * 7919 + number)
        rows: list[tuple[Pair, bool, str]] = []
        for claim, false in zip(self._claims, self._false, strict=True):
            if claim.kind == "clause" and chance.random() < 0.5:
                continue
            said = reworded(claim, chance) if chance.random() < 0.25 else None
            rows.append((_pair(said or claim, chance), True, ""))
            for corruption in _drawn(false, 2 if claim.kind != "clause" else 1, chance):
                wrong = replace(claim, sentence=corruption.sentence)
                rows.append((_pair(wrong, chance), False, claim.sentence))
            if claim.neighbours and chance.random() < 0.15:
                some = tuple(chance.sample(claim.neighbours, min(2, len(claim.neighbours))))
                rows.append((_pair(replace(claim, premises=some), chance), False, ""))
        return rows


def _drawn(false: Sequence[Corruption], count: int, chance: random.Random) -> list[Corruption]:
    """Some corruptions, each of another kind."""
    kinds: dict[str, list[Corruption]] = {}
    for corruption in false:
        kinds.setdefault(corruption.kind, []).append(corruption)
    weights = {kind: _KINDS_TAUGHT_LESS.get(kind, 1.0) for kind in kinds}
    order = sorted(kinds, key=lambda kind: -(chance.random() ** (1 / weights[kind])))
    return [chance.choice(kinds[kind]) for kind in order[:count]]


def _pair(claim: Claim, chance: random.Random) -> Pair:
    """A claim with its premises, and now and then a neighbour among them."""
    premises = list(claim.premises)
    if claim.neighbours and len(premises) < 3 and chance.random() < 0.4:
        near = [p for p in claim.neighbours if p.context == premises[0].context]
        extra = chance.choice(near or list(claim.neighbours))
        premises.insert(chance.randrange(len(premises) + 1), extra)
    question = "" if chance.random() < 0.05 else claim.question
    return Pair(question, claim.sentence, tuple(premise.read for premise in premises))
