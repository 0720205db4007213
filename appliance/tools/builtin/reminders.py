"""Reminders: of something, after some time or at a moment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from appliance.tools.agenda import Agenda, FullError, Kind, Plan
from appliance.tools.builtin.alarms import moment, passed, when
from appliance.tools.builtin.schema import CLOCK, DAY, SECONDS, TWELVE, WORDS, YES, given
from appliance.tools.builtin.timers import full
from appliance.tools.tool import Context, Language, Result, Tool
from appliance.tools.words import say

MORNING: Final = "09:00"
"""When somebody wants to be reminded who names a day and no time."""

_YOURS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"my": "your", "me": "you", "i": "you", "myself": "yourself", "mine": "yours"},
    "de": {"mein": "dein", "meine": "deine", "meinen": "deinen", "meinem": "deinem", "meiner": "deiner"}
    | {"mich": "dich", "mir": "dir"},
}


def yours(words: str, language: Language) -> str:
    """Said back to whoever said it: “call my mum” is “call your mum”."""
    return " ".join(_YOURS[language].get(word, word) for word in words.split())


class Reminders:
    """What can be done with them."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.tools = (
            Tool(
                "remind",
                "Remind the person of something, after some seconds, or at a time or on a day.",
                self._set,
                given({"text": WORDS}, in_s=SECONDS, time=CLOCK, twelve_hour=TWELVE, day=DAY),
                changes=True,
            ),
            Tool("list_reminders", "What the person is going to be reminded of.", self._list),
            Tool(
                "cancel_reminders",
                "Cancel the reminders with these words, or all of them.",
                self._cancel,
                given({}, text=WORDS, all=YES),
                changes=True,
            ),
        )

    async def _set(self, arguments: Mapping[str, Any], context: Context) -> Result:
        now, language = context.wall(), context.language
        text, seconds = yours(arguments["text"], language), arguments.get("in_s", 0)
        if not {"in_s", "time", "day"} & arguments.keys():
            return _when(language)
        if seconds:
            due = now.timestamp() + seconds
            moment_said = "in " + _dative(say.duration(seconds, language))
        else:
            found = moment({"time": MORNING, **arguments}, now, afternoon=True)
            if found is None:
                return passed(language) if "time" in arguments else _when(language)
            due = found.timestamp()
            moment_said = when(found, now, language)
        try:
            await self._agenda.add(Plan(Kind.REMINDER, due, text, seconds))
        except FullError:
            return full(language)
        said = {
            "en": f"Done: I will remind you {moment_said}: {text}.",
            "de": f"Fertig: ich erinnere dich {moment_said}: {text}.",
        }
        return Result(said[language], {"due": due, "text": text})

    async def _list(self, _: Mapping[str, Any], context: Context) -> Result:
        plans, now = self._agenda.plans(Kind.REMINDER), context.wall()
        if not plans:
            return _none(context.language)
        names = [
            f"{when(datetime.fromtimestamp(plan.due, now.tzinfo), now, context.language)}: {plan.words}"
            for plan in plans
        ]
        opening = {"en": "I will remind you ", "de": "Ich erinnere dich "}[context.language]
        return Result(opening + "; ".join(names) + ".", names)

    async def _cancel(self, arguments: Mapping[str, Any], context: Context) -> Result:
        plans, language = self._agenda.plans(Kind.REMINDER), context.language
        if text := arguments.get("text"):
            plans = [plan for plan in plans if plan.words == yours(text, language)]
        if not plans:
            return _none(language)
        if len(plans) > 1 and not (text or arguments.get("all")):
            return Result.refused({"en": "Which one? Or all of them?", "de": "Welche? Oder alle?"}[language])
        await self._agenda.cancel(plans)
        said = {"en": "Done: I will not remind you.", "de": "Fertig: ich erinnere dich nicht."}
        return Result(said[language], {"cancelled": len(plans)})


def _when(language: Language) -> Result:
    return Result.refused({"en": "When shall I remind you?", "de": "Wann soll ich dich erinnern?"}[language])


def _none(language: Language) -> Result:
    return Result.refused(
        {"en": "There is no such reminder.", "de": "Es gibt keine solche Erinnerung."}[language]
    )


def _dative(length: str) -> str:
    """„einen Tag“ is „einem Tag“ behind „in“, „eine Minute“ „einer Minute“."""
    words = {"einen": "einem", "eine": "einer", "Tage": "Tagen"}
    return " ".join(words.get(word, word) for word in length.replace(",", " ,").split()).replace(" ,", ",")
