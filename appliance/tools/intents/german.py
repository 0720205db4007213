"""What people ask a box for in German, and what they call it."""

import re
from decimal import Decimal
from typing import Final

from appliance.tools.intents.common import conversion, percent, step, timed, units, waking
from appliance.tools.intents.grammar import Grammar, Place, Row, fixed, same
from appliance.tools.intents.normal import peeled, plain
from appliance.tools.intents.sums import reader
from appliance.tools.words import german as numbers
from appliance.tools.words import german_time as times

_OPENING: Final = re.compile(
    r"^(?:(?:hey|hi|hallo|ok|okay|also|so|na|und|jetzt|bitte|äh|ähm|ach|du|gut|oh)(?: (?:box|computer))?"
    r"|(?:kannst|könntest|würdest|magst) du(?: mir)?(?: bitte| mal)*(?= \w)"
    r"|ich (?:möchte|will|brauche|hätte gerne?)(?= (?:einen|eine) (?:\w+ ){0,6}(?:timer|wecker|erinnerung))"
    r"|ich (?:möchte|will),? dass du|sei so (?:lieb|gut) und|sag mal|sag mir(?: bitte| mal)*(?= wie| was| welche))[ ,]+"
)
_CLOSING: Final = re.compile(r"[ ,]+(?:bitte|danke|dankeschön|für mich|ja|äh|ähm|okay)$")
_FILLERS: Final = re.compile(r"\b(?:äh|ähm|bitte|halt)\b ?")
_MAL: Final = re.compile(
    rf"^(?!{numbers.TOKEN}\b)(\w+(?: mir| mich| dich)?)(?: doch)?(?: mal| eben| kurz| schnell)+ (?=[a-zäöüß])"
)
"""„Stell mal einen Timer“, but not „drei mal vier“."""
_SPELLED: Final = (
    (r"\bgehts\b", "geht es"),
    (r"\bists\b", "ist es"),
    (r"\bdreissig", "dreißig"),
    (r"\bfuenf", "fünf"),
    (r"\bzwoelf", "zwölf"),
    (r"\bheisst\b", "heißt"),
    (r"\bzwo\b", "zwei"),
    (r"(?<=\d) ?%", " prozent"),
    (r"(\d) ?uhr\b", r"\1 uhr"),
    (r"\b(um) uhr\b", r"\1"),
)
_LISTS: Final = dict.fromkeys(("einkaufsliste", "einkaufszettel", "liste"), "shopping") | dict.fromkeys(
    ("aufgabenliste", "to do liste", "todo liste", "todoliste"), "to-do"
)
_DAYS: Final = {
    "jeden tag": range(7),
    "täglich": range(7),
    "jeden morgen": range(7),
    "werktags": range(5),
} | {
    "an werktagen": range(5),
    "unter der woche": range(5),
    "am wochenende": (5, 6),
    "jedes wochenende": (5, 6),
}
_UNITS: Final = units(german=True)
_WEEKDAYS: Final = "|".join((*times.WEEKDAYS, "sonnabend"))
_NEW: Final = "((stell|stelle|setz|setze|starte|mach|mache|erstelle|gib|leg|lege)( mir)? )?(einen |den |noch einen |meinen )?(neuen |weiteren )?"
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


def _amount(text: str) -> Decimal | None:
    return Decimal(1) if text in {"ein", "eine", "einem", "einer", "einen"} else numbers.number(text)


def _items(text: str) -> list[str] | None:
    parts = [
        re.sub(r"^(?:noch |auch )*(?:etwas |ein paar |einen |eine |ein |die |den |das )?", "", part.strip())
        for part in re.split(r" ?, (?:und )?| und ", text)
    ]
    items = [part for part in parts if part]
    return items if items and len(items) <= 20 and all(len(item) <= 80 for item in items) else None


def _days(text: str) -> list[int] | None:
    if text in _DAYS:
        return list(_DAYS[text])
    names = re.findall(rf"(?:{_WEEKDAYS})", text)
    return [times.WEEKDAYS.index(name.replace("sonnabend", "samstag")) for name in names]


