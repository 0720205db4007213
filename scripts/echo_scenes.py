"""Rooms, voices and people for `evaluate_echo.py`: what the box says, where, and who talks over it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample
from appliance.engines.espeak import Espeak
from scripts.bench_tts import Token
from scripts.evaluate_endpoint import CLIPS, load
from tests.room_acoustics import Scene, level

ROOMS = {
    "table": Scene(),
    "near, dry": Scene(rt60_s=0.2, delay_ms=20),
    "reverberant": Scene(rt60_s=0.6),
    "late": Scene(delay_ms=120),
    "distorted": Scene(distortion=True),
    "noisy": Scene(noise_dbfs=-45),
    "drift +5 ppm": Scene(drift_ppm=5),
    "drift -5 ppm": Scene(drift_ppm=-5, rt60_s=0.5, delay_ms=40),
    "loud, distorted": Scene(echo_return_db=0, distortion=True),
    "soft": Scene(echo_return_db=-20),
    "somebody moves": Scene(moves_s=7),
    "all at once": Scene(distortion=True, drift_ppm=5, rt60_s=0.6, noise_dbfs=-50, delay_ms=90),
}
"""The first is issue and notes: -10 dB of echo, 0.35 s of reverberation, 60 ms of delay."""

ANSWERS = (
    "The kettle has boiled, and the timer for the eggs has four minutes left.",
    "Tomorrow will be mostly cloudy, with a high of seventeen degrees and a light wind from the west.",
    "I have added milk, two lemons and a loaf of bread to your shopping list.",
    "The tallest mountain in the world is Mount Everest, at eight thousand eight hundred and forty nine metres.",
    "Once upon a time there was a fox who lived at the edge of a quiet forest.",
    "You asked about the train. The next one leaves at twenty past five from platform three.",
    "Sure. Paris is the capital of France, and Rome is the capital of Italy.",
    "There are eight planets in the solar system, and Jupiter is the largest of them.",
    "Hamlet was written by William Shakespeare, most likely around the year sixteen hundred.",
    "I am sorry, I did not understand that. Could you say it again, please?",
    "A pinch of salt, a spoon of sugar and three cups of flour are all you need.",
    "The lamp in the kitchen is off now.",
)
COMMANDS = ("stop", "wait", "never_mind")
"""What must always win."""
SPEECH_RMS = 0.085
"""Level of a recording that plays the box: that of eSpeak at its own loudness."""

Say = Callable[[np.random.Generator], Samples]
"""The next sentence, chosen by dice."""


@dataclass(frozen=True)
class Talk:
    """What the box says."""

    sound: Samples
    replies: list[tuple[int, int]]
    """Samples at which each reply begins and ends; what lies between them is silence."""


Clip = tuple[Samples, list[tuple[float, float]]]
"""A recording and its labelled speech, in s."""


def people(digits: str) -> list[Clip]:
    """The labelled recordings of one half."""
    labels = json.loads((CLIPS / "people.json").read_text())
    return [(load(CLIPS / "people" / n), labels[n]["speech"]) for n in sorted(labels) if n[0] in digits]


def commands() -> list[Clip]:
    """Commands by three Flite voices; all of each recording counts as speech."""
    paths = sorted(path for word in COMMANDS for path in (CLIPS / "spoken").glob(f"{word}-*.flac"))
    sounds = [load(path) for path in paths]
    return [(sound, [(0.0, len(sound) / CAPTURE_RATE)]) for sound in sounds]


def speaker(voice: Espeak) -> Say:
    """Says any of the answers."""

    @cache
    def answer(number: int) -> Samples:
        chunks = voice.synthesize(ANSWERS[number], Token())
        return np.concatenate([resample(chunk.samples, chunk.rate, CAPTURE_RATE) for chunk in chunks])

    return lambda dice: answer(int(dice.integers(len(ANSWERS))))


def impostor(clips: list[Clip]) -> Say:
    """Plays what a person once said."""

    def say(dice: np.random.Generator) -> Samples:
        sound, speech = clips[dice.integers(len(clips))]
        said = sound[int(speech[0][0] * CAPTURE_RATE) : int(speech[-1][1] * CAPTURE_RATE)]
        return np.asarray(said * np.float32(SPEECH_RMS / level(said)), np.float32)

    return say


def talk(say: Say, seconds: float, seed: int, *, pauses: bool) -> Talk:
    """Replies of three sentences, 2 to 4 s apart; without pauses, one reply that never ends."""
    dice = np.random.default_rng(seed)
    parts: list[Samples] = []
    replies: list[tuple[int, int]] = []
    end = begin = 0
    while end < seconds * CAPTURE_RATE:
        for _ in range(3):
            parts += [say(dice), np.zeros(round(dice.uniform(0.15, 0.5) * CAPTURE_RATE), np.float32)]
            end += len(parts[-2]) + len(parts[-1])
        if pauses:
            replies.append((begin, end))
            parts.append(np.zeros(round(dice.uniform(2, 4) * CAPTURE_RATE), np.float32))
            begin = end = end + len(parts[-1])
    length = round(seconds * CAPTURE_RATE)
    return Talk(np.concatenate(parts)[:length], replies or [(0, length)])


def interruptions(clips: list[Clip], length: int, seed: int) -> list[tuple[int, Clip]]:
    """Who begins when: one after the other, 1.5 to 3 s apart, all of them again and again."""
    dice, begin, placed = np.random.default_rng(seed), 2.0, []
    while True:
        clip = clips[dice.integers(len(clips))]
        if begin * CAPTURE_RATE + len(clip[0]) > length - CAPTURE_RATE:
            return placed
        placed.append((round(begin * CAPTURE_RATE), clip))
        begin += len(clip[0]) / CAPTURE_RATE + dice.uniform(1.5, 3)
