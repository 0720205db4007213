"""Sound at a virtual device: silence after an interruption, and nothing lost while every core is busy."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from appliance.app import PHRASES
from appliance.audio.bridge import Bridge
from appliance.audio.settings import EchoMode
from appliance.converse import Report
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.interfaces import CancelToken
from appliance.core.speech import SpeechChunk
from appliance.pipeline.listen import Listener
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.sessions.exchange import Parts
from appliance.sessions.phrases import load_phrases
from appliance.sessions.session import Session
from appliance.settings import load_settings
from appliance.transports.local import AudioLink, LocalPort
from appliance.turns.dialogue import Dialogue
from scripts.bench_audio import AUDIBLE, tone
from scripts.bench_figures import SPREAD, Plan, Section, Skipped, Table, judged, spread
from scripts.bench_orchestration import RATE, Direct, Instant
from tests.virtual_sound import FOREIGN, MISSING, MONITOR, VirtualSound

LIMIT_MS = 100.0
"""ms, at the 95th percentile: the limit this project sets itself."""

LOUD = 0.005
"""Mean amplitude that `AnySound` takes for speech: below that of a ducked reply."""

WATCHED_S = 0.35
"""s after a hush in which its last sample is looked for: shorter than the silence that ends an utterance,
after which the next reply begins."""

CUT_S = 5.0
"""s within which the box interrupts itself once; it needs one."""


FLAWS = {
    "capture samples lost": "jumps_samples",
    "capture periods dropped": "dropped",
    "overruns": "overruns",
    "underruns": "underruns",
    "ms of the tone that came back damaged": "damaged_ms",
}
"""What must not happen under load, and what scripts/bench_audio.py calls it."""


class AnySound:
    """A detector for which every sound is speech."""

    window = 512

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def reset(self) -> None: ...

    def probability(self, window: Samples) -> float:
        return 0.95 if float(np.abs(window).mean()) > LOUD else 0.02


class Hum(Instant):
    """A voice that hums, so that its last sample can be found."""

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:  # noqa: ARG002
        yield SpeechChunk(tone(3.0, RATE), RATE)


class SelfHearing(LocalPort):
    """A port that hears its own loudspeaker, keeps all that it hears, and when it was told to stop."""

    def __init__(self, link: AudioLink, wanted: int) -> None:
        super().__init__(link)
        self.heard_by_itself: list[AudioFrame] = []
        self.stops_s: list[float] = []
        self.enough = asyncio.Event()
        """Set once it was told to stop as often as wanted."""
        self._wanted = wanted

    async def frames(self) -> AsyncIterator[AudioFrame]:
        async for frame in super().frames():
            self.heard_by_itself.append(frame)
            yield frame

    def stop(self) -> None:
        self.stops_s.append(self.now())
        super().stop()
        if len(self.stops_s) == self._wanted:
            self.enough.set()

    def silent_ms(self) -> list[float]:
        """For each stop: ms until the last audible sample had left the loudspeaker."""
        sound = np.zeros(max(frame.end for frame in self.heard_by_itself), np.float32)
        for frame in self.heard_by_itself:
            sound[frame.start : frame.end] = frame.samples
        watched = [sound[round(s * CAPTURE_RATE) :][: round(WATCHED_S * CAPTURE_RATE)] for s in self.stops_s]
        audible = [np.flatnonzero(np.abs(stretch) > AUDIBLE) for stretch in watched]
        return [1000 * float(found[-1] + 1) / CAPTURE_RATE if len(found) else 0.0 for found in audible]


def audio(plan: Plan) -> Section:
    """Silence after an interruption; sound in both directions under load."""
    if MISSING:
        raise Skipped(f"not installed: {', '.join(MISSING)}")
    hushes = _hushes(plan.cuts)
    bridge = _bench_audio(plan)
    stop, duplex = bridge["stop"], bridge["duplex"]
    session = spread(hushes)
    rows = [
        ("session: barge-in decision → silence", *session, judged(session[2], LIMIT_MS, "ms (p95)")),
        (
            "port: `stop()` → silence",
            *(stop[key] for key in ("cuts", "p50_ms", "p95_ms", "max_ms")),
            judged(stop["p95_ms"], LIMIT_MS, "ms (p95)"),
        ),
    ]
    load = [(name, duplex[key], judged(duplex[key], 0)) for name, key in FLAWS.items()]
    seconds = f"in {duplex['seconds']:.0f} s of playing and recording with every core busy"
    tables = [Table(("silence", *SPREAD, "limit"), rows), Table((seconds, "number", "limit"), load)]
    note = "at a virtual sound device, heard through its own microphone"
    return Section(tables, note, bridge | {"hushes_ms": hushes})


def _bench_audio(plan: Plan) -> dict[str, Any]:
    """What scripts/bench_audio.py measures, in a process of its own as it expects."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "audio.json"
        options = (f"--cuts={plan.cuts}", f"--minutes={plan.minutes}", "--idle-s=1", f"--json={file}")
        script = Path(__file__).with_name("bench_audio.py")
        subprocess.run([sys.executable, script, *options], check=True, stdout=subprocess.DEVNULL)
        measured: dict[str, Any] = json.loads(file.read_text())
        return measured


def _hushes(cuts: int) -> list[float]:
    """Let the box interrupt itself so often."""
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder))
        try:
            server.start()
            server.listen_to(MONITOR)
            for name in FOREIGN:
                os.environ.pop(name, None)
            os.environ.update(server.variables)
            return asyncio.run(_interrupt_itself(cuts))
        finally:
            server.stop()


async def _interrupt_itself(cuts: int) -> list[float]:
    """A box without echo cancellation that hears itself: it hums, hears a voice, hushes, answers it, hums…"""
    audio = replace(load_settings(None).audio, echo=EchoMode.NONE)
    port = SelfHearing(Bridge(audio), cuts)
    await port.open()
    talking = asyncio.create_task(_session(port).run())
    try:
        first_question = AudioFrame(tone(0.5, port.playback_rate), port.playback_rate, 0)
        await port.play(first_question)
        async with asyncio.timeout(CUT_S * cuts):
            await port.enough.wait()
        await asyncio.sleep(WATCHED_S)
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await port.close()
    return port.silent_ms()


def _session(port: SelfHearing) -> Session:
    settings = load_settings(None)
    parts = Parts(
        name="bench",
        port=port,
        loudspeaker=Loudspeaker(port),
        inference=Direct(Hum()),
        dialogue=Dialogue(settings.dialogue),
        ghosts=settings.transcript,
        reply=settings.reply,
        release=settings.release,
        floor=settings.floor,
        pauses=settings.pauses,
        relaxed=lambda: True,
        phrases=load_phrases(PHRASES, port.playback_rate),
        observer=Report(),
    )
    listener = Listener(AnySound(), settings.endpoint, settings.listen)
    return Session(parts, listener, settings.turns, settings.listen)
