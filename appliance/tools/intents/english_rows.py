"""The table of what people ask a box for in English: whole sentences, and the calls they mean."""

from typing import Final

from appliance.tools.intents.common import conversion, percent, step
from appliance.tools.intents.english_plans import PLANS
from appliance.tools.intents.grammar import Row, fixed, same

_CALENDAR: Final = (
    Row(
        "tell_time",
        [
            (
                "(what time is it|what is the time|do you (know|have) the time|tell me (the|what) time( "
                "it is)?|the time)( now)?"
            )
        ],
    ),
    Row("tell_time", ["(tell me |do you know )?what time it is( now)?"]),
    Row(
        "tell_date",
        [
            "(what is|tell me) (the|todays) (date|day)( today)?",
            "what (date|day)( of the week)? is (it|today)( today)?",
        ],
    ),
    Row(
        "tell_date",
        ["(what|which) (date|day|weekday)( of the week)? (is|was|will|will be) <day>( be)?"],
        same,
    ),
    Row("tell_date", ["what is the date (of |on )?<day>"], same),
    Row(
        "tell_date",
        [
            (
                "(on )?(what|which) (day|weekday)( of the week)? (is|was|does|did|will) <day>( fall on| "
                "fall| be| on)?"
            )
        ],
        same,
    ),
)
_BY: Final = "( by <number>( percent)?| a (bit|little))?"
_MANNERS: Final = (
    Row(
        "change_volume",
        [
            f"(turn|put|bring)( the| your)? (volume|sound|voice|it|yourself) up{_BY}",
            f"turn up( the)? (volume|sound){_BY}",
        ],
        step(1),
    ),
    Row(
        "change_volume",
        [
            f"(turn|put|bring)( the| your)? (volume|sound|voice|it|yourself) down{_BY}",
            f"turn down( the)? (volume|sound){_BY}",
        ],
        step(-1),
    ),
    Row(
        "change_volume",
        [
            "(volume|turn it) up",
            "(increase|raise)( the)? volume",
            "(a (bit|little) )?louder",
            "speak (up|louder)",
            "(be|talk|make it) louder",
            "(a bit|a little) louder",
        ],
        step(1),
    ),
    Row(
        "change_volume",
        [
            "(volume|turn it) down",
            "(decrease|lower|reduce)( the)? volume",
            "(a (bit|little) )?(quieter|softer)",
            "(speak|talk) (quieter|softer|more quietly)",
            "(be|make it) quieter",
            "not so loud",
        ],
        step(-1),
    ),
    Row(
        "change_volume",
        ["((set|turn|change|put|make)( the| your)? )?volume (to |at )?<number>( <percent>)?"],
        percent,
    ),
    Row(
        "change_volume",
        [
            "(full|maximum|max) volume",
            "(set |turn )?(the )?volume (to )?(full|maximum|max)",
            "as loud as (you can|possible)",
        ],
        fixed(to=100),
    ),
    Row(
        "change_volume",
        ["mute( yourself| the (sound|volume))?", "turn (the sound|the volume|yourself) off"],
        fixed(mute=True),
    ),
    Row("change_volume", ["(unmute|turn the (sound|volume) (back )?on)( yourself)?"], fixed(mute=False)),
    Row(
        "say_again",
        [
            "(say|repeat) (that|it)( again| once more| one more time)?",
            "repeat",
            "again",
            "once more",
            "one more time",
            "what did you( just)? say",
            "come again",
            "pardon( me)?",
            "say again",
            "(sorry )?i did ?nt (hear|catch|get|understand) (that|you|it)",
        ],
    ),
    Row(
        "say_again",
        [
            "((say (that|it)|repeat (that|it)?)( again)? )?(more slowly|slower|slowly)",
            "(speak|talk) (more slowly|slower)",
        ],
        fixed(slower=True),
    ),
    Row(
        "say_again", ["(say (that|it)|repeat( that| it)?)( again)? (louder|more loudly)"], fixed(louder=True)
    ),
    Row(
        "stop",
        [
            "stop( it| that| talking| speaking| now| stop)?",
            "(be )?quiet",
            "shut up",
            "silence",
            "(that is |thats )?enough",
            "hush",
            "shush",
            "be silent",
        ],
    ),
    Row(
        "who_are_you",
        [
            "who are you",
            "what is your name",
            "what are you",
            "introduce yourself",
            "tell me about yourself",
            "who am i (talking|speaking) to",
        ],
    ),
    Row(
        "what_can_you_do",
        [
            "what (all )?can you do( for me)?",
            "what can i (ask|say)( you)?",
            "how can you help( me)?",
            "what do you do",
            "what are you (able|capable) (to do|of doing|of)",
            "help",
            "help me",
        ],
    ),
    Row(
        "device_status",
        [
            "(device|system|box|your) status( report)?",
            "status( report)?",
            "is everything (working|ok|okay|all right)",
            "(give me |what is )(the |your )?((device|system) )?status( report)?",
            "how is the (device|system|box|machine)( doing)?",
            "are you working( properly| correctly)?",
        ],
    ),
)
_OUR: Final = "(the |my |our )?"
_ITEMS: Final = (
    Row("add_to_list", [f"(add|put|write|note) <items> (to|on|onto|in) {_OUR}<list> list"], same),
    Row(
        "read_list",
        [
            f"(what is|what do i have|what do we have|what have i got) on {_OUR}<list> list",
            f"(read|tell|show)( me)?( out)? {_OUR}<list> list",
        ],
        same,
    ),
    Row(
        "remove_from_list",
        [
            (
                "(remove|delete|take|cross|scratch|strike) <items> (from|off|off of|out of|of) "
                f"{_OUR}<list> list"
            )
        ],
        same,
    ),
    Row("clear_list", [f"(clear|empty|delete|wipe|erase)( out)? {_OUR}<list> list"], same),
)
_ASK: Final = "(what is|what are|how much is|how much are|how many is|calculate|compute|work out|tell me)"
_FIGURES: Final = (
    Row("convert", [f"(({_ASK}|convert) )?<amount> <source:unit> (in|into|to|as) <target:unit>"], conversion),
    Row(
        "convert",
        [
            (
                "how (many|much) <target:unit> (are|is|make|go into|do you get from|does|in)( there)?( "
                "in)? <amount> <source:unit>( have)?"
            )
        ],
        conversion,
    ),
    Row("calculate", [f"({_ASK}( the result of)? )?<expression:sum>"], same),
)

ROWS: Final = (*_CALENDAR, *PLANS, *_MANNERS, *_ITEMS, *_FIGURES)
