import sys

import numpy as np
import pytest

from appliance.audio.canceller import CancellerSettings, HybridCanceller
from appliance.core.audio import CAPTURE_RATE, PERIOD, Samples
from appliance.core.errors import DeviceError
from tests.room_acoustics import Scene, capture

Tracks = tuple[Samples, Samples]


def babble(seconds: float, seed: int = 0) -> Samples:
    """Noise in syllables of 100 ms."""
    dice = np.random.default_rng(seed)
    syllables = np.repeat(dice.uniform(0, 1, round(seconds * 10)) ** 2, CAPTURE_RATE // 10)
    return np.asarray(0.1 * syllables * dice.standard_normal(len(syllables)), np.float32)


def run(canceller: HybridCanceller, microphone: Samples, reference: Samples, block: int = PERIOD) -> Tracks:
    parts = [
        canceller.process(microphone[start : start + block], reference[start : start + block])
        for start in range(0, len(microphone), block)
    ]
    return np.concatenate([cleaned for cleaned, _ in parts]), np.concatenate([guard for _, guard in parts])


def canceller(delay_ms: float | None = 60) -> HybridCanceller:
    return HybridCanceller(CancellerSettings(), delay_ms)


def attenuation_db(before: Samples, after: Samples) -> float:
    return float(20 * np.log10(np.std(before) / np.std(after)))


@pytest.mark.parametrize("delay_ms", [60, 20, 120, None])
def test_both_tracks_lose_the_echo(delay_ms: float | None) -> None:
    played = babble(6)
    scene = Scene(delay_ms=60 if delay_ms is None else delay_ms)
    heard = capture(scene, played, np.zeros_like(played)).microphone
    for track in run(canceller(delay_ms), heard, played):
        assert attenuation_db(heard[3 * CAPTURE_RATE :], track[3 * CAPTURE_RATE :]) > 20


def test_the_cleaned_track_keeps_who_talks_over_the_box() -> None:
    played, said = babble(8), babble(8, seed=1) * np.float32(0.3)
    said[: 5 * CAPTURE_RATE] = 0
    heard = capture(Scene(), played, said).microphone
    cleaned, _ = run(canceller(), heard, played)
    late, kept = said[5 * CAPTURE_RATE : -PERIOD], cleaned[5 * CAPTURE_RATE + PERIOD :]
    before = np.corrcoef(late, heard[5 * CAPTURE_RATE : -PERIOD])[0, 1]
    assert np.corrcoef(late, kept)[0, 1] > max(0.8, before)


def test_without_a_box_that_speaks_people_pass() -> None:
    said = babble(4, seed=1)
    for track in run(canceller(), said, np.zeros_like(said)):
        assert attenuation_db(said[CAPTURE_RATE:], track[CAPTURE_RATE:]) == pytest.approx(0, abs=1.5)


def test_silence_stays_silence() -> None:
    silence = np.zeros(CAPTURE_RATE, np.float32)
    for track in run(canceller(), silence, silence):
        assert np.abs(track).max() < 1e-3


def test_the_size_of_the_blocks_makes_no_difference() -> None:
    played = babble(2)
    heard = capture(Scene(), played, np.zeros_like(played)).microphone
    for one, other in zip(
        run(canceller(), heard, played), run(canceller(), heard, played, 1600), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_columns_of_a_matrix_are_read_as_what_they_are() -> None:
    both = np.stack([babble(1), babble(1, seed=1)], axis=1)
    apart = run(canceller(), both[:, 0].copy(), both[:, 1].copy(), 1600)
    for one, other in zip(run(canceller(), both[:, 0], both[:, 1], 1600), apart, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_reset_begins_again() -> None:
    played = babble(2)
    heard = capture(Scene(), played, np.zeros_like(played)).microphone
    used = canceller()
    first = run(used, heard, played)
    used.reset()
    for one, other in zip(first, run(used, heard, played), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("lengths", [(100, 100), (160, 320)])
def test_only_whole_periods_that_belong_together_are_taken(lengths: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="whole periods"):
        canceller().process(*(np.zeros(length, np.float32) for length in lengths))


def test_an_absent_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    with pytest.raises(DeviceError, match="pywebrtc-audio") as error:
        canceller()
    assert "make install" in error.value.remedy
