"""What people ask a box for in English, and what they call it."""

import re
from decimal import Decimal
from typing import Final

from appliance.tools.intents.common import conversion, percent, step, timed, units, waking
from appliance.tools.intents.grammar import Grammar, Place, Row, fixed, same
from appliance.tools.intents.normal import peeled, plain
from appliance.tools.intents.sums import reader
from appliance.tools.words import english as numbers
from appliance.tools.words import english_time as times

_OPENING: Final = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|and|now|um|uh|er|erm|please|alright|oh)(?: (?:box|computer|there))?"
    r"|(?:could|can|would|will) you(?: maybe| just| quickly)?(?= \w)|i (?:would like|want|need) you to|id like you to"
    r"|(?:could|can) i (?:have|get)|i (?:would like|want|need) (?=(?:a|an|another) (?:\w+ ){0,6}(?:timer|alarm|reminder))"
    r"|id like (?=an? )|go ahead and|do me a favou?r and|lets|just)[ ,]+"
)
_CLOSING: Final = re.compile(r"[ ,]+(?:please|for me|thanks|thank you|would you|will you|right now|um|uh)$")
_FILLERS: Final = re.compile(r"\b(?:um|uh|erm|please)\b ?")
_CONTRACTIONS: Final = (
    (r"\bwhat ?s\b", "what is"),
    (r"\bhow ?s\b", "how is"),
    (r"\bwhen ?s\b", "when is"),
    (r"\bwhats\b", "what is"),
    (r"\b([ap]) m\b", r"\1m"),
    (r"\b([ap])\.m\b\.?", r"\1m"),
    (r"(\d)([ap]m)\b", r"\1 \2"),
    (r"\bper cent\b|(?<=\d)%(?! ?of)", " percent"),
)
_LISTS: Final = (
    {"shopping": "shopping", "grocery": "shopping", "groceries": "shopping"}
    | dict.fromkeys(("to do", "todo", "task", "tasks"), "to-do")
    | dict.fromkeys(("the", "my", "our"), "shopping")
)  # “put milk on the list”
_DAYS: Final = {
    "every day": range(7),
    "daily": range(7),
    "on weekdays": range(5),
    "every weekday": range(5),
} | {
    "weekdays": range(5),
    "on weekends": (5, 6),
    "every weekend": (5, 6),
    "every morning": range(7),
}
_UNITS: Final = units(german=False)
_WEEKDAYS: Final = "|".join(times.WEEKDAYS)
_NEW: Final = (
    "(set|start|make|create|add|begin|give me|put on|put|run)( me)? (a |an |another |the |my )?(new )?"
)
_CANCEL: Final = "(cancel|stop|delete|clear|remove|end|kill|turn off|switch off)"
_REMIND: Final = "(remind me|(set|make|create|add|give me) (a )?reminder)"
_WHENS: Final = (
    "in <in_s:duration>",
    "(at )?<clock> <day>",
    "at <clock>",
    "(on )?<day>( <part>)?( at <clock>)?",
)


def _amount(text: str) -> Decimal | None:
    return Decimal(1) if text in {"a", "an"} else numbers.number(text)


def _items(text: str) -> list[str] | None:
    parts = [
        re.sub(r"^(?:some|a|an|the|also) ", "", part.strip())
        for part in re.split(r" ?, (?:and )?| and ", text)
    ]
    items = [part for part in parts if part]
    return items if items and len(items) <= 20 and all(len(item) <= 80 for item in items) else None


def _days(text: str) -> list[int] | None:
    if text in _DAYS:
        return list(_DAYS[text])
    names = [name for name in re.findall(r"[a-z]+", text) if name not in {"every", "and", "on"}]
    return [times.WEEKDAYS.index(name.removesuffix("s")) for name in names]


def _name(text: str) -> str | None:
    return None if {"timer", "timers", "the", "my", "all"} & set(text.split()) else text


_PLACES: Final = {
    "number": Place(numbers.NUMBER, numbers.number),
    "amount": Place(numbers.NUMBER, _amount),
    "percent": Place("percent"),
    "duration": Place(times.DURATION, times.duration),
    "clock": Place(times.CLOCK, times.clock),
    "day": Place(times.DAY, times.day),
    "part": Place("morning|afternoon|evening|night"),
    "days": Place(
        rf"(?:{'|'.join(_DAYS)}|(?:every|on) (?:{_WEEKDAYS})s?(?: (?:and )?(?:every )?(?:{_WEEKDAYS})s?)*)",
        _days,
    ),
    "name": Place(r"[a-z]+(?: [a-z]+)?", _name),
    "text": Place(r".+?"),
    "items": Place(r".+?", _items),
    "list": Place(r"to do|[a-z]+", lambda text: _LISTS.get(text, text)),
    "sum": Place(r".+", reader("en", numbers.number)),
    "unit": Place("|".join(sorted(_UNITS, key=len, reverse=True)), _UNITS.get),
}

