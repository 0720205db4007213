import numpy as np
import pytest

from appliance.audio.clock_line import IN_A_ROW, ClockLine

RATE = 48_000
PERIOD = 480


class Stamps:
    """A device that stamps its periods, with a clock and a noise of its own."""

    def __init__(self, line: ClockLine, ppm: float = 0.0, noise_s: float = 0.0) -> None:
        self.line = line
        self.pace_s = 0.01 / (1 + ppm * 1e-6)
        self.noise_s = noise_s
        self.chance = np.random.default_rng(1)
        self.periods = 0
        self.moment = 70.0

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            self.line.add(
                self.periods * PERIOD, self.moment + float(self.chance.standard_normal()) * self.noise_s
            )
            self.periods += 1
            self.moment += self.pace_s

    @property
    def error_ms(self) -> float:
        """How wrong the line is about the next period."""
        return 1000 * (self.line.moment(self.periods * PERIOD) - self.moment)


@pytest.mark.parametrize("ppm", [-200, -20, 0, 50, 200])
@pytest.mark.parametrize(("noise_s", "within_ppm", "within_ms"), [(0.00002, 0.3, 0.01), (0.0005, 5, 0.08)])
def test_drift_is_found_under_noise(ppm: float, noise_s: float, within_ppm: float, within_ms: float) -> None:
    device = Stamps(ClockLine(RATE), ppm, noise_s)
    device.run(30)
    assert device.line.drift_ppm == pytest.approx(-ppm, abs=within_ppm)
    assert abs(device.error_ms) < within_ms


def test_one_stamp_is_enough_to_begin() -> None:
    line = ClockLine(RATE)
    line.add(4800, 10.0)
    assert line.known
    assert line.moment(9600) == pytest.approx(10.1)
    assert line.index(10.1) == pytest.approx(9600)


def test_a_few_late_stamps_leave_no_trace() -> None:
    device = Stamps(ClockLine(RATE))
    device.run(5)
    for _ in range(IN_A_ROW - 1):
        device.line.add(device.periods * PERIOD, device.moment + 0.02)
        device.periods += 1
        device.moment += device.pace_s
    device.run(1)
    assert abs(device.error_ms) < 1e-6


@pytest.mark.parametrize("jump_s", [0.19, -0.19, 0.005])
def test_a_jump_is_followed_within_50_ms_and_the_rate_is_kept(jump_s: float) -> None:
    device = Stamps(ClockLine(RATE), ppm=100)
    device.run(20)
    device.moment += jump_s
    device.run(IN_A_ROW / 100)
    assert abs(device.error_ms) < 0.001
    assert device.line.drift_ppm == pytest.approx(-100, abs=1)


def test_a_clock_cannot_be_found_further_off_than_clocks_are() -> None:
    device = Stamps(ClockLine(RATE), ppm=-3000)
    device.run(5)
    assert device.line.drift_ppm == 500
