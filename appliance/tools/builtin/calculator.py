"""Calculates, and says the result."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from appliance.tools.builtin.arithmetic import NoSumError, SumError, TooLargeError, rounded, work_out
from appliance.tools.builtin.schema import given
from appliance.tools.tool import Context, Language, Result, Tool
from appliance.tools.words import say

PLACES: Final = 4
"""Behind the point that anybody wants to hear; small numbers have as many that count."""


def spoken(
    value: Fraction, language: Language, *, exact: bool = True, places: int = PLACES
) -> tuple[str, str]:
    """A number in words, with “about” before it where that is all that is said, and in digits."""
    if value and abs(value) < Fraction(1, 10**places) * 10:
        places += len(str(int(1 / abs(value))))
    number, whole = rounded(value, min(places, 40))
    about = "" if exact and whole else {"en": "about ", "de": "ungefähr "}[language]
    digits = f"{number:f}"
    return about + say.number(number, language), digits.rstrip("0").rstrip(".") if "." in digits else digits


async def calculate(arguments: Mapping[str, Any], context: Context) -> Result:
    """Work it out."""
    language = context.language
    try:
        value, exact = work_out(arguments["expression"])
    except TooLargeError:
        return Result.refused(
            {"en": "That is too large a number for me.", "de": "Die Zahl ist mir zu groß."}[language]
        )
    except NoSumError:
        said = {"en": "I don't understand that sum.", "de": "Diese Rechnung verstehe ich nicht."}
        return Result.refused(said[language])
    except SumError:
        return Result.refused({"en": "That has no result.", "de": "Das hat kein Ergebnis."}[language])
    words, digits = spoken(value, language, exact=exact)
    return Result({"en": f"That is {words}.", "de": f"Das ist {words}."}[language], digits)


TOOLS: Final = (
    Tool(
        "calculate",
        "Work out a sum exactly: + - * / ^ ( ) sqrt( ) and percent, as in 15% of 80.",
        calculate,
        given({"expression": {"type": "string", "minLength": 1, "maxLength": 200}}),
    ),
)
