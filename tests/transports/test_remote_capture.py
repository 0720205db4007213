"""What arrives at the port for somebody on the network, on virtual time: nothing of it is ever old."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.transports.remote import RemotePort
from tests.virtual_time import run

PACKET = CAPTURE_RATE // 50


async def pause(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def captured(scene: Callable[[RemotePort], Awaitable[None]]) -> tuple[list[AudioFrame], RemotePort]:
    """What a listener who always listens gets."""

    async def main() -> tuple[list[AudioFrame], RemotePort]:
        port, frames = RemotePort(), []

        async def listen() -> None:
            async for frame in port.frames():
                frames.append(frame)  # noqa: PERF401 - what was heard until the end is wanted too

        listening = asyncio.create_task(listen())
        await pause(0)
        await scene(port)
        await pause(0)
        port.close()
        await listening
        return frames, port

    return run(main())


def packet(level: float = 0.5) -> Samples:
    return np.full(PACKET, level, np.float32)


def test_sound_arrives_in_order_without_gaps_on_the_clock_of_the_microphone() -> None:
    nows = []

    async def scene(port: RemotePort) -> None:
        assert port.now() == 0.0
        for number in range(50):
            port.capture(packet(number / 50))
            nows.append(port.now())
            await pause(0.02)

    frames, port = captured(scene)
    assert [frame.start for frame in frames] == list(range(0, 50 * PACKET, PACKET))
    assert [frame.samples[0] for frame in frames] == pytest.approx([number / 50 for number in range(50)])
    assert nows == pytest.approx([frame.end / CAPTURE_RATE for frame in frames])
    assert port.counters() == {"overruns": 0, "underruns": 0, "dropped": 0}


def test_a_listener_that_slept_gets_the_last_200_ms_and_a_jump_tells_of_the_rest() -> None:
    async def main() -> tuple[list[AudioFrame], int]:
        port = RemotePort()
        for _ in range(50):
            port.capture(packet())
            await pause(0.02)
        frames = port.frames()
        return [await anext(frames) for _ in range(10)], port.counters()["dropped"]

    frames, dropped = run(main())
    assert frames[0].start == dropped == 40 * PACKET
    assert frames[-1].end == CAPTURE_RATE


@given(st.lists(st.integers(0, 9), min_size=20, max_size=60))
def test_jitter_below_200_ms_loses_nothing_and_moves_nothing(jitter: list[int]) -> None:
    async def scene(port: RemotePort) -> None:
        begin = clock.now()
        due = 0.0
        for number, blocks in enumerate(jitter):
            due = max(due, number * 0.02 + blocks * 0.02)
            await clock.sleep_until(begin + due)
            port.capture(packet())

    frames, port = captured(scene)
    assert [frame.start for frame in frames] == list(range(0, len(jitter) * PACKET, PACKET))
    assert port.counters()["dropped"] == 0


def test_what_a_stalled_network_delivers_at_once_is_dropped_but_for_the_newest_200_ms() -> None:
    async def scene(port: RemotePort) -> None:
        for _ in range(10):
            port.capture(packet())
            await pause(0.02)
        await pause(1.0)
        for _ in range(50):
            port.capture(packet())
            await pause(0)
        for _ in range(10):
            await pause(0.02)
            port.capture(packet())

    frames, port = captured(scene)
    starts = [frame.start for frame in frames]
    jumps = [b - a - PACKET for a, b in pairwise(starts)]
    assert [jump for jump in jumps if jump] == [port.counters()["dropped"]] == [40 * PACKET]


def test_what_a_network_loses_is_a_jump_and_what_follows_is_on_time() -> None:
    late = []

    async def scene(port: RemotePort) -> None:
        for _ in range(10):
            port.capture(packet())
            await pause(0.02)
        await pause(5.0)
        for _ in range(20):
            port.capture(packet(0.25))
            await pause(0)
            late.append(port.now())
            await pause(0.02)

    frames, port = captured(scene)
    assert port.counters()["dropped"] == PACKET, "the first one might have been the beginning of a burst"
    after = [frame for frame in frames if frame.samples[0] == 0.25]
    assert [frame.end / CAPTURE_RATE for frame in after] == pytest.approx(late[1:], abs=0.01)


def test_a_page_whose_clock_runs_fast_or_slow_stays_on_time() -> None:
    for drift in (0.9997, 1.0003):
        lag: list[float] = []

        async def scene(port: RemotePort, drift: float = drift, lag: list[float] = lag) -> None:
            begin = clock.now()
            for number in range(6000):
                await clock.sleep_until(begin + number * 0.02 * drift)
                port.capture(packet())
                lag.append(port.now() - (number + 1) * 0.02)

        _, port = captured(scene)
        assert port.counters()["dropped"] == 0
        assert max(map(abs, lag)) < 0.01


def test_whoever_sends_more_sound_than_time_passes_is_not_heard_faster() -> None:
    async def scene(port: RemotePort) -> None:
        for _ in range(200):
            for _ in range(5):
                port.capture(packet())
                await pause(0)
            await pause(0.02)

    frames, port = captured(scene)
    assert frames[-1].end / CAPTURE_RATE < 4.0 + 1.1
    assert port.counters()["dropped"] > 15 * CAPTURE_RATE * 0.9


def test_a_muted_microphone_passes_not_one_sample_and_time_goes_on() -> None:
    async def scene(port: RemotePort) -> None:
        for number in range(30):
            port.muted = 10 <= number < 20
            port.capture(packet())
            await pause(0.02)

    frames, _ = captured(scene)
    assert [bool(frame.samples.any()) for frame in frames] == [True] * 10 + [False] * 10 + [True] * 10
    assert [frame.start for frame in frames] == list(range(0, 30 * PACKET, PACKET))


def test_muting_throws_away_what_was_captured_and_not_fetched() -> None:
    async def main() -> list[AudioFrame]:
        port = RemotePort()
        for _ in range(5):
            port.capture(packet())
            await pause(0.02)
        port.muted = True
        port.capture(packet())
        port.close()
        port = RemotePort()
        port.capture(packet())
        port.muted = True
        port.capture(packet())
        frames = port.frames()
        return [await anext(frames)]

    assert not run(main())[0].samples.any()
