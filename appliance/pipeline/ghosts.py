"""Tells transcripts of what somebody said from what recognisers write when nobody spoke.

Recognisers answer to noise with words: Whisper with phrases from the ends of videos or with one phrase
over and over, PocketSphinx with a short word. Each sign of that also occurs in honest speech: people do say
“thank you”, whisper, repeat themselves, and speak fast. So such a sign refuses no transcript by itself; it
takes two, like witnesses, and they are chosen so that a short clear answer shows none or one. Only where
there were no words, or no voice, nothing else is asked.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from annotated_types import Interval

from appliance.core.speech import Transcript


class Sign(StrEnum):
    """Something about a transcript that honest speech shows rarely."""

    DOUBTFUL = "doubtful"
    """The recogniser does not believe it itself."""
    BRIEF = "brief"
    """There was hardly any speech to understand."""
    FAINT = "faint"
    """The voice activity detector was not convinced that this was a voice."""
    VOICELESS = "voiceless"
    """It was hardly of that opinion. Needs no second sign."""
    DENSE = "dense"
    """More text than anybody says in that time."""
    SPARSE = "sparse"
    """Less text than anybody says in that time."""
    LOOPING = "looping"
    """The same words several times in a row."""
    COMPRESSIBLE = "compressible"
    """Long, and yet with hardly anything new in it."""
    PHRASE = "phrase"
    """One of the things that recognisers write when nobody spoke, once or several times."""
    EMPTY = "empty"
    """No words at all. Needs no second sign."""


ALONE: Final = frozenset({Sign.EMPTY, Sign.VOICELESS})
"""Signs that refuse a transcript by themselves."""


@dataclass(frozen=True, slots=True)
class GhostSettings:
    """Where each sign begins."""

    doubtful_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.35
    """Confidence. Where Whisper's mean token probability is lower it usually guesses. Of people ordering
    coffee PocketSphinx understood one slot in five below it, and four in five above 0.7."""
    brief_below_s: Annotated[float, Interval(ge=0.0, le=2.0)] = 0.25
    """s of speech. A curt “wait” or “stop” is heard for 0.3 to 0.4."""
    faint_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.72
    """Mean probability of speech. Of 334 short answers in 27 synthetic voices, a third of them 20 dB too quiet, none
    had less (scripts/evaluate_integrity.py)."""
    voiceless_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.6
    """Likewise. A kitchen that suddenly is as loud as people speak has 0.45 to 0.73."""
    long_voiceless_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.75
    """The same from `long_from_s` on, where a voice has no excuse. Of 45 people ordering coffee all had above 0.95,
    with a kitchen 5 dB below them 0.85, and with one as loud as they four in five 0.75."""
    long_from_s: Annotated[float, Interval(ge=0.5, le=30.0)] = 1.0
    """s of speech. Short answers have less."""
    dense_above: Annotated[float, Interval(ge=10.0, le=100.0)] = 25.0
    """Letters per second, with a third of a second of grace. Brisk sentences have 16."""
    sparse_below: Annotated[float, Interval(ge=0.0, le=10.0)] = 2.5
    """Letters per second, counted from `sparse_from_s` on."""
    sparse_from_s: Annotated[float, Interval(ge=0.5, le=30.0)] = 1.5
    """s of speech. Less may well be one drawn-out word."""
    loops: Annotated[int, Interval(ge=2, le=20)] = 4
    """Times the same words follow each other."""
    compressible_above: Annotated[float, Interval(ge=1.5, le=10.0)] = 2.4
    """Length divided by zlib's: the value at which OpenAI's own Whisper decodes again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transcript is not answered."""

    signs: tuple[Sign, ...]
    """All that were seen."""

    def __str__(self) -> str:
        return " and ".join(self.signs)


# fmt: off
PHRASES: Final = frozenset({
    # Whisper: how videos and their subtitles end.
    "thank you", "thanks", "thank you very much", "thank you so much", "bye", "bye bye", "the end", "so",
    "thank you for watching", "thanks for watching", "thank you for listening", "please subscribe",
    "see you next time", "see you in the next video", "subtitles by the amaraorg community",
    "you", "music", "applause", "silence", "blank audio", "inaudible",
    # PocketSphinx: what it makes of a clatter.
    "the", "a", "i", "if", "half", "apt", "and", "but", "that", "it", "oh", "ah", "uh", "um", "hm", "huh",
})
# fmt: on
"""As `_words` leaves them: lower case, letters and single spaces only."""

NOT_SPOKEN: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|<[^>]*>|[♪♫]+")
"""Descriptions of sounds, as in “[music]” or “(door closes)”."""

GRACE_S: Final = 0.33
"""s added to the speech before counting letters per second: edges of words that the detector misses."""

LONGEST_LOOP: Final = 8
"""Words. Whisper's loops repeat a phrase or a short sentence."""

