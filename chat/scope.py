"""The heading that a quoted sentence is shown with, where it could be taken for another.

A figure alone does not say whose it is: two salary ranges from two sections are told apart by the
headings that they stand under. Knows nothing of how evidence is chosen.
"""

from collections.abc import Sequence

from chat.evidence import Evidence
from chat.figures import figures
from chat.page import Place
from chat.wording import stems


def scopes(evidence: Sequence[Evidence]) -> dict[Place, str]:
    """The headings of the units whose figures are of a kind that a unit of another section has,
    too; of those, the ones whose own words do not say it."""
    kinds = {unit.place: {figure.unit for figure in figures(unit.text)} - {""} for unit in evidence}
    found = {}
    for unit in evidence:
        trails = [
            _trail(other)
            for other in evidence
            if kinds[other.place] & kinds[unit.place] and _trail(other) != _trail(unit)
        ]
        heading = _telling(_trail(unit), trails).rstrip(":?") if trails else ""
        if not stems(heading) <= stems(unit.text):
            found[unit.place] = heading
    return found


def _trail(unit: Evidence) -> tuple[str, ...]:
    return unit.passage.title, *unit.passage.path


def _telling(trail: Sequence[str], others: Sequence[Sequence[str]]) -> str:
    """The innermost heading that none of some other trails has in its place; the document's title
    where all have the same headings."""
    for place in range(len(trail) - 1, -1, -1):
        if all(place >= len(other) or other[place] != trail[place] for other in others):
            return trail[place]
    return trail[-1]
