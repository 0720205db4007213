"""What people say to a box, in both languages, and what they mean by it."""

from typing import Any

Meaning = tuple[str, dict[str, Any]]

PAIRS: list[tuple[str, str, Meaning]] = [
    ("what time is it", "wie spät ist es", ("tell_time", {})),
    ("what's the time please", "wie viel uhr ist es bitte", ("tell_time", {})),
    ("can you tell me what time it is", "sag mir bitte wie spät es ist", ("tell_time", {})),
    ("what day is it", "welcher tag ist heute", ("tell_date", {})),
    ("what's the date tomorrow", "welches datum ist morgen", ("tell_date", {"day": "+1"})),
    (
        "what day of the week is the third of october",
        "was für ein tag ist der dritte oktober",
        ("tell_date", {"day": "10-03"}),
    ),
    (
        "what day is december twenty fourth twenty twenty six",
        "auf welchen wochentag fällt der vierundzwanzigste dezember zweitausendsechsundzwanzig",
        ("tell_date", {"day": "2026-12-24"}),
    ),
    (
        "set a timer for twenty five minutes",
        "stell einen timer auf fünfundzwanzig minuten",
        ("set_timer", {"seconds": 1500}),
    ),
    (
        "could you please set a timer for half an hour",
        "könntest du bitte einen timer auf eine halbe stunde stellen",
        ("set_timer", {"seconds": 1800}),
    ),
    (
        "hey um set a timer for um an hour and a half thanks",
        "hallo stell mal äh einen timer auf anderthalb stunden danke",
        ("set_timer", {"seconds": 5400}),
    ),
    (
        "Set a timer for 10 minutes, please.",
        "Stell bitte einen Timer auf 10 Minuten.",
        ("set_timer", {"seconds": 600}),
    ),
    ("timer ninety seconds", "timer neunzig sekunden", ("set_timer", {"seconds": 90})),
    (
        "start a pasta timer for eight minutes",
        "starte einen pasta timer für acht minuten",
        ("set_timer", {"name": "pasta", "seconds": 480}),
    ),
    (
        "set a five minute timer for the eggs",
        "stell einen timer auf fünf minuten für die eggs",
        ("set_timer", {"name": "eggs", "seconds": 300}),
    ),
    (
        "set a timer for one hour and twenty minutes",
        "stell einen timer auf eine stunde und zwanzig minuten",
        ("set_timer", {"seconds": 4800}),
    ),
    (
        "in ten minutes remind me to call",
        "erinnere mich in zehn minuten daran call",
        ("remind", {"in_s": 600, "text": "call"}),
    ),
    ("turn it up a bit", "mach etwas lauter", ("change_volume", {"by": 10})),
    ("set a timer for ten minutes", "stell den timer auf zehn minuten ein", ("set_timer", {"seconds": 600})),
    (
        "wake me up at six tomorrow morning",
        "stell den wecker für morgen früh um sechs",
        ("set_alarm", {"time": "06:00", "day": "+1"}),
    ),
    ("what time is my alarm", "wann klingelt mein wecker", ("list_alarms", {})),
    ("how long is left on the timer", "wie lange läuft der timer noch", ("timers_left", {})),
    ("how much time is left", "wie lange noch", ("timers_left", {})),
    ("cancel the timer", "lösche den timer", ("cancel_timer", {})),
    ("please cancel all timers", "bitte stoppe alle timer", ("cancel_timer", {"all": True})),
    ("stop the pasta timer", "stoppe den pasta timer", ("cancel_timer", {"name": "pasta"})),
    ("cancel the five minute timer", "lösche den fünf minuten timer", ("cancel_timer", {"seconds": 300})),
    ("wake me up at half past seven", "weck mich um halb acht", ("set_alarm", {"time": "07:30"})),
    ("wake me at quarter to eight", "weck mich um viertel vor acht", ("set_alarm", {"time": "07:45"})),
    (
        "wake me up tomorrow at seven",
        "kannst du mich morgen um sieben wecken",
        ("set_alarm", {"time": "07:00", "day": "+1"}),
    ),
    (
        "set an alarm for seven thirty am",
        "stell einen wecker auf sieben uhr dreißig",
        ("set_alarm", {"time": "07:30"}),
    ),
    ("set an alarm for 6:45 pm", "stell einen wecker auf 18:45 uhr", ("set_alarm", {"time": "18:45"})),
    (
        "set an alarm tomorrow morning at seven",
        "stell einen wecker für morgen früh um sieben",
        ("set_alarm", {"time": "07:00", "day": "+1"}),
    ),
    (
        "set an alarm for seven every weekday",
        "stell einen wecker auf sieben uhr werktags",
        ("set_alarm", {"time": "07:00", "days": [0, 1, 2, 3, 4]}),
    ),
    (
        "wake me up every monday and friday at six",
        "weck mich jeden montag und freitag um sechs",
        ("set_alarm", {"time": "06:00", "days": [0, 4]}),
    ),
    ("what alarms do i have", "welche wecker sind gestellt", ("list_alarms", {})),
    ("cancel the alarm", "lösche den wecker", ("cancel_alarm", {})),
    ("turn off all my alarms", "schalte alle meine wecker aus", ("cancel_alarm", {"all": True})),
    (
        "cancel the alarm at seven",
        "lösche den wecker um sieben",
        ("cancel_alarm", {"time": "07:00", "twelve_hour": True}),
    ),
    (
        "remind me in ten minutes to call",
        "erinnere mich in zehn minuten daran call",
        ("remind", {"in_s": 600, "text": "call"}),
    ),
    (
        "remind me to call in ten minutes",
        "erinnere mich daran in zehn minuten call",
        ("remind", {"in_s": 600, "text": "call"}),
    ),
    (
        "remind me tomorrow at nine to call",
        "erinnere mich morgen um neun daran call",
        ("remind", {"time": "09:00", "twelve_hour": True, "day": "+1", "text": "call"}),
    ),
    (
        "remind me on monday evening to call",
        "erinnere mich am montag abend daran call",
        ("remind", {"time": "19:00", "day": "monday", "text": "call"}),
    ),
    ("what are my reminders", "was sind meine erinnerungen", ("list_reminders", {})),
    ("delete all my reminders", "lösche alle meine erinnerungen", ("cancel_reminders", {"all": True})),
    ("turn it up", "mach lauter", ("change_volume", {"by": 10})),
    (
        "turn the volume down by twenty percent",
        "mach es um zwanzig prozent leiser",
        ("change_volume", {"by": -20}),
    ),
    (
        "set the volume to fifty percent",
        "stell die lautstärke auf fünfzig prozent",
        ("change_volume", {"to": 50}),
    ),
    ("volume three", "lautstärke drei", ("change_volume", {"to": 30})),
    ("maximum volume", "maximale lautstärke", ("change_volume", {"to": 100})),
    ("mute", "stumm", ("change_volume", {"mute": True})),
    ("unmute", "ton an", ("change_volume", {"mute": False})),
    ("say that again please", "sag das bitte noch mal", ("say_again", {})),
    ("could you repeat that", "kannst du das wiederholen", ("say_again", {})),
    ("i didn't catch that", "das habe ich nicht verstanden", ("say_again", {})),
    ("say that again more slowly", "wiederhole das langsamer", ("say_again", {"slower": True})),
    ("repeat that louder", "sag das noch mal lauter", ("say_again", {"louder": True})),
    ("stop", "stopp", ("stop", {})),
    ("be quiet", "sei still", ("stop", {})),
    (
        "how much is seventeen times three",
        "wie viel ist siebzehn mal drei",
        ("calculate", {"expression": "17 * 3"}),
    ),
    ("seventeen times three", "siebzehn mal drei", ("calculate", {"expression": "17 * 3"})),
    (
        "what is fifteen percent of eighty",
        "was ist fünfzehn prozent von achtzig",
        ("calculate", {"expression": "15 % * 80"}),
    ),
    (
        "what is the square root of two",
        "was ist die wurzel aus zwei",
        ("calculate", {"expression": "sqrt(2)"}),
    ),
    ("two to the power of ten", "zwei hoch zehn", ("calculate", {"expression": "2 ^ 10"})),
    (
        "what is one point five plus minus three",
        "was ist eins komma fünf plus minus drei",
        ("calculate", {"expression": "1.5 + - 3"}),
    ),
    ("what's 17*3?", "Was ist 17*3?", ("calculate", {"expression": "17 * 3"})),
    (
        "convert five miles to kilometres",
        "rechne fünf meilen in kilometer um",
        ("convert", {"amount": 5, "from": "mile", "to": "kilometre"}),
    ),
    (
        "how many grams are in a pound",
        "wie viele gramm sind ein pfund",
        ("convert", {"amount": 1, "from": "pound", "to": "gram"}),
    ),
    (
        "what is minus ten degrees celsius in fahrenheit",
        "was sind minus zehn grad celsius in fahrenheit",
        ("convert", {"amount": -10, "from": "celsius", "to": "fahrenheit"}),
    ),
    (
        "how many tablespoons are in a cup",
        "wie viele esslöffel sind eine tasse",
        ("convert", {"amount": 1, "from": "cup", "to": "tablespoon"}),
    ),
    (
        "add tomatoes and basil to my shopping list",
        "setz tomatoes und basil auf meine einkaufsliste",
        ("add_to_list", {"items": ["tomatoes", "basil"], "list": "shopping"}),
    ),
    (
        "Please add tomatoes, basil, and bread to the shopping list.",
        "Bitte setz tomatoes, basil und bread auf die Einkaufsliste.",
        ("add_to_list", {"items": ["tomatoes", "basil", "bread"], "list": "shopping"}),
    ),
    (
        "put taxes on my to do list",
        "schreib taxes auf meine to do liste",
        ("add_to_list", {"items": ["taxes"], "list": "to-do"}),
    ),
    ("what's on the shopping list", "was steht auf der einkaufsliste", ("read_list", {"list": "shopping"})),
    ("read me the shopping list", "lies mir die einkaufsliste vor", ("read_list", {"list": "shopping"})),
    (
        "remove basil from the shopping list",
        "streich basil von der einkaufsliste",
        ("remove_from_list", {"items": ["basil"], "list": "shopping"}),
    ),
    ("clear the shopping list", "leere die einkaufsliste", ("clear_list", {"list": "shopping"})),
    ("who are you", "wer bist du", ("who_are_you", {})),
    ("what can you do", "was kannst du", ("what_can_you_do", {})),
    ("is everything working", "funktioniert alles", ("device_status", {})),
]
"""English, German, and the call that both mean."""

