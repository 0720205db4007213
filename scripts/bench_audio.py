"""Measures real-time audio on a private virtual sound card: cuts, duplex under load, idle cost, echo.

python scripts/bench_audio.py [--cuts 40] [--minutes 10] [--idle-s 30] [--echo-s 30] [--json FILE]
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from appliance.audio.bridge import Bridge
from appliance.audio.canceller import CancellerSettings, HybridCanceller
from appliance.audio.device import Way
from appliance.audio.echo_path import WAVE_S, wave
from appliance.audio.memory import LOST, AudioMemory
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.transports.local import LocalPort
from tests.virtual_sound import FOREIGN, MICROPHONE, MONITOR, VirtualSound

TONE_HZ = 400
"""Hz of what is played: periods of 120 samples at 48 kHz, 40 at 16 kHz, so that any second looks alike."""
AUDIBLE = 1e-4
"""-80 dBFS: below it the monitor counts as silent."""


def tone(seconds: float, rate: int) -> Samples:
    moments = np.arange(round(seconds * rate)) / rate
    return np.asarray(0.5 * np.sin(2 * np.pi * TONE_HZ * moments), np.float32)


class Listener:
    """Everything a port captures, kept for later."""

    def __init__(self, port: LocalPort) -> None:
        self.frames: list[AudioFrame] = []
        self._task = asyncio.create_task(self._listen(port))

    async def _listen(self, port: LocalPort) -> None:
        async for frame in port.frames():
            self.frames.append(frame)

    @property
    def gaps(self) -> int:
        ends = [frame.end for frame in self.frames[:-1]]
        return sum(frame.start - end for frame, end in zip(self.frames[1:], ends, strict=True))

    def last_sound(self, before: float) -> float:
        """Second on the audio clock at which the last audible sample before another second was captured."""
        for frame in reversed(self.frames):
            heard = np.nonzero(np.abs(frame.samples) > AUDIBLE)[0]
            if frame.start / CAPTURE_RATE < before and len(heard):
                return float(frame.start + heard[-1] + 1) / CAPTURE_RATE
        return 0.0


async def cuts(port: LocalPort, _memory: AudioMemory, number: int) -> dict[str, float]:
    """From `stop()` to silence at the loudspeaker, seen by the port's own microphone."""
    listener, chance, silent_ms = Listener(port), np.random.default_rng(1), []
    for _ in range(number):
        await port.play(AudioFrame(tone(1.2, 48_000), 48_000, 0))
        await asyncio.sleep(0.3 + chance.uniform(0, 0.05))
        decided = port.now()
        port.stop()
        await asyncio.sleep(0.3)
        silent_ms.append(1000 * (listener.last_sound(port.now()) - decided))
    p50, p95 = np.percentile(silent_ms, [50, 95])
    return {"cuts": number, "p50_ms": p50, "p95_ms": p95, "max_ms": max(silent_ms)}


async def duplex(port: LocalPort, memory: AudioMemory, seconds: float) -> dict[str, float]:
    """Play and record at once while every core is busy. What comes back must be what was sent."""
    listener = Listener(port)
    before, lost = port.counters(), memory.whole[LOST]
    with every_core_busy():
        for _ in range(round(seconds * 10)):
            await port.play(AudioFrame(tone(0.1, 48_000), 48_000, 0))
    await asyncio.sleep(2)  # longer than the queue
    counted = {name: count - before[name] for name, count in port.counters().items()}
    sound = np.concatenate([frame.samples for frame in listener.frames])
    return counted | {
        "seconds": seconds,
        "lost_samples": memory.whole[LOST] - lost,
        "captured_s": len(sound) / CAPTURE_RATE,
        "jumps_samples": listener.gaps,
        "damaged_ms": damaged_ms(sound),
    }