COMPRESSIBLE_FROM: Final = 40
"""Characters. zlib's header makes shorter text incompressible."""


def refuse(
    transcript: Transcript,
    speech_s: float,
    voice: float = 1.0,
    settings: GhostSettings | None = None,
) -> Refusal | None:
    """Say why nobody should answer this, or None when somebody spoke.

    Args:
        transcript: what the recogniser wrote.
        speech_s: seconds of the utterance in which the detector heard speech, pauses not counted.
        voice: mean probability of speech between its first and last such moment; 1.0 if unknown.
        settings: where the signs begin.
    """
    words = _words(transcript.text)
    if not words:
        return Refusal((Sign.EMPTY,))
    limits = settings or GhostSettings()
    signs = (
        *_signs_of_voice(speech_s, voice, limits),
        *_signs_of_doubt(transcript.confidence, speech_s, limits),
        *_signs_of_pace(words, speech_s, limits),
        *_signs_of_text(words, limits),
    )
    return Refusal(signs) if len(signs) >= 2 or ALONE.intersection(signs) else None


def _words(text: str) -> list[str]:
    """Lower-case words without marks, and without descriptions of sounds."""
    spoken = NOT_SPOKEN.sub(" ", text).lower()
    stripped = ("".join(filter(str.isalnum, word)) for word in spoken.split())
    return [word for word in stripped if word]


def _signs_of_voice(speech_s: float, voice: float, limits: GhostSettings) -> list[Sign]:
    long = speech_s >= limits.long_from_s
    if voice < (limits.long_voiceless_below if long else limits.voiceless_below):
        return [Sign.VOICELESS]
    return [Sign.FAINT] if voice < limits.faint_below else []


def _signs_of_doubt(confidence: float, speech_s: float, limits: GhostSettings) -> list[Sign]:
    seen = {
        Sign.DOUBTFUL: confidence < limits.doubtful_below,
        Sign.BRIEF: speech_s < limits.brief_below_s,
    }
    return [sign for sign, holds in seen.items() if holds]


def _signs_of_pace(words: list[str], speech_s: float, limits: GhostSettings) -> list[Sign]:
    letters = sum(map(len, words))
    if letters > limits.dense_above * (speech_s + GRACE_S):
        return [Sign.DENSE]
    if speech_s >= limits.sparse_from_s and letters < limits.sparse_below * speech_s:
        return [Sign.SPARSE]
    return []


def _signs_of_text(words: list[str], limits: GhostSettings) -> list[Sign]:
    text = " ".join(words)
    packed = len(zlib.compress(text.encode()))
    seen = {
        Sign.LOOPING: _repetitions(words) >= limits.loops,
        Sign.COMPRESSIBLE: len(text) >= COMPRESSIBLE_FROM and len(text) > limits.compressible_above * packed,
        Sign.PHRASE: " ".join(_unit(words)) in PHRASES,
    }
    return [sign for sign, holds in seen.items() if holds]


def _unit(words: list[str]) -> list[str]:
    """The shortest beginning that makes the whole when it is repeated."""
    lengths = (size for size in range(1, len(words) + 1) if len(words) % size == 0)
    return next(words[:size] for size in lengths if words[:size] * (len(words) // size) == words)


def _repetitions(words: list[str]) -> int:
    """How often, at most, a group of words is said in a row."""
    most = 1
    for size in range(1, min(LONGEST_LOOP, len(words) // 2) + 1):
        row = 0
        for before, after in zip(words, words[size:], strict=False):
            row = row + 1 if before == after else 0
            most = max(most, row // size + 1)
    return most
