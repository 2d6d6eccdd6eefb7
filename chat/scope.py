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
    return {
        unit.place: unit.passage.path[-1]
        for unit in evidence
        if unit.passage.path
        and not stems(unit.passage.path[-1]) <= stems(unit.text)
        and any(
            other.passage.path != unit.passage.path and kinds[other.place] & kinds[unit.place]
            for other in evidence
        )
    }
