"""What a box says of its own accord when it is new, in the languages of its voices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliance.device.names import PREFIX


@dataclass(frozen=True, slots=True)
class Words:
    """All of it, in one language."""

    hello: str
    """The first thing that it ever says. `{name}` is what it is called."""
    screen: str
    """How one pairs a phone where there is a screen."""
    digits: str
    """How one pairs a phone where there is none: `{name}`, `{port}` and `{digits}`."""
    numbers: tuple[str, ...]
    """Zero to nine: digits are read one by one, and no voice has to guess."""


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        "Hello. I am {name}. Just talk to me, and interrupt me whenever you like.",
        "To talk to me from your phone, point its camera at my screen. The first phone to be paired owns me.",
        "To talk to me from your phone, open {name} dot local, port {port}, and type six digits: {digits}. "
        "Once more: {digits}. The first phone to be paired owns me. To hear new digits, switch me off and on.",
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    ),
    "de": Words(
        "Hallo. Ich bin {name}. Sprechen Sie einfach mit mir, und unterbrechen Sie mich, wann immer Sie wollen.",
        "Um vom Telefon aus mit mir zu sprechen, richten Sie seine Kamera auf meinen Bildschirm. "
        "Wer als Erstes koppelt, dem gehöre ich.",
        "Um vom Telefon aus mit mir zu sprechen, öffnen Sie {name} Punkt local, Port {port}, und geben Sie "
        "sechs Ziffern ein: {digits}. Noch einmal: {digits}. Wer als Erstes koppelt, dem gehöre ich. "
        "Für neue Ziffern schalten Sie mich aus und wieder ein.",
        ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    ),
}
"""By language."""


def language(wanted: str, voice: str) -> str:
    """The language that is spoken: the one that is wanted, if the voice can, else the voice's own.

    Args:
        wanted: of the box.
        voice: of the voice, as in en-us+f2.
    """
    spoken = voice.partition("-")[0].partition("+")[0].partition("_")[0].lower()
    return next((code for code in (spoken, wanted) if code in WORDS and code == spoken), "en")


def hello(code: str, name: str) -> str:
    """The first words."""
    return WORDS[code].hello.format(name=spelt(name))


def by_screen(code: str) -> str:
    """How to pair, in front of a screen."""
    return WORDS[code].screen


def by_ear(code: str, name: str, port: int, pin: str) -> str:
    """How to pair without a screen."""
    numbers = WORDS[code].numbers
    digits = ", ".join(" ".join(numbers[int(digit)] for digit in pin[at : at + 3]) for at in (0, 3))
    spoken_port = " ".join(numbers[int(digit)] for digit in str(port))
    return WORDS[code].digits.format(name=spelt(name), port=spoken_port, digits=digits)


def spelt(name: str) -> str:
    """A name that can be said: the four signs behind voicebox one by one."""
    if found := re.fullmatch(rf"{PREFIX}-([0-9a-f]{{4}})", name):
        return f"{PREFIX} {', '.join(found[1].upper())}"
    return name.replace("-", " ")
