"""The local port on a link without a device; the same port on real streams is in test_local_sound.py."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from appliance.audio.memory import PLAYBACK_CAPACITY
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.ring import KEPT
from appliance.core.audio import AudioFrame, Samples
from appliance.core.interfaces import AudioPort
from appliance.transports.local import LocalPort
from tests.transports.link import FADE, GONE, HERE, TestLink, run, settle, sound


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
