"""What the tables of all languages make of what they found."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from appliance.tools.builtin.units import UNITS
from appliance.tools.intents.grammar import Found, same
from appliance.tools.words.face import Face

LATE = frozenset(("afternoon", "evening", "night", "mittag", "nachmittag", "abend", "nacht"))
"""Parts of the day that are its second half."""


USUAL = {"vormittag": "10:00", "mittag": "12:00", "afternoon": "15:00", "nachmittag": "15:00"} | {
    "evening": "19:00",
    "abend": "19:00",
    "night": "20:00",
    "nacht": "22:00",
}
"""When somebody wants to be reminded who names a part of the day and no time."""


def timed(found: Found) -> Mapping[str, Any] | None:
    """From `clock`, `day` and `part` to `time`, `twelve_hour` and `day`; what else was found stays."""
    rest = {name: value for name, value in found.items() if name not in {"clock", "day", "part"}}
    arguments = same(rest)
    face: Face | None = found.get("clock")
    part = found.get("part")
    if face is None:
        arguments = {**arguments, **({"time": USUAL[part]} if part in USUAL else {})}
    elif part and face.twelve:
        after_midnight = part in {"night", "nacht"} and face.hour % 12 < 6
        if after_midnight and found.get("day") == "+0":  # “tonight at one” is tomorrow, on the calendar
            found = {**found, "day": None}
        late = part in LATE and not after_midnight
        arguments = {**arguments, "time": str(Face(face.hour % 12 + 12 * late, face.minute))}
    else:
        arguments = {**arguments, "time": str(face), **({"twelve_hour": True} if face.twelve else {})}
    return {**arguments, **({"day": found["day"]} if found.get("day") else {})}


def waking(found: Found) -> Mapping[str, Any] | None:
    """Likewise, where nobody means the evening who does not say so."""
    arguments = dict(timed(found) or {})
    arguments.pop("twelve_hour", None)
    return arguments


def percent(found: Found) -> Mapping[str, Any] | None:
    """A volume: up to ten without “percent” is meant as on a knob."""
    value: Decimal = found["number"]
    if value != int(value) or not 0 <= value <= 100:
        return None
    knob = 1 <= value <= 10 and not found.get("percent")
    return {"to": int(value) * (10 if knob else 1)}


def step(sign: int) -> Any:
    """Louder or quieter by so many percent, or by a step."""

    def make(found: Found) -> Mapping[str, Any] | None:
        value = found.get("number")
        if value is None:
            return {"by": 10 * sign}
        return {"by": sign * int(value)} if 1 <= value <= 100 and value == int(value) else None

    return make


def conversion(found: Found) -> Mapping[str, Any] | None:
    """So much of one unit in another one of its kind."""
    source, target = found["source"], found["target"]
    if UNITS[source].kind != UNITS[target].kind:
        return None
    amount = found.get("amount")
    value = 1 if amount is None else amount
    return {"amount": int(value) if value == int(value) else float(value), "from": source, "to": target}


def units(german: bool) -> Mapping[str, str]:
    """Names of units by all their words, in lower case."""
    return {
        word.lower(): name
        for name, unit in UNITS.items()
        for word in (unit.german if german else unit.english)
    }
