"""Which heading tells figures apart."""

import pytest

from chat.evidence import Evidence
from chat.scope import scopes
from ingest.document import Unit
from ingest.passages import Passage


def unit(text: str, *path: str, title: str = "Guide", start: int = 0) -> Evidence:
    span = start, start + len(text)
    passage = Passage("p", title, title, path, "a", *span, text, text, (Unit(*span),))
    return Evidence(passage, passage.units[0], text, " > ".join(path), 0.9)


@pytest.mark.parametrize(
    ("units", "headings"),
    [
        ((unit("It is $5.", "Mallory"), unit("It is $7.", "Skerry", start=50)), "Mallory Skerry"),
        (
            (unit("$5.", "Mallory", "Pay"), unit("$7.", "Skerry", "Pay", start=50)),
            "Mallory Skerry",
        ),
        (
            (unit("$5.", "Pay", title="Harbour"), unit("$7.", "Pay", title="Inland")),
            "Harbour Inland",
        ),
        ((unit("$5.", "Mallory?"), unit("$7.", "Skerry:", start=50)), "Mallory Skerry"),
        ((unit("$5.", "Pay"), unit("$7.", "Pay", start=50)), ""),
        ((unit("$5.", "Mallory"), unit("7 km.", "Skerry", start=50)), ""),
        ((unit("Mallory pays $5.", "Mallory"), unit("$7.", "Skerry", start=50)), "Skerry"),
    ],
)
def test_figures_of_one_kind_are_told_apart(units: tuple[Evidence, ...], headings: str) -> None:
    assert " ".join(scopes(units).values()) == headings
