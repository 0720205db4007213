"""The codec itself: what comes out is what went in, and what is lost is made up for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.transports.webrtc.opus import OpusDecoder, OpusEncoder, duration

BLOCK = 960


def voice(packets: int) -> Samples:
    """Something like a vowel, 48 kHz: libopus takes it for speech and codes it with SILK, which has copies."""
    moments = np.arange(packets * BLOCK) / 48_000
    tremble = 1 + 0.3 * np.sin(2 * np.pi * 4 * moments)
    sound = sum(np.sin(2 * np.pi * 130 * n * moments) / n for n in range(1, 20))
    return (0.1 * tremble * sound).astype(np.float32)


def encode(sound: Samples) -> list[bytes]:
    encoder = OpusEncoder()
    return [encoder.encode(block) for block in sound.reshape(-1, BLOCK)]


def correlation(one: Samples, other: Samples) -> float:
    """How alike two sounds are at the best of all delays of up to 20 ms, 0 to 1."""
    best = 0.0
    for delay in range(320):
        a, b = one[: len(one) - delay], other[delay:]
        best = max(best, float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)))
    return best


def test_what_comes_out_is_what_went_in() -> None:
    sound = voice(50)
    decoder = OpusDecoder()
    heard = np.concatenate([decoder.decode(packet) for packet in encode(sound)])
    assert len(heard) == 50 * 320
    assert correlation(sound[::3][3200:], heard[3200:]) > 0.8


def test_packets_carry_a_copy_of_the_one_before() -> None:
    sound = voice(50)
    packets = encode(sound)
    whole, broken = OpusDecoder(), OpusDecoder()
    heard = [whole.decode(packet) for packet in packets]
    for packet in packets[:30]:
        broken.decode(packet)
    repaired = broken.conceal(320, packets[31])
    assert len(repaired) == 320
    assert correlation(np.concatenate([heard[30]]), repaired) > 0.8


@pytest.mark.parametrize("missing", [40, 320, 960, 3200])
def test_what_is_missing_is_made_up_for_to_the_sample(missing: int) -> None:
    packets = encode(voice(10))
    decoder = OpusDecoder()
    for packet in packets[:5]:
        decoder.decode(packet)
    assert len(decoder.conceal(missing, packets[9])) == missing
    assert len(decoder.decode(packets[9])) == 320


def test_silence_is_silent() -> None:
    decoder = OpusDecoder()
    for packet in encode(np.zeros(20 * BLOCK, np.float32)):
        assert np.abs(decoder.decode(packet)).max() < 1e-4  # one bit of sixteen


@given(st.binary(min_size=1, max_size=200))
def test_whatever_arrives_is_sound_or_nothing(packet: bytes) -> None:
    decoder = OpusDecoder()
    sound = decoder.decode(packet)
    assert len(sound) <= 1920
    assert np.isfinite(sound).all()
    if len(sound):
        assert len(sound) * 3 == duration(packet)


def test_a_packet_tells_how_long_it_is() -> None:
    assert [duration(packet) for packet in encode(voice(3))] == [BLOCK] * 3
    assert duration(b"") == duration(b"\xff") == duration(b"\xff\x3f") == 0
