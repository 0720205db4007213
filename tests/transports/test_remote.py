"""What the port for somebody on the network plays, on virtual time: the network itself is a few lines of this file."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.gate import FADE_MS
from appliance.core.interfaces import AudioPort
from appliance.transports.remote import RemotePort, RemoteSettings
from appliance.transports.remote_loudspeaker import QUEUE_S
from tests.virtual_time import run

RATE = 48_000
BLOCK = RATE // 50
PACKET = CAPTURE_RATE // 50
DELAY_S = 0.1
FADE = RATE * FADE_MS // 1000
STEP = 0.51 / 48
"""The largest step between samples of 0.5 that are faded within 5 ms, or glide within 10."""


def sound(seconds: float, level: float = 0.5) -> AudioFrame:
    return AudioFrame(np.full(round(seconds * RATE), level, np.float32), RATE, 0)


def counting(seconds: float) -> AudioFrame:
    """Sound of which every sample tells its place."""
    count = round(seconds * RATE)
    return AudioFrame(np.linspace(0.25, 0.75, count, dtype=np.float32), RATE, 0)


async def pause(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


class Page:
    """A page that hears and speaks, and a network that may break."""

    def __init__(self, port: RemotePort) -> None:
        self.port = port
        self.linked = True
        """Whether packets get through, in both directions."""
        self.carried = True
        """Whether the box pulls at all."""
        self.heard: list[Samples] = []
        """What got through, or silence in its place."""
        self.pulled: list[Samples] = []

    def tick(self) -> None:
        """20 ms of both directions."""
        if self.linked:
            self.port.capture(np.full(PACKET, 0.1, np.float32))
        if self.carried:
            block = self.port.pull(BLOCK)
            self.pulled.append(block)
            self.heard.append(block if self.linked else np.zeros_like(block))

    async def live(self) -> None:
        due = clock.now()
        while True:
            self.tick()
            due += 0.02
            await clock.sleep_until(due)

    def speaker(self) -> Samples:
        return np.concatenate([np.empty(0, np.float32), *self.heard])


def played(scene: Callable[[Page, RemotePort], Awaitable[None]]) -> Samples:
    """What a page hears while a scene lasts."""

    async def main() -> Samples:
        port = RemotePort(RemoteSettings(delay_ms=DELAY_S * 1000))
        page = Page(port)
        port.attach()
        living = asyncio.create_task(page.live())
        await pause(0.011)  # between two blocks
        await scene(page, port)
        living.cancel()
        port.close()
        return page.speaker()

    return run(main())


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


def test_a_cancelled_play_has_queued_nothing() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(QUEUE_S))
        waiting = asyncio.create_task(port.play(sound(0.5)))
        await pause(0)
        waiting.cancel()
        await pause(3)
        assert port.heard().samples == QUEUE_S * RATE

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


def test_a_stop_ends_a_hold_and_drops_what_it_held() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        port.hold(round(0.1 * RATE))
        await port.play(sound(0.5))
        await pause(0.5)
        port.stop()
        await port.play(sound(0.2))
        await pause(0.5)
        assert port.heard().samples == round(0.3 * RATE)

    played(scene)


@given(st.lists(st.tuples(st.floats(0, 0.1), st.one_of(st.none(), st.integers(0, RATE // 2))), max_size=8))
def test_over_any_holds_each_sample_is_heard_once_and_without_a_click(
    holds: list[tuple[float, int | None]],
) -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(0.5, 1.0))
        await pause(0.02)
        for seconds, at in holds:
            port.hold(at)
            await pause(seconds)
        port.hold(None)
        await pause(1.0)
        assert port.heard().samples == RATE // 2

    speaker = played(scene)
    heard = np.flatnonzero(speaker)
    assert np.abs(np.diff(speaker[heard[0] : heard[-1]])).max() < 1.01 / FADE


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


def test_in_a_hole_of_the_network_it_waits_and_goes_on_from_the_last_sample_that_was_heard() -> None:
    frame = counting(3.0)

    async def scene(page: Page, port: RemotePort) -> None:
        talking = asyncio.create_task(_in_pieces(port, frame))
        await pause(0.5)
        before = port.heard().samples
        page.linked = False
        await pause(5.0)
        during = port.heard()
        assert (during.samples, during.idle) == (before, False)
        page.linked = True
        await pause(4.0)
        await talking
        assert (port.heard().samples, port.heard().idle) == (3 * RATE, True)

    speaker = played(scene)
    sounding = np.flatnonzero(speaker)
    (gap,) = np.flatnonzero(np.diff(sounding) > 1)
    broke, resumed = place(speaker[sounding[gap]]), place(speaker[sounding[gap + 1] + FADE]) - FADE
    # What the loudspeaker had not played yet when the network broke is given away once more.
    assert broke - resumed == pytest.approx(DELAY_S * RATE, abs=BLOCK)
    assert place(speaker[sounding[-1]]) == 3 * RATE - 1
    assert len(sounding) == 3 * RATE + broke - resumed + 1, "each of the others is heard once"


def place(sample: float) -> int:
    """Which of the samples of `counting(3.0)` this is."""
    return round((float(sample) - 0.25) / 0.5 * (3 * RATE - 1))


def test_a_page_that_flushes_is_told_when_playing_goes_back_and_once_only() -> None:
    flushes: list[float] = []

    async def scene(page: Page, port: RemotePort) -> None:
        port.on_flush = lambda: flushes.append(clock.now())
        await port.play(sound(1.0))
        await pause(0.5)
        page.linked = False
        await pause(2.0)
        assert len(flushes) == 1
        page.linked = True
        await pause(2.0)
        assert port.heard().samples == RATE
        page.linked = False
        await pause(2.0)

    played(scene)
    assert len(flushes) == 1, "in silence there is nothing to go back to"


async def _in_pieces(port: RemotePort, frame: AudioFrame) -> None:
    for first in range(0, len(frame.samples), RATE // 10):
        await port.play(AudioFrame(frame.samples[first : first + RATE // 10], RATE, first))


def test_without_a_connection_nothing_is_lost_or_repeated() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        talking = asyncio.create_task(_in_pieces(port, counting(2.0)))
        await pause(0.5)
        heard = port.heard().samples
        port.detach()
        page.carried = page.linked = False
        await pause(30.0)
        assert (port.heard().samples, port.heard().idle) == (heard, False)
        assert not talking.done(), "the queue is full and waits"
        port.attach()
        page.carried = page.linked = True
        await pause(3.0)
        await talking
        assert (port.heard().samples, port.heard().idle) == (2 * RATE, True)
        assert port.counters()["underruns"] == 0

    played(scene)


def test_nobody_gets_anything_before_a_connection_or_before_the_first_sound() -> None:
    async def main() -> None:
        port = RemotePort()
        await port.play(sound(0.5))
        assert not port.pull(BLOCK).any()
        port.attach()
        assert not port.pull(BLOCK).any()
        port.capture(np.full(PACKET, 0.5, np.float32))
        assert port.pull(BLOCK).any()
        port.detach()
        assert not port.pull(BLOCK).any()
        assert port.heard().samples == 0

    run(main())


def test_a_connection_that_was_replaced_cannot_detach_the_new_one() -> None:
    async def main() -> None:
        port, old, new = RemotePort(), object(), object()
        port.attach(old)
        port.attach(new)
        port.detach(old)
        assert port.carrier is new
        port.detach(new)
        assert port.carrier is None

    run(main())


def test_a_reply_stopped_in_a_hole_of_the_network_is_over_and_the_next_one_is_counted_right() -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        await port.play(sound(1.0))
        await pause(0.5)
        page.linked = False
        await pause(0.3)
        port.stop()
        await pause(1.0)
        heard = port.heard()
        assert heard.idle
        await port.play(sound(0.5))
        page.linked = True
        await pause(1.0)
        assert port.heard().samples == heard.samples + RATE // 2
        assert port.heard().started > heard.started

    played(scene)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["link", "carry", "play", "stop", "hold", "go on", "flush"]), st.floats(0.0, 1.0)
        ),
        max_size=20,
    )
)
def test_whatever_happens_the_count_only_grows_and_never_beyond_what_was_played(
    acts: list[tuple[str, float]],
) -> None:
    async def scene(page: Page, port: RemotePort) -> None:
        total, before = 0, 0
        for act, seconds in acts:
            if act == "link":
                page.linked = not page.linked
            elif act == "carry":
                page.carried = not page.carried
                (port.attach if page.carried else port.detach)()
            elif act == "play" and total - port.heard().samples < RATE // 2:
                await asyncio.wait_for(port.play(sound(0.3)), 0.1)
                total += round(0.3 * RATE)
            elif act == "flush":
                port.on_flush = lambda: None
            elif act == "stop":
                port.stop()
            else:
                port.hold(None if act == "go on" else before)
            await pause(seconds)
            heard = port.heard()
            assert before <= heard.samples <= total
            before = heard.samples
        page.linked = page.carried = True
        port.attach()
        port.hold(None)
        await pause(3.0)
        assert port.heard().idle

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
