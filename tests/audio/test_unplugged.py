"""Devices that are really plugged and pulled: what becomes of sound. `scripts/unplug.py` measures how soon."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from appliance.audio.bridge import Bridge
from appliance.audio.memory import CAPTURE_WRITTEN, PLAYBACK_PERIODS
from appliance.audio.settings import AudioSettings
from appliance.transports.local import LocalPort
from tests.virtual_sound import FOREIGN, VirtualSound, needs_sound

pytestmark = [pytest.mark.sound, needs_sound]

Story = Callable[[Bridge, VirtualSound], Awaitable[None]]
NAMED = AudioSettings(microphone="mic", loudspeaker="spk")


@pytest.fixture(scope="module")
def bare_server() -> Iterator[VirtualSound]:
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder), bare=True)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def server(bare_server: VirtualSound, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualSound]:
    """A server without devices, to which this process' environment leads."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    for name, value in bare_server.variables.items():
        monkeypatch.setenv(name, value)
    yield bare_server
    for name in ("mic", "spk", "other"):
        bare_server.pull(name)


def run(story: Story, server: VirtualSound, settings: AudioSettings = NAMED) -> None:
    async def bounded() -> None:
        bridge = Bridge(settings)
        async with asyncio.timeout(100):
            await bridge.open()
            try:
                await story(bridge, server)
            finally:
                await bridge.close()

    asyncio.run(bounded())


async def until(bridge: Bridge, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await bridge.news()


async def flows(bridge: Bridge, *words: int) -> None:
    """Return when each of them has moved a good deal."""
    for word in words:
        enough = bridge.memory.whole[word] + (20 if word == PLAYBACK_PERIODS else 3200)
        await until(bridge, lambda: bridge.memory.whole[word] >= enough)  # noqa: B023 - awaited here


def test_devices_that_are_plugged_later_are_used(server: VirtualSound) -> None:
    async def story(bridge: Bridge, server: VirtualSound) -> None:
        assert bridge.status.microphone.gone
        assert bridge.status.loudspeaker.gone
        server.plug("microphone", "mic")
        await until(bridge, lambda: bridge.status.microphone.alive)
        assert bridge.status.loudspeaker.gone
        server.plug("loudspeaker", "spk")
        await until(bridge, lambda: bridge.status.chosen is not None)
        chosen = bridge.status.chosen
        assert chosen
        assert (chosen.microphone, chosen.loudspeaker) == ("mic", "spk")
        await flows(bridge, CAPTURE_WRITTEN, PLAYBACK_PERIODS)

    run(story, server)


@pytest.mark.parametrize(("name", "kind"), [("mic", "microphone"), ("spk", "loudspeaker")])
def test_one_is_pulled_and_the_other_goes_on(server: VirtualSound, name: str, kind: str) -> None:
    server.plug("microphone", "mic")
    server.plug("loudspeaker", "spk")

    async def story(bridge: Bridge, server: VirtualSound) -> None:
        await until(bridge, lambda: bridge.status.chosen is not None)
        server.pull(name)
        await until(bridge, lambda: getattr(bridge.status, kind).gone)
        await flows(bridge, PLAYBACK_PERIODS if name == "mic" else CAPTURE_WRITTEN)
        server.plug(kind, name, rate=44_100)
        await until(bridge, lambda: bridge.status.chosen is not None)
        await flows(bridge, CAPTURE_WRITTEN, PLAYBACK_PERIODS)

    run(story, server)


def test_pulled_twice_in_quick_succession(server: VirtualSound) -> None:
    server.plug("microphone", "mic")
    server.plug("loudspeaker", "spk")

    async def story(bridge: Bridge, server: VirtualSound) -> None:
        await until(bridge, lambda: bridge.status.chosen is not None)
        for _ in range(2):
            server.pull("mic")
            server.plug("microphone", "mic")
        await flows(bridge, CAPTURE_WRITTEN)
        await until(bridge, lambda: bridge.status.alive)

    run(story, server)


def test_the_default_is_followed_and_known_by_its_name(server: VirtualSound) -> None:
    server.plug("microphone", "mic")
    server.plug("loudspeaker", "spk")

    async def story(bridge: Bridge, server: VirtualSound) -> None:
        await until(bridge, lambda: bridge.status.chosen is not None)
        server.plug("microphone", "other")
        await asyncio.to_thread(server.listen_to, "other")
        await until(bridge, lambda: uses(bridge) == ("other", "spk"))
        await flows(bridge, CAPTURE_WRITTEN)
        server.pull("other")
        await until(bridge, lambda: uses(bridge) == ("mic", "spk"))
        await flows(bridge, CAPTURE_WRITTEN)

    run(story, server, AudioSettings())


def uses(bridge: Bridge) -> tuple[str, str] | None:
    chosen = bridge.status.chosen
    return (chosen.microphone, chosen.loudspeaker) if chosen else None


def test_another_microphone_does_not_take_the_place_of_the_one_that_is_named(server: VirtualSound) -> None:
    server.plug("microphone", "other")
    server.plug("loudspeaker", "spk")

    async def story(bridge: Bridge, server: VirtualSound) -> None:
        assert bridge.status.microphone.gone
        assert "'other'" in bridge.status.microphone.line
        server.plug("microphone", "mic")
        await until(bridge, lambda: uses(bridge) == ("mic", "spk"))

    run(story, server)


def test_without_a_microphone_the_port_is_silent_in_time(server: VirtualSound) -> None:
    server.plug("loudspeaker", "spk")

    async def story(bridge: Bridge, server: VirtualSound) -> None:
        port = LocalPort(bridge)
        frames = port.frames()
        seconds = 0.0
        while seconds < 0.5:
            frame = await anext(frames)
            assert not frame.samples.any()
            seconds = frame.end / frame.rate
        server.plug("microphone", "mic")
        while port.deaf:
            last = frame
            frame = await anext(frames)
            assert frame.start >= last.end

    run(story, server)
