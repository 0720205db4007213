"""How many WebRTC sessions the media path carries: processor per session, and how soon an answer comes back.

    python -m scripts.load_webrtc [--sessions 1 10 25 50 75] [--seconds 20]

One process holds the peers, each with a fake session: whoever speaks for 0.3 s is answered for `--answer` s. The
pages are aiortc too, in a process of their own on a core of their own, with packets that are encoded beforehand:
they stand for the world outside, and the box has what is left. A round trip is from a page's first packet of
speech to the first packet of its answer: two networks, two queues, the decoder, the encoder and up to 20 ms until
the next packet is due. What a real session would add, recognition and thinking, is not in it.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from av.packet import Packet

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.back_door import divert
from appliance.transports.webrtc.opus import OpusEncoder
from appliance.transports.webrtc.peer import Peer
from appliance.transports.webrtc.settings import WebRtcSettings
from scripts.bench_figures import Table

BLOCK = 960
CYCLE = 60
"""Packets after which a page speaks again: 1.2 s."""
SPOKEN = 15
"""Packets of speech among them."""
SPEECH_BYTES = 40
"""A packet of speech is longer than this, one of silence shorter."""
SETTLE_S = 3.0
"""s before anything is measured."""
LOUD = 0.03
"""Root mean square of a frame in which the page speaks."""
QUIET = 5
"""Packets of silence before a sound is a new one."""


def vowel(seconds: float) -> Samples:
    """48 kHz of something that libopus takes for speech."""
    moments = np.arange(round(seconds * 50) * BLOCK) / 48_000
    return (0.1 * sum(np.sin(2 * np.pi * 130 * n * moments) / n for n in range(1, 20))).astype(np.float32)


class Script(MediaStreamTrack):
    """A page's microphone: packets that were encoded beforehand, one every 20 ms."""

    kind = "audio"

    def __init__(self, packets: Sequence[bytes], first: int) -> None:
        super().__init__()
        self._packets = packets
        self._number = first
        self._first = first
        self._begun = 0.0
        self.spoke = 0.0
        """When it last began to speak."""

    async def recv(self) -> "Packet[Any]":
        self._begun = self._begun or clock.now()
        await clock.sleep_until(self._begun + (self._number - self._first) * 0.02)
        place = self._number % CYCLE
        if place == 0:
            self.spoke = clock.now()
        packet: Packet[Any] = Packet(self._packets[place])
        packet.pts, packet.time_base = self._number * BLOCK, Fraction(1, 48_000)
        self._number += 1
        return packet


