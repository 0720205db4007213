"""The port without a sound card, on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples
from appliance.core.gate import FADE_MS
from appliance.core.interfaces import AudioPort
from appliance.transports.wavfile import QUEUE_S, SilentPort, WavPort
from tests.transports.port_conformance import RATE, AudioPortConformance, Scene, pause, sound
from tests.virtual_time import run

NEXT = PERIOD / CAPTURE_RATE
"""s after which what is queued at the beginning of a period is heard."""
STEP = 0.51 / 48
"""The largest step between samples of a gain that glides from 0 to 1/2 in 1 ms."""


def captured(*says: tuple[float, Samples], seconds: float) -> Samples:
    """What the microphone hears in the first seconds when each of `says` is said at its second."""

    async def main() -> Samples:
        port = WavPort()
        for at, samples in says:
            port.say(samples, at)
        blocks = []
        async for frame in port.frames():
            blocks.append(frame.samples)
            if frame.end >= seconds * CAPTURE_RATE:
                break
        return np.concatenate(blocks)

    return run(main())


def played(scene: Callable[[WavPort], Awaitable[None]], port: WavPort | None = None) -> Samples:
    """What a loudspeaker plays while a scene lasts."""

    async def main(port: WavPort) -> Samples:
        async def listen() -> None:
            async for _ in port.frames():
                pass

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        await scene(port)
        port.close()
        await listening
        return port.speaker()

    return run(main(port or WavPort()))


class TestPort(AudioPortConformance):
    def played(self, scene: Scene) -> Samples:
        return played(scene)


def test_frames_come_in_real_time_without_gaps() -> None:
    async def main() -> list[tuple[float, AudioFrame]]:
        port: AudioPort = WavPort()
        start, seen = clock.now(), []
        async for frame in port.frames():
            seen.append((clock.now() - start, frame))
            if len(seen) == 100:
                break
        return seen

    seen = run(main())
    assert [frame.start for _, frame in seen] == list(range(0, 100 * PERIOD, PERIOD))
    assert {len(frame.samples) for _, frame in seen} == {PERIOD}
    assert [when for when, _ in seen] == pytest.approx([frame.end / CAPTURE_RATE for _, frame in seen])


def test_a_recording_is_heard_at_its_second_to_the_sample() -> None:
    clip = np.linspace(0.1, 0.9, 1234, dtype=np.float32)
    heard = captured((0.33333, clip), seconds=1)
    start = round(0.33333 * CAPTURE_RATE)
    np.testing.assert_array_equal(heard[start : start + len(clip)], clip)
    assert not heard[:start].any()
    assert not heard[start + len(clip) :].any()


def test_who_speaks_at_the_same_time_is_mixed() -> None:
    one, other = np.full(800, 0.25, np.float32), np.full(800, 0.5, np.float32)
    heard = captured((0.1, one), (0.125, other), seconds=0.5)
    assert [heard[round(t * CAPTURE_RATE)] for t in (0.11, 0.13, 0.16, 0.18)] == [0.25, 0.75, 0.5, 0.0]


def test_what_is_past_already_begins_now() -> None:
    async def main() -> tuple[float, int]:
        port = WavPort()
        end, first = 0.0, -1
        async for frame in port.frames():
            if frame.end == CAPTURE_RATE:
                end = port.say(np.ones(PERIOD * 10, np.float32), at=0.2)
            if first < 0 and frame.samples.any():
                first = frame.start
            if frame.end == 2 * CAPTURE_RATE:
                break
        return end, first

    assert run(main()) == (1.1, CAPTURE_RATE)


def test_the_loudspeaker_shares_the_clock_and_the_zero() -> None:
    async def scene(port: WavPort) -> None:
        await pause(0.5)
        assert port.now() == pytest.approx(0.5)
        await port.play(sound(0.2))
        await pause(1.0)
        heard = port.heard()
        assert (heard.samples, heard.idle) == (0.2 * RATE, True)
        assert heard.started == pytest.approx(0.51)

    speaker = played(scene)
    assert np.flatnonzero(speaker).tolist() == list(range(RATE * 51 // 100, RATE * 71 // 100))


def test_what_is_queued_is_heard_from_the_next_period_on_and_not_in_the_past() -> None:
    async def scene(port: WavPort) -> None:
        await pause(0.505)
        await port.play(sound(0.1))
        assert port.heard().samples == 0
        await pause(0.3)

    assert np.flatnonzero(played(scene))[0] == RATE * 51 // 100


def test_playing_waits_while_the_queue_is_full() -> None:
    async def scene(port: WavPort) -> None:
        start = clock.now()
        for _ in range(30):
            await port.play(sound(0.1))
        ahead = 3.0 - (clock.now() - start)
        assert QUEUE_S <= ahead <= QUEUE_S + 0.1
        await pause(2)
        assert port.heard().samples == 3 * RATE

    played(scene)


def test_stop_drops_what_waits_fades_what_sounds_and_lets_nobody_wait() -> None:
    async def scene(port: WavPort) -> None:
        await port.play(sound(0.9 * QUEUE_S))
        await port.play(sound(0.9 * QUEUE_S))
        waiting = asyncio.create_task(port.play(sound(0.5)))
        await pause(0.2)
        assert not waiting.done()
        port.stop()
        await asyncio.wait_for(waiting, 0.0001)
        await pause(0.5)
        assert port.heard().idle
        assert port.heard().samples == round((0.2 + FADE_MS / 1000) * RATE)

    speaker = played(scene)
    assert not speaker[round((NEXT + 0.2 + FADE_MS / 1000) * RATE) :].any()
    assert np.abs(np.diff(speaker[RATE // 10 :])).max() < STEP


def test_stop_in_silence_is_silence() -> None:
    async def scene(port: WavPort) -> None:
        port.stop()
        port.stop()
        await pause(0.1)
        assert port.heard().samples == 0

    assert not played(scene).any()


def test_a_hold_keeps_what_lies_beyond_and_its_end_brings_it_back() -> None:
    async def scene(port: WavPort) -> None:
        port.hold(round(0.3 * RATE))
        await port.play(sound(0.5))
        await pause(1.0)
        assert (port.heard().samples, port.heard().idle) == (round(0.3 * RATE), False)
        await port.play(sound(0.2))
        port.hold(None)
        await pause(1.0)
        heard = port.heard()
        assert (heard.samples, heard.idle) == (round(0.7 * RATE), True)
        assert heard.started == pytest.approx(NEXT)

    speaker = played(scene)
    held = speaker[round((NEXT + 0.3) * RATE) : round((NEXT + 1.0) * RATE)]
    assert not held.any()
    assert np.count_nonzero(speaker) == round(0.7 * RATE)


def test_the_silent_port_holds_too() -> None:
    async def scene(port: WavPort) -> None:
        port.hold(RATE)
        await port.play(sound(2.0))
        await pause(0.5)
        assert (port.heard().samples, port.heard().idle) == (RATE, False)
        port.hold(None)
        await pause(0.05)
        assert (port.heard().samples, port.heard().idle) == (2 * RATE, True)

    played(scene, SilentPort())


@pytest.mark.parametrize("gains", [(0.1, 1.0), (0.0, 0.5, 1.0)])
def test_gain_glides(gains: tuple[float, ...]) -> None:
    async def scene(port: WavPort) -> None:
        await port.play(sound(1.0))
        for gain in gains:
            await pause(0.2)
            port.set_gain(gain)
        await pause(0.8)

    speaker = played(scene)[round(NEXT * RATE) : round(0.9 * RATE)]
    assert np.abs(np.diff(speaker)).max() < STEP
    levels = [float(speaker[round((number * 0.2 + 0.1) * RATE)]) for number in range(len(gains) + 1)]
    assert levels == pytest.approx([0.5, *(gain * 0.5 for gain in gains)])


def test_a_gain_that_is_set_by_a_late_loop_leaves_the_past_alone() -> None:
    async def main() -> Samples:
        port = WavPort()
        frames = port.frames()
        await anext(frames)
        await port.play(sound(0.5))
        await pause(0.2)
        port.set_gain(0.0)
        async for frame in frames:
            if frame.end >= 0.5 * CAPTURE_RATE:
                break
        return port.speaker()

    speaker = run(main())
    assert set(speaker[round(0.02 * RATE) : round(0.22 * RATE)].tolist()) == {0.5}
    assert not speaker[round(0.23 * RATE) :].any()


def test_an_interruption_of_a_ducked_reply_does_not_click() -> None:
    async def scene(port: WavPort) -> None:
        await port.play(sound(1.0))
        await pause(0.2)
        port.set_gain(0.1)
        await pause(0.2)
        port.stop()
        port.set_gain(1.0)
        await pause(0.2)

    speaker = played(scene)
    assert np.abs(np.diff(speaker[RATE // 10 :])).max() < STEP
    assert not speaker[round(0.42 * RATE) :].any()


def test_a_gain_that_was_set_in_silence_is_there_from_the_first_sample() -> None:
    async def scene(port: WavPort) -> None:
        port.set_gain(0.5)
        await pause(0.1)
        await port.play(sound(0.1))
        await pause(0.2)

    speaker = played(scene)
    assert set(speaker[np.flatnonzero(speaker)].tolist()) == {0.25}


def test_blocks_of_any_length_join_without_a_seam() -> None:
    chance = np.random.default_rng(1)
    whole = chance.uniform(-0.5, 0.5, RATE // 2).astype(np.float32)

    async def scene(port: WavPort) -> None:
        for block in np.split(whole, np.sort(chance.integers(0, len(whole), 40))):
            await port.play(AudioFrame(block, RATE, 0))
        await pause(1)

    speaker = played(scene)[round(NEXT * RATE) :]
    np.testing.assert_array_equal(speaker[: len(whole)], whole)


def test_nothing_is_heard_before_it_is_opened_or_after_it_is_closed() -> None:
    port = WavPort()
    assert port.now() == 0.0
    assert port.speaker().size == 0
    assert port.heard().samples == 0
    assert set(port.counters().values()) == {0}


def test_the_silent_port_swallows_at_once_and_counts_all() -> None:
    async def scene(port: WavPort) -> None:
        await pause(0.1)
        for _ in range(20):
            await port.play(sound(0.5))
        await pause(0.05)
        heard = port.heard()
        assert (heard.samples, heard.idle) == (10 * RATE, True)
        assert heard.started == pytest.approx(0.11)

    speaker = played(scene, SilentPort())
    assert not speaker.any()
    assert len(speaker) < RATE, "ten seconds of sound pass in the time it takes to hand them over"
