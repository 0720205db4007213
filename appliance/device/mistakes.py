"""What is wrong with a settings file, in words for the person who wrote it. Secrets are not repeated."""

import difflib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final, get_args

from appliance.core.errors import quoted

SECRET: Final = frozenset({"passphrase"})
"""Keys whose values are never shown."""
LONGEST: Final = 300
"""Characters of a line."""
SCALARS: Final = (str, bool, int, float)
"""What may be quoted: in a table there may be a secret."""


def explain(error: Any, of: type) -> str:
    """One mistake that pydantic has found: where, what, and what may have been meant.

    Args:
        error: an item of `ValidationError.errors()`.
        of: the dataclass at the top.
    """
    place = error["loc"]
    where = ".".join(_readable(part) for part in place) or "the file"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return f"{where}: there is no such key{suggestion(place, of)}"
    if error["type"] in {"missing", "missing_argument"}:
        return f"{where}: is needed"
    hint = HINTS.get(str(place[-1]) if place else "", "")
    return f"{where}: {error['msg'].lower()}{_given(place, error['input'])}{hint}"


HINTS: Final = {
    "name": "; small letters, digits and hyphens, as in kitchen-box",
    "country": "; two capital letters, as in DE",
    "address": "; as in 192.168.1.40/24",
}
"""What a right one looks like, where the rule alone tells nobody."""


def suggestion(place: Sequence[str | int], of: Any) -> str:
    """The key that may have been meant."""
    for part in place[:-1]:
        kinds = {item.name: item.type for item in fields(of)}
        of = next((kind for kind in _kinds(kinds.get(str(part))) if is_dataclass(kind)), None)
        if of is None:
            return ""
    return did_you_mean(str(place[-1]), [item.name for item in fields(of)])


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A remark on the nearest word that exists, if one is near."""
    close = difflib.get_close_matches(word[:100], known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def one_line(text: str) -> str:
    """Without what a terminal or a reader of lines would obey."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in text)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def _kinds(annotation: Any) -> Sequence[Any]:
    return get_args(annotation) or (annotation,)


def _readable(part: str | int) -> str:
    text = str(part)
    return text if text.isidentifier() and text.isascii() and len(text) <= 60 else quoted(text)


def _given(place: Sequence[str | int], value: Any) -> str:
    secret = any(str(part) in SECRET for part in place)
    return f", not {quoted(value)}" if isinstance(value, SCALARS) and not secret else ""