def _name(text: str) -> str | None:
    return (
        None
        if {"timer", "den", "alle", "der", "einen", "mein", "meinen", "neuen"} & set(text.split())
        else text
    )


_PLACES: Final = {
    "number": Place(numbers.NUMBER, numbers.number),
    "amount": Place(numbers.NUMBER, _amount),
    "percent": Place("prozent"),
    "duration": Place(times.DURATION, times.duration),
    "clock": Place(times.CLOCK, times.clock),
    "day": Place(times.DAY, times.day),
    "part": Place("früh|morgen|vormittag|mittag|nachmittag|abend|nacht"),
    "days": Place(rf"(?:{'|'.join(_DAYS)}|jeden (?:{_WEEKDAYS})(?: (?:und )?(?:jeden )?(?:{_WEEKDAYS}))*)", _days),
    "name": Place(r"[a-zäöüß]+(?: [a-zäöüß]+)?", _name),
    "text": Place(r".+?"),
    "about": Place(r"(?:an|ans|wegen) .+?"),
    "items": Place(r".+?", _items),
    "list": Place(r"einkaufsliste|einkaufszettel|liste|aufgabenliste|to do liste|todo ?liste|[a-zäöüß]+liste",
                  lambda text: _LISTS.get(text, text.removesuffix("liste"))),
    "sum": Place(r".+", reader("de", numbers.number)),
    "unit": Place("|".join(sorted(_UNITS, key=len, reverse=True)), _UNITS.get),
}  # fmt: skip

