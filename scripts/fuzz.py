"""Looks for inputs that break a reader, guided by which lines they reach, for as long as one likes.

    .venv/bin/pip install atheris && .venv/bin/python -m scripts.fuzz --minutes 60 [--target sdp]

Begins with the corpus of the tests, and keeps what it learns in .cache/fuzz, so that the next run goes on from
there. What breaks something is printed with its place; put it into tests/fuzz/corpus under a name that says what it
is, and every run of the tests will try it. atheris is not among the pinned dependencies: there is none for arm64.
"""

import argparse
import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count, product
from pathlib import Path

from appliance.core.clock import monotonic
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache" / "fuzz"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
LONGEST = 65_536
"""Bytes of an input."""
SLOW_S = 10
"""s of one input after which it counts as hung."""
MOST_MB = 2048
"""MB of the process, interpreter and engines included, above which an input counts as a flood."""
INSTRUMENTED = ["appliance", "aioice", "aiortc.sdp", "aiortc.rtp", "tomllib", "zipfile", "json"]
"""Packages whose branches guide the search."""
API = "api"
"""Not a reader, but all of what can be asked: schemathesis needs no guidance, and no atheris."""
ASKED = 10
"""Ways in which each person asks for each row, per seed."""
MISSING = """atheris is missing. It has wheels for x86-64 only, so it is not among the pinned dependencies:

    .venv/bin/pip install atheris
"""


@dataclass
class Watch:
    """Gives inputs to a reader, and writes down what breaks it: once per place, and goes on."""

    feed: Callable[[bytes], None]
    folder: Path
    places: set[str] = field(default_factory=set)

    def try_one(self, data: bytes) -> None:
        try:
            self.feed(data)
        except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
            place = _place(error)
            if place not in self.places:
                self.places.add(place)
                path = self.folder / f"broke-{hashlib.sha256(data).hexdigest()[:12]}"
                path.write_bytes(data)
                print(f"BROKEN {path.relative_to(ROOT)} {place}", flush=True)


def _place(error: Exception) -> str:
    """Where something broke, on one line."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "appliance" in frame.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{where} {type(error).__name__}: {str(error)[:100]!r}"


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz.targets import TARGETS
    logging.disable()
    target, folder = TARGETS[name], KEPT / name
    words = folder.with_suffix(".words")
    words.write_text("\n".join(f'"{_escaped(word[:64])}"' for word in target.words))
    watch = Watch(target.feed, folder.with_suffix(".broken"))
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": SLOW_S,
        "rss_limit_mb": MOST_MB,
        "dict": words,
        "artifact_prefix": f"{watch.folder}/",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    flags = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup([sys.argv[0], *flags, str(folder), str(CORPUS / name)], watch.try_one)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def run(name: str, seconds: int) -> tuple[object, ...]:
    """Fuzz one target in a process of its own; a row of the table."""
    for folder in (KEPT / name, KEPT / f"{name}.broken"):
        folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "scripts.fuzz", "--only", name, str(seconds)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, errors="replace", env=environment
    )
    output = done.stdout + done.stderr
    broken = re.findall(r"^BROKEN (.*)$", output, re.MULTILINE)
    broken += re.findall(r"Test unit written to (\S+)", output)
    for line in broken:
        print(f"{name}: {line}", flush=True)
    found = re.search(r"number_of_executed_units:\s*(\d+)", output)
    executed = int(found[1]) if found else 0
    if not found:
        print(f"{name} ended early:\n{output[-2000:]}", flush=True)
    return name, executed, round(executed / seconds), len(list((KEPT / name).iterdir())), len(broken)


def ask(seconds: int) -> tuple[object, ...]:
    """Ask the API for everything in its document, in other ways each time; a row of the table."""
    from tests.fuzz.api import Api
    from tests.fuzz.live import live_box

    asked = broken = 0
    end = monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder, live_box(Path(folder)) as live:
        api = Api(live, Path(folder))
        for seed in count():
            for who, operation in product(api.people.values(), api.operations().values()):
                if monotonic() > end:
                    return API, asked, round(asked / seconds), seed, broken
                asked += ASKED
                try:
                    api.ask(who, operation, ASKED, seed)
                    live.check_well()
                except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - what is looked for
                    broken += 1
                    print(
                        f"{API}: {who.name} asks {operation.label}, seed {seed}: {error}"[:2000], flush=True
                    )
    raise AssertionError("seeds do not end")


def main(names: Sequence[str], minutes: float) -> int:
    if find_spec("atheris") is None and names != [API]:
        print(MISSING)
        return 1
    logging.disable()  # that readers complain is what they are for
    seconds = max(1, round(60 * minutes / len(names)))
    rows = [ask(seconds) if name == API else run(name, seconds) for name in names]
    total = ("all", sum(row[1] for row in rows), "", "", sum(row[4] for row in rows))  # type: ignore[misc]
    print(Table(("reader", "inputs", "per s", "kept", "broken"), [*rows, total]).markdown())
    print(f"\n`scripts/fuzz.py --minutes {minutes:g}`: {this_machine()}")
    return int(bool(total[-1]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
        sys.exit()
    targets = [API, *sorted(path.name for path in CORPUS.iterdir())]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="altogether (default: %(default)g)")
    parser.add_argument(
        "--target", action="append", choices=targets, help="one reader, or several (default: all)"
    )
    given = parser.parse_args()
    sys.exit(main(given.target or targets, given.minutes))
