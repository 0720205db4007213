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
_RULED = re.compile(r"[^\w'’]*(?:$|\b(?:and|became|died|had|of|reigned|ruled|was|who)\b)")
"""What makes of the letter I a numeral: "Elizabeth I was", not "as Elizabeth I think"."""


def _numeral(match: re.Match[str]) -> str:
    numeral, possessive = match.groups(default="")
    name = _NAME_BEFORE.search(match.string[max(0, match.start() - 24) : match.start()])
    sole = numeral != "I" or possessive or _RULED.match(match.string, match.end())
    spoken = _behind(name[1], numeral, sole=bool(sole)) if name and numeral in _VALUES else ""
    return f"{spoken}{possessive}" if spoken else read_word(match)


def _behind(name: str, numeral: str, *, sole: bool) -> str:
    """The numeral after a name, or nothing where it is a word or an acronym."""
    value = _VALUES[numeral]
    if name in RULERS and sole:
        return f"the {ordinal(value)}"
    return cardinal(value) if name in PARTS or (len(numeral) > 1 and "L" not in numeral) else ""


RULES = (Rule("Henry VIII", r"(?<=[a-z]\s)([IVXL]+)(['’]s)?(?![\w-])", _numeral),)
