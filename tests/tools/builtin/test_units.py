"""Units are as large as they are defined to be."""

from fractions import Fraction
from itertools import permutations

import pytest

from appliance.tools.builtin.units import UNITS, converted


@pytest.mark.parametrize(
    ("amount", "source", "target", "result"),
    [
        (1, "mile", "metre", "1609.344"),
        (12, "inch", "foot", "1"),
        (1, "pound", "gram", "453.59237"),
        (1, "gallon", "quart", "4"),
        (100, "celsius", "fahrenheit", "212"),
        (-40, "fahrenheit", "celsius", "-40"),
        (0, "kelvin", "celsius", "-273.15"),
        (36, "kilometre per hour", "metre per second", "10"),
        (1, "knot", "kilometre per hour", "1.852"),
    ],
)
def test_conversions(amount: int, source: str, target: str, result: str) -> None:
    assert converted(Fraction(amount), UNITS[source], UNITS[target]) == Fraction(result)


def test_there_and_back_is_the_same() -> None:
    for first, second in permutations(UNITS.values(), 2):
        there = converted(Fraction(7, 3), first, second)
        assert (there is None) == (first.kind != second.kind)
        assert there is None or converted(there, second, first) == Fraction(7, 3)


def test_no_word_means_two_units() -> None:
    for words in ([u.english for u in UNITS.values()], [u.german for u in UNITS.values()]):
        flat = [word.lower() for names in words for word in set(names)]
        assert len(flat) == len(set(flat))
