"""Sums in words are sums in signs."""

import pytest

from appliance.tools.intents.sums import reader
from appliance.tools.words import english, german

READ = {"en": reader("en", english.number), "de": reader("de", german.number)}


@pytest.mark.parametrize(
    ("english_sum", "german_sum", "meant"),
    [
        ("two plus two", "zwei plus zwei", "2 + 2"),
        ("two minus minus two", "zwei minus minus zwei", "2 - - 2"),
        ("ten divided by four", "zehn geteilt durch vier", "10 / 4"),
        ("three squared", "drei zum quadrat", "3 ^ 2"),
        ("fifteen percent of eighty", "fünfzehn prozent von achtzig", "15 % * 80"),
        ("the square root of two", "die wurzel aus zwei", "sqrt(2)"),
        ("one point five times two", "eins komma fünf mal zwei", "1.5 * 2"),
        ("5 x 3", "5 x 3", "5 * 3"),
        ("5×3", "5×3", "5 * 3"),
        ("seven", "sieben", None),
        ("minus seven", "minus sieben", None),
        ("three times a lady", "drei mal darfst du raten", None),
        ("plus", "plus", None),
        ("two plus", "zwei plus", None),
        ("the square root of", "die wurzel aus", None),
    ],
)
def test_sums(english_sum: str, german_sum: str, meant: str | None) -> None:
    assert READ["en"](english_sum) == meant
    assert READ["de"](german_sum) == meant
