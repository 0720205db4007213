"""Patterns of whole sentences with places for what varies: a sentence fits all of it, or it is none of ours."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.tools.tool import Call

LONGEST: Final = 200
"""Characters of a sentence that is looked at: whoever says more is telling something."""
ITEMS: Final = "items"
"""The place in which commas mean something."""

Found = Mapping[str, Any]
"""What stood in the places of a pattern."""
Make = Callable[[Found], Mapping[str, Any] | None]
"""From there to the arguments of a call; None: it was nothing that makes sense."""


@dataclass(frozen=True, slots=True)
class Place:
    """What varies in a sentence."""

    pattern: str
    """Regular expression, without names."""
    read: Callable[[str], Any] = str
    """What it means; None: nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some ways to say one thing."""

    tool: str
    """What is called."""
    patterns: Sequence[str]
    """Regular expressions in which `<place>` or `<name:place>` stands for a place, and groups are not counted."""
    make: Make = lambda _: {}
    """Its arguments."""


def same(found: Found) -> Mapping[str, Any]:
    """The places are the arguments."""
    return {name: value for name, value in found.items() if value is not None}


def fixed(**arguments: Any) -> Make:
    """Always these."""
    return lambda _: arguments


class Grammar:
    """Owns the compiled rows of one language. The first row that fits is meant."""

    def __init__(self, places: Mapping[str, Place], rows: Iterable[Row]) -> None:
        self._places = places
        self._rows = [(row, *self._compiled(pattern)) for row in rows for pattern in row.patterns]

    def read(self, sentence: str) -> Call | None:
        """What a sentence asks for; its commas are still there."""
        if len(sentence) > LONGEST:
            return None
        plain = " ".join(sentence.replace(",", " ").split())
        for row, pattern, names in self._rows:
            found = pattern.fullmatch(sentence if ITEMS in names else plain)
            found = found or (pattern.fullmatch(plain) if ITEMS in names else None)
            arguments = self._arguments(row, found, names) if found else None
            if arguments is not None:
                return Call(row.tool, arguments)
        return None

    def _arguments(
        self, row: Row, found: re.Match[str], names: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        values: dict[str, Any] = {}
        for name, place in names.items():
            text = found[name]
            values[name] = None if text is None else self._places[place].read(text)
            if text is not None and values[name] is None:
                return None
        return row.make(values)

    def _compiled(self, pattern: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
        names: dict[str, str] = {}

        def place(found: re.Match[str]) -> str:
            name, _, which = found[1].partition(":")
            names[name] = which or name
            return f"(?P<{name}>{self._places[names[name]].pattern})"

        uncounted = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
        return re.compile(re.sub(r"<(\w+(?::\w+)?)>", place, uncounted)), names
