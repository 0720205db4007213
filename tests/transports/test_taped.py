"""A port in front of another: the same in all it does, and what passes is kept."""

import asyncio
import inspect

import numpy as np

from appliance.core.audio import CAPTURE_RATE, AudioFrame
from appliance.core.interfaces import AudioPort
from appliance.diagnosis.tape import Tape
from appliance.transports.taped import TapedPort
from appliance.transports.wavfile import WavPort
from tests.fakes import voice
from tests.virtual_time import run


def test_it_has_all_that_a_port_has() -> None:
    wanted = {name for name in vars(AudioPort) if not name.startswith("_")}
    assert wanted <= {name for name, _ in inspect.getmembers(TapedPort)} | {"playback_rate"}
    port: AudioPort = TapedPort(WavPort(), Tape(CAPTURE_RATE, 48_000))
    assert port.playback_rate == 48_000


def test_what_passes_is_kept_both_ways() -> None:
    async def story() -> None:
        inner, tape = WavPort(), Tape(CAPTURE_RATE, 48_000)
        port = TapedPort(inner, tape)
        inner.say(voice(0.5), 0.2)
        listening = asyncio.create_task(_listen(port))
        await port.play(AudioFrame(np.full(4800, 0.25, np.float32), 48_000, 0))
        await asyncio.sleep(1.0)
        assert port.heard() == inner.heard()
        assert port.now() == inner.now()
        inner.close()
        await listening
        assert np.abs(tape.microphone.sound()).max() > 0.2 * 32767
        assert len(tape.loudspeaker.sound()) == 4800

    run(story())


async def _listen(port: TapedPort) -> None:
    async for _ in port.frames():
        pass
