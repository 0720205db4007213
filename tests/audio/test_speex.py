import gc
from pathlib import Path

import numpy as np
import psutil
import pytest

from appliance.audio.speex import Speex, candidates, load
from appliance.core.audio import CAPTURE_RATE, PERIOD, Samples
from appliance.core.errors import DeviceError


def noise(seconds: float) -> Samples:
    return np.random.default_rng(1).standard_normal(round(seconds * CAPTURE_RATE), np.float32) * np.float32(
        0.05
    )


def run(speex: Speex, microphone: Samples, reference: Samples) -> Samples:
    out = np.empty_like(microphone)
    for start in range(0, len(out), PERIOD):
        period = slice(start, start + PERIOD)
        speex.process(microphone[period], reference[period], out[period])
    return out


def test_an_echo_is_removed() -> None:
    played = noise(5)
    heard = np.roll(played, 800) * np.float32(0.3)
    left = run(Speex(taps=4096), heard, played)[3 * CAPTURE_RATE :]
    assert np.std(left) < np.std(heard) / 10


def test_sound_comes_out_one_period_late_at_its_own_level() -> None:
    sweep = 0.2 * np.sin(np.cumsum(np.linspace(0.1, 1.5, 3 * CAPTURE_RATE)))
    heard = np.asarray(sweep, np.float32)
    out = run(Speex(taps=2048), heard, np.zeros_like(heard))
    later = [
        float(np.corrcoef(heard[8000:-8000], out[8000 + lag : len(out) - 8000 + lag])[0, 1])
        for lag in range(320)
    ]
    assert np.argmax(later) == PERIOD


def test_sound_beyond_full_scale_does_not_turn_over() -> None:
    loud = np.full(10 * PERIOD, 1.5, np.float32)
    assert run(Speex(taps=1024), loud, np.zeros_like(loud))[PERIOD : 3 * PERIOD].min() > -0.5


def test_an_absent_library_is_told_with_its_remedy() -> None:
    with pytest.raises(DeviceError, match="libspeexdsp") as error:
        load([str(Path("nowhere") / "libspeexdsp.so")])
    assert "apt-get install libspeexdsp1" in error.value.remedy


def test_the_systems_own_library_is_the_last_resort() -> None:
    assert candidates()[-1] == "libspeexdsp.so.1"


def test_memory_is_given_back() -> None:
    """Each holds about 0.5 MB: a hundred that stayed would be seen."""
    process = psutil.Process()
    for _ in range(10):
        Speex(taps=4096)
    gc.collect()
    before = process.memory_info().rss
    for _ in range(100):
        Speex(taps=4096)
    gc.collect()
    assert process.memory_info().rss - before < 10e6
