"""Converts lengths, weights, volumes, temperatures and speeds. No currencies: a box that is offline knows no rates."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any, Final

from appliance.tools.builtin.calculator import spoken
from appliance.tools.builtin.schema import given
from appliance.tools.builtin.units import UNITS, Unit, converted
from appliance.tools.tool import Context, Language, Result, Tool

PLACES: Final = 2
"""Behind the point."""


async def convert(arguments: Mapping[str, Any], context: Context) -> Result:
    """Say so much in another unit."""
    language = context.language
    source, target = UNITS[arguments["from"]], UNITS[arguments["to"]]
    amount = arguments["amount"]
    if not isfinite(amount) or abs(amount) > 1e12:
        return Result.refused({"en": "That is too much.", "de": "Das ist zu viel."}[language])
    value = Fraction(Decimal(str(amount)))
    found = converted(value, source, target)
    if found is None or _impossible(value, source):
        said = {"en": "That cannot be converted.", "de": "Das lässt sich nicht umrechnen."}
        return Result.refused(said[language])
    result, digits = spoken(found, language, places=PLACES)
    left = _counted(spoken(value, language, places=6)[0], value, source, language)
    right = _counted(result, Fraction(digits), target, language)
    verb = {"en": "is" if abs(value) == 1 else "are", "de": "ist" if abs(value) == 1 else "sind"}[language]
    said_ = f"{left} {verb} {right}."
    return Result(said_[0].upper() + said_[1:], {"amount": digits, "unit": arguments["to"]})


def _impossible(amount: Fraction, unit: Unit) -> bool:
    return amount * unit.factor + unit.zero < 0


def _counted(words: str, amount: Fraction, unit: Unit, language: Language) -> str:
    names = unit.german if language == "de" else unit.english
    if abs(amount) != 1:
        return f"{words} {names[1]}"
    if language == "de":
        feminine = names[0].split()[0].endswith("e")
        words = words.removesuffix("eins") + ("eine" if feminine else "ein")
    return f"{words} {names[0]}"


TOOLS: Final = (
    Tool(
        "convert",
        "Convert an amount from one unit to another.",
        convert,
        given(
            {
                "amount": {"type": "number"},
                "from": {"type": "string", "enum": sorted(UNITS)},
                "to": {"type": "string", "enum": sorted(UNITS)},
            }
        ),
    ),
)
