"""What all voices share on the side of the text: what may be read, and where its words are."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import numpy as np

from appliance.core.speech import WordMark

COMMANDS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\[\]]")
"""What a synthesiser would obey instead of read: NUL ends the text, \\x01 opens a command of eSpeak's,
[[ ]] enclose phonemes for Piper; halves of surrogate pairs cannot be encoded."""

SENTENCE_PAUSE_S: Final = 0.25
CLAUSE_PAUSE_S: Final = 0.12
NO_PAUSE_S: Final = 0.03
"""Seconds of silence after a full stop, after a comma, and after a text that was cut without either.
eSpeak's own are 0.30 and 0.15 s at 175 words per minute; a dialogue bears a little less."""


def readable(text: str) -> str:
    """The text without commands, character for character, so that offsets still hold."""
    return COMMANDS.sub(" ", text)


def words(text: str) -> list[tuple[int, str]]:
    """The words and where they begin: whatever spaces separate and holds a letter or a digit."""
    tokens = re.finditer(r"\S+", readable(text))
    return [(token.start(), token.group()) for token in tokens if re.search(r"[^\W_]", token.group())]


def pause_after(text: str) -> float:
    """Seconds of silence that belong after a text, by the mark it ends with."""
    match text.rstrip(" \"'”’)»")[-1:]:
        case "." | "!" | "?" | "…":
            return SENTENCE_PAUSE_S
        case "," | ";" | ":" | "—" | "–":
            return CLAUSE_PAUSE_S
        case _:
            return NO_PAUSE_S


def word_marks(text: str, anchors: Iterable[tuple[int, int]], length: int) -> tuple[WordMark, ...]:
    """Mark every word of a text of which only some moments are known.

    Args:
        anchors: offset of a character and the sample at which it is spoken, as far as known. The first
            that falls within a word is the word's; words without one lie between their neighbours in
            proportion to the letters; anchors that go backwards are ignored.
        length: samples of the whole sound.
    """
    starts = [start for start, _ in words(text)]
    known = {0: 0}
    latest, moment = -1, 0
    for offset, sample in anchors:
        word = bisect_right(starts, offset) - 1
        if word > latest and sample >= moment:
            known[starts[word]] = sample
            latest, moment = word, sample
    places = np.interp(starts, [*known, len(text)], [*known.values(), max(length, moment)])
    return tuple(WordMark(start, int(place)) for start, place in zip(starts, places, strict=True))