class LoadPage:
    """A page that speaks by its script and listens for the answer."""

    def __init__(self, packets: Sequence[bytes], number: int) -> None:
        self.script = Script(packets, number * 7 + SPOKEN + 1)
        self.connection = RTCPeerConnection(RTCConfiguration([], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.received = 0
        self.round_trips: list[tuple[float, float]] = []
        """When, and how long, s."""
        self._quiet = 0
        transceiver = self.connection.addTransceiver(self.script)
        divert(transceiver.receiver, self._hear)
        self.connection.createDataChannel("control")

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    def _hear(self, _sequence: int, _timestamp: int, payload: bytes) -> None:
        self.received += 1
        if len(payload) <= SPEECH_BYTES:
            self._quiet += 1
            return
        if self._quiet >= QUIET and self.script.spoke:
            self.round_trips.append((clock.now(), clock.now() - self.script.spoke))
        self._quiet = 0


async def pages() -> None:
    """The other process: as many pages as it is told, by lines of JSON."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    told = json.loads(await asyncio.to_thread(sys.stdin.readline))
    encoder = OpusEncoder()
    sound = np.concatenate([vowel(SPOKEN * 0.02), np.zeros((CYCLE - SPOKEN) * BLOCK, np.float32)])
    packets = [encoder.encode(block) for block in sound.reshape(-1, BLOCK)]
    crowd = [LoadPage(packets, number) for number in range(told["sessions"])]
    for page in crowd:
        print(json.dumps(await page.offer()), flush=True)
        answer = json.loads(await asyncio.to_thread(sys.stdin.readline))
        await page.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    begin = clock.now()
    await clock.sleep_until(begin + SETTLE_S)
    before = [page.received for page in crowd]
    used = processor_s()
    await clock.sleep_until(begin + SETTLE_S + told["seconds"])
    report = {
        "round_trips": [s for page in crowd for moment, s in page.round_trips if moment > begin + SETTLE_S],
        "packets": sum(page.received for page in crowd) - sum(before),
        "processor": (processor_s() - used) / told["seconds"],
    }
    print(json.dumps(report), flush=True)
    await asyncio.gather(*(page.connection.close() for page in crowd))


def processor_s() -> float:
    """s of processor that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class FakeSession:
    """Answers whoever speaks, without understanding a word."""

    def __init__(self, answer: Samples) -> None:
        self.port = RemotePort()
        self.peer = Peer(
            self.port,
            WebRtcSettings(connect_s=60.0),
            message=lambda _: None,
            connected=lambda: None,
            lost=lambda _: None,
        )
        self._answer = AudioFrame(answer, 48_000, 0)
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        quiet = 0
        async for frame in self.port.frames():
            loud = float(np.dot(frame.samples, frame.samples)) > LOUD**2 * len(frame.samples)
            if loud and quiet >= QUIET:
                self.port.stop()
                await self.port.play(self._answer)
            quiet = 0 if loud else quiet + 1

    async def end(self) -> None:
        self.port.close()
        await self.peer.close()
        await self.task


@dataclass(frozen=True)
class Load:
    """What one number of sessions cost."""

    sessions: int
    processor: float
    """Cores of the box's process."""
    lag_p95_ms: float
    """By which its loop runs a timer late."""
    dropped: int
    """Samples that were too old."""
    pages: dict[str, Any]


async def measure(sessions: int, seconds: float, answer_s: float) -> Load:
    cores = os.sched_getaffinity(0)
    command = [sys.executable, "-m", "scripts.load_webrtc", "--pages"]
    crowd = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.sched_setaffinity(0, cores - {max(cores)} or cores)
    assert crowd.stdin
    assert crowd.stdout
    crowd.stdin.write(json.dumps({"sessions": sessions, "seconds": seconds}).encode() + b"\n")
    fakes = [FakeSession(vowel(answer_s)) for _ in range(sessions)]
    for fake in fakes:
        answer = await fake.peer.answer(json.loads(await crowd.stdout.readline()))
        crowd.stdin.write(json.dumps(answer).encode() + b"\n")
    begin = clock.now() + SETTLE_S
    await clock.sleep_until(begin)
    used, lags, dropped = processor_s(), list[float](), sum(f.port.counters()["dropped"] for f in fakes)
    while clock.now() < begin + seconds:
        due = clock.now() + 0.05
        await clock.sleep_until(due)
        lags.append(clock.now() - due)
    used = processor_s() - used
    dropped = sum(f.port.counters()["dropped"] for f in fakes) - dropped
    report = json.loads(await crowd.stdout.readline())
    await asyncio.gather(*(fake.end() for fake in fakes))
    await crowd.wait()
    os.sched_setaffinity(0, cores)
    return Load(sessions, used / seconds, float(np.percentile(lags, 95)) * 1000, dropped, report)


def table(loads: Sequence[Load], seconds: float) -> Table:
    return Table(
        [
            "sessions",
            "cores",
            "% of a core per session",
            "round trip, median ms",
            "p95 ms",
            "loop late, p95 ms",
            "packets sent in time, %",
            "dropped ms",
            "cores of the pages",
        ],
        [
            [
                load.sessions,
                round(load.processor, 2),
                round(100 * load.processor / load.sessions, 2),
                round(float(np.median(load.pages["round_trips"])) * 1000),
                round(float(np.percentile(load.pages["round_trips"], 95)) * 1000),
                round(load.lag_p95_ms, 1),
                round(100 * load.pages["packets"] / (load.sessions * seconds * 50), 1),
                round(load.dropped / 16),
                round(load.pages["processor"], 2),
            ]
            for load in loads
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 25, 50, 75])
    parser.add_argument("--seconds", type=float, default=20.0, help="measured per number of sessions")
    parser.add_argument("--answer", type=float, default=0.6, help="s that the box speaks in every 1.2 s")
    parser.add_argument("--pages", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pages:
        asyncio.run(pages())
        return
    loads = [asyncio.run(measure(n, arguments.seconds, arguments.answer)) for n in arguments.sessions]
    print(table(loads, arguments.seconds).markdown())


if __name__ == "__main__":
    main()
