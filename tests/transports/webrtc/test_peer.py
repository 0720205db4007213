"""A peer and a page in one process, over the machine's own addresses."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.core.errors import ConfigError
from appliance.transports.webrtc.offer import OfferError
from appliance.transports.webrtc.peer import Peer
from appliance.transports.webrtc.settings import WebRtcSettings
from tests.transports.webrtc.page import Box, Page, call, until

T = TypeVar("T")


def run(test: Coroutine[object, object, T]) -> T:
    """On a real loop; fails if anything is left running."""

    async def alone() -> T:
        async with asyncio.timeout(60):
            result = await test
        own = asyncio.current_task()
        await until(lambda: asyncio.all_tasks() == {own})
        return result

    return asyncio.run(alone())


def pitch(sound: Samples, rate: int) -> float:
    """Hz of the strongest tone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
    return float(spectrum.argmax() * rate / (1 << 17))


def sine(hertz: float, seconds: float) -> AudioFrame:
    moments = np.arange(round(seconds * 48_000)) / 48_000
    return AudioFrame((0.5 * np.sin(2 * np.pi * hertz * moments)).astype(np.float32), 48_000, 0)


async def listen(box: Box, seconds: float) -> list[AudioFrame]:
    frames: list[AudioFrame] = []
    async for frame in box.port.frames():
        frames.append(frame)
        if frame.end - frames[0].start >= seconds * 16_000:
            break
    return frames


