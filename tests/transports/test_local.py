"""The local port on a link without a device; the same port on real streams is in test_local_sound.py."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pytest

from appliance.audio.device import Format
from appliance.audio.echo_memory import Chosen, EchoPath
from appliance.audio.echo_remover import CancellerFactory
from appliance.audio.memory import EPOCH, PLAYBACK_CAPACITY, anonymous
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.playback import Playback
from appliance.audio.ring import KEPT, CaptureWriter
from appliance.audio.settings import EchoMode
from appliance.audio.side import AudioStatus, Side
from appliance.core.audio import AudioFrame, Samples
from appliance.core.clock import monotonic
from appliance.core.errors import DeviceError
from appliance.core.gate import FADE_MS
from appliance.core.interfaces import AudioPort
from appliance.transports.local import LocalPort

T = TypeVar("T")
FADE = 48 * FADE_MS


HERE = AudioStatus(Side(True, "a microphone"), Side(True, "a loudspeaker"))
GONE = Side(False, "gone", gone=True)


class TestLink:
    """Memory and a doorbell. The test itself is the device."""

    __test__ = False

    def __init__(self) -> None:
        self.memory = anonymous()
        self.status = HERE
        self.writer = CaptureWriter(self.memory)
        self.playback = Playback(self.memory, Format(48_000, 1))
        self._news = asyncio.Event()
        self._open = True

    async def open(self) -> None: ...

    async def close(self) -> None:
        self._open = False
        self._news.set()

    async def news(self) -> bool:
        await self._news.wait()
        return self._open

    def capture(self, samples: int) -> None:
        for start in range(0, samples, 160):
            moment = monotonic() + start / 16_000
            self.writer.write(np.full(min(160, samples - start), 0.5, np.float32), moment)
        self.ring()

    def take(self, periods: int = 1) -> None:
        """Play periods that leave the loudspeaker at this very moment."""
        out = np.zeros(PERIOD, np.float32)
        for _ in range(periods):
            self.playback.period(out.data.cast("B"), monotonic() - 1, starved=False)
        self.ring()

    def ring(self) -> None:
        self._news.set()
        self._news.clear()


def run(test: Coroutine[object, object, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(10):
            return await test

    return asyncio.run(bounded())


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def sound(samples: int) -> AudioFrame:
    return AudioFrame(np.full(samples, 0.5, np.float32), 48_000, 0)


def test_it_is_an_audio_port() -> None:
    port: AudioPort = LocalPort(TestLink())
    assert port.playback_rate == 48_000


def test_frames_arrive_in_order_and_end_with_the_port() -> None:
    async def story() -> list[AudioFrame]:
        link = TestLink()
        port = LocalPort(link)
        await port.open()
        frames: list[AudioFrame] = []

        async def listen() -> None:
            frames.extend([frame async for frame in port.frames()])

        listening = asyncio.create_task(listen())
        await settle()
        for _ in range(3):
            link.capture(4000)
            await settle()
        await port.close()
        await listening
        return frames

    frames = run(story())
    assert [frame.start for frame in frames] == [0, 1600, 3200, 4000, 5600, 7200, 8000, 9600, 11200]
    assert sum(len(frame.samples) for frame in frames) == 12_000


def test_a_listener_that_slept_loses_the_oldest_sound_and_it_is_counted() -> None:
    async def story() -> tuple[AudioFrame, int]:
        link = TestLink()
        port = LocalPort(link)
        link.capture(KEPT + 8000)
        listening = asyncio.ensure_future(anext(port.frames()))
        await settle()
        link.ring()
        return await listening, port.counters()["dropped"]

    frame, dropped = run(story())
    assert frame.start == dropped == 8000


def test_play_waits_while_the_queue_is_full() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        await port.play(sound(PLAYBACK_CAPACITY))
        playing = asyncio.create_task(port.play(sound(2 * PERIOD)))
        await settle()
        link.take()
        await settle()
        assert not playing.done()
        link.take()
        await playing
        link.take(PLAYBACK_CAPACITY // PERIOD)
        assert port.heard().samples == PLAYBACK_CAPACITY + 2 * PERIOD
        assert port.heard().idle

    run(story())


def test_stop_drops_what_is_queued_and_what_waits_for_room() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        await port.play(sound(PLAYBACK_CAPACITY))
        playing = asyncio.create_task(port.play(sound(PLAYBACK_CAPACITY)))
        await settle()
        link.take()
        port.stop()
        link.take()
        await playing
        link.take(5)
        assert port.heard().samples == PERIOD + FADE
        assert port.heard().idle

    run(story())


def test_what_is_played_behind_a_hold_waits_for_its_end() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        await port.play(sound(2 * PERIOD))
        port.hold(PERIOD)
        await port.play(sound(PERIOD))
        link.take(10)
        assert (port.heard().samples, port.heard().idle) == (PERIOD, False)
        port.hold(None)
        link.take(10)
        assert (port.heard().samples, port.heard().idle) == (3 * PERIOD, True)

    run(story())


def test_a_cancelled_play_has_queued_nothing() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        await port.play(sound(PLAYBACK_CAPACITY - PERIOD))
        playing = asyncio.create_task(port.play(sound(2 * PERIOD)))
        await settle()
        playing.cancel()
        await asyncio.wait({playing})
        link.take(1 + PLAYBACK_CAPACITY // PERIOD)
        assert port.heard().samples == PLAYBACK_CAPACITY - PERIOD

    run(story())


def test_a_frame_that_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="never fits"):
        run(LocalPort(TestLink()).play(sound(PLAYBACK_CAPACITY + 1)))


def test_without_a_device_sound_is_dropped() -> None:
    async def story() -> None:
        link = TestLink()
        link.status = replace(HERE, loudspeaker=GONE)
        port = LocalPort(link)
        for _ in range(10):
            await port.play(sound(PLAYBACK_CAPACITY))
        assert port.heard().idle
        assert port.heard().samples == 0
        assert port.speechless

    run(story())


def test_frames_of_another_rate_are_refused() -> None:
    with pytest.raises(ValueError, match="48000 Hz are played here, not of 22050"):
        run(LocalPort(TestLink()).play(AudioFrame(np.zeros(10, np.float32), 22_050, 0)))


def test_the_audio_clock_stands_at_zero_until_the_first_sample() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        assert port.now() == 0.0
        link.capture(1600)
        assert 0.0 <= port.now() < 5.0

    run(story())


def test_started_is_on_the_audio_clock() -> None:
    async def story() -> float:
        link = TestLink()
        port = LocalPort(link)
        link.capture(160)
        assert port.heard().started == 0.0
        await port.play(sound(PERIOD))
        link.take()
        return port.now() - port.heard().started

    assert run(story()) == pytest.approx(1.0, abs=0.5)


def test_gain_reaches_the_device() -> None:
    link_out: list[Samples] = []

    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        port.set_gain(0.5)
        await port.play(sound(PERIOD))
        out = np.zeros(PERIOD, np.float32)
        link.playback.period(out.data.cast("B"), 0.0, starved=False)
        link_out.append(out)

    run(story())
    assert (link_out[0] == 0.25).all()


class Halving:
    """A canceller that leaves a half, and notes what it was made for."""

    def __init__(self, delay_ms: float | None) -> None:
        self.delay_ms = delay_ms
        self.resets = 0

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        return microphone * np.float32(0.5), reference

    def reset(self) -> None:
        self.resets += 1


def chosen(mode: EchoMode, path: EchoPath | None = None) -> AudioStatus:
    pair = Chosen("microphone", "loudspeaker", mode, False, path)
    return replace(HERE, microphone=Side(True, "a microphone", chosen=pair))


def first_frame(mode: EchoMode, canceller: CancellerFactory | None) -> tuple[LocalPort, AudioFrame]:
    async def story() -> tuple[LocalPort, AudioFrame]:
        link = TestLink()
        link.status = chosen(mode)
        port = LocalPort(link, canceller)
        link.capture(1600)
        listening = asyncio.ensure_future(anext(port.frames()))
        await settle()
        link.ring()
        return port, await listening

    return run(story())


def test_in_software_mode_frames_are_cleaned_and_keep_their_tracks() -> None:
    port, frame = first_frame(EchoMode.SOFTWARE, Halving)
    assert (frame.samples == 0.25).all()
    assert frame.echo is not None
    assert (frame.echo.microphone == 0.5).all()
    assert not frame.echo.reference.any()
    assert not port.half_duplex


@pytest.mark.parametrize("mode", [EchoMode.HARDWARE, EchoMode.NONE, EchoMode.HALF_DUPLEX])
def test_in_other_modes_frames_are_as_captured(mode: EchoMode) -> None:
    port, frame = first_frame(mode, Halving)
    assert (frame.samples == 0.5).all()
    assert frame.echo is None
    assert port.half_duplex == (mode is EchoMode.HALF_DUPLEX)


def test_a_canceller_that_cannot_be_made_makes_it_half_duplex(caplog: pytest.LogCaptureFixture) -> None:
    def broken(delay_ms: float | None) -> Halving:
        raise DeviceError("the library is missing", "make install")

    port, frame = first_frame(EchoMode.SOFTWARE, broken)
    assert port.half_duplex
    assert frame.echo is None
    assert "the library is missing" in caplog.text
    assert first_frame(EchoMode.SOFTWARE, None)[0].half_duplex


def test_every_pair_of_devices_gets_a_canceller_for_its_own_delay() -> None:
    async def story() -> list[Halving]:
        made: list[Halving] = []

        def make(delay_ms: float | None) -> Halving:
            made.append(Halving(delay_ms))
            return made[-1]

        link = TestLink()
        port = LocalPort(link, make)
        path = EchoPath("microphone", "loudspeaker", EchoMode.SOFTWARE, 12.5, 10.0, 30.0, "2026-11-21")
        for status in (
            chosen(EchoMode.SOFTWARE),
            AudioStatus(GONE, GONE),
            chosen(EchoMode.SOFTWARE, path),
            chosen(EchoMode.SOFTWARE, path),
        ):
            link.status = status
            assert port.half_duplex == (not status.alive)
        assert port.echo_path == path
        return made

    assert [canceller.delay_ms for canceller in run(story())] == [None, 12.5]


def test_without_a_microphone_frames_are_silent_and_time_goes_on() -> None:
    async def story() -> list[AudioFrame]:
        link = TestLink()
        link.status = replace(HERE, microphone=GONE)
        link.memory.real[EPOCH] = monotonic() - 10.0
        port = LocalPort(link)
        assert port.deaf
        assert port.now() == pytest.approx(10.0, abs=0.5)
        frames: list[AudioFrame] = []

        async def listen() -> None:
            frames.extend([frame async for frame in port.frames()])

        listening = asyncio.create_task(listen())
        await settle()
        link.ring()
        await settle()
        await port.close()
        await listening
        return frames

    frames = run(story())
    assert frames[0].start == 0
    assert all(before.end == after.start for before, after in pairwise(frames))
    assert frames[-1].end / 16_000 == pytest.approx(9.9, abs=0.5)
    assert not any(frame.samples.any() for frame in frames)


def test_while_a_loudspeaker_is_opened_anew_sound_waits_for_it() -> None:
    async def story() -> None:
        link = TestLink()
        link.status = replace(HERE, loudspeaker=replace(GONE, gone=False))
        port = LocalPort(link)
        assert not port.speechless
        await port.play(sound(PLAYBACK_CAPACITY))
        playing = asyncio.create_task(port.play(sound(PERIOD)))
        await settle()
        assert not playing.done()
        link.status = HERE
        link.take(1)
        await playing
        link.take(PLAYBACK_CAPACITY // PERIOD)
        assert port.heard().samples == PLAYBACK_CAPACITY + PERIOD

    run(story())


def test_whoever_waits_for_a_loudspeaker_that_is_gone_for_good_waits_no_longer() -> None:
    async def story() -> None:
        link = TestLink()
        port = LocalPort(link)
        await port.play(sound(PLAYBACK_CAPACITY))
        playing = asyncio.create_task(port.play(sound(PERIOD)))
        await settle()
        link.status = replace(HERE, loudspeaker=GONE)
        link.ring()
        await playing

    run(story())