ENGLISH_TALK = """
i set a timer yesterday and it broke
what is the time complexity of quicksort
what time is it in london
what time does the train leave
what is the time signature of a waltz
tell me about the history of the timer
how long is the great wall of china
how long is a timer
how do i set an alarm on my phone
the alarm went off at seven and i slept on
my alarm is broken
why do alarms wake me up at night
an alarm for the whole nation
set an example for ten people
set the table for seven
remind me why we are here
that reminds me of my mother in ten ways
remind me who wrote faust
what day was the battle of hastings
what is your favourite day
what day is best for gardening
the date went well
what is a date palm
what is the volume of a sphere
the volume of trade went up
turn up at the party at nine
turn the page
he turned it down
what is louder a lion or a dog
speak of the devil
say that again and you will regret it
repeat after me
why do people repeat themselves
stop and search is a policy
stop the car at the corner
how do i stop smoking
do not stop believing
quiet places near berlin
what is seven
what is the square of opposition
what is the root of the problem
what is the power of love
how much is the fish
how many people live in france
how many times did he win
three times a lady
times are hard
he is five times as old as me
what is ten percent
one plus one is a film is it not
what is a cup
how many cups did germany win
five miles is a long way
convert to christianity
how much is five dollars in euros
what is the best way to add milk to coffee
add milk and stir
what is on the menu
what is on television tonight
who is on the shopping list of real madrid
remove the stain from the carpet
clear the air
make a list of planets
who are you voting for
who were you in a former life
what can you do about climate change
what can you do with a pencil
what are you doing tonight
how are you
how are you doing
are you working on sundays
what is the status of the peace talks
help me write a letter
can you wake me up when september ends
seven and a half men
i have a ten minute timer at home
cancel culture is a problem
cancel my subscription
what is half of a friendship
tell me a story about the timer for ten minutes
""".strip().splitlines()
"""Talk that only sounds like a request."""

