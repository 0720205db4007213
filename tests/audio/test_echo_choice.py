import numpy as np
import pytest

from appliance.audio.echo_choice import Left, cancels, choose_mode, measure_left
from appliance.audio.echo_path import Echo, Recording
from appliance.audio.settings import EchoMode
from appliance.core.audio import Samples

SOUND = np.concatenate(
    [np.zeros(8000), 0.1 * np.random.default_rng(1).standard_normal(16_000), np.zeros(8000)]
)
NOISE = 0.001 * np.random.default_rng(2).standard_normal(len(SOUND))
RECORDING = Recording((0.3 * SOUND + NOISE).astype(np.float32), SOUND.astype(np.float32))
ECHO = Echo(delay_ms=0.0, return_loss_db=10.5, above_noise_db=29.5)
NOTHING = Left(None, None)


class Subtraction:
    """A canceller that leaves a tenth at first, and a hundredth once it has learnt."""

    def __init__(self) -> None:
        self.part = 0.1

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        left = microphone - 0.3 * (1 - self.part) * reference
        self.part = 0.01
        return left.astype(np.float32), np.zeros_like(microphone)

    def reset(self) -> None: ...


def test_what_is_left_is_measured_after_learning() -> None:
    left = measure_left(RECORDING, ECHO, Subtraction())
    assert left.cleaned_db == pytest.approx(40, abs=1)
    assert left.guard_db == 40, "more cannot be told"


def test_nothing_is_said_about_an_echo_below_the_noise() -> None:
    assert measure_left(RECORDING, Echo(0.0, 30.0, -3.0), Subtraction()) == NOTHING


@pytest.mark.parametrize(
    ("echo", "left", "mode"),
    [
        (None, NOTHING, EchoMode.SOFTWARE),
        (Echo(12, 30, -5), NOTHING, EchoMode.SOFTWARE),
        (Echo(12, 10, 30), Left(30, 40), EchoMode.SOFTWARE),
        (Echo(12, 10, 30), Left(8, 30), EchoMode.SOFTWARE),
        (Echo(12, 10, 30), Left(16, 10), EchoMode.SOFTWARE),
        (Echo(12, 10, 30), Left(8, 10), EchoMode.HALF_DUPLEX),
        (Echo(-0.2, 10, 30), Left(30, 40), EchoMode.SOFTWARE),
        (Echo(-20, 10, 30), Left(30, 40), EchoMode.HALF_DUPLEX),
    ],
)
def test_the_mode_follows_from_what_was_measured(echo: Echo | None, left: Left, mode: EchoMode) -> None:
    assert choose_mode(RECORDING, echo, left).mode is mode


def test_an_overdriven_microphone_must_not_listen_meanwhile() -> None:
    clipped = Recording(np.clip(20 * RECORDING.microphone, -1, 1), RECORDING.reference)
    choice = choose_mode(clipped, ECHO, Left(30, 40))
    assert choice.mode is EchoMode.HALF_DUPLEX
    assert "overdriven" in choice.reason


@pytest.mark.parametrize(
    ("echo", "verdict"), [(None, True), (Echo(5, 35, 20), True), (Echo(5, 15, 40), False)]
)
def test_a_device_has_to_prove_that_it_cancels(echo: Echo | None, verdict: bool) -> None:
    assert cancels(echo) is verdict
