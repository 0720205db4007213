"""The local port hears its own loudspeaker on a private sound server, so the air itself is checked."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import numpy as np
import pytest

from appliance.audio.bridge import Bridge
from appliance.audio.canceller import CancellerSettings, HybridCanceller
from appliance.audio.echo_remover import CancellerFactory
from appliance.audio.settings import AudioSettings, EchoMode
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

    def since(self, second: float) -> list[AudioFrame]:
        return [frame for frame in self._frames if frame.start >= second * CAPTURE_RATE]


def run(
    story: Callable[[LocalPort, Monitor], Awaitable[None]],
    echo: EchoMode = EchoMode.NONE,
    canceller: CancellerFactory | None = None,
) -> None:
    """Tell a story. When the machine itself stumbled, which the port counts, it may be told again."""

    async def attempt() -> bool:
        port = LocalPort(Bridge(AudioSettings(echo=echo)), canceller)
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


def test_a_hold_waits_at_its_sample_and_the_rest_follows(virtual_sound: VirtualSound) -> None:
    virtual_sound.listen_to(MONITOR)

    async def story(port: LocalPort, monitor: Monitor) -> None:
        port.hold(12_000)
        await port.play(level(24_000))
        await monitor.until(lambda: port.heard().samples == 12_000)
        held = port.now()
        await monitor.until(lambda: port.now() > held + 0.3)
        assert not port.heard().idle
        port.hold(None)
        await monitor.idle()
        assert port.heard().samples == 24_000
        assert port.counters()["underruns"] == 0
        pause = np.nonzero(monitor.sound > HALF)[0]
        assert np.diff(pause).max() > 0.3 * CAPTURE_RATE
        assert len(pause) == pytest.approx(8000, abs=2 * 48 * 2)  # but for half of each fade
        assert np.abs(np.diff(monitor.sound[pause[0] + 100 : pause[-1] - 100])).max() < 0.02

    run(story)


def test_the_box_does_not_hear_itself_through_the_air(virtual_sound: VirtualSound) -> None:
    chance = np.random.default_rng(1)
    late = np.arange(48 * 100)
    air = chance.standard_normal(len(late)) * 10.0 ** (-3 * late / (48 * 200))
    air[0] = 12.0
    response = np.concatenate([np.zeros(48 * 15), 0.3 * air / np.sqrt((air**2).sum())]).astype(np.float32)
    syllables = np.sin(np.linspace(0, 4 * np.pi, 48_000)) ** 2  # a steady hiss is nobody's voice to AEC3
    noise = (0.15 * syllables * chance.standard_normal(48_000)).astype(np.float32)

    async def story(port: LocalPort, monitor: Monitor) -> None:
        for _ in range(7):
            await port.play(AudioFrame(noise, 48_000, 0))
        await monitor.idle()
        spoken = port.heard()
        frames = monitor.since(spoken.started + 5.0)
        tracks = [frame.echo for frame in frames if frame.echo]
        assert len(tracks) == len(frames)
        heard = np.mean(np.concatenate([track.microphone for track in tracks]) ** 2)
        left = np.mean(np.concatenate([frame.samples for frame in frames]) ** 2)
        guarded = np.mean(np.concatenate([track.guard for track in tracks]) ** 2)
        assert 10 * np.log10(heard) > -40, "there is an echo to remove"
        assert 10 * np.log10(heard / (left + 1e-12)) > 20
        assert 10 * np.log10(heard / (guarded + 1e-12)) > 20

    with virtual_sound.air(response):
        run(story, EchoMode.SOFTWARE, partial(HybridCanceller, CancellerSettings()))
