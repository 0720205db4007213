"""What to do about a measured echo: whether the device removes it, whether the appliance can, or nobody does."""

from dataclasses import dataclass
from typing import Final

from appliance.audio.echo_path import Echo, Recording, decibels, power_of
from appliance.audio.echo_remover import Canceller
from appliance.audio.settings import EchoMode
from appliance.core.audio import CAPTURE_RATE, PERIOD, Samples

FULL_SCALE: Final = 0.985
"""Level beyond which a converter is taken to be at its limit."""
CLIPPED: Final = 0.001
"""Part of the samples at full scale from which on the microphone counts as overdriven."""
EARLY_MS: Final = -1.0
"""ms that an echo may come too early: what good stamps may be wrong by."""
LESSONS: Final = 4
"""Times that a canceller hears the recording: it needs 3 s of sound to learn (notes/audio.md 3.3), and is judged by
the last time."""
MOST_DB: Final = 40.0
"""dB of removal beyond which the noise leaves nothing to tell."""
AUDIBLE_DB: Final = 6.0
"""dB by which an echo must be above the noise to tell how much of it was removed."""
CLEANED_DB: Final = 15.0
"""dB that the cleaning canceller must remove, or else the gate behind it stays closed (notes/audio.md 3.4)."""
GUARD_DB: Final = 20.0
"""dB that the ruthless canceller must remove for the box not to interrupt itself."""
HARDWARE_DB: Final = 30.0
"""dB by which an echo must be below what was played for the device to have removed it: beside its own loudspeaker, a
microphone without cancellation has 0 to 20 (notes/audio.md 3.1 asks for 20 of reduction)."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the cancellers took away, in dB of the echo; None: the echo was below the noise, so who knows."""

    cleaned_db: float | None
    """The one that keeps the person."""
    guard_db: float | None
    """The ruthless one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do about the echo."""

    mode: EchoMode
    reason: str
    """In words."""


def measure_left(recording: Recording, echo: Echo, canceller: Canceller) -> Left:
    """What a canceller takes away once it has learnt."""
    if echo.above_noise_db < AUDIBLE_DB:
        return Left(None, None)
    whole = len(recording.microphone) // PERIOD * PERIOD
    microphone, reference = recording.microphone[:whole], recording.reference[:whole]
    for _ in range(LESSONS):
        cleaned, guard = canceller.process(microphone, reference)
    return Left(*(_removed_db(recording, echo, left) for left in (cleaned, guard)))


def overdriven(recording: Recording) -> bool:
    """Whether the microphone was at its limit: what it did there no filter can explain."""
    heard = recording.microphone[recording.sounding]
    return bool(len(heard)) and bool((abs(heard) >= FULL_SCALE).mean() > CLIPPED)


def cancels(echo: Echo | None) -> bool:
    """Whether a device that is said to remove its echo does."""
    return echo is None or echo.return_loss_db >= HARDWARE_DB


def choose_mode(recording: Recording, echo: Echo | None, left: Left) -> Choice:
    """What to do about an echo that the device leaves in. Never `none`: a loudspeaker may only be turned down.

    In this order: an overdriven microphone hears what no canceller can foretell, so the box must not listen while
    it speaks. An echo that comes before it was played (wrong stamps) cannot be cancelled either. Otherwise software,
    if either of its two cancellers removes enough, or there is not enough echo to tell.
    """
    if overdriven(recording):
        return Choice(
            EchoMode.HALF_DUPLEX, "the microphone is overdriven by the loudspeaker: turn one of them down"
        )
    if echo is None:
        return Choice(EchoMode.SOFTWARE, "no echo was found: it may be turned down, or far away")
    if echo.delay_ms < EARLY_MS:
        return Choice(
            EchoMode.HALF_DUPLEX, "the devices' time stamps are wrong: the echo came before the sound"
        )
    if left.cleaned_db is None or left.guard_db is None:
        return Choice(EchoMode.SOFTWARE, "the echo is below the noise")
    if left.cleaned_db >= CLEANED_DB or left.guard_db >= GUARD_DB:
        return Choice(EchoMode.SOFTWARE, "the appliance removes it")
    return Choice(EchoMode.HALF_DUPLEX, "too much of it remains, however it is removed")


def _removed_db(recording: Recording, echo: Echo, left: Samples) -> float:
    late = round(max(0.0, echo.delay_ms) / 1000 * CAPTURE_RATE)
    sounding = slice(recording.sounding.start + late, recording.sounding.stop + late)
    before = power_of(recording.microphone[sounding]) - power_of(recording.microphone[: sounding.start])
    after = power_of(left[sounding]) - power_of(left[: sounding.start])
    return min(MOST_DB, decibels(before) - decibels(after))
