"""Tells the time and the date."""

from collections.abc import Mapping
from typing import Any, Final

from appliance.tools import moments
from appliance.tools.builtin.schema import DAY, given
from appliance.tools.tool import Context, Result, Tool
from appliance.tools.words import say


async def tell_time(_: Mapping[str, Any], context: Context) -> Result:
    """What time it is."""
    now = context.wall()
    said = say.clock(now.time(), context.language)
    opening = {"en": "It is", "de": "Es ist"}[context.language]
    return Result(f"{opening} {said}.", now.isoformat(timespec="minutes"))


async def tell_date(arguments: Mapping[str, Any], context: Context) -> Result:
    """Which day it is, was or will be."""
    today = context.wall().date()
    try:
        day = moments.on(arguments.get("day", "+0"), today)
    except OverflowError:
        day = None
    if day is None:
        return Result.refused(
            {"en": "There is no such day.", "de": "Diesen Tag gibt es nicht."}[context.language]
        )
    away = (day - today).days
    year = abs(away) > 330
    said = say.day_and_date(day, context.language, year=year)
    if away == 0:
        opening = {"en": "Today is", "de": "Heute ist"}
    elif away > 0:
        opening = {"en": "That will be", "de": "Das ist"}
    else:
        opening = {"en": "That was", "de": "Das war"}
    return Result(f"{opening[context.language]} {said}.", day.isoformat())


TOOLS: Final = (
    Tool("tell_time", "The time of day.", tell_time),
    Tool("tell_date", "Today's date, or the date and weekday of another day.", tell_date, given({}, day=DAY)),
)
