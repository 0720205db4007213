"""Sound at a virtual device: silence after a stop, nothing lost under load, and what the box hears of itself."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.bench_figures import SPREAD, Plan, Section, Skipped, Table, judged
from tests.virtual_sound import MISSING

LIMIT_MS = 60.0
"""ms from a stop to silence, at the 95th percentile: the limit this project sets itself."""

REMOVED_DB = 20.0
"""dB of its own voice that each canceller should at least take away once it has learnt the room."""

FLAWS = {
    "capture samples lost": "jumps_samples",
    "capture periods dropped": "dropped",
    "overruns": "overruns",
    "underruns": "underruns",
    "ms of the tone that came back damaged": "damaged_ms",
}
"""What must not happen under load, and what scripts/bench_audio.py calls it."""


def audio(plan: Plan) -> Section:
    """Silence after a stop; sound in both directions under load; what the box hears of itself."""
    if MISSING:
        raise Skipped(f"not installed: {', '.join(MISSING)}")
    measured = _bench_audio(plan)
    note = "at a virtual sound device, heard through its own microphone; what a session adds is measured by make eval"
    tables = [_stops(measured["stop"]), _load(measured["duplex"]), _echo(measured)]
    return Section(tables, note, measured)


def _stops(stop: dict[str, float]) -> Table:
    figures = (stop[key] for key in ("cuts", "p50_ms", "p95_ms", "max_ms"))
    row = ("port: `stop()` → silence", *figures, judged(stop["p95_ms"], LIMIT_MS, "ms (p95)"))
    return Table(("silence", *SPREAD, "limit"), [row])


def _load(duplex: dict[str, float]) -> Table:
    seconds = f"in {duplex['seconds']:.0f} s of playing and recording with every core busy"
    rows = [(name, duplex[key], judged(duplex[key], 0)) for name, key in FLAWS.items()]
    return Table((seconds, "number", "limit"), rows)


def _echo(measured: dict[str, Any]) -> Table:
    echo, idle = measured["echo"], measured["idle, software"]
    removed = [
        (name, echo[key], f"≥ {REMOVED_DB:g} dB: {'holds' if echo[key] >= REMOVED_DB else '**missed**'}")
        for name, key in (("the one that keeps the person", "cleaned_db"), ("the guard", "guard_db"))
    ]
    cost = [
        ("% of a core while it speaks, main process", echo["main_percent"], ""),
        ("% of a core while it listens, main process", idle["main_percent"], ""),
        ("times that the sound stumbled and it began again", echo["begun"] - 1, ""),
    ]
    return Table(("its own voice, dB removed once it has learnt", "measured", "limit"), removed + cost)


def _bench_audio(plan: Plan) -> dict[str, Any]:
    """What scripts/bench_audio.py measures, in a process of its own as it expects."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "audio.json"
        options = (f"--cuts={plan.cuts}", f"--minutes={plan.minutes}", "--idle-s=5", f"--json={file}")
        script = Path(__file__).with_name("bench_audio.py")
        subprocess.run([sys.executable, script, *options], check=True, stdout=subprocess.DEVNULL)
        measured: dict[str, Any] = json.loads(file.read_text())
        return measured
