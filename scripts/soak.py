"""Talks to a box for hours, interrupts it, hurts it, and reports what it became.

    .venv/bin/python -m scripts.soak [--hours 8 | --minutes 20] [--guests 2] [--seed 1]

The whole program runs with its bundled engines. Somebody speaks into its own microphone (a private PipeWire, where
that is installed); guests talk over WebSockets and WebRTC, interrupt, type, mute, send rubbish, hang up rudely and
come back. In the first part of every hour workers and audio processes are killed or stopped at random; in the rest it
is calm, so that growth can be told from repair. What a conversation must never do is in scripts/soak_line.py.
"""

import argparse
import asyncio
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from appliance.app import PHRASES
from appliance.converse import read_recording
from appliance.core.audio import Samples
from appliance.core.clock import monotonic
from scripts.bench_machine import this_machine
from scripts.soak_box import SoakedBox, environment_of
from scripts.soak_line import Line
from scripts.soak_people import Address, Guest, LocalTalker, browser
from scripts.soak_report import WARM_S, WARM_SHARE, counts, keep, people, processes
from scripts.soak_wires import RtcGuest, SocketGuest
from tests.fuzz.target import CORPUS
from tests.program import BUNDLED
from tests.shared import SHARED
from tests.virtual_sound import MISSING, VirtualSound

ROOT = Path(__file__).parents[1]
SAMPLE_S = 5.0
STORM_SHARE, STORM_HOUR_S = 0.35, 3600.0
"""Share of every hour, or of the whole time if that is shorter, in which processes are hurt."""
HURT_S = (8.0, 30.0)
"""s from one fault to the next."""
QUIET_S = 45.0
"""s in the end in which nobody does anything, and the box must come to rest."""
NAMES = ("Zorblax", "Quimbydor", "Vexanthe", "Plimforth", "Drogunda", "Wistelko")
"""Words that no model says by itself."""


def free_ports() -> Address:
    """Two that nobody uses now."""
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return Address(one.getsockname()[1], two.getsockname()[1])


def clips() -> list[Path]:
    """What is said."""
    return sorted((SHARED / "clips" / "spoken").glob("[0-9a-z]*.flac")) or [PHRASES / "warm-question.wav"]


