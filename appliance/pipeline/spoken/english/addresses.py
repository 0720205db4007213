"""English for web and mail addresses, files, versions and telephone numbers."""

import re
from itertools import pairwise

from appliance.pipeline.spoken.english.numbers import digits
from appliance.pipeline.spoken.english.vocabulary import READ_ENDINGS
from appliance.pipeline.spoken.english.words import spell, word
from appliance.pipeline.spoken.reader import Rule, said

_SIGNS = {
    ".": "dot",
    "/": "slash",
    "\\": "backslash",
    "-": "dash",
    "_": "underscore",
    "@": "at",
    ":": "colon",
    "+": "plus",
    "&": "and",
    "=": "equals",
    "%": "percent",
    "~": "tilde",
}
_END = r"(?<![.,;:!?'’_*-])"
"""Marks behind an address belong to the sentence."""


def _address(text: str) -> str:
    """Sign by sign: "jo@example.uk/a" is "jo at example dot U-K slash a"."""
    name, at, host = text.rpartition("@")
    return " ".join(
        filter(None, [*_parts(name, endings=False), _SIGNS.get(at, ""), *_parts(host, endings=True)])
    )


def _parts(text: str, *, endings: bool) -> list[str]:
    parts = re.findall(r"[^\W_]+|[^\w\s]|_", text)
    return [_part(part, ending=endings and last == ".") for last, part in pairwise(["", *parts])]


def _part(part: str, *, ending: bool) -> str:
    if not part.isalnum():
        return _SIGNS.get(part, "")
    short = ending and len(part) <= 3 and part.isalpha() and part.lower() not in READ_ENDINGS
    unreadable = part.isascii() and not re.search(r"[aeiouy\d]", part, re.IGNORECASE)
    return spell(part) if short or unreadable else word(part)


def _web(match: re.Match[str]) -> str:
    """Without what nobody dictates: protocol, "www." and the query."""
    return _address(re.sub(r"(?i)^\w+://(?:www\.)?|^www\.|[?#].*|/$", "", match[0]))


def _version(match: re.Match[str]) -> str:
    numbers = " point ".join(word(part) for part in match[2].split("."))
    return f"version {numbers}" if match[1] else numbers


def _phone(match: re.Match[str]) -> str:
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))


RULES = (
    Rule("https://example.com/help", rf"(?i:\bhttps?://|\bwww\.(?=\w))[^\s<>\"“”’)\]*`]+{_END}", _web),
    Rule(
        "jo@example.com",
        r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+(?<![_-])",
        lambda m: _address(m[0]),
    ),
    Rule(
        "192.168.1.1",
        r"\b\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)",
        lambda m: " dot ".join(map(digits, m[0].split("."))),
    ),
    Rule("v2, 1.2.3", r"(?:(?<!ersion )\b(v)|\bv|\b(?=\d+\.\d+\.\d))(\d+(?:\.\d+)*)(?!\.?\w)", _version),
    # A dot within a word, the letter behind it small: "end.Then" are two words.
    Rule(
        "example.com/help, main.py",
        r"\b(?=[\w-]{0,63}[^\W\d_])[^\W_][\w-]{0,63}(?:\.(?:[a-z0-9][\w-]*|[A-Z]{2,4}\b))+"
        rf"(?:/[\w./~%+-]*)?{_END}",
        _web,
    ),
    Rule(
        "~/notes, /home/ann",
        rf"(?<![^\s(\"'“‘`])(?:~|\.{{1,2}})?(?:/[\w.@%+-]+)+/?{_END}",
        lambda m: _address(m[0]),
    ),
    Rule(r"C:\Users", rf"\b[A-Z]:(?:\\[\w.-]+)+{_END}", lambda m: _address(m[0])),
    Rule("@bob", r"(?<!\w)@(?=\w)", said("at")),
    Rule("#MeToo", r"#(?=[^\W\d_])", said("hashtag")),
    Rule("#5", r"#(?=\d)", said("number")),
    Rule("+49 30 1234567", r"\+(?=(?:\D{0,2}\d){7})\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?!\w)", _phone),
    Rule("(555) 123-4567", r"(?<![\w+-])(?:1[ .-])?\(?\d{3}\)?[ .-]?\d{3}[.-]\d{4}(?![\w-])", _phone),
    Rule("555-1234", r"(?<![\w-])\d{3}-\d{4}(?![\w-])", _phone),
    Rule("ISBN 978-3-16-148410-0", r"(?<![\w-])\d{1,9}(?:-\d{1,9}){2,6}(?![\w-])", _phone),
    Rule("Call 911", r"(?:(?<=\b[Cc]all )|(?<=\b[Dd]ial ))\d{3}(?!\w|[.,]\d)", _phone),
)
