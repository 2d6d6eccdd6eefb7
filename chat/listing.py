"""Questions that several things answer, and which units these are.

Two small logistic models whose coefficients lie in `listing.json`; `pincite train lists` fits them.
The first says from the question's vector and from how the best units compare whether several
things are asked for; the second says of each unit, from its own likeliness and from that of the
units beside it, whether it is one of them: what makes up a list stands together. Knows nothing of
how units are weighed.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from chat.evidence import Scored, Weighed
from chat.refusal import Logistic, named
from retrieval.encoder import Vectors

COEFFICIENTS = Path(__file__).with_name("listing.json")

_BEST = 3  # units of a section that say how likely it is to hold a list
_ALONE = 2.0  # log odds that a unit without neighbours falls short of by
_SURE = 4.0  # log odds of what a question says in so many words, where no vector can be read
_SAYS = re.compile(
    r"\b(?:list|all|every|each of|name (?:the|all|some)|what are|which are|complete|"
    r"(?:what|which)(?: \w+){0,2} (?!does\b|says\b|has\b|was\b|is\b|us\b|its\b|this\b|across\b|"
    r"years\b|always\b)\w+[^s\W]s\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SeveralSignals:
    """What tells that several things are asked for: `asks` are the log odds by the question's own
    words, the others how likely the next best units are to answer, as a share of the best."""

    asks: float
    second: float
    third: float
    fourth: float


@dataclass(frozen=True, slots=True)
class MemberSignals:
    """What tells that a unit is one of the things asked for.

    `odds` are its log odds to answer, `behind` how far they are below the best unit's; `section`
    is 1 in the section of the best; `beside` and `between` are the log odds of the likelier and the
    less likely of its two neighbours there, and `together` the mean of its section's three best,
    each less the best unit's; `introduces` is 1 for a line that ends in a colon, `listed` for an
    item of the best unit's list.
    """

    odds: float
    behind: float
    section: float
    beside: float
    between: float
    together: float
    introduces: float
    listed: float


def asks_for_several(question: str, vector: Vectors, encoder_sha256: str) -> float:
    """The log odds, by its words alone, that a question asks for several things.

    Args:
        vector: of the question, (d,), by the encoder with that hash; the vectors of another than
            the one fitted with say nothing, and then only plain words do.
    """
    body = coefficients()
    if body["encoder_sha256"] != encoder_sha256:
        return _SURE if _SAYS.search(question) else -_SURE
    return float(vector @ np.asarray(body["asks"]["weights"]) + body["asks"]["bias"])


def several(weighed: Weighed) -> float:
    """How surely several things are asked for, in [0, 1]; of at least one unit."""
    return named("several", SeveralSignals, coefficients()).probability(several_signals(weighed))


def members(scored: Sequence[Scored]) -> list[float]:
    """How surely each unit is one of the things asked for, in [0, 1]."""
    model: Logistic = named("member", MemberSignals, coefficients())
    return [model.probability(signals) for signals in member_signals(scored)]


def several_signals(weighed: Weighed) -> SeveralSignals:
    """Of units best first."""
    best = max(weighed.units[0].unit.score, 1e-6)
    shares = [one.unit.score / best for one in weighed.units[1:4]]
    return SeveralSignals(weighed.asks, *shares, *[0.0] * (3 - len(shares)))


def member_signals(scored: Sequence[Scored]) -> list[MemberSignals]:
    """Of units in any order, each among the others."""
    order = sorted(range(len(scored)), key=lambda row: scored[row].unit.place)
    odds = [log_odds(one.unit.score) for one in scored]
    best = max(range(len(scored)), key=odds.__getitem__)
    sections: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for row in order:
        sections.setdefault(section_of(scored[row]), []).append(row)
    found: dict[int, MemberSignals] = {}
    for section, rows in sections.items():
        together = float(np.mean(sorted((odds[row] for row in rows), reverse=True)[:_BEST]))
        for place, row in enumerate(rows):
            near = [
                odds[other]
                for other in (*rows[max(0, place - 1) : place], *rows[place + 1 : place + 2])
            ]
            near = near or [odds[row] - _ALONE]
            found[row] = MemberSignals(
                odds=odds[row],
                behind=odds[row] - odds[best],
                section=float(section == section_of(scored[best])),
                beside=max(near) - odds[best],
                between=min(near) - odds[best],
                together=together - odds[best],
                introduces=float(scored[row].unit.text.rstrip().endswith(":")),
                listed=float(in_same_list(scored[row], scored[best])),
            )
    return [found[row] for row in range(len(scored))]


def in_same_list(left: Scored, right: Scored) -> bool:
    """Whether two units are items of one list, or rows of one table."""
    one, other = left.unit, right.unit
    return one.unit.group is not None and (one.passage.document_id, one.unit.group) == (
        other.passage.document_id,
        other.unit.group,
    )


def section_of(one: Scored) -> tuple[str, tuple[str, ...]]:
    """Document and heading path, which tell sections apart."""
    return one.unit.passage.document_id, one.unit.passage.path


def log_odds(probability: float) -> float:
    """Of a probability, or of the nearest that is neither 0 nor 1."""
    kept = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))


@cache
def coefficients() -> dict[str, Any]:
    """What is in `listing.json`."""
    body: dict[str, Any] = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return body
