"""A loudspeaker period by period; as part of a port, on virtual time, it is in test_wavfile.py."""

import numpy as np

from appliance.core.audio import Samples
from appliance.core.gate import FADE_MS
from appliance.transports.simulated import SimulatedLoudspeaker, SwallowingLoudspeaker

RATE = 48_000
PERIOD = 480
FADE = RATE * FADE_MS // 1000


def sound(samples: int, level: float = 0.5) -> Samples:
    return np.full(samples, level, np.float32)


def advanced(loudspeaker: SimulatedLoudspeaker, periods: int) -> Samples:
    for _ in range(periods):
        loudspeaker.advance()
    return np.concatenate(loudspeaker.track[-periods:])


def test_what_is_queued_leaves_unchanged_and_is_counted() -> None:
    loudspeaker = SimulatedLoudspeaker(RATE)
    advanced(loudspeaker, 3)
    loudspeaker.queue(sound(700))
    assert (loudspeaker.queued, loudspeaker.heard.idle) == (700, False)
    track = advanced(loudspeaker, 2)
    assert (track[:700] == 0.5).all()
    assert not track[700:].any()
    assert (loudspeaker.heard.samples, loudspeaker.heard.started, loudspeaker.heard.idle) == (700, 0.03, True)


def test_a_stop_fades_in_the_next_period_and_what_follows_waits_for_the_one_behind() -> None:
    loudspeaker = SimulatedLoudspeaker(RATE)
    loudspeaker.queue(sound(5 * PERIOD))
    advanced(loudspeaker, 2)
    loudspeaker.stop()
    loudspeaker.stop()
    loudspeaker.queue(sound(PERIOD, 0.25))
    assert not loudspeaker.heard.idle
    track = advanced(loudspeaker, 3)
    assert (np.abs(np.diff(track[:PERIOD])) < 0.51 / FADE).all()
    assert not track[FADE:PERIOD].any()
    assert (track[PERIOD : 2 * PERIOD] == 0.25).all()
    assert loudspeaker.heard.samples == 2 * PERIOD + FADE + PERIOD


def test_what_was_never_heard_is_dropped_without_a_trace() -> None:
    loudspeaker = SimulatedLoudspeaker(RATE)
    loudspeaker.queue(sound(PERIOD))
    loudspeaker.stop()
    assert not advanced(loudspeaker, 2).any()
    assert (loudspeaker.heard.samples, loudspeaker.heard.idle) == (0, True)


def test_a_gain_glides_in_sound_and_holds_at_once_in_silence() -> None:
    loudspeaker = SimulatedLoudspeaker(RATE)
    loudspeaker.gain = 0.5
    loudspeaker.queue(sound(3 * PERIOD))
    assert (advanced(loudspeaker, 1) == 0.25).all()
    loudspeaker.gain = 1.0
    assert np.abs(np.diff(advanced(loudspeaker, 2))).max() < 0.26 / PERIOD


def test_a_limit_is_not_passed_while_it_stands() -> None:
    loudspeaker = SimulatedLoudspeaker(RATE)
    loudspeaker.queue(sound(4 * PERIOD))
    loudspeaker.limit = 700
    track = advanced(loudspeaker, 5)
    assert np.flatnonzero(track)[-1] == 699
    assert (loudspeaker.heard.samples, loudspeaker.heard.idle) == (700, False)


def test_the_swallowing_one_takes_all_at_once_and_is_silent() -> None:
    loudspeaker = SwallowingLoudspeaker(RATE)
    loudspeaker.queue(sound(RATE))
    loudspeaker.limit = 1000
    assert not advanced(loudspeaker, 2).any()
    assert loudspeaker.heard.samples == 1000
    loudspeaker.stop()
    loudspeaker.queue(sound(RATE))
    advanced(loudspeaker, 1)
    assert loudspeaker.heard.samples == 1000 + RATE
