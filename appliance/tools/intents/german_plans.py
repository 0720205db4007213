"""What people ask for in German that is to happen later: timers, alarms, reminders."""

from typing import Final

from appliance.tools.intents.common import timed, waking
from appliance.tools.intents.grammar import Row, fixed, same

_NEW: Final = (
    "((stell|stelle|setz|setze|starte|mach|mache|erstelle|gib|leg|lege)( mir)? )?"
    "(einen |den |noch einen |meinen )?(neuen |weiteren |zweiten )?"
)
_DONE: Final = "( (stellen|setzen|starten|machen|einstellen|erstellen|anlegen|ein|an|auf|los))?"
_CANCEL: Final = (
    "((stopp|stoppe|stop|beende|lösche|lösch|brich|entferne|schalte|schalt|mach|stell|stelle) )?(bitte )?"
)
_OFF: Final = "( (ab|aus|stoppen|löschen|beenden|abbrechen|ausschalten|ausmachen|abstellen|entfernen))?"
_REMIND: Final = "(erinnere|erinner)( mich| uns)"
_WHENS: Final = (
    "in <in_s:duration>",
    "um <clock> <day>",
    "um <clock>",
    "<day>( <part>)?( um <clock>)?",
)

_TIMERS: Final = (
    Row("set_timer", [f"{_NEW}timer (auf |für )?<seconds:duration> ein"], same),  # „stell … ein“: no number
    Row(
        "set_timer",
        [f"{_NEW}(timer|kurzzeitwecker) (auf |für |von |über |mit |in )?<seconds:duration>{_DONE}"],
        same,
    ),
    Row(
        "set_timer",
        [
            (
                f"{_NEW}timer (für (die |den |das )?|namens |mit (dem )?namen )<name> (auf|für|von|über|"
                f"mit) <seconds:duration>{_DONE}"
            )
        ],
        same,
    ),
    Row(
        "set_timer",
        [
            (
                f"{_NEW}timer (auf |für |von |über |mit )?<seconds:duration> (für (die |den |das )?|"
                f"namens )<name>{_DONE}"
            )
        ],
        same,
    ),
    Row("set_timer", [f"{_NEW}<seconds:duration> timer{_DONE}"], same),
    Row("set_timer", [f"{_NEW}<name> ?timer (auf |für |von |über |mit )?<seconds:duration>{_DONE}"], same),
    Row("set_timer", ["(weck|wecke) mich in <seconds:duration>( auf)?"], same),
    Row(
        "timers_left",
        [
            (
                "wie (lange|lang|viel zeit|viele minuten) (läuft|geht|braucht|dauert|hat|bleibt|ist|"
                "sind)( noch)? (der|mein|dem|auf dem|beim|am) (<name> )?timer( noch| übrig)?"
            )
        ],
        same,
    ),
    Row(
        "timers_left",
        [
            "wie (lange|lang) noch",
            "wie viel zeit (ist|bleibt|habe ich)( noch)?( übrig)?",
            "welche timer laufen( gerade| noch)?",
            "wie lange (laufen|gehen) (die|meine) timer( noch)?",
        ],
    ),
    Row("cancel_timer", [f"{_CANCEL}(alle |die |alle meine |meine )timer{_OFF}"], fixed(all=True)),
    Row(
        "cancel_timer",
        [
            "(stopp|stoppe|stop|beende|lösche|lösch|entferne) (den |meinen )?timer",
            "(brich|schalte|schalt|mach|stell|stelle) (den |meinen )timer (ab|aus)",
            "(den |meinen )?timer (ab|aus|stoppen|löschen|beenden|abbrechen|ausschalten|ausmachen)",
        ],
    ),
    Row(
        "cancel_timer",
        [
            "(stopp|stoppe|beende|lösche|lösch|brich|entferne) (den |meinen )?<seconds:duration> timer( ab)?",
            "(stopp|stoppe|beende|lösche|lösch|brich|entferne) (den |meinen )?<name> ?timer( ab)?",
            "(stopp|stoppe|beende|lösche|lösch|brich|entferne) (den |meinen )?timer (für|von|über) "
            "<seconds:duration>( ab)?",
        ],
        same,
    ),
)
_ALARMS: Final = (
    Row("set_alarm", [f"{_NEW}(wecker|alarm) (auf|für|um) <clock> ein"], waking),
    Row("set_alarm", [f"{_NEW}(wecker|alarm) ((auf|für|um) )?<clock>( <day>)?( <part>)?{_DONE}"], waking),
    Row("set_alarm", [f"{_NEW}(wecker|alarm) ((auf|für) )?<day>( <part>)? (um|auf) <clock>{_DONE}"], waking),
    Row("set_alarm", [f"{_NEW}(wecker|alarm) (für )?<days> (um|auf) <clock>{_DONE}"], waking),
    Row("set_alarm", [f"{_NEW}(wecker|alarm) ((auf|für|um) )?<clock> <days>{_DONE}"], waking),
    Row(
        "set_alarm",
        [(f"((stell|stelle) )(mir )?(für )?<day>( <part>)? (einen |den )wecker (um|auf) <clock>{_DONE}")],
        waking,
    ),
    Row(
        "set_alarm",
        ["(weck|wecke|mich) (mich )?((<day>( <part>)?|<days>) )?um <clock>( auf)?( wecken)?"],
        waking,
    ),
    Row(
        "list_alarms",
        [
            "welche wecker (sind gestellt|habe ich( gestellt)?|gibt es)",
            "(ist|sind) (ein|irgendein) wecker gestellt",
            "wann klingelt (der|mein)( nächster)? wecker",
            "habe ich (einen )?wecker( gestellt)?",
            "auf wann ist (der|mein) wecker gestellt",
            "zeig( mir)? (meine|die|alle) wecker",
            "lies( mir)? (meine|die|alle) wecker( vor)?",
        ],
    ),
    Row(
        "cancel_alarm",
        [
            (
                "(lösche|lösch|stopp|stoppe|entferne|schalte|schalt|mach|stell|stelle) (alle |alle meine "
                "|meine |die )wecker( aus| ab)?"
            ),
            "alle wecker (löschen|aus|ausschalten|ausmachen)",
        ],
        fixed(all=True),
    ),
    Row(
        "cancel_alarm",
        [
            "(lösche|lösch|stopp|stoppe|entferne) (den |meinen )?(wecker|alarm)",
            "(schalte|schalt|mach|stell|stelle) (den |meinen )(wecker|alarm) (aus|ab)",
            "(den |meinen )?(wecker|alarm) (aus|ab|löschen|ausschalten|ausmachen|stoppen)",
        ],
    ),
    Row(
        "cancel_alarm",
        [
            (
                "(lösche|lösch|stopp|stoppe|entferne|schalte|schalt|mach|stell|stelle) (den |meinen "
                ")?(wecker|alarm) (um|für|von|auf) <clock>( aus| ab)?"
            ),
            "(den |meinen )(wecker|alarm) (um|für|von) <clock> (löschen|ausschalten|ausmachen)",
        ],
        timed,
    ),
)
_REMINDERS: Final = (
    *(Row("remind", [f"{_REMIND} {when} (daran|dran) (dass ich )?<text>"], timed) for when in _WHENS),
    *(Row("remind", [f"{_REMIND} {when} <text:about>"], timed) for when in _WHENS),
    *(Row("remind", [f"{_REMIND} (daran|dran) {when} <text>"], timed) for when in _WHENS),
    *(Row("remind", [f"{_REMIND} <text:about> {when}"], timed) for when in _WHENS),
    *(
        Row(
            "remind",
            [
                f"(mich|uns) {when} daran <text>( zu)? erinnern",
                f"(mich|uns) {when} daran erinnern <text>",
                f"(mich|uns) {when} <text:about> erinnern",
            ],
            timed,
        )
        for when in _WHENS
    ),
    Row("remind", [f"{_REMIND} (daran|dran) <text>", f"{_REMIND} <text:about>"], same),
    Row(
        "list_reminders",
        [
            "(was sind|welche|lies|zeig|nenn)( mir)? (meine )?erinnerungen( habe ich| vor| gibt es)?",
            "woran (erinnerst|sollst|wirst) du mich( erinnern)?",
            "habe ich erinnerungen",
        ],
    ),
    Row(
        "cancel_reminders",
        ["(lösche|lösch|entferne) (alle |meine |alle meine |die )erinnerungen", "alle erinnerungen löschen"],
        fixed(all=True),
    ),
    Row("cancel_reminders", ["(lösche|lösch|entferne) (die |meine )?erinnerung( <text:about>)?"], same),
)

PLANS: Final = (*_TIMERS, *_ALARMS, *_REMINDERS)
