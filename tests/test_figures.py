"""Figures are compared as values with their units."""

import pytest

from chat.figures import figures, missing


def values(text: str) -> list[tuple[float, str]]:
    return [(figure.value, figure.unit) for figure in figures(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2 million", [(1_200_000, "")]),
        ("1,200,000", [(1_200_000, "")]),
        ("$1.2M", [(1_200_000, "dollar")]),
        ("35 %", [(35, "%")]),
        ("35 per cent", [(35, "%")]),
        ("1.5 percentage points", [(1.5, "points")]),
        ("8 to 10 weeks", [(56, "days"), (70, "days")]),
        ("8–10 weeks", [(56, "days"), (70, "days")]),
        ("$120-$140k", [(120_000, "dollar"), (140_000, "dollar")]),
        ("two years", [(24, "months")]),
        ("two and a half years", [(30, "months")]),
        ("half an hour", [(1800, "seconds")]),
        ("twenty-five", [(25, "")]),
        ("two hundred and six", [(206, "")]),
        ("2 p.m.", [(840, "clock")]),
        ("14:00", [(840, "clock")]),
        ("from 18:30 to 19:15", [(1110, "clock"), (1155, "clock")]),
        ("£16.90 for the first hour", [(16.9, "pound")]),
        ("1,500 W; 2,400 W.", [(1500, "power"), (2400, "power")]),
        ("9 October 1718", [(9, ""), (1718, "")]),
        ("the third club", [(3, "")]),
        ("B1200 and OW-1", []),
        ("no one, nor the other half", []),
    ],
)
def test_figures_are_read_as_values(text: str, expected: list[tuple[float, str]]) -> None:
    found = values(text)
    assert [unit for _, unit in found] == [unit for _, unit in expected]
    assert [value for value, _ in found] == pytest.approx([value for value, _ in expected])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1.2 million", "1,200,000"),
        ("$1.2M", "$1,200,000"),
        ("1.2 million dollars", "$1.2M"),
        ("35 %", "35 percent"),
        ("24 months", "two years"),
        ("2.5 km", "2,500 metres"),
        ("2 pm", "14:00"),
        ("four", "four hours"),
        ("97,000 tonnes", "97,000"),
        ("€14", "14 euros"),
        ("30 minutes", "half an hour"),
    ],
)
def test_equal_values_are_not_missing(left: str, right: str) -> None:
    assert missing(figures(left), figures(right)) == ()
    assert missing(figures(right), figures(left)) == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1.2 million", "1.2 billion"),
        ("$40", "€40"),
        ("35 %", "35 percentage points"),
        ("35 %", "35 euros"),
        ("8 weeks", "8 days"),
        ("8 weeks", "8 to 10 days"),
        ("5 GB", "5 MB"),
        ("2 a.m.", "2 p.m."),
        ("11 kW", "11 W"),
    ],
)
def test_other_values_and_other_units_are_missing(left: str, right: str) -> None:
    assert len(missing(figures(left), figures(right))) == 1


def test_one_end_of_a_range_is_in_the_range_and_a_wider_range_is_not() -> None:
    evidence = figures("It takes 8 to 10 weeks.")
    assert missing(figures("It takes up to 10 weeks."), evidence) == ()
    assert [f.value for f in missing(figures("It takes 8 to 12 weeks."), evidence)] == [84]
