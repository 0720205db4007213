"""Our pipeline beside those of others: the same questions, engines, files and machine, taking turns.

    make bench-peers                                        about twenty minutes
    make bench-peers QUICK=1                                five
    .venv/bin/python scripts/bench_peers.py --only ours,pipecat --write

Each pipeline is a program of its own that is plugged into a sound card of the judge's: recordings are its microphone,
in real time, and what its loudspeaker plays is recorded. What is said of it comes from that recording alone, which
stays in out/peers for whoever wants to listen. Peers are installed below .cache/peers; one that cannot be is left out,
by name.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts`, which is not installed

from appliance.app import engine_specs, open_store
from appliance.cli.obtain import obtain
from appliance.core.speech import Stage
from appliance.engines.models import best_available
from appliance.settings import Settings, load_settings
from scripts.bench_figures import Plan, Section, Skipped
from scripts.bench_machine import this_machine
from scripts.bench_page import PAGE, RESULTS, ROOT, environment, with_section
from scripts.peers.engines import Outfit
from scripts.peers.install import PEERS, NotHereError, python_of
from scripts.peers.table import OURS, Runs, section
from scripts.peers.talk import Clip, Conversation, converse

OUT: Final = ROOT / "out" / "peers"

TEACHER: Final = "You tell stories to children. Whatever they say, you answer with a long story about it."
"""Everybody's system prompt. With it the smallest model talks for long enough to be interrupted."""
SENTENCES: Final = "2"
"""Of every answer, at most."""

LONGEST_S: Final = 4.0
SHORTEST_S: Final = 1.2
"""s of speech in a recording that is asked."""


def main() -> int:
    """Talk with all of them; fails when one did not get through."""
    options = parse()
    if options.write:
        with_section(PAGE.read_text(), "peers", "")  # better now than in twenty minutes
    os.environ.update(environment(options))
    os.environ.update(
        {"APPLIANCE_DIALOGUE__SYSTEM_PROMPT": TEACHER, "APPLIANCE_LLM__ANSWER_SENTENCES": SENTENCES}
    )
    try:
        rounds = pairs(options)
    except Skipped as problem:
        raise SystemExit(str(problem)) from None
    settings = load_settings(None)
    obtain(settings)
    OUT.mkdir(parents=True, exist_ok=True)
    outfit, engines = dress(settings)
    commands, missing = programs(options.only, outfit)
    machine = this_machine()
    print(f"{machine}\n{machine.noise}", flush=True)
    runs = talk(commands, rounds)
    found = section(runs, missing)
    text = "\n\n".join(filter(None, [found.markdown(), notes(found, options, engines, machine)]))
    print(f"\n{text}", flush=True)
    keep(found, asdict(machine))
    if options.write:
        PAGE.write_text(with_section(PAGE.read_text(), "peers", text))
    print(f"\nEvery value: {RESULTS.relative_to(ROOT)}; recordings and logs: {OUT.relative_to(ROOT)}")
    return 1 if missing or any(run.failure for found in runs.values() for run in found) else 0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", type=names, default=[OURS, *PEERS], metavar="A,B,…", help=f"of {OURS}, {', '.join(PEERS)}"
    )
    parser.add_argument("--quick", action="store_true", help="one round of four questions, five minutes")
    parser.add_argument("--rounds", type=positive, help="of everybody in turn (default: 3)")
    parser.add_argument(
        "--questions", type=positive, help="each with an interruption, per round (default: 6)"
    )
    parser.add_argument("--clips", type=Path, default=Plan().clips, help="recordings (default: %(default)s)")
    parser.add_argument("--profile", help="models to use instead of those of the settings")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where they are instead")
    parser.add_argument("--write", action="store_true", help="put the tables into BENCHMARKS.md")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.questions = options.questions or (4 if options.quick else 6)
    return options


def names(argument: str) -> list[str]:
    """Pipelines, ours first: it is what the others are compared with."""
    chosen = {name.strip() for name in argument.split(",")}
    if unknown := chosen - {OURS, *PEERS}:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return [name for name in (OURS, *PEERS) if name in chosen]


