"""The local port when devices are chosen, gone and opened anew, and what it does about their echo."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from appliance.audio.echo_memory import Chosen, EchoPath
from appliance.audio.echo_remover import CancellerFactory
from appliance.audio.memory import EPOCH, PLAYBACK_CAPACITY
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.settings import EchoMode
from appliance.audio.side import AudioStatus, Side
from appliance.core.audio import AudioFrame, Samples
from appliance.core.clock import monotonic
from appliance.core.errors import DeviceError
from appliance.transports.local import LocalPort
from tests.transports.link import GONE, HERE, TestLink, run, settle, sound


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