_CALENDAR: Final = (
    Row("(what time is it|what is the time|do you (know|have) the time|tell me (the|what) time( it is)?|the time)( now)?", "tell_time"),
    Row("(tell me |do you know )?what time it is( now)?", "tell_time"),
    Row("(what is|tell me) (the|todays) (date|day)( today)?|what (date|day)( of the week)? is (it|today)( today)?", "tell_date"),
    Row("(what|which) (date|day|weekday)( of the week)? (is|was|will|will be) <day>( be)?", "tell_date", same),
    Row("what is the date (of |on )?<day>", "tell_date", same),
    Row("(on )?(what|which) (day|weekday)( of the week)? (is|was|does|did|will) <day>( fall on| fall| be| on)?", "tell_date", same),
)  # fmt: skip
_TIMERS: Final = (
    Row(f"({_NEW})?timer (for |of |to |at )?<seconds:duration>", "set_timer", same),
    Row(f"({_NEW})?timer (for |of )?<seconds:duration> (called|named|for( the| my)?) <name>", "set_timer", same),
    Row(f"({_NEW})?timer (called|named|for( the| my)?) <name> (for|of) <seconds:duration>", "set_timer", same),
    Row(f"({_NEW})?<seconds:duration> timer( (called|named|for( the| my)?) <name>)?", "set_timer", same),
    Row(f"({_NEW})?<seconds:duration> <name> timer", "set_timer", same),
    Row(f"{_NEW}<name> timer (for |of |to |at )?<seconds:duration>", "set_timer", same),
    Row("count down( from)? <seconds:duration>|wake me( up)? in <in_s:duration>", "set_timer",
        lambda found: {"seconds": found["seconds"] or found["in_s"]}),
    Row(
        "(how (long|much time|much longer|many minutes)( is| are| do i have| have i got| is there)?( still)?|what is|time)"
        "( left| remaining)? (on|for|in|until|with) (the |my |all |all my )?(<name> )?timers?( left| remaining)?( is done)?",
        "timers_left", same,
    ),
    Row("how (long|much time|many minutes)( is| do i have| have i got)? (left|remaining)|what timers (are running|do i have)", "timers_left"),
    Row(f"{_CANCEL} (all (of )?)(the |my )?timers|{_CANCEL} (the |my |every )?timers", "cancel_timer", fixed(all=True)),
    Row(f"{_CANCEL} (the |my |that )?timer", "cancel_timer"),
    Row(f"{_CANCEL} (the |my )?(<seconds:duration>|<name>) timer", "cancel_timer", same),
    Row(f"{_CANCEL} (the |my )?timer (for|of) <seconds:duration>", "cancel_timer", same),
)  # fmt: skip
_ALARMS: Final = (
    Row(f"({_NEW})?alarm (for |at |to )?<clock>( <day>)?", "set_alarm", timed),
    Row(f"({_NEW})?alarm (for |on )?<day>( <part>)? (at|for) <clock>", "set_alarm", timed),
    Row(f"({_NEW})?alarm (for |at )?<clock> <days>", "set_alarm", waking),
    Row(f"({_NEW})?alarm (for )?<days> (at|for) <clock>", "set_alarm", waking),
    Row(f"{_NEW}<clock> alarm", "set_alarm", timed),
    Row("wake me( up)? (at|by) <clock>( (<day>|<days>))?", "set_alarm", waking),
    Row("wake me( up)? (<day>( <part>)?|<days>) at <clock>", "set_alarm", waking),
    Row("(what|which) alarms (are (set|there)|do i have( set)?|have i( got)?( set)?)|when is my( next)? alarm", "list_alarms"),
    Row("(list|show|read|tell me)( me)? (all )?(the |my )?alarms|do i have (any|an) alarms?( set)?|when is (the|my)( next)? alarm", "list_alarms"),
    Row(f"{_CANCEL} (all )?(of )?(the |my )?alarms", "cancel_alarm", fixed(all=True)),
    Row(f"{_CANCEL} (the |my |that )?alarm", "cancel_alarm"),
    Row(f"{_CANCEL} (the |my )?<clock> alarm", "cancel_alarm", timed),
    Row(f"{_CANCEL} (the |my )?alarm (at|for) <clock>", "cancel_alarm", timed),
)  # fmt: skip
_REMINDERS: Final = (
    *(Row(f"{_REMIND} (for )?{when} (to|about|that|of) <text>", "remind", timed) for when in _WHENS),
    *(Row(f"{_REMIND} (to|about|that|of) <text> {when}", "remind", timed) for when in _WHENS),
    Row(f"{_REMIND} (to|about) <text>", "remind", same),
    Row("(what (are|is)|list|read|show|tell me)( me)? (all )?(of )?my reminders?", "list_reminders"),
    Row("what reminders (do i have|have i got|are there)|do i have (any )?reminders", "list_reminders"),
    Row(
        "(cancel|delete|clear|remove) (all )?(of )?(the |my )?reminders", "cancel_reminders", fixed(all=True)
    ),
    Row("(cancel|delete|clear|remove) (the |my |that )?reminder", "cancel_reminders"),
    Row("(cancel|delete|clear|remove) (the |my )?reminder (to|about) <text>", "cancel_reminders", same),
)
_BY: Final = "( by <number>( percent)?)?"
_MANNERS: Final = (
    Row(f"(turn|put|bring)( the| your)? (volume|sound|voice|it|yourself) up{_BY}|turn up( the)? (volume|sound){_BY.replace('number', 'n2:number')}",
        "change_volume", lambda f: step(1)({"number": f["number"] or f["n2"]})),
    Row(f"(turn|put|bring)( the| your)? (volume|sound|voice|it|yourself) down{_BY}|turn down( the)? (volume|sound){_BY.replace('number', 'n2:number')}",
        "change_volume", lambda f: step(-1)({"number": f["number"] or f["n2"]})),
    Row("(volume|turn it) up|(increase|raise)( the)? volume|(a (bit|little) )?louder|speak (up|louder)|(be|talk|make it) louder|(a bit|a little) louder", "change_volume", step(1)),
    Row("(volume|turn it) down|(decrease|lower|reduce)( the)? volume|(a (bit|little) )?(quieter|softer)|(speak|talk) (quieter|softer|more quietly)|(be|make it) quieter|not so loud", "change_volume", step(-1)),
    Row("((set|turn|change|put|make)( the| your)? )?volume (to |at )?<number>( <percent>)?", "change_volume", percent),
    Row("(full|maximum|max) volume|(set |turn )?(the )?volume (to )?(full|maximum|max)|as loud as (you can|possible)", "change_volume", fixed(to=100)),
    Row("mute( yourself| the (sound|volume))?|turn (the sound|the volume|yourself) off", "change_volume", fixed(mute=True)),
    Row("(unmute|turn the (sound|volume) (back )?on)( yourself)?", "change_volume", fixed(mute=False)),
    Row("(say|repeat) (that|it)( again| once more| one more time)?|repeat|again|once more|one more time|what did you( just)? say|come again|pardon( me)?|say again|(sorry )?i did ?nt (hear|catch|get|understand) (that|you|it)", "say_again"),
    Row("((say (that|it)|repeat (that|it)?)( again)? )?(more slowly|slower|slowly)|(speak|talk) (more slowly|slower)", "say_again", fixed(slower=True)),
    Row("(say (that|it)|repeat( that| it)?)( again)? (louder|more loudly)", "say_again", fixed(louder=True)),
    Row("stop( it| that| talking| speaking| now| stop)?|(be )?quiet|shut up|silence|(that is |thats )?enough|hush|shush|be silent", "stop"),
    Row("who are you|what is your name|what are you|introduce yourself|tell me about yourself|who am i (talking|speaking) to", "who_are_you"),
    Row("what (all )?can you do( for me)?|what can i (ask|say)( you)?|how can you help( me)?|what do you do|what are you (able|capable) (to do|of doing|of)|help|help me", "what_can_you_do"),
    Row("(device|system|box|your) status( report)?|status( report)?|is everything (working|ok|okay|all right)|(give me |what is )(the |your )?((device|system) )?status( report)?|how is the (device|system|box|machine)( doing)?|are you working( properly| correctly)?", "device_status"),
)  # fmt: skip
_OUR: Final = "(the |my |our )?"
_ITEMS: Final = (
    Row(f"(add|put|write|note) <items> (to|on|onto|in) {_OUR}<list> list", "add_to_list", same),
    Row(f"(what is|what do i have|what do we have|what have i got) on {_OUR}<list> list|(read|tell|show)( me)?( out)? {_OUR}<l2:list> list",
        "read_list", lambda f: {"list": f["list"] or f["l2"]}),
    Row(f"(remove|delete|take|cross|scratch|strike) <items> (from|off|off of|out of|of) {_OUR}<list> list", "remove_from_list", same),
    Row(f"(clear|empty|delete|wipe|erase)( out)? {_OUR}<list> list", "clear_list", same),
)  # fmt: skip
_ASK: Final = "(what is|what are|how much is|how much are|how many is|calculate|compute|work out|tell me)"
_FIGURES: Final = (
    Row(f"(({_ASK}|convert) )?<amount> <source:unit> (in|into|to|as) <target:unit>", "convert", conversion),
    Row("how (many|much) <target:unit> (are|is|make|go into|do you get from|does|in)( there)?( in)? <amount> <source:unit>( have)?", "convert", conversion),
    Row(f"({_ASK}( the result of)? )?<expression:sum>", "calculate", same),
)  # fmt: skip
_ROWS: Final = (*_CALENDAR, *_TIMERS, *_ALARMS, *_REMINDERS, *_MANNERS, *_ITEMS, *_FIGURES)

GRAMMAR: Final = Grammar(_PLACES, _ROWS)


def normal(text: str) -> str:
    """What is left of a sentence when politeness is taken off."""
    text = plain(text)
    for pattern, full in _CONTRACTIONS:
        text = re.sub(pattern, full, text)
    text = peeled(text, _OPENING, _CLOSING)
    return _FILLERS.sub("", text).strip(" ,") or text
