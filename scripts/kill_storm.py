"""kill -9 of everything at random moments while people talk: what is on the disk afterwards, and does it go on?

    .venv/bin/python -m scripts.kill_storm [--kills 100] [--writer 1000] [--seed 1]

The whole real appliance runs with the bundled models; a page asks one question after another. At a random moment of its
start or of the conversation every process of it is killed at once. Then the file is looked at where it lies, and the
appliance started again: the page comes back with its session and must find its conversation. A turn counts as lost when
the page had been told that it was over and it is not on the disk; the one in flight was not over.

The second part kills a process that does nothing but write turns, so that most kills hit a transaction.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import aiohttp

from appliance.records.opening import FILE
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from scripts.storm_box import ROOT, Box, Person

START_SHARE = 0.2
"""Of the kills that hit the start instead of the conversation."""
START_S, TALK_S = (0.1, 15.0), (0.5, 25.0)
"""s after the start, or after the first page could connect, between which a kill comes."""
WRITER_S = (0.02, 0.4)
"""The same for the writer."""

WRITER = """
import asyncio, sys
from pathlib import Path
from appliance.core.speech import Outcome, Turn
from appliance.records.conversation import Conversation, Said
from appliance.records.opening import open_store

store = open_store(Path(sys.argv[1]))
conversation, number = Conversation("writer", "writer", None, 0.0), int(sys.argv[2])
while True:
    number += 1
    text = f"turn {number} " + "x" * (number * 7919 % 3000)
    store.write([Said(conversation, Turn(number, text, text, text, Outcome.ANSWERED), 2e9)])
    print(number, flush=True)
    if number % 50 == 0:
        store.back_up()
"""
"""Tells each turn after its transaction, and makes copies now and then."""


def look(folder: Path) -> tuple[bool, dict[int, str]]:
    """Whether the file is whole as it was left, the log beside it included, and the turns in it, by number."""
    with tempfile.TemporaryDirectory() as aside:
        for path in folder.glob(f"{FILE}*"):
            shutil.copyfile(path, Path(aside) / path.name)
        if not (Path(aside) / FILE).exists():
            return True, {}  # killed before it was ever written
        try:
            with closing(sqlite3.connect(Path(aside) / FILE)) as db:
                whole = db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                rows = db.execute("SELECT number, words FROM turn ORDER BY number").fetchall()
        except sqlite3.DatabaseError as error:
            return "no such table" in str(error), {}
    return whole, dict(rows)


async def storm(kills: int, luck: random.Random, models: Path) -> Counter[str]:
    """Kill the appliance so often."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        box = Box(folder, models)
        person = Person(box, luck)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
        for number in range(kills):
            if stop.is_set():  # Ctrl-C: what was found so far
                break
            await kill_once(box, person, luck, found)
            judge(folder / "state", person, found)
            print(f"\r{number + 1} kills, {len(person.known)} turns", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


async def kill_once(box: Box, person: Person, luck: random.Random, found: Counter[str]) -> None:
    """One life of the appliance."""
    box.start()
    known, talking = dict(person.known), None
    if person.known and luck.random() < START_SHARE:
        await asyncio.sleep(luck.uniform(*START_S))
        found["killed at the start"] += 1
    else:
        if not await box.open():
            raise SystemExit(f"it did not start:\n{box.log()}")
        session, talking = person.session, asyncio.create_task(person.talk())
        await asyncio.sleep(luck.uniform(*TALK_S))
        found["killed in conversation"] += 1
        if session and person.shown is not None:
            resumed = person.session == session and person.shown.items() >= known.items()
            found["sessions resumed"] += resumed
            found["sessions not resumed"] += not resumed
    found["processes killed"] += box.kill()
    found["set aside as broken"] += "was broken" in box.log()
    if talking:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            await talking


def judge(folder: Path, person: Person, found: Counter[str]) -> None:
    """Look at what a kill has left."""
    whole, turns = look(folder)
    found["corrupt stores"] += not whole
    lost = sorted(person.known.keys() - turns.keys())
    found["finished turns lost"] += len(lost)
    found["most finished turns lost at once"] = max(found["most finished turns lost at once"], len(lost))
    for turn in lost:  # the page forgets it too: it will be shown what is on the disk
        del person.known[turn]
    found["turns on the disk in the end"] = len(turns)


def storm_writer(kills: int, luck: random.Random) -> Counter[str]:
    """Kill a process that does nothing but write."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder, told = Path(name), 0
        for _ in range(kills):
            command = [sys.executable, "-c", WRITER, str(folder), str(told)]
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout
                process.stdout.readline()  # it writes
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(luck.uniform(*WRITER_S))
                process.send_signal(signal.SIGKILL)
                lines = process.stdout.read().split()
            whole, turns = look(folder)
            told = int(lines[-1]) if lines else told + 1
            found["kills"] += 1
            found["corrupt stores"] += not whole
            found["committed turns lost"] += sum(number not in turns for number in range(1, told + 1))
            told = max(turns, default=0)
        found["turns written"] = told
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--kills", type=int, default=100, help="of the whole appliance (default: %(default)s)"
    )
    parser.add_argument("--writer", type=int, default=1000, help="of the writer (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of chance (default: %(default)s)")
    parser.add_argument(
        "--models", type=Path, default=ROOT / ".cache" / "models", help="bundled ones are there"
    )
    options = parser.parse_args()
    chance = random.Random(options.seed)
    rows = [("writer", *row) for row in storm_writer(options.writer, chance).items()]
    if options.kills:
        appliance = asyncio.run(storm(options.kills, chance, options.models))
        rows += [("appliance", *row) for row in appliance.items()]
    print(Table(("what was killed", "what was found", "how often"), rows).markdown())
    print(f"\n`scripts/kill_storm.py --kills {options.kills} --writer {options.writer}`: {this_machine()}")
