"""Timers: set, asked about, cancelled."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.tools.agenda import Agenda, FullError, Kind, Plan
from appliance.tools.builtin.schema import SECONDS, WORDS, YES, given
from appliance.tools.tool import Context, Language, Result, Tool
from appliance.tools.words import say


def name(plan: Plan, language: Language, *, your: str = "dein") -> str:
    """Your pasta timer, your timer for ten minutes.

    Args:
        plan: the timer.
        language: in which it is named.
        your: as German wants it: dein, deinen, deinem.
    """
    length = say.duration(plan.seconds, language)
    if language == "de":
        return f"{your} Timer „{plan.words}“" if plan.words else f"{your} Timer für {length}"
    return f"your {plan.words} timer" if plan.words else f"your timer for {length}"


class Timers:
    """What can be done with them."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        which = given({}, name=WORDS, seconds=SECONDS)
        self.tools = (
            Tool(
                "set_timer",
                "Set a timer that rings after some seconds.",
                self._set,
                given({"seconds": SECONDS}, name=WORDS),
                changes=True,
                preview=self._preview,
            ),
            Tool("timers_left", "How long timers still run.", self._left, which),
            Tool(
                "cancel_timer",
                "Cancel the timer of a name or a length, or all of them.",
                self._cancel,
                given({}, name=WORDS, seconds=SECONDS, all=YES),
                changes=True,
            ),
        )

    async def _set(self, arguments: Mapping[str, Any], context: Context) -> Result:
        seconds, words = arguments["seconds"], arguments.get("name", "")
        due = context.wall().timestamp() + seconds
        try:
            await self._agenda.add(Plan(Kind.TIMER, due, words, seconds))
        except FullError:
            return full(context.language)
        return await self._preview(arguments, context)

    async def _preview(self, arguments: Mapping[str, Any], context: Context) -> Result:
        length, words = say.duration(arguments["seconds"], context.language), arguments.get("name")
        if context.language == "de":
            said = (
                f"Fertig: ein Timer „{words}“ für {length}." if words else f"Fertig: ein Timer für {length}."
            )
        else:
            said = f"Done: a {words} timer for {length}." if words else f"Done: a timer for {length}."
        return Result(said, {"set": arguments["seconds"]})

    async def _left(self, arguments: Mapping[str, Any], context: Context) -> Result:
        found = self._matching(arguments)
        if not found:
            return self._none(context.language)
        data = [{"name": plan.words, "left_s": round(self._agenda.left_s(plan))} for plan in found]
        lengths = [say.duration(self._agenda.left_s(plan), context.language) for plan in found]
        if len(found) == 1:
            said = {"en": f"{lengths[0]} left.", "de": f"Noch {lengths[0]}."}[context.language]
            return Result(said[0].upper() + said[1:], data)
        on = {"en": "on", "de": "bei"}[context.language]
        parts = [
            f"{length} {on} {name(plan, context.language, your='deinem')}"
            for plan, length in zip(found, lengths, strict=True)
        ]
        left = {"en": "Left: ", "de": "Noch "}[context.language]
        return Result(f"{left}{say.listing(parts, context.language)}.", data)

    async def _cancel(self, arguments: Mapping[str, Any], context: Context) -> Result:
        if not arguments and (ringing := self._agenda.ringing(Kind.TIMER)):
            context.box.be_quiet()
            await self._agenda.cancel(ringing)
            return Result("", {"stopped": len(ringing)})
        found = self._matching(arguments)
        if not found:
            return self._none(context.language)
        if len(found) > 1 and not arguments.get("all"):
            names = say.listing(
                [name(plan, context.language, your="deinen") for plan in found], context.language
            )
            ask = {"en": f"Which one? There are {names}.", "de": f"Welchen? Es gibt {names}."}
            return Result.refused(ask[context.language])
        await self._agenda.cancel(found)
        if len(found) > 1:
            said = {"en": "Done: all timers are cancelled.", "de": "Fertig: alle Timer sind gestoppt."}
        else:
            one = name(found[0], context.language)
            said = {"en": f"Done: {one} is cancelled.", "de": f"Fertig: {one} ist gestoppt."}
        return Result(said[context.language], {"cancelled": len(found)})

    def _matching(self, arguments: Mapping[str, Any]) -> Sequence[Plan]:
        words, seconds = arguments.get("name"), arguments.get("seconds")
        plans = self._agenda.plans(Kind.TIMER)
        found = [plan for plan in plans if words in {None, plan.words} and seconds in {None, plan.seconds}]
        return plans if arguments.get("all") else found

    def _none(self, language: Language) -> Result:
        if self._agenda.plans(Kind.TIMER):
            return Result.refused(
                {"en": "There is no such timer.", "de": "Diesen Timer gibt es nicht."}[language]
            )
        return Result.refused({"en": "No timer is running.", "de": "Es läuft kein Timer."}[language])


def full(language: Language) -> Result:
    """There are too many plans."""
    said = {
        "en": "I have too many timers, alarms and reminders already. Cancel some first.",
        "de": "Ich habe schon zu viele Timer, Wecker und Erinnerungen. Lösche erst ein paar.",
    }
    return Result.refused(said[language])
