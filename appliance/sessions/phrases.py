"""Recorded phrases: what the box can still say when its voice, its model or its ears are broken."""

from collections.abc import Mapping
from pathlib import Path

import soundfile

from appliance.core.audio import Samples
from appliance.core.errors import ConfigError
from appliance.core.resample import resample
from appliance.core.speech import Stage

MISUNDERSTOOD = "sorry-not-understood"
STILL_BROKEN = "still-broken"
QUESTION = "go-ahead"
"""Asked of whoever said something over the reply that nobody understood."""

PATIENCE = 3
"""Failures in a row after which naming the part helps nobody any more."""

RESTORE = "restore the folder models/phrases of the distribution"

APOLOGIES: Mapping[Stage | None, str] = {
    None: MISUNDERSTOOD,
    Stage.STT: "sorry-hearing",
    Stage.LLM: "sorry-thinking",
    Stage.TTS: "sorry-voice",
}
"""What is said when a stage failed; None: nothing broke and we did not understand."""


def apology(stage: Stage | None, failures: int) -> str:
    """The phrase for `stage` after so many failures in a row."""
    if stage is not None and failures >= PATIENCE:
        return STILL_BROKEN
    return APOLOGIES.get(stage, STILL_BROKEN)


def load_phrases(folder: Path, rate: int) -> dict[str, Samples]:
    """All phrases in `folder` by name, converted to `rate` (Hz).

    Raises:
        ConfigError: one is damaged, or absent and needed: this must show at start, not in an emergency.
    """
    phrases = {path.stem: _load(path, rate) for path in sorted(folder.glob("*.wav"))}
    missing = {*APOLOGIES.values(), STILL_BROKEN, QUESTION} - phrases.keys()
    if missing:
        raise ConfigError(f"{folder} lacks the recorded phrases {', '.join(sorted(missing))}", RESTORE)
    return phrases


def _load(path: Path, rate: int) -> Samples:
    try:
        samples, recorded_rate = soundfile.read(path, dtype="float32")
    except (OSError, soundfile.LibsndfileError) as error:
        raise ConfigError(f"cannot read the recorded phrase {path}: {error}", RESTORE) from None
    return resample(samples, recorded_rate, rate)
