"""Reads text by a table of rules: at each place the first rule that fits says what is spoken there.

What no rule knows is silent. All rules are one regular expression, so reading is a single pass.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from appliance.pipeline.spoken.text import MARKS, Piece, SpokenText

Say = Callable[[re.Match[str]], str]
"""From what a rule found to what is said: words, or a mark for the word before, or nothing."""

_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
"""Latin: Unicode's blocks Basic Latin to Latin Extended-B without signs, and Extended Additional."""

_SPEAKABLE = re.compile(rf"[{_LETTERS}](?:[{_LETTERS}{MARKS} '-]*)")
_UNSPEAKABLE = re.compile(rf"[^{_LETTERS}{MARKS} '-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of written thing."""

    example: str
    """Text in which the rule finds something; a test holds it to that."""
    pattern: str
    """Regular expression in which groups have no names and no references."""
    say: Say
    """How it is said."""


def silent(_match: re.Match[str]) -> str:
    """Say nothing."""
    return ""


def said(words: str) -> Say:
    """Say always the same."""
    return lambda _match: words


class Reader:
    """Owns the compiled rules of one language."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {f"r{number}": rule for number, rule in enumerate(rules)}
        self._alone = {name: re.compile(rule.pattern) for name, rule in self._rules.items()}
        self._any = re.compile("|".join(f"(?P<{name}>{rule.pattern})" for name, rule in self._rules.items()))

    def read(self, written: str) -> SpokenText:
        """Turn written text into what is said."""
        pieces: list[Piece] = []
        for found in self._any.finditer(written.rstrip()):
            name = found.lastgroup or ""
            # Matched again on its own, so that a rule counts its groups from 1.
            alone = self._alone[name].match(found.string, found.start())
            assert alone
            _append(pieces, alone, _clean(self._rules[name].say(alone)))
        return SpokenText(tuple(pieces))


def _append(pieces: list[Piece], found: re.Match[str], spoken: str) -> None:
    if spoken.strip(MARKS):
        written = found[0].strip()
        pieces.append(Piece(written, found.start() + found[0].index(written), spoken))
    elif pieces:
        pieces[-1] = _followed(pieces[-1], found, spoken)


def _followed(piece: Piece, found: re.Match[str], mark: str) -> Piece:
    """The piece with what follows it: marks close a word once, whatever touches it belongs to it."""
    if mark and piece.spoken[-1] not in MARKS:
        piece = replace(piece, spoken=piece.spoken + mark)
    if piece.end == found.start():
        piece = replace(piece, written=piece.written + found[0].rstrip())
    return piece


def _clean(spoken: str) -> str:
    """Only what a voice can say, whatever a rule let through."""
    if not spoken or spoken in MARKS or _SPEAKABLE.fullmatch(spoken):
        return spoken
    return " ".join(_UNSPEAKABLE.sub(" ", spoken).split()).lstrip(MARKS + " '-")
