"""The box's voice on the media clock, on virtual time."""

import asyncio
from typing import Any

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.transports.webrtc.opus import OpusDecoder
from appliance.transports.webrtc.outbound import BLOCK, QUIET, VoiceTrack
from tests.virtual_time import run


def tone(count: int) -> Samples:
    return np.sin(np.arange(count) * 2 * np.pi / 96).astype(np.float32) * np.float32(0.1)


async def pause(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def test_packets_come_every_20_ms_and_say_so() -> None:
    async def main() -> tuple[list[float], list[Any]]:
        track, begun = VoiceTrack(tone), clock.now()
        packets = [(await track.recv(), clock.now() - begun) for _ in range(100)]
        return [moment for _, moment in packets], [packet.pts for packet, _ in packets]

    moments, places = run(main())
    assert moments == pytest.approx([number * 0.02 for number in range(100)])
    assert places == [number * BLOCK for number in range(100)]


def test_it_asks_for_sound_at_the_moment_it_is_due() -> None:
    asked: list[float] = []

    def pull(count: int) -> Samples:
        asked.append(clock.now())
        return tone(count)

    async def main() -> list[float]:
        track, sent = VoiceTrack(pull), []
        for _ in range(10):
            await track.recv()
            sent.append(clock.now())
        return sent

    assert run(main()) == asked


@pytest.mark.parametrize(("late_s", "at_once"), [(0.05, 2), (0.09, 4), (1.0, 0)])
def test_a_late_loop_catches_up_a_little_and_leaves_out_the_rest(late_s: float, at_once: int) -> None:
    async def main() -> tuple[int, int, float]:
        track = VoiceTrack(tone)
        await track.recv()
        await pause(late_s)
        now, packets = clock.now(), 0
        while clock.now() == now:
            packet = await track.recv()
            packets += clock.now() == now
        assert packet.pts is not None
        return packets, packet.pts, clock.now() - now + late_s

    packets, place, elapsed = run(main())
    assert packets >= at_once
    assert place / 48_000 == pytest.approx(elapsed), "the stream's time is the clock's"


def test_long_silence_is_encoded_once() -> None:
    async def main() -> list[bytes]:
        sounds = iter([tone(BLOCK)] * 5 + [np.zeros(BLOCK, np.float32)] * 40 + [tone(BLOCK)] * 5)
        track = VoiceTrack(lambda _: next(sounds))
        return [bytes(await track.recv()) for _ in range(50)]

    packets = run(main())
    assert len(set(packets[5 + QUIET : 45])) == 1
    decoder = OpusDecoder()
    heard = [decoder.decode(packet) for packet in packets]
    assert all(np.abs(sound).max() < 1e-3 for sound in heard[20:45])
    assert all(np.abs(sound).max() > 0.01 for sound in heard[46:])


def test_a_stopped_track_ends() -> None:
    async def main() -> None:
        track = VoiceTrack(tone)
        track.stop()
        await track.recv()

    with pytest.raises(MediaStreamError):
        run(main())


def test_nothing_is_left_over_when_it_is_cancelled() -> None:
    async def main() -> None:
        track = VoiceTrack(tone)
        await track.recv()
        waiting = asyncio.create_task(track.recv())
        await pause(0.01)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert (await track.recv()).pts is not None

    run(main())
