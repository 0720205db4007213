"""Whose sound is in the loudspeaker, on a file port and virtual time."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.interfaces import Heard
from appliance.pipeline.loudspeaker import DUCKED_GAIN, HELD_S, LOUDNESS, SETTLE_S, Loudspeaker, Playout
from appliance.transports.wavfile import WavPort
from tests.virtual_time import run

RATE = 48_000


def sound(seconds: float, level: float = 0.5) -> Samples:
    return np.full(round(seconds * RATE), level, np.float32)


@asynccontextmanager
async def playing(port: WavPort, loudspeaker: Loudspeaker) -> AsyncIterator[None]:
    """The port runs, and the loudspeaker is asked every period, as a session does."""

    async def listen() -> None:
        async for _ in port.frames():
            loudspeaker.tick()

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()


def at_the_port(scene: Callable[[WavPort, Loudspeaker], Awaitable[None]]) -> Samples:
    """Play a scene; returns what was heard."""

    async def main() -> Samples:
        port = WavPort()
        loudspeaker = Loudspeaker(port)
        async with playing(port, loudspeaker):
            await scene(port, loudspeaker)
        return port.speaker()

    return run(main())


async def pause(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def test_a_playout_knows_what_of_it_was_heard_and_when_it_is_over() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        assert playout.silent
        await playout.play(sound(0.3))
        await pause(0.105)
        assert playout.heard(port.heard()) == 0.1 * RATE
        assert not playout.finished(port.heard())
        await pause(0.3)
        assert playout.heard(port.heard()) == 0.3 * RATE
        assert not playout.finished(port.heard()), "more may come"
        playout.seal()
        assert playout.finished(port.heard())

    at_the_port(scene)


def test_each_playout_counts_its_own() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        first, second = await loudspeaker.open(), None
        await first.play(sound(0.2))
        second = await loudspeaker.open()
        await second.play(sound(0.2))
        await pause(0.305)
        assert first.heard(port.heard()) == 0.2 * RATE
        assert second.heard(port.heard()) == 0.1 * RATE

    at_the_port(scene)


def test_after_a_hush_nothing_gets_in_and_nothing_more_is_counted() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        await playout.play(sound(0.5))
        await pause(0.1)
        loudspeaker.hush()
        await playout.play(sound(0.5))
        await pause(0.3)
        assert 0.1 * RATE <= playout.heard(port.heard()) <= 0.11 * RATE
        assert not playout.finished(port.heard())

    speaker = at_the_port(scene)
    assert not speaker[round(0.12 * RATE) :].any()


def test_a_frame_that_waits_for_room_while_it_is_hushed_was_never_queued() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        playing_on = asyncio.create_task(playout.play(sound(3.0)))
        await pause(0.5)
        loudspeaker.hush()
        await playing_on
        following = await loudspeaker.open()
        assert following.end == port.heard().samples, "the next one begins where this one was cut"

    at_the_port(scene)


def test_cancelling_leaves_a_true_count() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        talking = asyncio.create_task(playout.play(sound(5.0)))
        await pause(0.35)
        talking.cancel()
        playout.seal()
        await pause(3.0)
        assert playout.heard(port.heard()) == playout.end == port.heard().samples
        assert playout.finished(port.heard())

    at_the_port(scene)


def test_what_follows_a_hush_waits_until_the_count_is_final() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        first = await loudspeaker.open()
        await first.play(sound(0.5))
        await pause(0.1)
        loudspeaker.hush()
        second = await loudspeaker.open()
        final = port.heard()
        assert final.idle
        await second.play(sound(0.1))
        await pause(0.2)
        assert second.heard(port.heard()) == 0.1 * RATE
        assert first.heard(final) + second.heard(port.heard()) == port.heard().samples

    at_the_port(scene)


def test_what_is_prepared_is_heard_only_when_it_is_opened_and_then_whole() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = loudspeaker.prepare()
        assert playout.silent
        await playout.play(sound(0.2))
        await playout.play(sound(0.1))
        await pause(0.5)
        assert port.heard().samples == 0
        await loudspeaker.open(playout)
        await playout.play(sound(0.1))
        playout.seal()
        await pause(0.5)
        assert playout.heard(port.heard()) == playout.end == 0.4 * RATE
        assert playout.finished(port.heard())

    speaker = at_the_port(scene)
    assert np.flatnonzero(speaker).tolist() == list(range(round(0.51 * RATE), round(0.91 * RATE)))


def test_what_is_prepared_in_vain_is_never_heard() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        vain = loudspeaker.prepare()
        await vain.play(sound(0.2))
        vain.seal()
        assert not vain.finished(port.heard())
        other = await loudspeaker.open()
        await other.play(sound(0.1, 0.25))
        await pause(0.5)
        assert vain.heard(port.heard()) == 0

    assert set(at_the_port(scene).tolist()) == {0.0, 0.25}


def test_more_than_a_clause_is_prepared_only_once_it_is_wanted() -> None:
    async def scene(_: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = loudspeaker.prepare()
        await playout.play(sound(HELD_S))
        waiting = [asyncio.create_task(playout.play(sound(0.1))), asyncio.create_task(playout.wanted())]
        await pause(60)
        assert not any(task.done() for task in waiting)
        opening = asyncio.create_task(loudspeaker.open(playout))
        await pause(HELD_S)
        assert all(task.done() for task in [opening, *waiting])

    at_the_port(scene)


def test_ducked_it_waits_at_the_end_of_the_word_and_goes_on_from_there() -> None:
    ramp = np.linspace(0.2, 0.4, RATE, dtype=np.float32)

    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        await playout.play(ramp)
        await pause(0.2)
        loudspeaker.duck(round(0.3 * RATE))
        await pause(0.5)
        assert playout.heard(port.heard()) == round(0.3 * RATE)
        assert not port.heard().idle
        loudspeaker.unduck()
        await pause(1.0)
        assert playout.heard(port.heard()) == RATE

    speaker = at_the_port(scene)
    ducked = speaker[round(0.24 * RATE) : round(0.3 * RATE)]
    np.testing.assert_allclose(ducked, DUCKED_GAIN * ramp[round(0.23 * RATE) : round(0.29 * RATE)], atol=1e-6)
    assert not speaker[round(0.32 * RATE) : round(0.7 * RATE)].any()
    np.testing.assert_allclose(speaker[round(0.75 * RATE) : round(1.4 * RATE)][-1], ramp[-1], atol=0.01)


def test_a_device_that_is_gone_is_not_waited_for() -> None:
    async def main() -> float:
        loudspeaker = Loudspeaker(_Gone())
        await loudspeaker.open()
        loudspeaker.hush()
        start = clock.now()
        await loudspeaker.settle()
        await loudspeaker.settle()
        return clock.now() - start

    assert run(main()) == pytest.approx(SETTLE_S)


class _Gone(WavPort):
    """A port that never becomes idle again."""

    def heard(self) -> Heard:
        return Heard(7, 0.0, idle=False)


def test_no_frame_is_longer_than_a_tenth_of_a_second() -> None:
    class Counting(WavPort):
        longest = 0

        async def play(self, frame: object) -> None:
            self.longest = max(self.longest, len(frame.samples))  # type: ignore[attr-defined]  # an AudioFrame

    async def main() -> int:
        port = Counting()
        playout = Playout(port)
        await playout.begin(0)
        await playout.play(sound(1.234))
        return port.longest

    assert run(main()) == RATE // 10


def test_an_aside_is_heard_in_the_midst_of_a_reply_and_is_none_of_it() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        await playout.play(sound(0.1, 0.1))
        await pause(0.3)
        assert playout.heard(port.heard()) == 4800
        await playout.aside(sound(0.2))
        await playout.play(sound(0.1, 0.1))
        playout.seal()
        assert (playout.at(4800), playout.at(4801), playout.end) == (4800, 4801 + 9600, 19_200)
        await pause(0.1)
        assert playout.heard(port.heard()) == 4800, "so far only the aside is heard"
        await pause(0.15)
        assert 4800 < playout.heard(port.heard()) < 9600
        assert not playout.finished(port.heard())
        await pause(0.2)
        assert playout.heard(port.heard()) == 9600
        assert playout.finished(port.heard())

    at_the_port(scene)


def test_what_comes_behind_a_recording_is_not_heard_in_its_midst_however_long_that_is() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        saying = asyncio.create_task(loudspeaker.say(sound(2.5, 0.2)))
        await pause(0.1)
        playout = await loudspeaker.open()
        await playout.play(sound(0.5, 0.4))
        await saying
        await pause(3.5)

    heard = at_the_port(scene)
    quiet, loud = np.flatnonzero(np.isclose(heard, 0.2)), np.flatnonzero(np.isclose(heard, 0.4))
    assert len(quiet) > 2.4 * RATE
    assert loud[0] > quiet[-1]


def test_a_recording_is_hushed_in_its_midst() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        saying = asyncio.create_task(loudspeaker.say(sound(2.5, 0.2)))
        await pause(0.5)
        loudspeaker.hush()
        await saying
        await (await loudspeaker.open()).play(sound(0.2, 0.4))
        await pause(1.0)

    heard = at_the_port(scene)
    assert np.isclose(heard, 0.2).sum() < 0.6 * RATE
    assert np.isclose(heard, 0.4).sum() > 0.15 * RATE


def test_an_interjection_is_heard_in_the_midst_of_what_goes_on_and_else_for_itself() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        await loudspeaker.interject(sound(0.2, 0.2))
        playout = await loudspeaker.open()
        await playout.play(sound(0.2, 0.4))
        await pause(1.0)
        await loudspeaker.interject(sound(0.2, 0.3))
        await playout.play(sound(0.2, 0.4))
        playout.seal()
        await pause(1.0)
        assert playout.heard(port.heard()) == 2 * 0.2 * RATE
        assert playout.finished(port.heard())

    heard = at_the_port(scene)
    stretches = [round(float(level), 1) for level in heard[:: RATE // 100]]
    order = [level for level, _ in itertools.groupby(level for level in stretches if level)]
    assert order == [0.2, 0.4, 0.3, 0.4]


def test_the_volume_holds_for_all_that_plays_and_ducking_is_relative_to_it() -> None:
    async def scene(port: WavPort, loudspeaker: Loudspeaker) -> None:
        playout = await loudspeaker.open()
        await playout.play(sound(1.0))
        await pause(0.2)
        loudspeaker.set_volume(50)
        await pause(0.2)
        loudspeaker.duck(RATE)
        await pause(0.2)
        loudspeaker.set_volume(0)
        await pause(0.2)
        loudspeaker.unduck()
        loudspeaker.set_volume(250)
        assert loudspeaker.volume == 100
        await pause(0.4)

    heard = at_the_port(scene)
    levels = [float(np.abs(heard[round((at + 0.1) * RATE)])) for at in (0.0, 0.2, 0.4, 0.6, 0.8)]
    half = 0.5**LOUDNESS
    assert levels == pytest.approx([0.5, 0.5 * half, 0.5 * half * DUCKED_GAIN, 0.0, 0.5], abs=0.01)
