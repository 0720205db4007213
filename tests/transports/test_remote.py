"""What the port for somebody on the network plays, on virtual time."""

import asyncio
from math import inf

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.core.interfaces import AudioPort
from appliance.transports.remote import RemotePort
from appliance.transports.remote_loudspeaker import QUEUE_S
from tests.transports.far_page import BLOCK, DELAY_S, FADE, PACKET, STEP, Page, counting, played
from tests.transports.port_conformance import RATE, AudioPortConformance, Scene, pause, sound
from tests.virtual_time import run


class TestPort(AudioPortConformance):
    def played(self, scene: Scene) -> Samples:
        async def on_page(page: Page, port: RemotePort) -> None:
            await scene(port)

        return played(on_page)


def test_it_is_an_audio_port() -> None:
    port: AudioPort = RemotePort()
    assert (port.playback_rate, port.half_duplex) == (RATE, False)


def test_levels_are_of_the_last_20_ms() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(1.0, 0.25))
        await pause(0.1)
        assert port.levels() == pytest.approx((0.1, 0.25))

    played(scene)
    assert RemotePort().levels() == (0.0, 0.0)


def test_heard_is_what_has_left_the_loudspeaker_far_away() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(0.5))
        assert (port.heard().samples, port.heard().started, port.heard().idle) == (0, 0.0, False)
        await pause(0.31)  # of which 0.01 until the next block; the last proof of life is 0.0 s old
        assert port.heard().samples == pytest.approx((0.3 - DELAY_S) * RATE, abs=BLOCK)
        await pause(0.5)
        heard = port.heard()
        assert (heard.samples, heard.idle) == (RATE // 2, True)
        assert heard.started == pytest.approx(0.04 + DELAY_S, abs=1e-6)
        port.played(200.0)
        await port.play(sound(0.1))
        await pause(0.2)
        assert port.heard().samples == RATE // 2
        await pause(0.2)
        assert port.heard().samples == round(0.6 * RATE)
        assert port.heard().started - heard.started == pytest.approx(0.81 + 0.1, abs=0.02)

    np.testing.assert_array_equal(np.unique(played(scene)), [0.0, 0.5])


def test_playing_waits_while_a_second_is_queued() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        start = clock.now()
        for _ in range(30):
            await port.play(sound(0.1))
        ahead = 3.0 - (clock.now() - start)
        assert QUEUE_S <= ahead <= QUEUE_S + 0.12
        await pause(2)
        assert port.heard().samples == 3 * RATE

    played(scene)


def test_stop_fades_what_sounds_drops_what_waits_and_lets_nobody_wait() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(QUEUE_S))
        waiting = asyncio.create_task(port.play(sound(0.5)))
        await pause(0.2)
        port.stop()
        await asyncio.wait_for(waiting, 0.0001)
        assert not port.heard().idle, "what is on its way is still heard"
        await pause(0.2)
        assert port.heard().idle
        assert port.heard().samples == 10 * BLOCK + FADE

    speaker = played(scene)
    assert np.abs(np.diff(speaker[RATE // 10 :])).max() < STEP
    assert np.count_nonzero(speaker) == 10 * BLOCK + FADE


def test_two_stops_at_once_are_one_fade() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(0.9))
        await pause(0.2)
        port.stop()
        port.stop()
        await pause(0.5)
        assert (port.heard().samples, port.heard().idle) == (10 * BLOCK + FADE, True)

    assert np.abs(np.diff(played(scene)[RATE // 10 :])).max() < STEP


def test_an_interruption_of_a_ducked_reply_does_not_click() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(0.9))
        await pause(0.2)
        port.set_gain(0.1)
        await pause(0.2)
        port.stop()
        port.set_gain(1.0)
        await pause(0.2)

    assert np.abs(np.diff(played(scene)[RATE // 10 :])).max() < STEP


def test_a_gain_that_was_set_in_silence_is_there_from_the_first_sample() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        port.set_gain(0.5)
        await pause(0.1)
        await port.play(sound(0.1))
        await pause(0.2)

    speaker = played(scene)
    assert set(speaker[np.flatnonzero(speaker)].tolist()) == {0.25}


def test_a_page_that_flushes_is_told_and_hears_no_more() -> None:
    flushes = []

    async def scene(page: Page, port: RemotePort) -> None:
        port.on_flush = lambda: flushes.append(clock.now())
        await port.play(sound(1.0))
        await pause(0.3)
        heard = port.heard().samples
        port.stop()
        assert port.heard().samples == heard
        assert port.heard().idle
        await port.play(sound(0.5))
        await pause(1.0)
        assert port.heard().samples == heard + RATE // 2

    played(scene)
    assert len(flushes) == 1


def test_a_hold_keeps_what_lies_beyond_and_its_end_brings_it_back() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        port.hold(round(0.3 * RATE))
        await port.play(counting(0.5))
        await pause(1.0)
        assert (port.heard().samples, port.heard().idle) == (round(0.3 * RATE), False)
        await port.play(sound(0.2))
        port.hold(None)
        await pause(1.0)
        assert (port.heard().samples, port.heard().idle) == (round(0.7 * RATE), True)
        assert port.counters()["underruns"] == 0

    speaker = played(scene)
    assert np.abs(np.diff(speaker[3 * BLOCK : round(0.7 * RATE)])).max() < STEP


@pytest.mark.parametrize("gains", [(0.1, 1.0), (0.0, 0.5, 1.0)])
def test_gain_glides(gains: tuple[float, ...]) -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(1.0))
        for gain in gains:
            await pause(0.2)
            port.set_gain(gain)
        await pause(0.8)

    speaker = played(scene)[2 * BLOCK : round(0.9 * RATE)]
    assert np.abs(np.diff(speaker)).max() < STEP
    levels = [float(speaker[round((number * 0.2 + 0.1) * RATE)]) for number in range(len(gains) + 1)]
    assert levels == pytest.approx([0.5, *(gain * 0.5 for gain in gains)])


def test_blocks_of_any_length_join_without_a_seam() -> None:
    chance = np.random.default_rng(1)
    whole = chance.uniform(0.1, 0.5, RATE // 2).astype(np.float32)

    async def scene(page: Page, port: RemotePort) -> None:
        for block in np.split(whole, np.sort(chance.integers(0, len(whole), 40))):
            await port.play(AudioFrame(block, RATE, 0))
        await pause(1)

    speaker = played(scene)
    np.testing.assert_array_equal(speaker[speaker > 0], whole)


def test_a_hole_in_a_reply_is_an_underrun_and_a_pause_is_none() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(0.1))
        await pause(0.2)
        await port.play(sound(0.1))
        assert port.counters()["underruns"] == 0
        await pause(0.5)
        assert port.counters()["underruns"] == 1
        await port.play(sound(0.1))
        await pause(0.5)
        assert port.counters()["underruns"] == 1

    played(scene)


def test_closing_ends_frames_and_lets_nobody_wait() -> None:
    async def main() -> None:
        port = RemotePort()
        listening = asyncio.create_task(anext(port.frames(), None))
        await port.play(sound(QUEUE_S))
        playing = asyncio.create_task(port.play(sound(0.1)))
        await pause(1.0)
        port.close()
        assert await listening is None
        await playing
        port.capture(np.full(PACKET, 0.5, np.float32))
        await port.play(sound(0.1))

    run(main(), limit_s=inf)


def test_frames_of_another_rate_are_refused() -> None:
    with pytest.raises(ValueError, match="48000 Hz are played here, not of 22050"):
        run(RemotePort().play(AudioFrame(np.zeros(10, np.float32), 22_050, 0)))
