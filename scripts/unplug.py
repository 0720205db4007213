"""Pulls microphones and loudspeakers out of a talking appliance at random moments, and looks whether it minds.

    python -m scripts.unplug [--moments 20] [--seed 1] [--by name|default] [--json FILE]

All is real but the cables: engines, audio processes, PortAudio, and a private PipeWire whose devices appear and
vanish. A second microphone and a second loudspeaker are always there: to be left alone when the devices are named in
the settings, and to be used meanwhile when they are the server's default. Each moment is followed by a question,
which must be understood, and by its answer, which must be heard in what the loudspeaker played.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from appliance.app import Appliance, open_appliance
from appliance.audio.echo_memory import Chosen
from appliance.audio.memory import CAPTURE_WRITTEN, PLAYBACK_PERIODS
from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE
from appliance.settings import load_settings
from appliance.turns.machine import State
from scripts.unplug_box import LOUDSPEAKER, MICROPHONE, Box, Hands, until
from tests.shared import SHARED, clip
from tests.virtual_sound import FOREIGN, MISSING, VirtualSound

QUESTION = "people/9e06cfac.flac"
"""“Can I get a double shot iced coffee with cream?”"""
TELLING = {"double", "shot", "coffee", "cream"}
"""Words of which one must be understood. The bundled recogniser gets no more of some people."""
AUDIBLE = 0.01
"""RMS (−40 dBFS) of a tenth of a second in which the box is heard."""
WHEN = ("listening", "hearing", "thinking", "speaking", "starting")
"""Moments."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one moment came to."""

    when: str
    """What the box was doing."""
    what: str
    """What was done to it."""
    noticed_s: float | None
    """From the deed until the status said so; None where nothing was to be noticed, or it was over before."""
    captured_s: float
    """From the return of the microphone (or the deed, where it stayed) to captured sound."""
    played_s: float
    """Likewise for the loudspeaker."""
    same: bool
    """The devices are those of before."""
    understood: bool
    """The question behind it."""
    heard: bool
    """The answer to it."""
    closed: bool
    """No turn is left open."""