def test_what_the_page_says_arrives() -> None:
    async def story() -> list[AudioFrame]:
        box, page = Box(), Page(440.0)
        async with call(box, page):
            return await listen(box, 1.5)

    frames = run(story())
    sound = np.concatenate([frame.samples for frame in frames])[-16_000:]
    assert pitch(sound, 16_000) == pytest.approx(440.0, abs=2.0)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_what_the_box_says_arrives_and_is_counted_as_heard() -> None:
    async def story() -> tuple[Samples, int]:
        box, page = Box(), Page()
        async with call(box, page):
            for _ in range(10):
                await box.port.play(sine(1000.0, 0.1))
            await until(lambda: box.port.heard().idle)
            await until(lambda: page.level() < 0.001)
            return np.concatenate(page.heard), box.port.heard().samples

    sound, heard = run(story())
    assert heard == 48_000
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    said = sound[loud[0] : loud[-1]]
    assert len(said) > 43_000
    assert pitch(said, 48_000) == pytest.approx(1000.0, abs=2.0)
    assert np.sqrt(np.mean(said**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_a_stop_is_silence_at_the_far_end() -> None:
    async def story() -> None:
        box, page = Box(), Page()
        async with call(box, page):
            await box.port.play(sine(1000.0, 1.9))
            await until(lambda: page.level() > 0.2)
            box.port.stop()
            await until(lambda: page.level() < 0.001)
            await until(lambda: box.port.heard().idle)
            assert box.port.heard().samples < 1.9 * 48_000

    run(story())


def test_texts_go_both_ways_in_order() -> None:
    async def story() -> tuple[list[str], list[str]]:
        box, page = Box(), Page()
        box.peer.send("before anything is open")
        async with call(box, page):
            for number in range(20):
                box.peer.send(f"down {number}")
            await until(lambda: len(page.read) == 21)
            for number in range(20):
                page.channel.send(f"up {number}")
            page.channel.send(b"no text")
            await until(lambda: len(box.messages) == 20)
        return page.read, box.messages

    down, up = run(story())
    assert down == ["before anything is open", *(f"down {number}" for number in range(20))]
    assert up == [f"up {number}" for number in range(20)]


def test_other_channels_are_closed() -> None:
    async def story() -> None:
        box, page = Box(), Page()
        other = page.connection.createDataChannel("other")
        async with call(box, page):
            await until(lambda: other.readyState == "closed")
            page.channel.send("still there")
            await until(lambda: box.messages)

    run(story())


def test_a_page_that_leaves_is_lost_once_and_the_port_is_free() -> None:
    async def story() -> list[str]:
        box, page, carriers = Box(), Page(), list[object]()
        async with call(box, page):
            carriers.append(box.port.carrier)
            await page.close()
            await until(lambda: box.losses)
            carriers.append(box.port.carrier)
        assert carriers == [box.peer, None]
        return box.losses

    assert len(run(story())) == 1


def test_a_page_that_comes_back_goes_on_with_the_same_port() -> None:
    async def story() -> tuple[Samples, Box]:
        first, old = Box(), Page()
        async with call(first, old):
            playing = asyncio.create_task(_say(first, 3.0))
            await until(lambda: first.port.heard().samples > 24_000)
            second, new = Box(port=first.port), Page()
            async with call(second, new):
                assert first.port.carrier is second.peer
                await first.peer.close()
                assert first.port.carrier is second.peer
                await playing
                await until(lambda: first.port.heard().idle)
                assert first.port.heard().samples == 3 * 48_000
                return np.concatenate(new.heard), first

    sound, first = run(story())
    assert pitch(sound, 48_000) == pytest.approx(1000.0, abs=2.0)
    assert first.losses == [], "whoever is closed knows it"


async def _say(box: Box, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        await box.port.play(sine(1000.0, 0.1))


def test_whoever_does_not_come_is_given_up() -> None:
    async def story() -> list[str]:
        box, page = Box(WebRtcSettings(connect_s=1.0)), Page()
        await box.peer.answer(await page.offer())
        await until(lambda: box.losses)
        await page.close()
        return box.losses

    assert run(story()) == ["no connection within 1 s"]


def test_fifty_who_do_not_come_leave_nothing_behind() -> None:
    async def story() -> None:
        boxes = [Box() for _ in range(50)]
        page = Page()
        offer = await page.offer()
        for box in boxes:
            await box.peer.answer(offer)
        await page.close()
        await asyncio.gather(*(box.peer.close() for box in boxes))
        assert not any(box.losses for box in boxes)

    run(story())


def test_an_answer_asks_for_packets_that_repair_and_offers_nothing_but_hosts() -> None:
    async def story() -> str:
        box, page = Box(), Page()
        answer = await box.peer.answer(await page.offer())
        await page.close()
        await box.peer.close()
        return answer

    answer = run(story())
    assert "useinbandfec=1" in answer
    assert answer.count("m=") == 2
    assert "PCMU" not in answer
    candidates = [line for line in answer.splitlines() if line.startswith("a=candidate")]
    assert candidates
    assert all(" typ host" in line for line in candidates)


def test_without_any_other_address_the_loopback_address_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    # An unplugged box: nothing of our own is replaced, only what the machine would say.
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [])

    async def story() -> None:
        box, page = Box(), Page()
        answer = await box.peer.answer(await page.offer())
        await page.close()
        await box.peer.close()
        assert " 127.0.0.1 " in answer

    run(story())


def test_a_peer_answers_once_and_a_closed_one_never() -> None:
    async def story() -> None:
        page = Page()
        offer = await page.offer()
        await page.close()
        box = Box()
        await box.peer.answer(offer)
        with pytest.raises(RuntimeError):
            await box.peer.answer(offer)
        await box.peer.close()
        await box.peer.close()
        closed = Box()
        await closed.peer.close()
        closed.peer.send("nobody reads this")
        with pytest.raises(RuntimeError):
            await closed.peer.answer(offer)

    run(story())


def test_a_bad_offer_closes_the_peer() -> None:
    async def story() -> Peer:
        box = Box()
        with pytest.raises(OfferError):
            await box.peer.answer("v=0")
        return box.peer

    run(story())


def test_a_page_that_vanishes_without_a_word_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Six failures 5 s apart are as RFC 7675 wants them; nobody should wait for that here.
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.05)
    monkeypatch.setattr("aioice.ice.CONSENT_FAILURES", 2)

    async def story() -> list[str]:
        box, page = Box(), Page()
        async with call(box, page):
            page.weather(loss=1.0)
            await until(lambda: box.losses)
        return box.losses

    assert run(story()) == ["the network between the page and the box is gone"]


def test_while_the_page_is_silent_playing_waits_for_it() -> None:
    async def story() -> None:
        box, page = Box(), Page()
        async with call(box, page):
            await box.port.play(sine(1000.0, 1.9))
            await until(lambda: box.port.heard().samples > 4800)
            page.weather(loss=1.0)
            await clock.sleep_until(clock.now() + 1.5)
            before = box.port.heard()
            assert not before.idle
            page.weather()
            await until(lambda: box.port.heard().idle)
            assert box.port.heard().samples == 1.9 * 48_000

    run(story())


def test_in_bad_weather_the_page_is_still_heard() -> None:
    async def story() -> tuple[list[AudioFrame], Box]:
        box, page = Box(), Page(440.0)
        async with call(box, page):
            page.weather(loss=0.1, jitter_s=0.06)
            return await listen(box, 3.0), box

    frames, box = run(story())
    counters = box.peer.counters()
    assert counters["concealed"] > 0
    assert 1 <= counters["depth"] <= 5
    sound = np.concatenate([frame.samples for frame in frames])[-32_000:]
    assert pitch(sound, 16_000) == pytest.approx(440.0, abs=2.0)
    assert np.sqrt(np.mean(sound**2)) > 0.2


@pytest.mark.parametrize(
    "settings",
    [WebRtcSettings(stun="http://somewhere"), WebRtcSettings(turn="stun:a"), WebRtcSettings(stun="stun:")],
)
def test_a_server_that_is_none_is_told(settings: WebRtcSettings) -> None:
    async def story() -> None:
        box, page = Box(settings), Page()
        with pytest.raises(ConfigError, match="no address of a"):
            await box.peer.answer(await page.offer())
        await page.close()
        await box.peer.close()

    run(story())
