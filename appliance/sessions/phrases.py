"""Recorded phrases: what the box can still say when its voice, its model or its ears are broken."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from appliance.core.audio import Samples
from appliance.core.errors import ConfigError
from appliance.core.resample import resample, usual
from appliance.core.speech import Stage

MISUNDERSTOOD = "sorry-not-understood"
STILL_BROKEN = "still-broken"
QUESTION = "go-ahead"
"""Asked of whoever said something over the reply that nobody understood."""

MICROPHONE_GONE = "I can't hear: the microphone is gone."
MICROPHONE_BACK = "The microphone is back. I can hear you again."

ANNOUNCEMENTS: Mapping[str, str] = {MICROPHONE_GONE: "microphone-gone", MICROPHONE_BACK: "microphone-back"}
"""What the box says of its own accord and needs no voice for: texts, and the names of their recordings."""

HISS = "hiss"
"""Said before the echo of a room is measured for the first time."""

CANNOT_THINK = "cannot-think"
"""The answer that is left when there is no model."""

REQUESTS = ("one-moment", "still-working")
"""Asked of whoever waits for an answer that takes long: the first time, and then."""

PATIENCE = 3
"""Failures in a row after which naming the part helps nobody any more."""

MOST_SAMPLES = 2_000_000
"""Of a phrase: 40 s. A header may claim anything."""

RESTORE = "restore the folder models/phrases of the distribution"

APOLOGIES: Mapping[Stage | None, str] = {
    None: MISUNDERSTOOD,
    Stage.STT: "sorry-hearing",
    Stage.LLM: "sorry-thinking",
    Stage.TTS: "sorry-voice",
    Stage.CONVERSATION: "sorry-lost",
}
"""What is said when a stage failed; None: nothing broke and we did not understand."""


def apology(stage: Stage | None, failures: int) -> str:
    """The phrase for `stage` after so many failures in a row."""
    if stage is not None and failures >= PATIENCE:
        return CANNOT_THINK if stage is Stage.LLM else STILL_BROKEN
    return APOLOGIES.get(stage, STILL_BROKEN)


def patience(times: int) -> str:
    """The phrase that asks for patience for the so-manieth time in a turn."""
    return REQUESTS[min(max(times, 1), len(REQUESTS)) - 1]


NEEDED = frozenset(
    {*APOLOGIES.values(), *ANNOUNCEMENTS.values(), *REQUESTS, STILL_BROKEN, CANNOT_THINK, QUESTION}
)
"""Names of the recordings without which the box must not start."""


def load_phrases(folder: Path, rate: int) -> dict[str, Samples]:
    """All phrases in `folder` by name, converted to `rate` (Hz).

    Raises:
        ConfigError: one is damaged, or absent and needed: this must show at start, not in an emergency.
    """
    phrases = {path.stem: _load(path, rate) for path in sorted(folder.glob("*.wav"))}
    missing = NEEDED - phrases.keys()
    if missing:
        raise ConfigError(f"{folder} lacks the recorded phrases {', '.join(sorted(missing))}", RESTORE)
    return phrases


def _load(path: Path, rate: int) -> Samples:
    try:
        samples, recorded_rate = soundfile.read(path, MOST_SAMPLES, dtype="float32")
    except (OSError, ValueError, soundfile.LibsndfileError) as error:
        raise ConfigError(f"cannot read the recorded phrase {path}: {error}", RESTORE) from None
    if samples.ndim != 1 or not usual(recorded_rate, rate) or not np.isfinite(samples).all():
        raise ConfigError(f"the recorded phrase {path} is damaged", RESTORE)
    return resample(samples, recorded_rate, rate)
