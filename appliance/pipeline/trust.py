"""What engines give is looked at before it is used: a damaged model answers, too, and what it answers is nonsense."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.errors import EngineError, Failure
from appliance.core.speech import SpeechChunk, Stage, Transcript
from appliance.inference.job import Inference, Job

TRIES: Final = 5
"""Times that a job is tried within a turn. An engine that dies gives way to the next one after three, one that lives
and gives nonsense after four: whoever waits is answered by that."""

IN_TIME_S: Final = 15.0
"""s from the first try in which another one begins: three hangs, each noticed after 3 s, and as many restarts."""

RATES: Final = range(8_000, 192_001)
"""Hz of sound that a voice may give."""

LONGEST_S: Final = 60.0
"""s of sound for one clause: four times as long as the slowest voice takes for the longest."""

LOUDEST: Final = 4.0
"""Of full scale. Voices overshoot by a tenth; more is not sound."""

AUDIBLE: Final = 0.001
"""Of full scale (−60 dBFS): a clause that is nowhere louder was not spoken."""

MOST_LETTERS: Final = 4000
"""Characters of an answer: ten times as many as its tokens make. Whatever writes more does not stop."""

REPEATABLE: Final = frozenset({Failure.BROKEN, Failure.DIED, Failure.HUNG, Failure.REPLACED})
"""Failures after which the same job may succeed at once. An engine that is out of order or overloaded is not."""


def worth_repeating(error: EngineError) -> bool:
    """Whether the job that failed may succeed when it is tried again."""
    return error.failure in REPEATABLE and (error.retryable or error.failure is not Failure.BROKEN)


class Tries:
    """Owns how often one piece of work of a turn has been tried, and since when."""

    def __init__(self) -> None:
        self._left = TRIES
        self._until = clock.now() + IN_TIME_S

    def another(self, error: EngineError) -> bool:
        """It failed with `error`: whether to try again."""
        self._left -= 1
        return self._left > 0 and clock.now() < self._until and worth_repeating(error)


def nonsense(stage: Stage, what: str) -> EngineError:
    """The error of an engine that gave something that cannot be used."""
    return EngineError(stage, f"{stage} gave {what}", failure=Failure.BROKEN)


@contextmanager
def doubting(inference: Inference, job: Job[Any]) -> Iterator[None]:
    """Whoever looks after the engine is told what is found wrong in here with the result of `job`."""
    try:
        yield
    except EngineError as error:
        inference.doubt(job, error.problem)
        raise


def audible(samples: Samples) -> bool:
    """Somebody would hear that."""
    return bool(np.abs(samples).max(initial=0.0) >= AUDIBLE)


def words(given: Any) -> str:
    """What a recogniser understands so far.

    Raises:
        EngineError: it is no text.
    """
    if not isinstance(given, str):
        raise nonsense(Stage.STT, f"{type(given).__name__} instead of words")
    return given


def transcript(given: Any) -> Transcript:
    """A transcript with a text and a probability.

    Raises:
        EngineError: it has not.
    """
    if not (isinstance(given, Transcript) and isinstance(given.text, str)):
        raise nonsense(Stage.STT, f"{type(given).__name__} instead of a transcript")
    if not (isinstance(given.confidence, float | int) and math.isfinite(given.confidence)):
        raise nonsense(Stage.STT, "a confidence that is no number")
    return given


def probability(given: Any) -> float:
    """What the turn end model thinks.

    Raises:
        EngineError: it is no probability.
    """
    if not (isinstance(given, float | int) and 0.0 <= given <= 1.0):
        raise nonsense(Stage.TURN_END, "something that is no probability")
    return float(given)


def delta(given: Any, so_far: int) -> str:
    """The next piece of an answer that has `so_far` characters.

    Raises:
        EngineError: it is no text, or there is no end to it.
    """
    if not isinstance(given, str):
        raise nonsense(Stage.LLM, f"{type(given).__name__} instead of words")
    if so_far + len(given) > MOST_LETTERS:
        raise nonsense(Stage.LLM, "an answer without an end")
    return given


def sound(given: Any, so_far_s: float) -> SpeechChunk:
    """The next piece of a clause of which there are `so_far_s` seconds.

    Raises:
        EngineError: it is no sound, or there is no end to it.
    """
    if not isinstance(given, SpeechChunk) or not isinstance(given.samples, np.ndarray):
        raise nonsense(Stage.TTS, f"{type(given).__name__} instead of sound")
    if given.rate not in RATES or given.samples.ndim != 1 or given.samples.dtype != np.float32:
        raise nonsense(Stage.TTS, f"sound of an unknown kind ({given.samples.dtype}, {given.rate} Hz)")
    peak = float(np.abs(given.samples).max(initial=0.0))
    if not peak <= LOUDEST:  # written so that NaN fails as well
        raise nonsense(Stage.TTS, "samples that are no sound")
    if so_far_s + len(given.samples) / given.rate > LONGEST_S:
        raise nonsense(Stage.TTS, "sound without an end")
    return given