_CALENDAR: Final = (
    Row("wie spät ist es( jetzt| gerade)?|wie viel uhr ist es|wieviel uhr ist es|(wie ist|was ist|sag mir) die (uhrzeit|zeit)|welche uhrzeit (ist es|haben wir)|die uhrzeit|wie spät es ist|wie spät haben wirs?", "tell_time"),
    Row("(welcher|was für ein) (tag|wochentag) ist (heute|es)|(welches|was ist das|wie ist das|was ist heute für ein) datum( ist| haben wir)?( heute)?|den wievielten haben wir( heute)?|der wievielte ist heute|welchen tag haben wir( heute)?|welches datum ist heute|das datum", "tell_date"),
    Row("(welcher|was für ein|welches) (tag|wochentag|datum) (ist|war|wird|haben wir) <day>( sein)?|(was|welcher tag) ist <d2:day> für ein (tag|wochentag)", "tell_date",
        lambda f: {"day": f["day"] or f["d2"]}),
    Row("(auf|an) (welchen|welchem|was für einen|was für einem) (tag|wochentag) (fällt|ist|war|fiel) <day>", "tell_date", same),
    Row("was für ein (tag|wochentag|datum) (ist|war|wird) <day>", "tell_date", same),
)  # fmt: skip
_TIMERS: Final = (
    Row(f"{_NEW}(timer|kurzzeitwecker) (auf |für |von |über |mit |in )?<seconds:duration>{_DONE}", "set_timer", same),
    Row(f"{_NEW}timer (für (die |den |das )?|namens |mit (dem )?namen )<name> (auf|für|von|über|mit) <seconds:duration>{_DONE}", "set_timer", same),
    Row(f"{_NEW}timer (auf |für |von |über |mit )?<seconds:duration> (für (die |den |das )?|namens )<name>{_DONE}", "set_timer", same),
    Row(f"{_NEW}<seconds:duration> timer{_DONE}", "set_timer", same),
    Row(f"{_NEW}<name> ?timer (auf |für |von |über |mit )?<seconds:duration>{_DONE}", "set_timer", same),
    Row("(weck|wecke) mich in <seconds:duration>( auf)?", "set_timer", same),
    Row("wie (lange|lang|viel zeit|viele minuten) (läuft|geht|braucht|dauert|hat|bleibt|ist|sind)( noch)? (der|mein|dem|auf dem|beim|am) (<name> )?timer( noch| übrig)?", "timers_left", same),
    Row("wie (lange|lang) noch|wie viel zeit (ist|bleibt|habe ich)( noch)?( übrig)?|welche timer laufen( gerade| noch)?|wie lange (laufen|gehen) (die|meine) timer( noch)?", "timers_left"),
    Row(f"{_CANCEL}(alle |die |alle meine |meine )timer{_OFF}", "cancel_timer", lambda f: {"all": True}),
    Row("((stopp|stoppe|stop|beende|lösche|lösch|entferne) (den |meinen )?timer|(brich|schalte|schalt|mach|stell|stelle) (den |meinen )timer (ab|aus)|(den |meinen )?timer (ab|aus|stoppen|löschen|beenden|abbrechen|ausschalten|ausmachen))", "cancel_timer"),
    Row("(stopp|stoppe|beende|lösche|lösch|brich|entferne) (den |meinen )?(<name> ?timer|timer (für|von|über) <seconds:duration>|<s2:duration> timer)( ab)?", "cancel_timer",
        lambda f: {k: v for k, v in (("name", f["name"]), ("seconds", f["seconds"] or f["s2"])) if v}),
)  # fmt: skip
_ALARMS: Final = (
    Row(f"{_NEW}(wecker|alarm) ((auf|für|um) )?<clock>( <day>)?( <part>)?{_DONE}", "set_alarm", waking),
    Row(f"{_NEW}(wecker|alarm) ((auf|für) )?<day>( <part>)? (um|auf) <clock>{_DONE}", "set_alarm", waking),
    Row(f"{_NEW}(wecker|alarm) (für )?<days> (um|auf) <clock>{_DONE}", "set_alarm", waking),
    Row(f"{_NEW}(wecker|alarm) ((auf|für|um) )?<clock> <days>{_DONE}", "set_alarm", waking),
    Row(f"((stell|stelle) )(mir )?(für )?<day>( <part>)? (einen |den )wecker (um|auf) <clock>{_DONE}", "set_alarm", waking),
    Row("(weck|wecke|mich) (mich )?((<day>( <part>)?|<days>) )?um <clock>( auf)?( wecken)?", "set_alarm", waking),
    Row("welche wecker (sind gestellt|habe ich( gestellt)?|gibt es)|(ist|sind) (ein|irgendein) wecker gestellt|wann klingelt (der|mein)( nächster)? wecker|habe ich (einen )?wecker( gestellt)?|auf wann ist (der|mein) wecker gestellt|zeig( mir)? (meine|die|alle) wecker|lies( mir)? (meine|die|alle) wecker( vor)?", "list_alarms"),
    Row("(lösche|lösch|stopp|stoppe|entferne|schalte|schalt|mach|stell|stelle) (alle |alle meine |meine |die )wecker( aus| ab)?|alle wecker (löschen|aus|ausschalten|ausmachen)", "cancel_alarm", fixed(all=True)),
    Row("(lösche|lösch|stopp|stoppe|entferne) (den |meinen )?(wecker|alarm)|(schalte|schalt|mach|stell|stelle) (den |meinen )(wecker|alarm) (aus|ab)|(den |meinen )?(wecker|alarm) (aus|ab|löschen|ausschalten|ausmachen|stoppen)", "cancel_alarm"),
    Row("(lösche|lösch|stopp|stoppe|entferne|schalte|schalt|mach|stell|stelle) (den |meinen )?(wecker|alarm) (um|für|von|auf) <clock>( aus| ab)?|(den |meinen )(wecker|alarm) (um|für|von) <c2:clock> (löschen|ausschalten|ausmachen)", "cancel_alarm",
        lambda f: timed({"clock": f["clock"] or f["c2"]})),
)  # fmt: skip
_REMINDERS: Final = (
    *(Row(f"{_REMIND} {when} (daran|dran) (dass ich )?<text>", "remind", timed) for when in _WHENS),
    *(Row(f"{_REMIND} {when} <text:about>", "remind", timed) for when in _WHENS),
    *(Row(f"{_REMIND} (daran|dran) {when} <text>", "remind", timed) for when in _WHENS),
    *(Row(f"{_REMIND} <text:about> {when}", "remind", timed) for when in _WHENS),
    *(Row(f"(mich|uns) {when} (daran <text>( zu)? erinnern|daran erinnern <t2:text>|<t3:about> erinnern)", "remind",
          lambda f: timed({"text": f["text"] or f["t2"] or f["t3"], **{k: v for k, v in f.items() if k not in {"text", "t2", "t3"}}}))
      for when in _WHENS),
    Row(f"{_REMIND} ((daran|dran) <text>|<t2:about>)", "remind", lambda f: {"text": f["text"] or f["t2"]}),
    Row("(was sind|welche|lies|zeig|nenn)( mir)? (meine )?erinnerungen( habe ich| vor| gibt es)?|woran (erinnerst|sollst|wirst) du mich( erinnern)?|habe ich erinnerungen", "list_reminders"),
    Row("(lösche|lösch|entferne) (alle |meine |alle meine |die )erinnerungen|alle erinnerungen löschen", "cancel_reminders", fixed(all=True)),
    Row("(lösche|lösch|entferne) (die |meine )?erinnerung( <text:about>)?", "cancel_reminders", same),
)  # fmt: skip
_BY: Final = "( um <number>( prozent)?)?"
_MANNERS: Final = (
    Row(f"((mach|mache|dreh|drehe|stell|stelle|sprich|rede|red) )?((es|das|dich|die lautstärke|den ton) )?((etwas|ein bisschen|ein wenig|viel) )?(um <n2:number>( prozent)? )?lauter{_BY}( machen| stellen| sprechen| reden)?",
        "change_volume", lambda f: step(1)({"number": f["number"] or f["n2"]})),
    Row(f"((mach|mache|dreh|drehe|stell|stelle|sprich|rede|red) )?((es|das|dich|die lautstärke|den ton) )?((etwas|ein bisschen|ein wenig|viel) )?(um <n2:number>( prozent)? )?leiser{_BY}( machen| stellen| sprechen| reden)?",
        "change_volume", lambda f: step(-1)({"number": f["number"] or f["n2"]})),
    Row(f"(erhöhe|erhöh) die lautstärke{_BY}|(dreh|drehe) (die lautstärke|den ton) (auf|hoch)", "change_volume", lambda f: step(1)({"number": f.get("number")})),
    Row(f"(verringere|reduziere|senke|senk) die lautstärke{_BY}|(dreh|drehe) (die lautstärke|den ton) (runter|herunter|ab)|nicht so laut", "change_volume", lambda f: step(-1)({"number": f.get("number")})),
    Row("((stell|stelle|setz|setze|mach|dreh) )?(die )?lautstärke (auf )?<number>( <percent>)?( stellen| setzen)?", "change_volume", percent),
    Row("(stell |mach |dreh )?(die |volle |maximale |maximum )?lautstärke( auf)?( maximum| das maximum| voll)|(volle|maximale) lautstärke|so laut (wie möglich|es geht)", "change_volume", fixed(to=100)),
    Row("(stumm|stummschalten|schalt(e)? (dich|den ton) (stumm|aus)|stell(e)? (dich|den ton) (stumm|aus)|ton aus|mach den ton aus)", "change_volume", fixed(mute=True)),
    Row("(ton an|(schalt|schalte|mach|stell) (den|deinen) ton (wieder )?(an|ein)|(stummschaltung aus|stummschaltung aufheben))", "change_volume", fixed(mute=False)),
    Row("(sag|sage) (das|es) (noch ?mal|noch ein ?mal|nochmals)|(das |es )?(noch ?mal|noch ein ?mal|nochmals)( sagen| wiederholen)?|(wiederhole|wiederhol) (das|es)|(das |es )?wiederhol(en|e)?( das)?|was hast du( gerade| eben)? gesagt|wie bitte|(das |ich )?hab(e)? (ich )?(das |dich )?nicht verstanden", "say_again"),
    Row("((sag|sage) (das|es)|(wiederhole|wiederhol) (das|es))( noch ?mal| noch ein ?mal)? langsamer|(noch ?mal )?langsamer|(sprich|rede|red) langsamer|langsamer sprechen", "say_again", fixed(slower=True)),
    Row("((sag|sage) (das|es)|(wiederhole|wiederhol) (das|es))( noch ?mal| noch ein ?mal)? lauter|noch ?mal lauter", "say_again", fixed(louder=True)),
    Row("(stopp|stop|halt)( stopp| stop)?|(sei )?(still|ruhig|leise)|ruhe|hör auf( zu reden)?|(das )?(reicht|genug)|es reicht|halt den mund|schluss|klappe|stopp das", "stop"),
    Row("wer bist du|wie heißt du|was bist du|stell dich( \\w+)? vor|wie ist dein name|mit wem (spreche|rede) ich|erzähl( mir)?( etwas| was)? über dich", "who_are_you"),
    Row("was kannst du( alles| so| so alles)?( tun| machen)?( für mich tun)?|(wie|wobei) kannst du( mir)? helfen|was kann ich( dich)?( alles)? (fragen|sagen)|hilfe|was machst du so", "what_can_you_do"),
    Row("(gerätestatus|systemstatus|status|statusbericht)|(wie ist )(der|dein) status|(funktioniert|läuft|geht) alles|ist alles (in ordnung|okay|ok)|wie geht es (dem gerät|dem system|der box)|(nenn|sag)( mir)? (den|deinen) status|funktionierst du( richtig)?", "device_status"),
)  # fmt: skip
_OUR: Final = "(die |den |meine |meinen |unsere |unseren |der |meiner |unserer |dem |meinem )?"
_ITEMS: Final = (
    Row(f"(setz|setze|schreib|schreibe|füg|füge|pack|packe|tu|nimm|notier|notiere|mach) <items> (auf|zu|zur|in|an) {_OUR}<list>( hinzu| dazu| drauf)?", "add_to_list", same),
    Row(f"<items> (auf|zu|zur) {_OUR}<list> (setzen|schreiben|hinzufügen|packen|tun|dazu|hinzu)", "add_to_list", same),
    Row(f"was (steht|ist)( alles| noch)? auf {_OUR}<list>|(lies|lese|zeig|nenn|sag)( mir)? {_OUR}<l2:list>( vor)?|{_OUR}<l3:list> vorlesen",
        "read_list", lambda f: {"list": f["list"] or f["l2"] or f["l3"]}),
    Row(f"(streich|streiche|nimm|lösch|lösche|entfern|entferne) <items> (von|aus) {_OUR}<list>( runter| herunter| raus)?", "remove_from_list", same),
    Row(f"<items> (von|aus) {_OUR}<list> (streichen|löschen|entfernen|nehmen)", "remove_from_list", same),
    Row(f"(leere|leer|lösch|lösche) {_OUR}<list>|{_OUR}<l2:list> (leeren|löschen)", "clear_list", lambda f: {"list": f["list"] or f["l2"]}),
)  # fmt: skip
_ASK: Final = "(was ist|was sind|was ergibt|was gibt|was macht|wie viel ist|wieviel ist|wie viel sind|wieviel sind|wie viel ergibt|wie viel macht|berechne|rechne( \\w+)?|wie viel|wieviel)"
_FIGURES: Final = (
    Row(f"(({_ASK}|rechne|wandle|wandel|konvertiere) )?<amount> <source:unit> (in|zu|als) <target:unit>( um| um rechnen| umrechnen| umwandeln)?", "convert", conversion),
    Row("(wie viele|wie viel|wieviele|wieviel) <target:unit> (sind|ist|hat|haben|ergeben|ergibt|entsprechen|passen in|gehen in)( in)? <amount> <source:unit>", "convert", conversion),
    Row(f"({_ASK} )?<expression:sum>( aus)?", "calculate", same),
)  # fmt: skip

GRAMMAR: Final = Grammar(
    _PLACES,
    (*_CALENDAR, *_TIMERS, *_ALARMS, *_REMINDERS, *_MANNERS, *_ITEMS, *_FIGURES),
)


def normal(text: str) -> str:
    """What is left of a sentence when politeness is taken off."""
    text = plain(text, ordinals=True)
    for pattern, full in _SPELLED:
        text = re.sub(pattern, full, text)
    text = peeled(text, _OPENING, _CLOSING)
    text = _FILLERS.sub("", text).strip(" ,") or text
    return _MAL.sub(r"\1 ", text)
