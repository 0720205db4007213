"""What concerns the conversation itself: volume, repeating, stopping, who speaks and what they can do."""

from collections.abc import Mapping
from typing import Any, Final

from appliance.tools.builtin.schema import YES, given
from appliance.tools.tool import Context, Result, Tool
from appliance.tools.words import say

STEP: Final = 10
"""Percent by which the voice gets louder or quieter when nobody says by how much."""
AUDIBLE: Final = 30
"""Percent to which a muted voice returns."""

_CAN: Final = {
    "en": "I can talk with you, tell the time, set timers, alarms and reminders, keep lists, calculate and convert "
    "units. All of it here, without the internet.",
    "de": "Ich kann mich mit dir unterhalten, die Uhrzeit sagen, Timer, Wecker und Erinnerungen stellen, Listen "
    "führen, rechnen und Einheiten umrechnen. Alles hier, ohne Internet.",
}
_WHO: Final = {
    "en": "I am the voice of this box. I run on it alone; what you say does not leave it.",
    "de": "Ich bin die Stimme dieses Geräts. Ich laufe nur hier; was du sagst, verlässt es nicht.",
}


async def change_volume(arguments: Mapping[str, Any], context: Context) -> Result:
    """Louder, quieter, this loud, not at all."""
    box, language = context.box, context.language
    before = box.volume
    if arguments.get("mute"):
        wanted = 0
    elif "mute" in arguments:
        wanted = before or AUDIBLE
    elif "to" in arguments:
        wanted = arguments["to"]
    else:
        wanted = min(100, max(min(before, STEP), before + arguments.get("by", STEP)))
        if wanted == before:
            return _limit(wanted, context)
    box.set_volume(wanted)
    if wanted == 0:
        return Result({"en": "Done: I am muted.", "de": "Fertig: ich bin stumm."}[language], {"volume": 0})
    percent = say.cardinal(wanted, language)
    said = {"en": f"Done: volume {percent} percent.", "de": f"Fertig: Lautstärke {percent} Prozent."}
    return Result(said[language], {"volume": wanted})


def _limit(volume: int, context: Context) -> Result:
    loud = {"en": "That is as loud as I can.", "de": "Lauter kann ich nicht."}
    quiet = {"en": "That is as quiet as I can.", "de": "Leiser kann ich nicht."}
    return Result((loud if volume == 100 else quiet)[context.language], {"volume": volume})


async def say_again(arguments: Mapping[str, Any], context: Context) -> Result:
    """The last answer once more, and better."""
    if arguments.get("louder"):
        context.box.set_volume(min(100, max(AUDIBLE, context.box.volume + STEP)))
    if context.box.say_again(slower=bool(arguments.get("slower"))):
        return Result("", {"repeated": True})
    said = {"en": "I have not said anything yet.", "de": "Ich habe noch nichts gesagt."}
    return Result.refused(said[context.language])


async def stop(_: Mapping[str, Any], context: Context) -> Result:
    """Be quiet; nobody wants to hear that one is."""
    context.box.be_quiet()
    return Result("", {"stopped": True})


async def who_are_you(_: Mapping[str, Any], context: Context) -> Result:
    """The persona's own words, or the box's."""
    return Result(context.box.introduction(context.language) or _WHO[context.language])


async def what_can_you_do(_: Mapping[str, Any], context: Context) -> Result:
    """In one breath."""
    return Result(_CAN[context.language])


async def device_status(_: Mapping[str, Any], context: Context) -> Result:
    """How the box is."""
    return Result(context.box.status(context.language))


_PERCENT: Final = {"type": "integer", "minimum": 0, "maximum": 100}
_STEP: Final = {"type": "integer", "minimum": -100, "maximum": 100}

TOOLS: Final = (
    Tool(
        "change_volume",
        "Make the voice louder or quieter by some percent, set it, or mute it.",
        change_volume,
        given({}, to=_PERCENT, by=_STEP, mute=YES),
        changes=True,
    ),
    Tool(
        "say_again",
        "Say the last answer once more, on request louder or slower.",
        say_again,
        given({}, louder=YES, slower=YES),
        changes=True,
    ),
    Tool("stop", "Stop talking, or ringing.", stop, changes=True),
    Tool("who_are_you", "Who is speaking.", who_are_you),
    Tool("what_can_you_do", "What the box is good for.", what_can_you_do),
    Tool("device_status", "How the box itself is: whether all of it works.", device_status),
)
