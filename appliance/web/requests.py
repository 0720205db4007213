"""What a page may ask of the box: strictly read, since anything may arrive from a network."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from appliance.core.errors import InputError

T = TypeVar("T")

MOST_BYTES: Final = 4096
"""Of a message. The longest that makes sense has 1000 characters, which are 4000 bytes at most."""
MOST_CHARACTERS: Final = 1000
"""Of a typed turn: four minutes of speech."""
MOST_DELAY_MS: Final = 60_000
"""ms that a page's loudspeaker can be behind; more is a mistake. (A port believes less.)"""
MOST_TIME: Final = 1e15
"""Of a page's clock, in ms: 30,000 years."""


class BadMessage(InputError):  # noqa: N818 - what it is, in the words of the plan
    """A message that cannot be understood, and why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, "reload the page; if that does not help, it is a bug")


@dataclass(frozen=True, slots=True)
class Text:
    """A turn that was typed."""

    text: str
    """Words, separated by single spaces."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Be deaf and quiet, or no longer."""

    on: bool
    """Be it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop talking."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""

    t: float
    """To be sent back."""


@dataclass(frozen=True, slots=True)
class Played:
    """How far the page's loudspeaker is behind what was sent."""

    delay_ms: float
    """ms."""
    rtt_ms: float | None = None
    """ms of its last ping there and back; None where it has not been answered yet."""


Request = Text | Mute | Stop | Ping | Played


def parse(text: str) -> Request:
    """Read a message.

    Raises:
        BadMessage: it is not one, or a page of ours would not have sent it.
    """
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise BadMessage(f"A message has {MOST_BYTES} bytes at most.")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("That is no JSON.") from None
    if not isinstance(fields, dict):
        raise BadMessage("A message is a JSON object.")
    kind = fields.pop("type", None)
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadMessage("There is no message of that type.")
    request = reader(fields)
    if fields:
        raise BadMessage(f"A message of type {kind} has no other fields than its own.")
    return request


def _text(fields: dict[str, Any]) -> Text:
    text = _take(fields, "text", str)
    if any(unicodedata.category(character) == "Cs" for character in text):
        raise BadMessage("The text holds halves of characters.")
    # Control characters would be read aloud, or worse, obeyed by a terminal that shows the log.
    words = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    words = " ".join(words.split())
    if not 1 <= len(words) <= MOST_CHARACTERS:
        raise BadMessage(f"A typed turn has 1 to {MOST_CHARACTERS} characters.")
    return Text(words)


def _number(fields: dict[str, Any], name: str, most: float) -> float:
    number = _take(fields, name, int | float)
    if isinstance(number, bool) or not 0 <= number <= most:  # which NaN is not either
        raise BadMessage(f"{name} is a number from 0 to {most:g}.")
    return float(number)


def _take(fields: dict[str, Any], name: str, kind: Any) -> Any:
    value = fields.pop(name, None)
    if not isinstance(value, kind):
        raise BadMessage(f"{name} is missing, or of the wrong type.")
    return value


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Request]]] = {
    "text": _text,
    "mute": lambda fields: Mute(_take(fields, "on", bool)),
    "stop": lambda _: Stop(),
    "ping": lambda fields: Ping(_number(fields, "t", MOST_TIME)),
    "played": lambda fields: Played(
        _number(fields, "delay_ms", MOST_DELAY_MS),
        _number(fields, "rtt_ms", MOST_DELAY_MS) if "rtt_ms" in fields else None,
    ),
}
