"""The local port hears its own loudspeaker on a private sound server, so the air itself is checked."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from appliance.audio.bridge import Bridge
from appliance.audio.settings import AudioSettings
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.transports.local import LocalPort
from tests.virtual_sound import MONITOR, VirtualSound, needs_sound

pytestmark = [pytest.mark.sound, needs_sound]

HALF = 0.25
"""Level that tells sound at 0.5 from silence, in the middle of the filter's edges."""


class Monitor:
    """Everything the port captures, as one piece from time zero."""

    def __init__(self, port: LocalPort) -> None:
        self._port = port
        self._frames: list[AudioFrame] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for frame in self._port.frames():
            self._frames.append(frame)
            self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def sounding(self) -> None:
        await self.until(lambda: bool(self._frames) and bool((self._frames[-1].samples > HALF).any()))

    async def idle(self) -> None:
        """Until the loudspeaker is idle, and whatever it played has been captured."""
        await self.until(lambda: self._port.heard().idle)
        end = self._port.now() + 0.05
        await self.until(lambda: self._frames[-1].end / CAPTURE_RATE > end)

    @property
    def sound(self) -> Samples:
        return np.concatenate([frame.samples for frame in self._frames])


def run(story: Callable[[LocalPort, Monitor], Awaitable[None]]) -> None:
    """Tell a story. When the machine itself stumbled, which the port counts, it may be told again."""

    async def attempt() -> bool:
        port = LocalPort(Bridge(AudioSettings()))
        await port.open()
        try:
            async with asyncio.timeout(30):
                await story(port, Monitor(port))
        except AssertionError:
            if not any(port.counters().values()):
                raise
            return False
        finally:
            await port.close()
        return True

    assert any(asyncio.run(attempt()) for _ in range(3))


def level(samples: int, value: float = 0.5) -> AudioFrame:
    return AudioFrame(np.full(samples, value, np.float32), 48_000, 0)


def test_exactly_what_left_is_counted_and_where_it_began(virtual_sound: VirtualSound) -> None:
    virtual_sound.listen_to(MONITOR)

    async def story(port: LocalPort, monitor: Monitor) -> None:
        await port.play(level(31_234))
        await monitor.sounding()
        await monitor.idle()
        loud = np.nonzero(monitor.sound > HALF)[0]
        assert port.heard().samples == 31_234
        assert len(loud) == pytest.approx(31_234 / 3, abs=2)
        assert loud[0] / CAPTURE_RATE == pytest.approx(port.heard().started, abs=0.002)

    run(story)


def test_after_a_stop_nothing_more_comes_and_the_count_is_what_sounded(virtual_sound: VirtualSound) -> None:
    virtual_sound.listen_to(MONITOR)

    async def story(port: LocalPort, monitor: Monitor) -> None:
        await port.play(level(48_000))
        await monitor.sounding()
        port.stop()
        await monitor.idle()
        stopped = port.heard().samples
        assert stopped < 48_000
        faint = np.nonzero(monitor.sound > 0.001)[0]
        assert len(faint) == pytest.approx(stopped / 3, abs=40)  # the fade's last ms is fainter than that
        assert np.abs(np.diff(monitor.sound[faint[0] + 100 :])).max() < 0.02  # no click
        await port.play(level(4_800))
        await monitor.sounding()
        await monitor.idle()
        assert port.heard().samples == stopped + 4_800
        assert np.count_nonzero(monitor.sound[faint[-1] + 10 :] > HALF) == pytest.approx(1600, abs=2)

    run(story)


def test_ducking_is_heard(virtual_sound: VirtualSound) -> None:
    virtual_sound.listen_to(MONITOR)

    async def story(port: LocalPort, monitor: Monitor) -> None:
        await port.play(level(48_000))
        await monitor.sounding()
        port.set_gain(0.25)
        await monitor.idle()
        ducked = np.nonzero(np.abs(monitor.sound - 0.125) < 0.001)[0]
        assert len(ducked) > CAPTURE_RATE // 2
        glide = monitor.sound[ducked[0] - 800 : ducked[-1] - 100]
        assert np.abs(np.diff(glide)).max() < 0.01

    run(story)