def positive(argument: str) -> int:
    """A number of something."""
    if not argument.isdecimal() or not int(argument):
        raise argparse.ArgumentTypeError(f"{argument!r} is no number from 1 on")
    return int(argument)


def pairs(options: argparse.Namespace) -> list[list[tuple[Clip, Clip]]]:
    """Questions, each with what is said over its answer, round by round.

    People ordering coffee, of the half that no setting was tuned on. Every order is asked and is said over an answer
    once, by different people, before one comes again.
    """
    file = options.clips / "people.json"
    if not file.is_file():
        raise Skipped(f"There are no recordings in {options.clips}: --clips names another folder")
    labels = json.loads(file.read_text())
    clips = [
        Clip.load(options.clips / "people" / name, label["speech"][0][0], label["speech_end"])
        for name, label in sorted(labels.items())
        if name[0] in "89abcdef" and SHORTEST_S <= label["speech_end"] - label["speech"][0][0] <= LONGEST_S
    ]
    if len(clips) < 2:
        raise Skipped(f"There are too few short recordings of people in {options.clips}")
    half = len(clips) // 2
    both = [(clip, clips[(number + half) % len(clips)]) for number, clip in enumerate(clips)]
    wanted = options.rounds * options.questions
    many = (both * (wanted // len(both) + 1))[:wanted]
    return [many[first : first + options.questions] for first in range(0, wanted, options.questions)]


def dress(settings: Settings) -> tuple[Path, list[str]]:
    """What every peer is given, as a file: the engines that ours would use, and how they are run; and their names."""
    selection = best_available(open_store(settings), settings.models.profile)
    stages = (Stage.STT, Stage.LLM, Stage.TTS)
    engines = {stage: engine_specs(stage, selection, settings)[0] for stage in stages}
    path = OUT / "outfit"
    Outfit(engines, settings.dialogue.system_prompt).save(path)
    return path, [engine.name for engine in engines.values()]


def programs(only: Sequence[str], outfit: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The command of every pipeline that is here, and of the others why they are not."""
    commands, missing = {}, {}
    for name in only:
        if name == OURS:
            commands[name] = [sys.executable, "-m", "scripts.peers.ours"]
            continue
        try:
            commands[name] = [str(python_of(PEERS[name])), "-m", PEERS[name].module, str(outfit)]
        except NotHereError as problem:
            missing[name] = str(problem)
            print(problem, flush=True)
    if not commands:
        raise SystemExit("None of them is here")
    return commands, missing


def talk(commands: Mapping[str, Sequence[str]], rounds: Sequence[Sequence[tuple[Clip, Clip]]]) -> Runs:
    """Round by round with everybody, so that whatever else the machine does meets all of them."""
    runs: dict[str, list[Conversation]] = {name: [] for name in commands}
    for number, questions in enumerate(rounds, 1):
        for name, command in commands.items():
            print(f"Round {number} of {len(rounds)}, {name}: ", end="", flush=True)
            run = converse(command, questions, OUT / f"{name}-{number}.wav")
            runs[name].append(run)
            print(run.failure or f"{len(run.verdicts)} times spoken to", flush=True)
    return runs


def notes(found: Section, options: argparse.Namespace, engines: Sequence[str], machine: Any) -> str:
    """What the figures are, and how and where they came about."""
    words = ["scripts/bench_peers.py", f"--rounds {options.rounds}", f"--questions {options.questions}"]
    words += [f"--{key} {value}" for key in ("profile", "models") if (value := getattr(options, key))]
    everybody = f"Everybody's engines: {', '.join(engines)}; answers of {SENTENCES} sentences at most."
    lines = [found.note, everybody, f"`{' '.join(words)}`: {machine}.", machine.noise]
    return "  \n".join(filter(None, lines))


def keep(found: Section, machine: Mapping[str, Any]) -> None:
    """Write every value beside those of the other benches."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["peers"] = {"machine": dict(machine), **asdict(replace(found, tables=()))}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    sys.exit(main())
