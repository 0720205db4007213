"""Measures this machine: prints Markdown tables, and writes every single value to out/bench.json.

    make bench                                              everything; about half an hour
    .venv/bin/python scripts/bench.py --only latency,idle   some of it
    .venv/bin/python scripts/bench.py --write               put the tables into BENCHMARKS.md as well

Uses the models that `appliance run` would use. Sections run one after the other, each in a process of its
own. Leave the machine alone meanwhile; it is said above the tables when somebody did not.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts` and `tests`, which are not installed

from appliance.cli.obtain import obtain
from appliance.settings import load_settings
from scripts.bench_conversation import latency, long_conversation
from scripts.bench_engines import engines
from scripts.bench_figures import QUICK, Plan, Section, Skipped
from scripts.bench_machine import Machine, this_machine
from scripts.bench_orchestration import orchestration
from scripts.bench_page import PAGE, RESULTS, ROOT, environment, with_section
from scripts.bench_processes import idle, memory, start
from scripts.bench_sound import audio

SECTIONS: dict[str, Callable[[Plan], Section]] = {
    "latency": latency,
    "turns": long_conversation,
    "engines": engines,
    "memory": memory,
    "start": start,
    "orchestration": orchestration,
    "audio": audio,
    "idle": idle,
}


def main() -> int:
    """Measure; fails when a section did."""
    options = parse()
    if options.write:
        for name in options.only:
            with_section(PAGE.read_text(), name, "")  # better now than in half an hour
    # The environment, because the measured appliances are processes of their own.
    os.environ.update(environment(options))
    obtain(load_settings(None))
    machine = this_machine()
    print(f"{machine}\n{machine.noise}", flush=True)
    plan = replace(Plan(clips=options.clips), **QUICK if options.quick else {})
    failures = 0
    for name in options.only:
        print(f"\n## {name}\n", flush=True)
        try:
            section = measured(name, plan)
        except Exception as problem:  # noqa: BLE001 - one section must not cost the others
            failures += not isinstance(problem, Skipped)
            print(f"{type(problem).__name__}: {problem}", flush=True)
        else:
            publish(name, section, options, machine)
    print(f"\nEvery value: {RESULTS.relative_to(ROOT)}")
    return 1 if failures else 0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", type=sections, default=list(SECTIONS), metavar="A,B,…", help=f"of {', '.join(SECTIONS)}"
    )
    parser.add_argument("--quick", action="store_true", help="a little of everything: does it work?")
    parser.add_argument("--clips", type=Path, default=Plan().clips, help="recordings (default: %(default)s)")
    parser.add_argument("--profile", help="models to use instead of those of the settings")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where they are instead")
    parser.add_argument("--write", action="store_true", help="put the tables into BENCHMARKS.md")
    return parser.parse_args()


def sections(argument: str) -> list[str]:
    """Names of sections, in the order in which they are measured."""
    chosen = set(argument.split(","))
    if unknown := chosen - SECTIONS.keys():
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return [name for name in SECTIONS if name in chosen]


def measured(name: str, plan: Plan) -> Section:
    """One section, in a fresh process: no section pays for what another has loaded, or dies of it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(SECTIONS[name], plan).result()


def publish(name: str, section: Section, options: argparse.Namespace, machine: Machine) -> None:
    """Print a section, and write it wherever it is wanted; what else is there stays as it was."""
    text = f"{section.markdown()}\n\n{origin(name, section, options, machine)}"
    print(text, flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"machine": asdict(machine), **asdict(section)}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if options.write:
        PAGE.write_text(with_section(PAGE.read_text(), name, text))


def origin(name: str, section: Section, options: argparse.Namespace, machine: Machine) -> str:
    """What the figures are, and how and where they came about."""
    words = ["scripts/bench.py", f"--only {name}", *(["--quick"] if options.quick else [])]
    words += [f"--{key} {value}" for key in ("profile", "models") if (value := getattr(options, key))]
    lines = [
        f"{section.note[:1].upper()}{section.note[1:]}.",
        f"`{' '.join(words)}`: {machine}.",
        machine.noise,
    ]
    return "  \n".join(filter(None, lines))


if __name__ == "__main__":
    sys.exit(main())
