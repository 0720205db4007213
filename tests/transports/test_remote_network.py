"""What becomes of a reply when the network to somebody far away breaks, on virtual time."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import clock
from appliance.core.audio import AudioFrame
from appliance.transports.remote import RemotePort
from tests.transports.far_page import BLOCK, DELAY_S, FADE, PACKET, Page, counting, played
from tests.transports.port_conformance import RATE, pause, sound
from tests.virtual_time import run


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
