"""Several dialogues with one language model at the same time: how long does each wait, and what does it cost?

    .venv/bin/python -m scripts.bench_sharing [--sessions 1,2,4,8] [--turns 5] [--dialogues 4]

The model runs in its worker, behind the scheduler, as in the appliance; nobody speaks, the clients read. Each asks
the same questions in an order of its own, reads the answer as fast as it comes, and asks again after as long as
listening to it would take. Every row is measured twice: with so many dialogues kept in mind, and with one.
"""

import argparse
import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil

from appliance.app import engine_specs, open_store
from appliance.core import clock
from appliance.core.speech import Message, Role, Stage
from appliance.engines.models import best_available
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.pipeline.reply import generation, read_up
from appliance.settings import Settings, load_settings
from scripts.bench_engines import QUESTIONS
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine

ROOT = Path(__file__).parents[1]
LISTEN_S_PER_WORD = 0.3
"""s: English is spoken with 150 to 200 words a minute."""
CLAUSE = 8
"""Tokens after which a first clause can be spoken, as a rule."""
COLUMNS = (
    "sessions",
    "dialogues in mind",
    "answers",
    "first token p50 ms",
    "p95 ms",
    f"token {CLAUSE} p50 ms",
    "p95 ms",
    "tokens/s of one",
    "of all while at work",
    "CPU s per answer",
)


@dataclass
class Found:
    """What all clients saw."""

    first_s: list[float] = field(default_factory=list)
    clause_s: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)
    """Tokens per s of each answer, from its first one on."""
    tokens: int = 0


async def client(scheduler: Scheduler, number: int, turns: int, prompt: str, found: Found) -> None:
    """Hold a conversation, and note how long everything took."""
    luck = random.Random(number)
    session, dialogue = f"client {number}", [Message(Role.SYSTEM, prompt)]
    await scheduler.call(read_up(dialogue, session, 0))
    await asyncio.sleep(luck.random() * 2)
    for turn in range(1, turns + 1):
        dialogue.append(Message(Role.USER, QUESTIONS[(number + turn) % len(QUESTIONS)]))
        asked, times = clock.now(), list[float]()
        said = ""
        async with scheduler.stream(generation(dialogue, "", session, turn)) as pieces:
            async for piece in pieces:
                times.append(clock.now())
                said += piece
        found.first_s.append(times[0] - asked)
        found.clause_s.append(times[min(CLAUSE, len(times)) - 1] - asked)
        if len(times) > CLAUSE:
            found.paces.append((len(times) - 1) / (times[-1] - times[0]))
        found.tokens += len(times)
        dialogue.append(Message(Role.ASSISTANT, said))
        await scheduler.call(read_up(dialogue, session, turn))
        await asyncio.sleep(len(said.split()) * LISTEN_S_PER_WORD * (0.7 + 0.6 * luck.random()))


async def measure(settings: Settings, sessions: int, turns: int) -> Sequence[str | float]:
    """One row."""
    selection = best_available(open_store(settings), settings.models.profile)
    lane = Lane(engine_specs(Stage.LLM, selection, settings)[:1], settings.inference)
    scheduler, found = Scheduler([lane], settings.inference), Found()
    await scheduler.open()
    try:
        with cpu_of(lane.health().pid) as used_s:
            prompt = settings.dialogue.system_prompt
            async with asyncio.TaskGroup() as clients:
                for number in range(sessions):
                    clients.create_task(client(scheduler, number, turns, prompt, found))
        health = lane.health()
    finally:
        await scheduler.close()
    return (
        sessions,
        health.seats,
        len(found.first_s),
        *spread_ms(found.first_s),
        *spread_ms(found.clause_s),
        round(sum(found.paces) / max(1, len(found.paces)), 1),
        round(found.tokens / health.busy_s, 1),
        round(used_s[0] / len(found.first_s), 2),
    )


@contextmanager
def cpu_of(pid: int) -> Iterator[list[float]]:
    """What a process uses meanwhile, in s."""
    process, used_s = psutil.Process(pid), [0.0]
    before = sum(process.cpu_times()[:2])
    yield used_s
    used_s[0] = sum(process.cpu_times()[:2]) - before


def spread_ms(seconds: Sequence[float]) -> tuple[int, int]:
    """Median and 95th percentile."""
    p50, p95 = np.percentile(seconds, (50, 95))
    return round(1000 * p50), round(1000 * p95)


async def main(many: Sequence[int], turns: int, dialogues: int) -> None:
    """Measure all, and print a table."""
    settings, rows = load_settings(None), list[Sequence[str | float]]()
    for sessions in many:
        for kept in (dialogues, 1) if sessions > 1 else (dialogues,):
            rows.append(
                await measure(replace(settings, llm=replace(settings.llm, dialogues=kept)), sessions, turns)
            )
            print(*rows[-1], flush=True)
    print(Table(COLUMNS, rows).markdown())
    print(f"\n`scripts/bench_sharing.py --turns {turns}`: {this_machine()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", default="1,2,4,8", help="how many at a time (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="of each (default: %(default)s)")
    parser.add_argument("--dialogues", type=int, default=4, help="kept in mind (default: %(default)s)")
    parser.add_argument("--models", type=Path, default=ROOT / ".cache" / "models", help="where they are")
    parser.add_argument("--profile", default="bundled", help="which (default: %(default)s)")
    options = parser.parse_args()
    os.environ.setdefault("APPLIANCE_MODELS__PROFILE", options.profile)
    os.environ.setdefault("APPLIANCE_MODELS__FOLDER", str(options.models.resolve()))
    asyncio.run(main([int(each) for each in options.sessions.split(",")], options.turns, options.dialogues))
