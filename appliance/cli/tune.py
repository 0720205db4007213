"""`appliance tune`: what settings this machine is best served by, measured on it."""

import argparse
import asyncio
from typing import Any, Final

import psutil

from appliance.app import LANES, open_appliance, open_store
from appliance.changes import check_free, write
from appliance.cli.obtain import obtain
from appliance.cli.output import console, progress_console
from appliance.core.errors import InputError
from appliance.inference.cores import spare_cores
from appliance.settings import Settings
from appliance.tuning.search import Search, ThisMachine
from appliance.tuning.verdict import Advice
from appliance.warm import warm_turn

LOOK_S: Final = 1.0
"""s for which it is looked how busy the machine is."""
BUSY: Final = 20.0
"""% of all processors in use by others above which figures are not to be trusted."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "tune",
        parents=[common],
        help="measure this machine, and choose the settings that serve it best",
        description="Tries the engines with several numbers of cores and sizes of work, and on the GPU and without it "
        "where there is one; explains what it found, and writes the settings down for the next start (`appliance "
        "settings unset` takes one back). Takes a minute or a few. Stop the appliance first: both would be slower.",
    )
    parser.add_argument("--dry-run", action="store_true", help="explain, and write nothing")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Measure, explain, write."""
    obtain(settings)
    _warn()
    search = Search(
        settings, open_store(settings), ThisMachine(), _tell, settings.inference.cores or spare_cores()
    )
    asyncio.run(search.run())
    for advice in search.found:
        console.print(f"{'*' if advice.changes else ' '} {advice}", markup=False)
    changes = [advice for advice in search.found if advice.changes]
    if not changes:
        console.print("The settings are the best for this machine. Nothing was changed.")
        return 0
    before, after = asyncio.run(_compare(settings, search.settings))
    console.print(
        f"From a question's end to the first sound of its answer: {before:.0f} ms before, {after:.0f} now."
    )
    if args.dry_run:
        console.print("Nothing was written (--dry-run).")
        return 0
    for advice in changes:
        keep(settings, advice)
    return 0


def _tell(line: str) -> None:
    progress_console.print(line, markup=False, style="dim")


def _warn() -> None:
    busy = psutil.cpu_percent(LOOK_S)
    if busy > BUSY:
        progress_console.print(
            f"!    Something else uses {busy:.0f} % of the processors: the figures may mislead.\n"
            "     → stop it (the appliance itself: `systemctl stop appliance`), and tune again",
            markup=False,
        )


async def _compare(*candidates: Settings) -> list[float]:
    """ms from the end of a recorded question to the first sample of its answer, through all engines."""
    found = []
    for settings in candidates:
        async with open_appliance(settings, LANES) as appliance:
            await warm_turn(appliance)  # the first one pays for much that later ones have
            found.append((await warm_turn(appliance)).first_audio_ms)
    return found


def keep(settings: Settings, advice: Advice) -> None:
    """Write one down; what a variable holds fast is left alone, and said."""
    try:
        check_free(advice.section, advice.key)
    except InputError as error:
        console.print(f"Not written: {error}", markup=False)
        return
    write(settings, advice.section, advice.key, advice.value)
    console.print(f"{advice.section}.{advice.key} = {advice.value} from the next start on.", markup=False)
