"""Roman numerals behind English names: Henry VIII, World War II."""

import re

from appliance.pipeline.spoken.english.numbers import cardinal, ordinal
from appliance.pipeline.spoken.english.vocabulary import PARTS, RULERS
from appliance.pipeline.spoken.english.words import read_word
from appliance.pipeline.spoken.reader import Rule

_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_TENS = ("", "X", "XX", "XXX", "XL", "L")
_VALUES = {tens + ones: 10 * t + o for t, tens in enumerate(_TENS) for o, ones in enumerate(_ONES)}

_NAME_BEFORE = re.compile(r"([A-Z][a-z]+)\s+$")
_RULED = re.compile(r"['’]s\b|[^\w'’]*(?:$|\b(?:and|became|died|had|of|reigned|ruled|was|who)\b)")
"""What makes of the letter I a numeral: "Elizabeth I was", not "Elizabeth, I think"."""


def _numeral(match: re.Match[str]) -> str:
    numeral = match[0]
    value = _VALUES.get(numeral)
    before = _NAME_BEFORE.search(match.string[max(0, match.start() - 24) : match.start()])
    if not value or not before:
        return read_word(match)
    if before[1] in PARTS:
        return cardinal(value)
    if before[1] in RULERS and (numeral != "I" or _RULED.match(match.string, match.end())):
        return f"the {ordinal(value)}"
    return cardinal(value) if len(numeral) > 1 and "L" not in numeral else read_word(match)


RULES = (Rule(r"(?<=[a-z]\s)[IVXL]+(?![\w-])", _numeral),)
