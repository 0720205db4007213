"""Writes settings by section and key as TOML: the standard library only reads it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
"""Keys that need no quotes."""


def write_toml(given: Mapping[str, Mapping[str, Any]]) -> str:
    """Sections of scalars and lists of them, in the order in which they are given.

    Raises:
        TypeError: there is something else in them, which no setting of ours is.
    """
    lines = []
    for section, keys in given.items():
        lines.append(f"[{_key(section)}]")
        lines += [f"{_key(key)} = {_value(value)}" for key, value in keys.items()]
        lines.append("")
    return "\n".join(lines)


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"{type(value).__name__} is no value of a setting")


def _text(text: str) -> str:
    """JSON's strings are TOML's, but for one character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