class Soak:
    """Owns the box, the people and what broke."""

    def __init__(self, folder: Path, seconds: float, guests: int, seed: int) -> None:
        self.broken: list[str] = []
        self.lines: dict[str, Line] = {}
        self.seconds = seconds
        self._enough = asyncio.Event()
        self._folder = folder
        self._luck = random.Random(seed)
        self._address = free_ports()
        self._sound = None if MISSING else VirtualSound(folder / "sound")
        more = BUNDLED | (dict(self._sound.variables) if self._sound else {})
        self.box = SoakedBox(folder, self._address, environment_of(folder, self._address, more), seed)
        self.guests = [self._guest(number, seed) for number in range(guests)]
        self.local = self._local(seed) if self._sound else None

    @property
    def calm_from(self) -> float:
        """s from which on growth is measured."""
        return min(WARM_S, WARM_SHARE * self.seconds)

    def breaks(self, what: str) -> None:
        """An invariant does not hold."""
        self.broken.append(f"{self.box.age_s:.0f} s: {what}")
        print(f"BROKEN {self.broken[-1]}", flush=True)

    async def run(self) -> None:
        """All of it; whoever ends it early gets the report too."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._enough.set)
        if self._sound:
            self._sound.start()
        try:
            await self.box.start()
            await self._live()
        finally:
            code = self.box.stop()
            if self._sound:
                self._sound.stop()
        if code != 0:
            self.breaks(f"it ended with {code}")
        for line in self.box.trouble()[:50]:
            self.breaks(f"log: {line[:300]}")

    async def _live(self) -> None:
        everybody: list[Any] = [*self.guests, *([self.local] if self.local else [])]
        living = [asyncio.create_task(person.live()) for person in everybody]
        chores = [asyncio.create_task(work) for work in (self._watch(), self._measure(), self._storm())]
        if self.local:
            chores.append(asyncio.create_task(self.local.look_on(self.lines)))
        enough = asyncio.create_task(self._enough.wait())
        await asyncio.wait(
            [*living, *chores, enough], timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED
        )
        enough.cancel()
        await self._end(living)
        await asyncio.sleep(QUIET_S)
        for line in self.lines.values():
            if line.connected and not line.resting:
                self.breaks(f"{line.name}: {line.state} {QUIET_S:.0f} s after the last word")
        await self._end(chores)
        for guest in self.guests:
            await guest.leave()

    async def _end(self, tasks: Sequence["asyncio.Task[None]"]) -> None:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self.breaks(f"the soak itself: {result!r}")

    async def _watch(self) -> None:
        while self.box.alive:
            for line in self.lines.values():
                line.watch()
            await asyncio.sleep(1.0)
        self.breaks("the program is gone")

    async def _measure(self) -> None:
        answered, mains = True, 1
        async with browser() as web:
            while True:
                begun = monotonic()
                try:
                    await self.box.measure(web)
                    answered = True
                except (OSError, TimeoutError) as error:
                    if answered:  # once per time
                        self.breaks(f"/metrics is not answered: {type(error).__name__}")
                    answered = False
                if self.box.mains > mains:
                    self.breaks("the main process was replaced")
                    mains = self.box.mains
                await asyncio.sleep(max(0.0, begun + SAMPLE_S - monotonic()))

    async def _storm(self) -> None:
        hour = min(STORM_HOUR_S, self.seconds)
        while self.box.age_s < self.seconds:
            await asyncio.sleep(self._luck.uniform(*HURT_S))
            if self.box.age_s < self.seconds and self.box.age_s % hour < STORM_SHARE * hour:
                done = self.box.hurt()
                print(f"{self.box.age_s:.0f} s: {done}", flush=True)

    def _line(self, name: str) -> Line:
        line = self.lines[name] = Line(name, self.breaks)
        return line

    def _guest(self, number: int, seed: int) -> SocketGuest | RtcGuest:
        kind = SocketGuest if number % 2 == 0 else RtcGuest
        line = self._line(NAMES[number])
        return kind(self._address, line, self.lines, self._said(), self._rubbish(), seed + number)

    def _local(self, seed: int) -> LocalTalker:
        return LocalTalker(self._line("Marrowkin"), self._address, self._sound, clips(), seed)

    def _said(self) -> Sequence[Samples]:
        return [read_recording(path) for path in clips()]

    def _rubbish(self) -> Sequence[bytes]:
        return [
            path.read_bytes() for kind in ("message", "sdp") for path in sorted((CORPUS / kind).iterdir())
        ]


def report(soak: Soak, command: str) -> None:
    """For people, and for BENCHMARKS.md."""
    deeds: dict[str, int] = {person.line.name: person.deeds for person in _people(soak)}
    print(f"\n{processes(soak.box.series, soak.calm_from).markdown()}\n")
    print(people(soak.lines, deeds).markdown())
    rubbish = sum(guest.bad_inputs for guest in soak.guests)
    faults = ", ".join(f"{count} × {what}" for what, count in sorted(soak.box.faults.items())) or "none"
    print(
        f"\nSlopes and counts from second {soak.calm_from:.0f} on: {counts(soak.box.series, soak.calm_from)}.  "
    )
    for guest in soak.guests:
        for what, count in guest.troubles.most_common(5):
            print(f"{guest.line.name}: {count} × {what}  ")
    print(f"Faults: {faults}.  \nMessages that were none: {rubbish}.  ")
    print(f"Somebody waited for a processor {np.mean(soak.box.series.pressure):.0f} % of the time.  ")
    print(f"Invariants broken: {len(soak.broken)}.  \n`{command}`: {this_machine()}")


def _people(soak: Soak) -> list[Guest | LocalTalker]:
    return [*soak.guests, *([soak.local] if soak.local else [])]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=8.0, help="how long (default: %(default)g)")
    parser.add_argument("--minutes", type=float, help="the same, shorter")
    parser.add_argument(
        "--guests", type=int, default=2, choices=range(len(NAMES) + 1), help="who come by network"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything random (default: %(default)s)")
    given = parser.parse_args()
    seconds = 60 * given.minutes if given.minutes else 3600 * given.hours
    kept = ROOT / ".cache" / "soak"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), seconds, given.guests, given.seed)
        asyncio.run(soak.run())
        (kept / "box.log").write_bytes(soak.box.log.read_bytes())
    more = {"broken": soak.broken, "faults": soak.box.faults, "seconds": seconds, "seed": given.seed}
    keep(kept / "series.json", soak.box.series, soak.lines, more)
    report(soak, f"scripts/soak.py --minutes {seconds / 60:g} --guests {given.guests} --seed {given.seed}")
    return int(bool(soak.broken))


if __name__ == "__main__":
    sys.exit(main())
