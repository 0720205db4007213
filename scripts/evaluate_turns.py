"""Holds whole conversations with recorded people on a virtual clock, and tells how well the box takes turns.

    make eval                                               a few minutes
    make eval-full                                          every recording; up to half an hour
    .venv/bin/python scripts/evaluate_turns.py --only stop,backchannels    some scenes
    .venv/bin/python scripts/evaluate_turns.py --full --write              tables and plots into BENCHMARKS.md

The session, the detectors and the engines are the real ones. Microphone and loudspeaker are recordings, and the
clock is charged with the processor time that engines take, so that a busy machine spoils nothing; scenes are
data (scripts/evaluation/scenarios). Every single finding goes to out/eval.json.
"""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts` and `tests`, which are not installed

from appliance.app import open_store
from appliance.core.clock import monotonic
from appliance.core.errors import ApplianceError
from appliance.engines.models import best_available
from appliance.settings import load_settings
from scripts.bench_machine import Machine, this_machine
from scripts.evaluate_stt import SHARED
from scripts.evaluation import summary
from scripts.evaluation.boundaries import FILE as HESITATIONS
from scripts.evaluation.findings import Finding, as_record
from scripts.evaluation.page import with_section, write_plots
from scripts.evaluation.plots import plots
from scripts.evaluation.rehearsal import Rehearsal, prepare, rehearse
from scripts.evaluation.scenario import FOLDER, Scene, read_scenes
from scripts.evaluation.sounds import REPORTING, TUNING, Library, flite_there
from scripts.evaluation.stage import sounds_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "BENCHMARKS.md"
RESULTS = ROOT / "out" / "eval.json"
PLOTS = ROOT / "docs" / "eval"

SECTIONS = {
    "turns": summary.turns,
    "speculation": summary.speculation,
    "interruptions": summary.interruptions,
    "integrity": summary.integrity,
    "peers": summary.beside_peers,
}
"""Tables, by the name of their markers."""


def main() -> int:
    """Evaluate; fails when a play broke, not when a target is missed."""
    options = parse()
    if options.write:
        for name in SECTIONS:
            with_section(PAGE.read_text(), name, "")  # better now than in half an hour
    os.environ.update(environment(options))
    try:
        engines = chosen()
    except ApplianceError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    machine, begun = this_machine(), monotonic()
    library = Library(options.clips, TUNING if options.half == "tuning" else REPORTING)
    boundaries = tomllib.loads(HESITATIONS.read_text())["boundaries"]
    scenes = read_scenes(FOLDER, library.groups(boundaries), full=options.full, only=options.only)
    print(f"{len(scenes)} plays on {options.workers} processes", file=sys.stderr)
    found, broken = played(scenes, options)
    seconds = monotonic() - begun
    publish(summary.Findings(found), options, origin(options, machine, engines, len(scenes), seconds))
    for title, cause in broken:
        print(f"broke: {title}: {cause}", file=sys.stderr)
    return 1 if broken else 0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--full", action="store_true", help="every play of every scene")
    add(
        "--only",
        type=lambda names: names.split(","),
        default=[],
        metavar="A,B,…",
        help="beginnings of scenes' names",
    )
    add(
        "--half",
        choices=("tuning", "reporting"),
        default="reporting",
        help="recordings of people (default: %(default)s)",
    )
    add("--clips", type=Path, default=SHARED / "clips", help="recordings (default: %(default)s)")
    add("--profile", default="bundled", help="models to use (default: %(default)s)")
    add("--models", type=Path, default=ROOT / ".cache" / "models", metavar="FOLDER", help="where they are")
    add(
        "--factor",
        type=float,
        default=1.0,
        help="s on the clock per s of processor time; 0: they take no time (default: %(default)s)",
    )
    add("--cores", type=int, default=1, help="engines that may work at once (default: %(default)s)")
    add(
        "--workers",
        type=int,
        default=min(os.cpu_count() or 1, 4),
        help="plays at once (default: %(default)s)",
    )
    add("--write", action="store_true", help="put tables and plots into BENCHMARKS.md and docs/eval")
    return parser.parse_args()


def environment(options: argparse.Namespace) -> dict[str, str]:
    """The options as settings."""
    return {
        "APPLIANCE_MODELS__PROFILE": options.profile,
        "APPLIANCE_MODELS__FOLDER": str(options.models.resolve()),
    }


def chosen() -> str:
    """Names of the models in use.

    Raises:
        ModelError: one is absent; says how to get it.
    """
    settings = load_settings(None)
    selection = best_available(open_store(settings), settings.models.profile)
    roles = (selection.turn_end, selection.stt, selection.llm, selection.tts)
    names = ", ".join(choices[0].model for choices in roles if choices)
    return names if selection.turn_end else f"{names}; without a turn end model"


def played(scenes: list[Scene], options: argparse.Namespace) -> tuple[list[Finding], list[tuple[str, str]]]:
    """All findings in the order of the scenes, and which plays broke of what."""
    sounds = sorted(sounds_of(scenes))
    setup = Rehearsal(options.clips, options.half, options.factor, options.cores, load_settings(None), sounds)
    results: dict[int, list[Finding]] = {}
    broken = []
    with ProcessPoolExecutor(options.workers, get_context("spawn"), prepare, (setup,)) as pool:
        jobs = {pool.submit(rehearse, scene): number for number, scene in enumerate(scenes)}
        for done in as_completed(jobs):
            scene = scenes[jobs[done]]
            if problem := done.exception():
                broken.append((scene.title, f"{type(problem).__name__}: {problem}"))
            else:
                results[jobs[done]] = done.result()
            print(
                f"\r{len(results) + len(broken)} of {len(scenes)}: {scene.title:40.40}",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    return [finding for number in sorted(results) for finding in results[number]], broken


def publish(found: summary.Findings, options: argparse.Namespace, where: str) -> None:
    """Print everything, and write it wherever it is wanted."""
    drawn = plots(found)
    write_plots(drawn, PLOTS if options.write else RESULTS.parent / "eval")
    RESULTS.parent.mkdir(exist_ok=True)
    records = [as_record(finding) for finding in found.all]
    RESULTS.write_text(
        json.dumps({"origin": where, "findings": records}, indent=1, ensure_ascii=False) + "\n"
    )
    for name, tables in sections(found):
        print(f"\n## {name}\n\n{tables}", flush=True)
        if options.write:
            picture = f"![{name}]({PLOTS.relative_to(ROOT)}/{name}.svg)\n\n" if name in drawn else ""
            PAGE.write_text(with_section(PAGE.read_text(), name, f"{picture}{tables}\n\n{where}"))
    print(f"\n{where}\nEvery finding: {RESULTS.relative_to(ROOT)}")


def sections(found: summary.Findings) -> Iterator[tuple[str, str]]:
    """Names and tables."""
    for name, tables in SECTIONS.items():
        yield name, "\n\n".join(table.markdown() for table in tables(found))


def origin(options: argparse.Namespace, machine: Machine, engines: str, plays: int, seconds: float) -> str:
    """What the figures are, and how and where they came about."""
    words = ["scripts/evaluate_turns.py", *(["--full"] if options.full else [])]
    words += [f"--only {','.join(options.only)}"] if options.only else []
    words += [
        f"--{key} {value}"
        for key in ("profile", "factor", "cores")
        if (value := getattr(options, key)) is not None
    ]
    voices = "Flite and eSpeak" if flite_there() else "eSpeak (without Flite its voices are left out)"
    return "  \n".join(
        [
            f"{plays} plays in {seconds:.0f} s, people of the {options.half} half. People are recordings, and "
            "hesitations room of the same recording at word boundaries. Nobody recorded backchannels, “stop”, “wait”, "
            f"“no” and coughs: they are rendered by {voices}, or made of noise. Engines: {engines}.",
            f"`{' '.join(words)}`: {machine}.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
