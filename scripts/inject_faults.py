"""Hurts real engines while somebody waits for their answer: when is something heard, and when is all well again?

    .venv/bin/python -m scripts.inject_faults [--rounds 5] [--seed 1]

Spoken questions, one conversation each, on the bundled engines in their processes. At a random moment between the
first word and a second behind the last, a process is killed, stopped as by a debugger, or refused any more memory.
What must be heard then, and why, is in docs/faults.md; there, engines that act do the same in virtual time.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np
import psutil

from appliance.app import Appliance, open_appliance
from appliance.converse import Report, Say, converse, read_recording
from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.speech import Outcome, Stage
from appliance.inference.job import LOCAL
from appliance.inference.lane_state import LaneHealth, LaneState
from appliance.settings import load_settings
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from scripts.evaluate_stt import SHARED

ROOT = Path(__file__).parents[1]
BEGIN_S, BEHIND_S = 0.6, 1.0
"""s before the first word, and behind the last until which a fault may come."""
REST_S = 8.0
"""s between two faults: what fails again at once is taken for worse than it is."""
HEALED_S = 120.0
"""s to wait for an engine to be well again: a bound, not a measurement."""
AUDIBLE = 1e-3


def limit_memory(pid: int, most: int = 1 << 20) -> None:
    """From now on it is given no more; nor is it taken what it has."""
    psutil.Process(pid).rlimit(psutil.RLIMIT_AS, (most, psutil.RLIM_INFINITY))


FAULTS: dict[str, Callable[[int], None]] = {
    "none": lambda _: None,
    "killed": lambda pid: os.kill(pid, signal.SIGKILL),
    "hangs": lambda pid: os.kill(pid, signal.SIGSTOP),
    "out of memory": limit_memory,
}


@dataclass
class Ear(Report):
    """A `Report` that knows when the box took somebody to be done."""

    port: WavPort = field(default_factory=WavPort)
    done_at: list[float] = field(default_factory=list)
    """Second on the audio clock, of each turn."""

    def state(self, state: State) -> None:
        """See `Observer`."""
        super().state(state)
        if state is State.THINKING:
            self.done_at.append(self.port.now())

    def waits_s(self) -> list[float]:
        """From then until something was heard; infinite where nothing ever was."""
        speaker = self.port.speaker()
        heard = np.flatnonzero(np.abs(speaker) > AUDIBLE) / self.port.playback_rate
        return [float(min(heard[heard >= at] - at, default=np.inf)) for at in self.done_at]


@dataclass
class Found:
    """What came of one fault."""

    wait_s: float
    """From the moment at which the box took the person to be done to something they heard."""
    answered: bool
    healed_s: float | None


async def hurt(appliance: Appliance, stage: Stage, fault: str, clip: Samples, chance: random.Random) -> Found:
    """Ask something, and do the damage meanwhile."""
    ear = Ear()
    moment = clock.now() + chance.uniform(BEGIN_S, BEGIN_S + len(clip) / CAPTURE_RATE + BEHIND_S)
    asking = asyncio.create_task(
        converse(
            lambda port, observer: appliance.session(LOCAL, port, observer),
            [Say(clip, at=BEGIN_S)],
            ear,
            ear.port,
        )
    )
    await clock.sleep_until(moment)
    before = health(appliance, stage)
    FAULTS[fault](before.pid)
    healing = asyncio.create_task(healed_s(appliance, before, fault, asking))
    await asking
    answered = any(turn["outcome"] == Outcome.ANSWERED for turn in ear.turns)
    return Found(max(ear.waits_s(), default=np.inf), answered, await healing)


async def healed_s(
    appliance: Appliance, before: LaneHealth, fault: str, asking: "asyncio.Task[Samples]"
) -> float | None:
    """s until another worker with the same engine is ready; None where the fault did no harm while somebody asked."""
    began = clock.now()
    while not well(before, now := health(appliance, before.stage)):
        if asking.done() and fault == "none":
            return None
        if asking.done() and fault == "out of memory" and now.pid == before.pid:
            limit_memory(now.pid, psutil.RLIM_INFINITY)  # it has needed no more
            return None
        if clock.now() > began + HEALED_S:
            raise SystemExit(f"still {now} {HEALED_S:g} s after it {fault}")
        await asyncio.sleep(0.02)
    return clock.now() - began


def health(appliance: Appliance, stage: Stage) -> LaneHealth:
    return next(lane for lane in appliance.scheduler.health().lanes if lane.stage is stage)


def well(before: LaneHealth, now: LaneHealth) -> bool:
    """Another worker with the same engine is ready."""
    return now.pid not in {0, before.pid} and now.state is LaneState.IDLE and now.engine == before.engine


def row(stage: Stage, fault: str, found: Sequence[Found]) -> tuple[object, ...]:
    waits = [1000 * each.wait_s for each in found]
    healed = [each.healed_s for each in found if each.healed_s is not None]
    answered = f"{sum(each.answered for each in found)} of {len(found)}"
    lost = f"{len(healed)} of {len(found)}"
    again = (statistics.median(healed), max(healed)) if healed else (None, None)
    return stage, fault, statistics.median(waits), max(waits), answered, lost, *again


async def main(rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    sounds = sorted((SHARED / "clips" / "spoken").glob("*.flac"))
    questions = cycle([clip for clip in map(read_recording, sounds) if len(clip) > CAPTURE_RATE])
    rows = []
    async with open_appliance(load_settings(None)) as appliance:
        await hurt(appliance, Stage.STT, "none", next(questions), chance)  # warm
        for stage in (Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS):
            for fault in FAULTS:
                found = []
                for _ in range(rounds):
                    found.append(await hurt(appliance, stage, fault, next(questions), chance))
                    print(f"{stage}, {fault}: {found[-1]}", flush=True)
                    await asyncio.sleep(REST_S if fault != "none" else 0)
                rows.append(row(stage, fault, found))
        engines = ", ".join(appliance.engines)
    columns = (
        "engine of",
        "fault",
        "taken to be done → something heard, ms, p50",
        "max",
        "answered",
        "engine lost",
        "well again after s, p50",
        "max",
    )
    print(Table(columns, rows).markdown())
    print(f"\nEngines: {engines}.  \n`scripts/inject_faults.py --rounds {rounds}`: {this_machine()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each fault (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of chance (default: %(default)s)")
    parser.add_argument(
        "--models", type=Path, default=ROOT / ".cache" / "models", help="bundled ones are there"
    )
    options = parser.parse_args()
    os.environ.setdefault("APPLIANCE_MODELS__PROFILE", "bundled")
    os.environ.setdefault("APPLIANCE_MODELS__FOLDER", str(options.models.resolve()))
    asyncio.run(main(options.rounds, options.seed))
