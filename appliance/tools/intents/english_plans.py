"""What people ask for in English that is to happen later: timers, alarms, reminders."""

from typing import Final

from appliance.tools.intents.common import timed, waking
from appliance.tools.intents.grammar import Row, fixed, same

_NEW: Final = (
    "(set|start|make|create|add|begin|give me|put on|put|run)( me)? "
    "(a |an |another |the |my )?(new |second )?"
)
_CANCEL: Final = "(cancel|stop|delete|clear|remove|end|kill|turn off|switch off)"
_REMIND: Final = "(remind me|(set|make|create|add|give me) (a )?reminder)"
_WHENS: Final = (
    "in <in_s:duration>",
    "(at )?<clock> <day>",
    "at <clock>",
    "(on )?<day>( <part>)?( at <clock>)?",
    "this <part>( at <clock>)?",
    "<part:tonight>( at <clock>)?",
)

_TIMERS: Final = (
    Row("set_timer", [f"({_NEW})?timer (for |of |to |at )?<seconds:duration>"], same),
    Row(
        "set_timer",
        [f"({_NEW})?timer (for |of )?<seconds:duration> (called|named|for( the| my)?) <name>"],
        same,
    ),
    Row(
        "set_timer",
        [f"({_NEW})?timer (called|named|for( the| my)?) <name> (for|of) <seconds:duration>"],
        same,
    ),
    Row("set_timer", [f"({_NEW})?<seconds:duration> timer( (called|named|for( the| my)?) <name>)?"], same),
    Row("set_timer", [f"({_NEW})?<seconds:duration> <name> timer"], same),
    Row("set_timer", [f"{_NEW}<name> timer (for |of |to |at )?<seconds:duration>"], same),
    Row("set_timer", ["count down( from)? <seconds:duration>", "wake me( up)? in <seconds:duration>"], same),
    Row(
        "timers_left",
        [
            (
                "(how (long|much time|much longer|many minutes)( is| are| do i have| have i got| is "
                "there)?( still)?|what is|time)( left| remaining)? (on|for|in|until|with) (the |my |all |"
                "all my )?((<seconds:duration>|<name>) )?timers?( left| remaining)?( is done)?"
            )
        ],
        same,
    ),
    Row(
        "timers_left",
        [
            "how (long|much time|many minutes)( is| do i have| have i got)? (left|remaining)",
            "what timers (are running|do i have)",
        ],
    ),
    Row(
        "cancel_timer",
        [f"{_CANCEL} (all (of )?)(the |my )?timers", f"{_CANCEL} (the |my |every )?timers"],
        fixed(all=True),
    ),
    Row("cancel_timer", [f"{_CANCEL} (the |my |that )?timer"]),
    Row("cancel_timer", [f"{_CANCEL} (the |my )?(<seconds:duration>|<name>) timer"], same),
    Row("cancel_timer", [f"{_CANCEL} (the |my )?timer (for|of) <seconds:duration>"], same),
)
_ALARMS: Final = (
    Row("set_alarm", [f"({_NEW})?alarm (for |at |to )?<clock>( <day>( <part>)?)?"], timed),
    Row("set_alarm", [f"({_NEW})?alarm (for |on )?<day>( <part>)? (at|for) <clock>"], timed),
    Row("set_alarm", [f"({_NEW})?alarm (for |at )?<clock> <days>"], waking),
    Row("set_alarm", [f"({_NEW})?alarm (for )?<days> (at|for) <clock>"], waking),
    Row("set_alarm", [f"{_NEW}<clock> alarm"], timed),
    Row("set_alarm", ["wake me( up)? (at|by) <clock>( (<day>( <part>)?|<days>))?"], waking),
    Row("set_alarm", ["wake me( up)? (<day>( <part>)?|<days>) at <clock>"], waking),
    Row(
        "list_alarms",
        [
            "(what|which) alarms (are (set|there)|do i have( set)?|have i( got)?( set)?)",
            "when is my( next)? alarm( set)?",
            "(what time|when) is (my|the)( next)? alarm( set)?( for)?",
        ],
    ),
    Row(
        "list_alarms",
        [
            "(list|show|read|tell me)( me)? (all )?(the |my )?alarms",
            "do i have (any|an) alarms?( set)?",
            "when is (the|my)( next)? alarm",
        ],
    ),
    Row("cancel_alarm", [f"{_CANCEL} (all )?(of )?(the |my )?alarms"], fixed(all=True)),
    Row("cancel_alarm", [f"{_CANCEL} (the |my |that )?alarm"]),
    Row("cancel_alarm", [f"{_CANCEL} (the |my )?<clock> alarm"], timed),
    Row("cancel_alarm", [f"{_CANCEL} (the |my )?alarm (at|for) <clock>"], timed),
)
_REMINDERS: Final = (
    *(Row("remind", [f"{_REMIND} (for )?{when} (to|about|that|of) <text>"], timed) for when in _WHENS),
    *(Row("remind", [f"{_REMIND} (to|about|that|of) <text> {when}"], timed) for when in _WHENS),
    *(Row("remind", [f"{when} {_REMIND} (to|about|that|of) <text>"], timed) for when in _WHENS),
    Row("remind", [f"{_REMIND} (to|about) <text>"], same),
    Row("list_reminders", ["(what (are|is)|list|read|show|tell me)( me)? (all )?(of )?my reminders?"]),
    Row("list_reminders", ["what reminders (do i have|have i got|are there)", "do i have (any )?reminders"]),
    Row(
        "cancel_reminders",
        ["(cancel|delete|clear|remove) (all )?(of )?(the |my )?reminders"],
        fixed(all=True),
    ),
    Row("cancel_reminders", ["(cancel|delete|clear|remove) (the |my |that )?reminder"]),
    Row("cancel_reminders", ["(cancel|delete|clear|remove) (the |my )?reminder (to|about) <text>"], same),
)

PLANS: Final = (*_TIMERS, *_ALARMS, *_REMINDERS)
