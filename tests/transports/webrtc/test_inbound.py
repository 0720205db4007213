"""Packets that arrive become sound that goes on, on virtual time."""

import asyncio

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.inbound import Inbound
from appliance.transports.webrtc.jitter import LONGEST_WAIT_S
from tests.transports.webrtc.test_jitter import weather
from tests.transports.webrtc.test_opus import encode, voice
from tests.virtual_time import run

PACKETS = encode(voice(100))


def hear(*arrivals: int, wait_s: float = 0.0) -> list[Samples]:
    """The sound of packets that arrive in this order."""

    async def main() -> list[Samples]:
        sounds: list[Samples] = []
        inbound = Inbound(sounds.append)
        for number in arrivals:
            inbound.take(number, number * 960, PACKETS[number])
        await clock.sleep_until(clock.now() + wait_s)
        inbound.close()
        return sounds

    return run(main())


def test_every_packet_is_20_ms() -> None:
    sounds = hear(*range(100))
    assert [len(sound) for sound in sounds] == [320] * 100


def test_lost_packets_leave_no_hole() -> None:
    sounds = hear(*range(40), *range(43, 100))
    assert sum(map(len, sounds)) == 100 * 320
    level = np.sqrt(np.mean(np.square(np.concatenate(sounds)[12_000:15_000])))
    assert level > 0.05


def test_a_packet_waits_for_the_one_before_only_so_long() -> None:
    swaps = [number for pair in range(1, 20, 2) for number in (pair + 1, pair)]
    assert len(hear(0, *swaps, 25)) == len(hear(0, *swaps, 25, wait_s=LONGEST_WAIT_S / 2))
    assert len(hear(0, *swaps, 25, wait_s=LONGEST_WAIT_S * 1.1)) > len(hear(0, *swaps, 25))


@pytest.mark.parametrize(("loss", "jitter_ms"), [(0.0, 0.0), (0.05, 100.0), (0.1, 40.0)])
def test_in_bad_weather_the_port_hears_everything_in_time_and_on_time(loss: float, jitter_ms: float) -> None:
    async def main() -> tuple[list[AudioFrame], float, int]:
        port, frames = RemotePort(), list[AudioFrame]()

        async def listen() -> None:
            async for frame in port.frames():
                frames.append(frame)

        listening = asyncio.create_task(listen())
        inbound, begun, late = Inbound(port.capture), clock.now(), 0.0
        for moment, number in weather(1500, loss=loss, jitter_ms=jitter_ms):
            await clock.sleep_until(begun + moment / 1000)
            inbound.take(number % 2**16, number * 960, PACKETS[number % 100])
            await asyncio.sleep(0)
            late = max(late, port.now() - frames[-1].end / 16_000)
        inbound.close()
        port.close()
        await listening
        assert inbound.buffer.late <= 15, "it learns the weather"
        return frames, late, port.counters()["dropped"]

    frames, late, dropped = run(main())
    assert dropped == 0
    assert late <= 0.2
    assert sum(len(frame.samples) for frame in frames) == pytest.approx(1500 * 320, abs=10 * 320)
    assert frames[-1].end == pytest.approx(1500 * 320, abs=10 * 320)


def test_what_is_no_opus_is_ignored() -> None:
    async def main() -> int:
        sounds: list[Samples] = []
        inbound = Inbound(sounds.append)
        for number in range(10):
            inbound.take(number, number * 960, b"")
        return inbound.buffer.received

    assert run(main()) == 0
