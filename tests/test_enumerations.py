"""Lists in units that have no mark-up."""

import pytest

from chat.enumerations import items_after

AFTER = "Walls may be painted with consent."


@pytest.mark.parametrize(
    ("units", "items"),
    [
        (["These jobs are yours:", "light bulbs", "drains blocked by hair", AFTER], 2),
        (["Dogs may join you in:", "the bar, on a lead;", "the garden, but no beds.", AFTER], 2),
        (["White is a warning:", "and nothing else."], 0),
        (["Pay by grade:", "Grade 1: $20.", "Grade 2: $30.", AFTER], 2),
        (["Three routes are common:", "Up, later.", "Sideways.", "Out, rarely.", AFTER], 3),
        (["Three routes are common:", "Up, later.", "Out."], 0),
        (["These pressures were named:", "Filling posts takes months.", "Calls at night."], 0),
        (["After two years one may go into:", "law,", "medicine,", "teaching.", AFTER], 3),
        (["A sentence.", "light bulbs", "drains"], 0),
        (["The parts:", "a door;", "a seal;", "a hinge"], 3),
    ],
)
def test_what_follows_a_colon_in_one_style_is_a_list(units: list[str], items: int) -> None:
    assert items_after(units, 0) == items
