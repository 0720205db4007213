"""Why a turn was slow, or failed: a stable word and the figures of its sentence."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.core.errors import Failure
from appliance.core.speech import Stage


class Why(StrEnum):
    """What a turn suffered from most. Sentences are made of it where they are read, in the reader's language."""

    USUAL = "usual"
    """From nothing: it took no longer than turns do on this box."""
    ENGINE_RESTART = "engine_restart"
    """An engine had to be started again first."""
    QUEUE = "queue"
    """Engines or cores were busy with somebody else's conversation."""
    PARKED = "parked"
    """The model was made to pause for more urgent work."""
    PRESSURE = "pressure"
    """The machine was short of memory, or hot: nothing was prepared while somebody paused."""
    COLD_CACHE = "cold_cache"
    """The model had to read the whole conversation again: it was new, or had spoken with somebody else."""
    REOPENED = "reopened"
    """The speaker went on after a pause, so that what had been prepared was thrown away."""
    LONG_PAUSE = "long_pause"
    """It sounded as if more would come, so the box waited."""
    HEARING = "hearing"
    """The recogniser took long."""
    READING = "reading"
    """The model took long to read what was said."""
    WRITING = "writing"
    """The model took long to write the first clause, of `count` words."""
    VOICE = "voice"
    """The voice took long."""
    LOUDSPEAKER = "loudspeaker"
    """The sound was ready, and came late from the loudspeaker."""
    LINE = "line"
    """The sound was ready, and came late over the network."""
    WENT_ON = "went_on"
    """Nothing of an answer was heard: somebody went on speaking, or stopped it."""
    NO_WORDS = "no_words"
    """A sound without words: nothing was answered."""
    NOT_UNDERSTOOD = "not_understood"
    """Somebody spoke clearly, and no words were understood."""
    TOO_LONG = "too_long"
    """`stage` took so long that the box gave up."""
    FAILED = "failed"
    """`stage` failed; `failure` says how."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The sentence of one turn, in figures."""

    why: Why
    """What it was."""
    ms: int = 0
    """How long that lasted."""
    wait_ms: int | None = None
    """From the end of the last word to the first sound of the answer; None when there was none."""
    stage: Stage | None = None
    """What was slow or failed, where that is not in the word itself."""
    failure: Failure | None = None
    """How it failed."""
    count: int | None = None
    """Words that were written, or pauses that were taken for an end."""

    @property
    def notable(self) -> bool:
        """Somebody may have wondered."""
        return self.why not in {Why.USUAL, Why.NO_WORDS, Why.WENT_ON}