GERMAN_TALK = """
ich habe gestern einen timer gestellt und er ging nicht
wie spät ist es in london
wie spät kommt der zug
was ist die zeitkomplexität von quicksort
wie viel uhr ist es in tokio
wer hat die uhr erfunden
erzähl mir etwas über die geschichte des timers
wie lange ist die chinesische mauer
wie lange lebt ein elefant
wie stelle ich einen wecker auf meinem telefon
der wecker hat um sieben geklingelt und ich schlief weiter
mein wecker ist kaputt
warum klingelt der wecker nachts
stell dir vor es ist krieg
stell den tisch für sieben personen
stell die blumen auf den tisch
erinnere mich warum wir hier sind
das erinnert mich an meine mutter
woran erinnert dich das
erinnerst du dich an den dritten oktober
welcher tag war am schönsten
was ist dein lieblingstag
welcher tag eignet sich zum gärtnern
was ist ein datum
was ist die lautstärke eines flugzeugs
wie laut ist ein löwe
warum sprechen manche leute lauter
lauter nette leute
mach die tür auf
mach das fenster zu
sag das noch einmal und du wirst es bereuen
wiederhole nach mir
warum wiederholt sich die geschichte
stopp mal wo willst du hin
halt dich fest
halt mir einen vortrag
ruhe in frieden
wo finde ich ruhe
wie höre ich auf zu rauchen
was ist sieben
was ist die wurzel des problems
was ist die wurzel allen übels
was ist die macht der liebe
wie viel kostet der fisch
wie viele menschen leben in frankreich
wie oft hat er gewonnen
es war einmal ein könig
drei mal darfst du raten
zwei mal im jahr
er ist fünf mal so alt wie ich
was sind zehn prozent
was ist eine tasse
wie viele tassen kaffee sind gesund
fünf meilen sind ein langer weg
wie viel sind fünf dollar in euro
wie viele fußballer passen in einen bus
wie kommt milch in den kaffee
setz dich auf das sofa
schreib mir einen brief
was steht in der zeitung
was steht auf dem spiel
wer steht auf der einkaufsliste von real madrid
streich die wand
leere worte
mach eine liste der planeten
wer bist du in deinem früheren leben gewesen
was kannst du über den klimawandel sagen
was kannst du mir über goethe erzählen
was machst du heute abend
wie geht es dir
wie geht es deiner mutter
wie ist der status der friedensgespräche
hilf mir einen brief zu schreiben
weck mich wenn der september vorbei ist
ich habe einen timer für zehn minuten zu hause
brich mir nicht das herz
lösche das licht
lösche meine daten
wer war der dritte mann
erzähl mir eine geschichte vom timer auf zehn minuten
""".strip().splitlines()
"""Likewise."""
