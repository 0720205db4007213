import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from tests.room_acoustics import Scene, capture, convolve, drifted, impulse_response, level, talk_over


def noise(seconds: float, rms: float = 0.05) -> Samples:
    return np.random.default_rng(3).standard_normal(round(seconds * CAPTURE_RATE), np.float32) * np.float32(
        rms
    )


def nobody(like: Samples) -> Samples:
    return np.zeros_like(like)


@pytest.mark.parametrize("rt60_s", [0.2, 0.35, 0.6])
def test_the_room_rings_as_long_as_it_is_asked_to(rt60_s: float) -> None:
    power = impulse_response(rt60_s, "person", 1).astype(np.float64) ** 2
    decay_db = 10 * np.log10(np.cumsum(power[::-1])[::-1] / power.sum() + 1e-12)
    from_5_to_35 = np.argmax(decay_db < -35) - np.argmax(decay_db < -5)
    assert 2 * from_5_to_35 / CAPTURE_RATE == pytest.approx(rt60_s, rel=0.1)


@pytest.mark.parametrize(
    "room", [Scene(), Scene(echo_return_db=-20), Scene(distortion=True), Scene(drift_ppm=5)]
)
def test_the_echo_is_as_loud_as_asked(room: Scene) -> None:
    played = noise(4)
    heard = capture(room, played, nobody(played))
    assert 20 * np.log10(level(heard.echo) / level(played)) == pytest.approx(room.echo_return_db, abs=0.1)


def test_the_echo_comes_after_the_delay() -> None:
    played = np.zeros(CAPTURE_RATE, np.float32)
    played[1000] = 0.5
    heard = capture(Scene(delay_ms=60), played, nobody(played))
    assert np.argmax(np.abs(heard.echo)) == 1000 + 960
    assert np.abs(heard.echo[: 1000 + 960]).max() < 1e-6


def test_a_person_is_as_loud_as_asked() -> None:
    heard = talk_over(5 * CAPTURE_RATE, [(CAPTURE_RATE, noise(2))], rt60_s=0.35, loudness=0.02)
    assert level(heard) == pytest.approx(0.02, rel=0.05)
    assert not heard[:CAPTURE_RATE].any()


@pytest.mark.parametrize("ppm", [-50, 5, 50])
def test_a_faster_clock_plays_a_higher_tone(ppm: float) -> None:
    n = np.arange(5 * CAPTURE_RATE)
    tone = np.sin(2 * np.pi * 1000 * n / CAPTURE_RATE).astype(np.float32)
    higher = np.sin(2 * np.pi * 1000 * (1 + ppm * 1e-6) * n / CAPTURE_RATE)
    difference = (drifted(tone, ppm) - higher)[100:-100]
    assert 20 * np.log10(np.std(difference) / np.std(higher)) < -65


def test_long_sound_is_convolved_without_seams() -> None:
    sound, response = noise(5), noise(0.1)
    np.testing.assert_allclose(
        convolve(sound, response), np.convolve(sound, response)[: len(sound)], atol=1e-4
    )


def test_what_moves_changes_the_reflections_and_comes_back() -> None:
    played = np.tile(noise(1), 3)
    still = capture(Scene(noise_dbfs=-100), played, nobody(played)).microphone.reshape(3, -1)
    moving = capture(Scene(noise_dbfs=-100, moves_s=1), played, nobody(played)).microphone.reshape(3, -1)
    np.testing.assert_allclose(moving[0], still[0], rtol=0.05, atol=1e-4)
    assert np.std(moving[1] - still[1]) > 0.01 * np.std(still[1])
    arrived = 960  # the delay
    np.testing.assert_allclose(moving[2, arrived:], still[2, arrived:], rtol=0.05, atol=1e-4)


def test_nothing_is_louder_than_a_converter_can_tell() -> None:
    played = noise(1, rms=0.5)
    assert np.abs(capture(Scene(echo_return_db=20), played, nobody(played)).microphone).max() <= 1


def test_a_room_is_the_same_every_time() -> None:
    played = noise(1)
    one, other = (capture(Scene(distortion=True, drift_ppm=5), played, nobody(played)) for _ in range(2))
    np.testing.assert_array_equal(one.microphone, other.microphone)
