"""What every port that needs no sound card does with what it is to play, on virtual time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.core.gate import FADE_MS
from appliance.core.interfaces import AudioPort

RATE = 48_000
QUEUE_S = 1
"""s that every such port queues at least."""

Scene = Callable[[AudioPort], Awaitable[None]]
"""What is done with a port."""


def sound(seconds: float, level: float = 0.5) -> AudioFrame:
    return AudioFrame(np.full(round(seconds * RATE), level, np.float32), RATE, 0)


async def pause(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


class AudioPortConformance(ABC):
    @abstractmethod
    def played(self, scene: Scene) -> Samples:
        """What the loudspeaker of a new port plays while a scene lasts."""

    def test_a_cancelled_play_has_queued_nothing(self) -> None:
        async def scene(port: AudioPort) -> None:
            await port.play(sound(QUEUE_S))
            waiting = asyncio.create_task(port.play(sound(0.5)))
            await pause(0)
            waiting.cancel()
            await pause(3)
            assert port.heard().samples == QUEUE_S * RATE

        self.played(scene)

    def test_a_stop_ends_a_hold_and_drops_what_it_held(self) -> None:
        async def scene(port: AudioPort) -> None:
            port.hold(round(0.1 * RATE))
            await port.play(sound(0.5))
            await pause(0.5)
            port.stop()
            await port.play(sound(0.2))
            await pause(0.5)
            assert port.heard().samples == round(0.3 * RATE)

        self.played(scene)

    def test_it_knows_when_the_last_sample_left(self) -> None:
        async def scene(port: AudioPort) -> None:
            await port.play(sound(0.2))
            await pause(0.5)
            first = port.heard()
            assert first.ended - first.started == pytest.approx(0.2, abs=1e-3)
            await port.play(sound(0.5))
            await pause(0.1)
            port.stop()
            await pause(0.5)
            last = port.heard()
            assert 0 < last.samples - first.samples < RATE // 2
            assert (last.ended - last.started) * RATE == pytest.approx(last.samples - first.samples, abs=48)

        self.played(scene)

    @settings(
        suppress_health_check=[HealthCheck.differing_executors]
    )  # one test for several ports is the point
    @given(
        st.lists(st.tuples(st.floats(0, 0.1), st.one_of(st.none(), st.integers(0, RATE // 2))), max_size=8)
    )
    def test_over_any_holds_each_sample_is_heard_once_and_without_a_click(
        self, holds: list[tuple[float, int | None]]
    ) -> None:
        async def scene(port: AudioPort) -> None:
            await port.play(sound(0.5, 1.0))
            await pause(0.02)
            for seconds, at in holds:
                port.hold(at)
                await pause(seconds)
            port.hold(None)
            await pause(1.0)
            assert port.heard().samples == RATE // 2

        speaker = self.played(scene)
        heard = np.flatnonzero(speaker)
        assert np.abs(np.diff(speaker[heard[0] : heard[-1]])).max() < 1.01 / (RATE * FADE_MS // 1000)