class Trial:
    """One moment after another."""

    def __init__(self, appliance: Appliance, server: VirtualSound, chance: random.Random) -> None:
        self._appliance = appliance
        self._server = server
        self._chance = chance
        self._hands = Hands(server, chance)
        self._question = server.folder / "question.wav"
        soundfile.write(self._question, clip(QUESTION), CAPTURE_RATE)

    async def run(self, moments: int) -> list[Report]:
        """In an order of chance, but for every moment and every deed in turn."""
        self._hands.plug_all()
        deeds = self._chance.sample(sorted(self._hands.deeds), len(self._hands.deeds))
        reports: list[Report] = []
        for number in range(moments):
            when, what = WHEN[number % len(WHEN)], deeds[number % len(deeds)]
            reports.append(await self._one(when, what))
            print(f"{number + 1:3}  {reports[-1]}", flush=True)
        return reports

    async def _one(self, when: str, what: str) -> Report:
        box = Box(self._appliance)
        starting = asyncio.create_task(box.start())
        if when != "starting":
            await starting
            await until(lambda: box.port.status.alive, "sound")
        before = box.port.status.chosen
        try:
            await self._approach(box, when)
            report = await self._do(box, when, what)
            await starting
            try:
                return await self._afterwards(box, report, before)
            except TimeoutError as error:
                print(
                    f"!    {error}; it is {box.witness.now}, and sound is: {box.port.status.line}", flush=True
                )
                return report
        finally:
            await box.stop()

    async def _afterwards(self, box: Box, report: Report, before: Chosen | None) -> Report:
        """Whether all is as it was, and a question is answered."""
        await until(lambda: box.port.status.alive, "sound")
        await box.rest()
        report = await self._ask(box, report)
        await box.rest()
        after = box.port.status.chosen
        pair = (after.microphone, after.loudspeaker) if after else None
        wanted = (before.microphone, before.loudspeaker) if before else (MICROPHONE, LOUDSPEAKER)
        closed = {turn.number for turn in box.witness.turns}
        return replace(report, same=pair == wanted, closed=closed >= set(range(1, box.session.turn + 1)))

    async def _approach(self, box: Box, when: str) -> None:
        later = self._chance.random()
        if when == "starting":
            await clock.sleep_until(clock.now() + 0.8 * later)
        elif when == "listening":
            await clock.sleep_until(clock.now() + later)
        else:
            self._server.speak_into(MICROPHONE, self._question)
            states = {"hearing": State.HEARING, "thinking": State.THINKING, "speaking": State.SPEAKING}
            with suppress(TimeoutError):
                await box.reach(states[when])
            await clock.sleep_until(clock.now() + later * (0.2 if when == "thinking" else 1.0))

    async def _do(self, box: Box, when: str, what: str) -> Report:
        begun = clock.now()
        status = box.port.status
        watching = asyncio.create_task(until(lambda: box.port.status != status, "a notice"))
        returned = await self._hands.deeds[what]()
        captured, played = await asyncio.gather(
            *(self._flows(box, word, returned) for word in (CAPTURE_WRITTEN, PLAYBACK_PERIODS))
        )
        noticed = watching.result() - begun if watching.done() else None
        watching.cancel()
        return Report(
            when, what, noticed, captured, played, same=False, understood=False, heard=False, closed=False
        )

    @staticmethod
    async def _flows(box: Box, word: int, returned: float) -> float:
        """Seconds from the return to the first of three periods in a row: what comes from before may be dying."""
        whole = box.memory.whole
        first, last = returned, whole[word]
        for _ in range(3):
            moment = await until(lambda: whole[word] != last, "sound")  # noqa: B023 - awaited before it changes
            first, last = (moment if first == returned else first), whole[word]
        return first - returned

    async def _ask(self, box: Box, report: Report) -> Report:
        raw = self._server.folder / "heard.raw"
        recording = self._server.record_from(LOUDSPEAKER, raw)
        speaking = self._server.speak_into(MICROPHONE, self._question)
        told = len(box.witness.turns)
        try:
            with suppress(TimeoutError):
                await until(lambda: any(turn.transcript for turn in box.witness.turns[told:]), "an answer")
            await clock.sleep_until(clock.now() + 0.5)
        finally:
            for process in (recording, speaking):
                process.terminate()
                process.wait()
        words = " ".join(turn.transcript for turn in box.witness.turns[told:]).lower()
        sound = np.fromfile(raw, np.int16)[: raw.stat().st_size // 2].astype(np.float32) / 32768
        looks = sound[: len(sound) // 1600 * 1600].reshape(-1, 1600)
        heard = bool((np.sqrt((looks**2).mean(axis=1)) > AUDIBLE).sum() >= 3)
        return replace(report, understood=any(word in words for word in TELLING), heard=heard)


def table(reports: list[Report]) -> str:
    """For people."""
    head = ("when", "what", "noticed s", "captured s", "played s", "same", "understood", "heard", "closed")
    rows = [" | ".join(head), " | ".join("---" for _ in head)]
    for each in reports:
        noticed = "–" if each.noticed_s is None else f"{each.noticed_s:.2f}"
        figures = (each.when, each.what, noticed, f"{each.captured_s:.2f}", f"{each.played_s:.2f}")
        marks = ("yes" if mark else "NO" for mark in (each.same, each.understood, each.heard, each.closed))
        rows.append(" | ".join((*figures, *marks)))
    worst = max(max(each.captured_s, each.played_s) for each in reports)
    good = sum(each.same and each.understood and each.heard and each.closed for each in reports)
    return "\n".join(
        [
            *(f"| {row} |" for row in rows),
            "",
            f"{good} of {len(reports)} are well; sound was back after {worst:.2f} s at most.",
        ]
    )


async def measure(options: argparse.Namespace, server: VirtualSound) -> list[Report]:
    settings = load_settings(None)
    audio = replace(settings.audio, folder=str(server.folder / "box"))
    if options.by == "name":
        audio = replace(audio, microphone=MICROPHONE, loudspeaker=LOUDSPEAKER)
    async with AsyncExitStack() as stack:
        appliance = await stack.enter_async_context(open_appliance(replace(settings, audio=audio)))
        return await Trial(appliance, server, random.Random(options.seed)).run(options.moments)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by", choices=("name", "default"), default="name")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if MISSING or not (SHARED / "clips").is_dir():
        sys.exit(f"not here: {', '.join(MISSING) or 'the recordings'}")
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder), bare=True)
        for name in FOREIGN:
            os.environ.pop(name, None)
        os.environ.update(server.variables)
        try:
            server.start()
            reports = asyncio.run(measure(options, server))
        finally:
            server.stop()
    print(table(reports))
    if options.json:
        options.json.write_text(json.dumps([asdict(report) for report in reports], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
