"""Alarms: at a time of day, once or on certain days."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from appliance.tools import moments
from appliance.tools.agenda import Agenda, FullError, Kind, Plan
from appliance.tools.builtin.schema import CLOCK, DAY, DAYS, TWELVE, YES, given
from appliance.tools.builtin.timers import full
from appliance.tools.tool import Context, Language, Result, Tool
from appliance.tools.words import say


def moment(arguments: Mapping[str, Any], now: datetime, *, afternoon: bool = False) -> datetime | None:
    """When is meant by `time`, `twelve_hour` and `day`; None: that has passed, or there is no such day.

    Args:
        arguments: of a call.
        now: is not meant.
        afternoon: one to five o'clock on a day that is named are in the afternoon, unless something else was said.
    """
    clock, twelve = time.fromisoformat(arguments["time"]), arguments.get("twelve_hour", False)
    if "day" not in arguments:
        return moments.next_time(clock, now, twelve=twelve)
    day = moments.on(arguments["day"], now.date())
    if day is None or not 0 <= (day - now.date()).days <= moments.FARTHEST.days:
        return None
    if twelve and afternoon and 1 <= clock.hour <= 5:
        clock = clock.replace(hour=clock.hour + 12)
    found = moments.at(day, clock, now)
    if twelve and moments.seconds(found, now) <= 0 and clock.hour < 12:
        found = moments.at(day, clock.replace(hour=clock.hour + 12), now)
    return found if moments.seconds(found, now) > 0 else None


def when(moment: datetime, now: datetime, language: Language) -> str:
    """Tomorrow at seven o'clock in the morning."""
    clock = say.clock(moment.time(), language)
    return f"{say.when(moment.date(), now.date(), language)} {'um' if language == 'de' else 'at'} {clock}"


def passed(language: Language) -> Result:
    """That moment never comes."""
    said = {
        "en": "That time has passed, or does not exist.",
        "de": "Das ist schon vorbei, oder gibt es nicht.",
    }
    return Result.refused(said[language])


class Alarms:
    """What can be done with them."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.tools = (
            Tool(
                "set_alarm",
                "Set an alarm at a time of day, once or on certain days of the week.",
                self._set,
                given({"time": CLOCK}, twelve_hour=TWELVE, day=DAY, days=DAYS),
                changes=True,
                preview=self._preview,
            ),
            Tool("list_alarms", "Which alarms are set.", self._list),
            Tool(
                "cancel_alarm",
                "Cancel the alarm at a time, or all alarms.",
                self._cancel,
                given({}, time=CLOCK, twelve_hour=TWELVE, all=YES),
                changes=True,
            ),
        )

    async def _set(self, arguments: Mapping[str, Any], context: Context) -> Result:
        plan = _plan(arguments, context.wall())
        if plan is None:
            return passed(context.language)
        try:
            await self._agenda.add(plan)
        except FullError:
            return full(context.language)
        return _confirmed(plan, context)

    async def _preview(self, arguments: Mapping[str, Any], context: Context) -> Result:
        plan = _plan(arguments, context.wall())
        return _confirmed(plan, context) if plan else passed(context.language)

    async def _list(self, _: Mapping[str, Any], context: Context) -> Result:
        plans = self._agenda.plans(Kind.ALARM)
        if not plans:
            return self._none(context.language)
        names = [_name(plan, context) for plan in plans]
        opening = {"en": "Alarms: ", "de": "Wecker: "}[context.language]
        return Result(opening + say.listing(names, context.language) + ".", names)

    async def _cancel(self, arguments: Mapping[str, Any], context: Context) -> Result:
        if not arguments and self._agenda.ringing(Kind.ALARM):  # it rings, and returns on its next day
            context.box.be_quiet()
            return Result("", {"stopped": 1})
        plans = self._agenda.plans(Kind.ALARM)
        wanted = arguments.get("time")
        if wanted and not arguments.get("all"):
            plans = [plan for plan in plans if _same(plan.clock, wanted, arguments.get("twelve_hour", False))]
        if not plans:
            return self._none(context.language)
        if len(plans) > 1 and not arguments.get("all"):
            names = say.listing([_name(plan, context) for plan in plans], context.language)
            return Result.refused(
                {"en": f"Which one? {names}.", "de": f"Welchen? {names}."}[context.language]
            )
        await self._agenda.cancel(plans)
        if len(plans) == 1:
            one = _name(plans[0], context)
            said = {"en": f"Done: no alarm {one}.", "de": f"Fertig: kein Wecker {one}."}
        else:
            said = {"en": "Done: all alarms are cancelled.", "de": "Fertig: alle Wecker sind aus."}
        return Result(said[context.language], {"cancelled": len(plans)})

    def _none(self, language: Language) -> Result:
        if self._agenda.plans(Kind.ALARM):
            return Result.refused(
                {"en": "There is no such alarm.", "de": "Diesen Wecker gibt es nicht."}[language]
            )
        return Result.refused({"en": "No alarm is set.", "de": "Es ist kein Wecker gestellt."}[language])


def _plan(arguments: Mapping[str, Any], now: datetime) -> Plan | None:
    days = tuple(sorted(set(arguments.get("days", ()))))
    if days:
        found: datetime | None = moments.next_time(time.fromisoformat(arguments["time"]), now, days=days)
    else:
        found = moment(arguments, now)
    return Plan(Kind.ALARM, found.timestamp(), clock=f"{found:%H:%M}", days=days) if found else None


def _name(plan: Plan, context: Context) -> str:
    if plan.days:
        clock = say.clock(time.fromisoformat(plan.clock), context.language)
        return f"{say.days(plan.days, context.language)} {'um' if context.language == 'de' else 'at'} {clock}"
    now = context.wall()
    return when(datetime.fromtimestamp(plan.due, now.tzinfo), now, context.language)


def _confirmed(plan: Plan, context: Context) -> Result:
    name = _name(plan, context)
    said = {"en": f"Done: an alarm {name}.", "de": f"Fertig: ein Wecker {name}."}
    return Result(said[context.language], {"time": plan.clock, "due": plan.due})


def _same(clock: str, wanted: str, twelve: bool) -> bool:
    first, second = time.fromisoformat(clock), time.fromisoformat(wanted)
    return first == second or (
        twelve and (first.hour % 12, first.minute) == (second.hour % 12, second.minute)
    )