@contextlib.contextmanager
def every_core_busy() -> Iterator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def damaged_ms(sound: Samples) -> float:
    """How much of the tone, between its first and last second, is not the tone."""
    heard = np.nonzero(np.abs(sound) > AUDIBLE)[0]
    inner = sound[heard[0] + 200 : heard[-1] - 200]
    period = CAPTURE_RATE // TONE_HZ
    wrong = np.abs(inner[period:] - inner[:-period]) > 0.01
    blocks = wrong[: len(wrong) // 160 * 160].reshape(-1, 160).any(axis=1)
    return float(10 * blocks.sum())


async def idle(port: LocalPort, _memory: AudioMemory, seconds: float) -> dict[str, float]:
    """Per cent of one core while listening to silence."""
    listener = Listener(port)
    microphone, loudspeaker = audio_processes()
    processes = {"main": psutil.Process(), "microphone": microphone, "loudspeaker": loudspeaker}
    before = {name: cpu_s(process) for name, process in processes.items()}
    await asyncio.sleep(seconds)
    cost = {f"{name}_percent": 100 * (cpu_s(p) - before[name]) / seconds for name, p in processes.items()}
    memory = sum(process.memory_info().rss for process in (microphone, loudspeaker)) / 1e6
    return cost | {"seconds": seconds, "wakeups_per_s": len(listener.frames) / seconds, "rss_mb": memory}


async def echo(port: LocalPort, _memory: AudioMemory, seconds: float) -> dict[str, float]:
    """How much of itself the box still hears once it has learnt the room, and what that costs."""
    listener, before = Listener(port), cpu_s(psutil.Process())
    sound = wave(port.playback_rate)
    for _ in range(round(seconds / WAVE_S)):
        await port.play(AudioFrame(sound[: len(sound) // 2], port.playback_rate, 0))
        await port.play(AudioFrame(sound[len(sound) // 2 :], port.playback_rate, 0))
    cost = 100 * (cpu_s(psutil.Process()) - before) / seconds
    begun = [frame.start for frame in listener.frames if frame.echo and frame.echo.begun]
    learnt = [frame for frame in listener.frames if frame.start > begun[-1] + 5 * CAPTURE_RATE]
    tracks = [(frame.samples, frame.echo) for frame in learnt if frame.echo]
    heard, cleaned, guard = (
        float(10 * np.log10(np.mean(np.concatenate(track) ** 2) + 1e-12))
        for track in zip(*((echo.microphone, left, echo.guard) for left, echo in tracks), strict=True)
    )
    removed = {"cleaned_db": heard - cleaned, "guard_db": heard - guard}
    return {"seconds": seconds, "main_percent": cost, "begun": len(begun), "heard_dbfs": heard} | removed


def room() -> Samples:
    """The air between a loudspeaker and a microphone: 15 ms, 10 dB, and reverberation of 0.2 s (RT60)."""
    late = np.arange(4800)
    air = np.random.default_rng(1).standard_normal(len(late)) * 10.0 ** (-3 * late / 9600)
    air[0] = 12.0
    response = np.concatenate([np.zeros(720), 0.316 * air / np.sqrt((air**2).sum())])
    return np.asarray(response, np.float32)


def audio_processes() -> tuple[psutil.Process, psutil.Process]:
    """The microphone's and the loudspeaker's, among our children, which here include the sound servers."""
    found = {way: child for child in psutil.Process().children() for way in Way if serves(child, way)}
    return found[Way.IN], found[Way.OUT]


def serves(process: psutil.Process, way: Way) -> bool:
    """Whether this is the audio process of one way."""
    return {"appliance.audio.realtime", way} <= set(process.cmdline())


def cpu_s(process: psutil.Process) -> float:
    """Seconds of CPU, to the nanosecond: clock ticks are too coarse for an idle process."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


async def measure(options: argparse.Namespace, server: VirtualSound) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, node, mode, work in (
        ("stop", MONITOR, EchoMode.NONE, lambda *sound: cuts(*sound, options.cuts)),
        ("duplex", MONITOR, EchoMode.NONE, lambda *sound: duplex(*sound, options.minutes * 60)),
        ("idle", MICROPHONE, EchoMode.NONE, lambda *sound: idle(*sound, options.idle_s)),
        ("idle, software", MICROPHONE, EchoMode.SOFTWARE, lambda *sound: idle(*sound, options.idle_s)),
        ("echo", MICROPHONE, EchoMode.SOFTWARE, lambda *sound: echo(*sound, options.echo_s)),
    ):
        server.listen_to(node)
        bridge = Bridge(AudioSettings(latency_s=options.latency_s, echo=mode))
        port = LocalPort(bridge, partial(HybridCanceller, CancellerSettings()))
        with server.air(room()) if name == "echo" else contextlib.nullcontext():
            await port.open()
            results[name] = await work(port, bridge.memory)
            await port.close()
        for key, value in results[name].items():
            print(f"{name:14} {key:22} {value:12.2f}", flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cuts", type=int, default=40, help="interruptions to measure")
    parser.add_argument("--minutes", type=float, default=10, help="minutes of duplex under load")
    parser.add_argument("--idle-s", type=float, default=30, help="seconds of listening to silence")
    parser.add_argument("--echo-s", type=float, default=30, help="seconds of talking to itself")
    parser.add_argument("--latency-s", type=float, default=0.02, help="AudioSettings.latency_s")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder))
        try:
            server.start()
            for name in FOREIGN:
                os.environ.pop(name, None)
            os.environ.update(server.variables)
            results = asyncio.run(measure(options, server))
        finally:
            server.stop()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
