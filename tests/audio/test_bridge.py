"""The audio process on a private sound server: what it hears and plays, and every way to lose it."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from appliance.audio.bridge import Bridge
from appliance.audio.device import Way
from appliance.audio.memory import CAPTURE_BASE, CAPTURE_LOGGED, CAPTURE_WRITTEN, LOST, OVERRUNS
from appliance.audio.ring import CaptureReader
from appliance.audio.settings import AudioSettings
from appliance.audio.side import STARTING
from appliance.core.audio import Samples
from appliance.core.resample import PeriodResampler
from tests.virtual_sound import MICROPHONE, VirtualSound, needs_sound

pytestmark = [pytest.mark.sound, needs_sound]


async def until(bridge: Bridge, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await bridge.news()


def run(test: Callable[[Bridge], Awaitable[None]], settings: AudioSettings | None = None) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            bridge = Bridge(settings or AudioSettings())
            await bridge.open()
            try:
                await test(bridge)
            finally:
                await bridge.close()

    asyncio.run(bounded())


def audio_process(way: Way = Way.IN) -> psutil.Process:
    children = psutil.Process().children()
    return next(child for child in children if {"appliance.audio.realtime", way} <= set(child.cmdline()))


def captured(reader: CaptureReader) -> Samples:
    frames = iter(lambda: reader.read(16_000), None)
    return np.concatenate([frame.samples for frame in frames])


def test_a_wav_file_is_heard_sample_for_sample(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    spoken = np.asarray(0.2 * chance.standard_normal(48_000), np.float32)
    soundfile.write(tmp_path / "spoken.wav", spoken, 48_000, subtype="FLOAT")

    async def story(bridge: Bridge) -> None:
        reader = CaptureReader(bridge.memory)
        await until(bridge, lambda: bridge.memory.whole[CAPTURE_LOGGED] > 0)
        for _ in range(3):  # another try when the machine itself stumbled, which is counted
            losses = bridge.memory.whole[OVERRUNS]
            await asyncio.to_thread(virtual_sound.speak, tmp_path / "spoken.wav")
            await until(bridge, settled(bridge, 20))
            heard = captured(reader)
            if losses == bridge.memory.whole[OVERRUNS]:
                break
        assert fidelity_db(heard, spoken) > 90

    run(story)


def settled(bridge: Bridge, periods: int) -> Callable[[], bool]:
    target = bridge.memory.whole[CAPTURE_LOGGED] + periods
    return lambda: bridge.memory.whole[CAPTURE_LOGGED] >= target


def fidelity_db(heard: Samples, spoken: Samples) -> float:
    """Signal to error of `heard`, at 16 kHz, against what our own filter makes of `spoken` at 48 kHz."""
    return max(_fidelity_db(heard, np.concatenate([np.zeros(phase), spoken])) for phase in range(3))


def _fidelity_db(heard: Samples, spoken: Samples) -> float:
    whole = np.zeros(-(-(len(spoken) + 960) // 480) * 480, np.float32)
    whole[: len(spoken)] = spoken
    resampler = PeriodResampler(48_000, 16_000, 480)
    expected = np.concatenate([resampler.process(block) for block in whole.reshape(-1, 480)])
    if len(heard) < len(expected):
        return 0.0
    place = int(np.argmax(np.correlate(heard, expected, "valid")))
    error = heard[place : place + len(expected)] - expected
    return float(10 * np.log10(np.sum(expected**2) / (np.sum(error**2) + 1e-20)))


def test_a_killed_process_is_replaced_and_the_audio_clock_goes_on(virtual_sound: VirtualSound) -> None:
    async def story(bridge: Bridge) -> None:
        await until(bridge, lambda: bridge.memory.whole[CAPTURE_LOGGED] > 0)
        first = audio_process()
        first.kill()
        await until(bridge, lambda: not bridge.status.alive)
        assert bridge.status.microphone.line == "The audio process was killed by signal 9"
        assert bridge.status.loudspeaker.alive
        before = bridge.memory.whole[CAPTURE_WRITTEN]
        await until(bridge, lambda: bridge.status.alive)
        await until(bridge, lambda: bridge.memory.whole[CAPTURE_WRITTEN] > before)
        assert audio_process().pid != first.pid
        assert bridge.memory.whole[CAPTURE_BASE] - before > 0.2 * 16_000
        assert bridge.memory.whole[LOST] == 0

    run(story)


def test_a_frozen_process_is_replaced(virtual_sound: VirtualSound) -> None:
    async def story(bridge: Bridge) -> None:
        first = audio_process()
        first.send_signal(signal.SIGSTOP)
        await until(bridge, lambda: not bridge.status.alive)
        assert bridge.status.microphone.line == "The sound device stopped calling for sound"
        await until(bridge, lambda: bridge.status.alive)
        assert not first.is_running()

    run(story)


def test_a_sound_server_that_dies_is_waited_for(virtual_sound: VirtualSound) -> None:
    async def story(bridge: Bridge) -> None:
        virtual_sound.stop()
        await until(bridge, lambda: not bridge.status.alive)
        await asyncio.to_thread(virtual_sound.start)
        await until(bridge, lambda: bridge.status.alive)

    run(story)


def test_a_missing_device_is_said_once_and_looked_for_again(
    virtual_sound: VirtualSound, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(bridge: Bridge) -> None:
        assert bridge.status.microphone.gone
        assert "No input device called 'no such thing'" in bridge.status.microphone.line
        assert f"'{MICROPHONE}'" in bridge.status.microphone.line
        for _ in range(100):
            await bridge.news()

    with caplog.at_level(logging.INFO, logger="appliance.audio.bridge"):
        run(story, AudioSettings(microphone="no such thing"))
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


def test_a_port_can_be_closed_while_it_is_starting(virtual_sound: VirtualSound) -> None:
    async def story() -> None:
        bridge = Bridge(AudioSettings())
        opening = asyncio.create_task(bridge.open())
        await asyncio.sleep(0)
        await bridge.close()
        opening.cancel()
        assert bridge.status.microphone is STARTING

    asyncio.run(story())


def test_whoever_asks_a_closed_bridge_for_news_is_not_kept_waiting(virtual_sound: VirtualSound) -> None:
    async def story() -> None:
        bridge = Bridge(AudioSettings())
        await bridge.open()
        assert await bridge.news()
        await bridge.close()
        assert not await bridge.news()

    asyncio.run(story())


PARENT = """
import asyncio, psutil
from appliance.audio.bridge import Bridge
from appliance.audio.settings import AudioSettings

async def main():
    await Bridge(AudioSettings()).open()
    print(*(child.pid for child in psutil.Process().children() if "input" in child.cmdline()), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_process_dies_with_its_parent(virtual_sound: VirtualSound) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=os.environ)
    assert parent.stdout is not None
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([child], timeout=10)[0]
