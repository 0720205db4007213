"""Sums in words: “seventeen times three”, „die Wurzel aus sechzehn“."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from appliance.tools.builtin.arithmetic import NoSumError, SumError, work_out

SIGNS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "plus": "+",
        "minus": "-",
        "negative": "-",
        "times": "*",
        "x": "*",
        "multiplied by": "*",
        "divided by": "/",
        "over": "/",
        "to the power of": "^",
        "to the power": "^",
        "squared": "^2",
        "cubed": "^3",
        "percent of": "%*",
        "per cent of": "%*",
        "the square root of": "√",
        "square root of": "√",
        "the root of": "√",
    },
    "de": {
        "plus": "+",
        "minus": "-",
        "mal": "*",
        "x": "*",
        "multipliziert mit": "*",
        "geteilt durch": "/",
        "dividiert durch": "/",
        "durch": "/",
        "hoch": "^",
        "zum quadrat": "^2",
        "im quadrat": "^2",
        "quadrat": "^2",
        "prozent von": "%*",
        "die quadratwurzel aus": "√",
        "die quadratwurzel von": "√",
        "quadratwurzel aus": "√",
        "quadratwurzel von": "√",
        "die wurzel aus": "√",
        "die wurzel von": "√",
        "wurzel aus": "√",
        "wurzel von": "√",
    },
}
_SPLIT: Final = re.compile(r"(%\*|\^[23]|[-+*/^%√×÷−])")
_WRITTEN: Final = {"×": "*", "÷": "/", "−": "-"}


def reader(language: str, number: Callable[[str], Decimal | None]) -> Callable[[str], str | None]:
    """What reads a sum as the calculator takes it; None: it is none."""
    signs = SIGNS[language]
    words = re.compile(rf"\b(?:{'|'.join(sorted(signs, key=len, reverse=True))})\b")

    def read(text: str) -> str | None:
        signed = words.sub(lambda found: signs[found[0]], text)
        parts = _SPLIT.split(re.sub(r"% ?of ", "%*", signed))
        if len(parts) == 1:
            return None
        return _checked(_expression([part.strip() for part in parts if part.strip()], number))

    return read


def _expression(parts: list[str], number: Callable[[str], Decimal | None]) -> str | None:
    written: list[str] = []
    root = False
    for part in parts:
        if part == "√":
            root = True
        elif _SPLIT.fullmatch(part):
            written.append(_WRITTEN.get(part, part))
        else:
            value = number(part)
            if value is None:
                return None
            written.append(f"sqrt({value:f})" if root else f"{value:f}")
            root = False
    return None if root else " ".join(written).replace("%*", "% *").replace("^", "^ ").replace("  ", " ")


def _checked(expression: str | None) -> str | None:
    if expression is None or re.fullmatch(r"- [\d.]+", expression):
        return None
    try:
        work_out(expression)
    except NoSumError:
        return None
    except SumError:
        pass  # it is a sum, and the calculator says what is wrong with it
    return expression
