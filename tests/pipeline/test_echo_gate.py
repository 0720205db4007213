"""The gate by itself, with detectors that say what a test wants; with real ones in test_echo_safety.py."""

import numpy as np
import pytest

from appliance.core.audio import EchoTracks, Samples
from appliance.pipeline.echo_gate import EchoGate, EchoGateSettings
from tests.fakes import LoudnessVad

WINDOW = LoudnessVad.window
SETTINGS = EchoGateSettings(learning_ms=320)
LEARNED = 10
"""Windows of 32 ms."""
TAIL = 16
PLAYING = 0.1
ECHO = 0.05
"""Level at the microphone: -26 dBFS."""
LEFT = 0.0005
"""Level of the echo after the cancellers: 40 dB less."""


class Detector(LoudnessVad):
    """A detector that has made up its mind, and counts what it was asked."""

    def __init__(self) -> None:
        self.answer = 0.0
        self.asked = 0
        self.resets = 0

    def probability(self, window: Samples) -> float:
        self.asked += 1
        return self.answer

    def reset(self) -> None:
        self.resets += 1


class Bench:
    """A gate between two detectors."""

    def __init__(self, settings: EchoGateSettings = SETTINGS) -> None:
        self.cleaned, self.guard = Detector(), Detector()
        self.gate = EchoGate(self.cleaned, self.guard, settings)

    def hear(
        self,
        cleaned: float,
        guard: float,
        *,
        left: float = LEFT,
        played: float = PLAYING,
        heard: float = ECHO,
    ) -> float:
        """One window: what the detectors say, and the levels of cleaned track, reference and microphone."""
        self.cleaned.answer, self.guard.answer = cleaned, guard
        sound, microphone, reference = (np.full(WINDOW, level, np.float32) for level in (left, heard, played))
        return self.gate.probability(sound, EchoTracks(sound, microphone, reference))

    def learn(self, windows: int = 100) -> None:
        for _ in range(windows):
            self.hear(0.0, 0.0)


@pytest.fixture
def bench() -> Bench:
    learned = Bench()
    learned.learn()
    return learned


def test_a_person_who_leaves_a_trace_in_the_guard_is_heard(bench: Bench) -> None:
    assert bench.hear(0.9, 0.06, left=0.03) == 0.9


def test_echo_that_sounds_like_a_person_leaves_no_trace(bench: Bench) -> None:
    assert bench.hear(0.9, 0.001, left=0.03) == 0.001


def test_echo_that_is_as_weak_as_before_is_no_person(bench: Bench) -> None:
    assert bench.hear(0.9, 0.1, left=LEFT) == 0.1


def test_the_guard_needs_no_witness(bench: Bench) -> None:
    assert bench.hear(0.0, 0.8) == 0.8


def test_a_trace_counts_for_a_while_and_not_longer(bench: Bench) -> None:
    bench.hear(0.9, 0.1, left=0.03)
    later = [bench.hear(0.9, 0.0, left=0.03) for _ in range(7)]
    assert later == [0.9] * 5 + [0.0] * 2


def test_nobody_is_believed_before_the_echo_is_known() -> None:
    bench = Bench()
    assert [bench.hear(0.9, 0.9) for _ in range(LEARNED)] == [0.0] * LEARNED
    assert bench.hear(0.9, 0.9) == 0.9


def test_while_nothing_is_played_one_detector_decides(bench: Bench) -> None:
    for _ in range(TAIL):
        bench.hear(0.0, 0.0, played=0.0)
    asked = bench.guard.asked
    assert [bench.hear(p, 0.0, played=0.0) for p in (0.9, 0.4)] == [0.9, 0.4]
    assert bench.guard.asked == asked


def test_before_anything_was_played_people_are_heard_at_once() -> None:
    assert Bench().hear(0.9, 0.0, played=0.0) == 0.9


def test_the_guard_decides_until_the_room_has_fallen_silent(bench: Bench) -> None:
    heard = [bench.hear(0.9, 0.0, played=0.0) for _ in range(TAIL)]
    assert heard == [0.0] * (TAIL - 1) + [0.9]


def test_a_rest_leaves_the_guards_detector_as_it_is(bench: Bench) -> None:
    """Silero begins with up to 0.17 for noise."""
    resets = bench.guard.resets
    for _ in range(2 * TAIL):
        bench.hear(0.0, 0.0, played=0.0)
    bench.hear(0.0, 0.0)
    assert bench.guard.resets == resets


def test_a_trace_does_not_outlive_a_rest(bench: Bench) -> None:
    for _ in range(2 * TAIL):
        bench.hear(0.9, 0.1, left=0.03, played=0.0)
    assert bench.hear(0.9, 0.0, left=0.03) == 0.0


def test_a_long_talk_over_does_not_spoil_what_is_known_of_the_echo(bench: Bench) -> None:
    """10 s in which the guard hears somebody: they are no measure of the echo."""
    for _ in range(310):
        bench.hear(0.9, 0.5, left=0.03)
    assert bench.hear(0.9, 0.06, left=0.004) == 0.9


def test_a_canceller_that_got_worse_is_noticed(bench: Bench) -> None:
    """Echo that is only 10 dB weaker is no person, once that is how things are."""
    bench.hear(0.9, 0.1, left=0.016)
    for _ in range(310):
        bench.hear(0.9, 0.0, left=0.016)
    assert bench.hear(0.9, 0.1, left=0.016) == 0.1


def test_a_reset_forgets_everything(bench: Bench) -> None:
    bench.gate.reset()
    assert bench.cleaned.resets
    assert bench.hear(0.9, 0.9) == 0.0
    bench.learn(LEARNED)
    assert bench.hear(0.9, 0.06, left=0.016) == 0.06


def test_digital_silence_is_no_measure_of_anything(bench: Bench) -> None:
    for _ in range(310):
        bench.hear(0.0, 0.0, left=0.0, heard=0.0)
    assert bench.hear(0.9, 0.06, left=0.004) == 0.9
