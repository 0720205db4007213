"""The table of what people ask a box for in German: whole sentences, and the calls they mean."""

from typing import Final

from appliance.tools.intents.common import conversion, percent, step
from appliance.tools.intents.german_plans import PLANS
from appliance.tools.intents.grammar import Row, fixed, same

_CALENDAR: Final = (
    Row(
        "tell_time",
        [
            "wie spät ist es( jetzt| gerade)?",
            "wie viel uhr ist es",
            "wieviel uhr ist es",
            "(wie ist|was ist|sag mir) die (uhrzeit|zeit)",
            "welche uhrzeit (ist es|haben wir)",
            "die uhrzeit",
            "wie spät es ist",
            "wie spät haben wirs?",
        ],
    ),
    Row(
        "tell_date",
        [
            "(welcher|was für ein) (tag|wochentag) ist (heute|es)",
            "(welches|was ist das|wie ist das|was ist heute für ein) datum( ist| haben wir)?( heute)?",
            "den wievielten haben wir( heute)?",
            "der wievielte ist heute",
            "welchen tag haben wir( heute)?",
            "welches datum ist heute",
            "das datum",
        ],
    ),
    Row(
        "tell_date",
        [
            ("(welcher|was für ein|welches) (tag|wochentag|datum) (ist|war|wird|haben wir) <day>( sein)?"),
            "(was|welcher tag) ist <day> für ein (tag|wochentag)",
        ],
        same,
    ),
    Row(
        "tell_date",
        [
            (
                "(auf|an) (welchen|welchem|was für einen|was für einem) (tag|wochentag) (fällt|ist|war|"
                "fiel) <day>"
            )
        ],
        same,
    ),
    Row("tell_date", ["was für ein (tag|wochentag|datum) (ist|war|wird) <day>"], same),
)
_BY: Final = "( um <number>( prozent)?)?"
_TURN: Final = (
    "((mach|mache|dreh|drehe|stell|stelle|sprich|rede|red) )?((es|das|dich|die lautstärke|den ton) )?"
    "((etwas|ein bisschen|ein wenig|viel) )?"
)
_SPEAK: Final = "( machen| stellen| sprechen| reden)?"
_MANNERS: Final = (
    Row(
        "change_volume",
        [f"{_TURN}lauter{_BY}{_SPEAK}", f"{_TURN}um <number>( prozent)? lauter{_SPEAK}"],
        step(1),
    ),
    Row(
        "change_volume",
        [f"{_TURN}leiser{_BY}{_SPEAK}", f"{_TURN}um <number>( prozent)? leiser{_SPEAK}"],
        step(-1),
    ),
    Row(
        "change_volume",
        [f"(erhöhe|erhöh) die lautstärke{_BY}", "(dreh|drehe) (die lautstärke|den ton) (auf|hoch)"],
        step(1),
    ),
    Row(
        "change_volume",
        [
            f"(verringere|reduziere|senke|senk) die lautstärke{_BY}",
            "(dreh|drehe) (die lautstärke|den ton) (runter|herunter|ab)",
            "nicht so laut",
        ],
        step(-1),
    ),
    Row(
        "change_volume",
        [
            (
                "((stell|stelle|setz|setze|mach|dreh) )?(die )?lautstärke (auf )?<number>( <percent>)?( "
                "stellen| setzen)?"
            )
        ],
        percent,
    ),
    Row(
        "change_volume",
        [
            (
                "(stell |mach |dreh )?(die |volle |maximale |maximum )?lautstärke( auf)?( maximum| das "
                "maximum| voll)"
            ),
            "(volle|maximale) lautstärke",
            "so laut (wie möglich|es geht)",
        ],
        fixed(to=100),
    ),
    Row(
        "change_volume",
        [
            (
                "(stumm|stummschalten|schalt(e)? (dich|den ton) (stumm|aus)|stell(e)? (dich|den ton) "
                "(stumm|aus)|ton aus|mach den ton aus)"
            )
        ],
        fixed(mute=True),
    ),
    Row(
        "change_volume",
        [
            (
                "(ton an|(schalt|schalte|mach|stell) (den|deinen) ton (wieder )?(an|ein)|(stummschaltung "
                "aus|stummschaltung aufheben))"
            )
        ],
        fixed(mute=False),
    ),
    Row(
        "say_again",
        [
            "(sag|sage) (das|es) (noch ?mal|noch ein ?mal|nochmals)",
            "(das |es )?(noch ?mal|noch ein ?mal|nochmals)( sagen| wiederholen)?",
            "(wiederhole|wiederhol) (das|es)",
            "(das |es )?wiederhol(en|e)?( das)?",
            "was hast du( gerade| eben)? gesagt",
            "wie bitte",
            "(das |ich )?hab(e)? (ich )?(das |dich )?nicht verstanden",
        ],
    ),
    Row(
        "say_again",
        [
            ("((sag|sage) (das|es)|(wiederhole|wiederhol) (das|es))( noch ?mal| noch ein ?mal)? langsamer"),
            "(noch ?mal )?langsamer",
            "(sprich|rede|red) langsamer",
            "langsamer sprechen",
        ],
        fixed(slower=True),
    ),
    Row(
        "say_again",
        [
            "((sag|sage) (das|es)|(wiederhole|wiederhol) (das|es))( noch ?mal| noch ein ?mal)? lauter",
            "noch ?mal lauter",
        ],
        fixed(louder=True),
    ),
    Row(
        "stop",
        [
            "(stopp|stop|halt)( stopp| stop)?",
            "(sei )?(still|ruhig|leise)",
            "ruhe",
            "hör auf( zu reden)?",
            "(das )?(reicht|genug)",
            "es reicht",
            "halt den mund",
            "schluss",
            "klappe",
            "stopp das",
        ],
    ),
    Row(
        "who_are_you",
        [
            "wer bist du",
            "wie heißt du",
            "was bist du",
            r"stell dich( \w+)? vor",
            "wie ist dein name",
            "mit wem (spreche|rede) ich",
            "erzähl( mir)?( etwas| was)? über dich",
        ],
    ),
    Row(
        "what_can_you_do",
        [
            "was kannst du( alles| so| so alles)?( tun| machen)?( für mich tun)?",
            "(wie|wobei) kannst du( mir)? helfen",
            "was kann ich( dich)?( alles)? (fragen|sagen)",
            "hilfe",
            "was machst du so",
        ],
    ),
    Row(
        "device_status",
        [
            "(gerätestatus|systemstatus|status|statusbericht)",
            "(wie ist )(der|dein) status",
            "(funktioniert|läuft|geht) alles",
            "ist alles (in ordnung|okay|ok)",
            "wie geht es (dem gerät|dem system|der box)",
            "(nenn|sag)( mir)? (den|deinen) status",
            "funktionierst du( richtig)?",
        ],
    ),
)
_OUR: Final = "(die |den |meine |meinen |unsere |unseren |der |meiner |unserer |dem |meinem )?"
_ITEMS: Final = (
    Row(
        "add_to_list",
        [
            (
                "(setz|setze|schreib|schreibe|füg|füge|pack|packe|tu|nimm|notier|notiere|mach) <items> "
                f"(auf|zu|zur|in|an) {_OUR}<list>( hinzu| dazu| drauf)?"
            )
        ],
        same,
    ),
    Row(
        "add_to_list",
        [f"<items> (auf|zu|zur) {_OUR}<list> (setzen|schreiben|hinzufügen|packen|tun|dazu|hinzu)"],
        same,
    ),
    Row(
        "read_list",
        [
            f"was (steht|ist)( alles| noch)? auf {_OUR}<list>",
            f"(lies|lese|zeig|nenn|sag)( mir)? {_OUR}<list>( vor)?",
            f"{_OUR}<list> vorlesen",
        ],
        same,
    ),
    Row(
        "remove_from_list",
        [
            (
                f"(streich|streiche|nimm|lösch|lösche|entfern|entferne) <items> (von|aus) {_OUR}<list>( "
                "runter| herunter| raus)?"
            )
        ],
        same,
    ),
    Row("remove_from_list", [f"<items> (von|aus) {_OUR}<list> (streichen|löschen|entfernen|nehmen)"], same),
    Row("clear_list", [f"(leere|leer|lösch|lösche) {_OUR}<list>", f"{_OUR}<list> (leeren|löschen)"], same),
)
_ASK: Final = (
    "(was (ist|sind|ergibt|gibt|macht)|wie ?viel( ist| sind| ergibt| gibt| macht)?|berechne"
    "|rechne( aus| mal)?)"
)
_FIGURES: Final = (
    Row(
        "convert",
        [
            (
                f"(({_ASK}|rechne|wandle|wandel|konvertiere) )?<amount> <source:unit> (in|zu|als) "
                "<target:unit>( um| um rechnen| umrechnen| umwandeln)?"
            )
        ],
        conversion,
    ),
    Row(
        "convert",
        [
            (
                "(wie viele|wie viel|wieviele|wieviel) <target:unit> (sind|ist|hat|haben|ergeben|ergibt|"
                "entsprechen|passen in|gehen in)( in)? <amount> <source:unit>"
            )
        ],
        conversion,
    ),
    Row("calculate", [f"({_ASK} )?<expression:sum>( aus)?"], same),
)

ROWS: Final = (*_CALENDAR, *PLANS, *_MANNERS, *_ITEMS, *_FIGURES)
