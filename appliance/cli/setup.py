"""`appliance setup`: takes a settings file from a USB stick, or says whether one would be taken."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from appliance.cli.output import console
from appliance.core import clock
from appliance.core.errors import InputError
from appliance.device.example import EXAMPLE
from appliance.device.memory import Memory, read_status, recall
from appliance.device.names import given_name, host_name
from appliance.device.plan import make_plan
from appliance.device.provision import LIVE, Outcome, apply, begin, put_in_force, take_from_sticks
from appliance.device.setup_file import NAME, read_setup
from appliance.device.sticks import plugged, read_carefully, run_program
from appliance.settings import Settings

LOOK_EVERY_S = 0.25
"""s between two looks for sticks: one costs 10 ms."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "setup",
        parents=[common],
        help="set this box up from a settings file on a USB stick",
        description=f"Looks for {NAME} in the root folder of every USB stick and applies it: all of it, or nothing, "
        "with the reasons. The answer is printed, shown on the box's own screen, and written beside the file. "
        "A box without a name is given one. systemd runs this at the first start and whenever a stick is plugged in.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", metavar="FILE", type=Path, help="only say whether this file is right")
    what.add_argument("--file", metavar="FILE", type=Path, help="apply this file instead of a stick's")
    what.add_argument("--example", action="store_true", help="print a settings file with all its keys")
    parser.add_argument(
        "--root", metavar="FOLDER", type=Path, default=LIVE, help="set up the system in this folder instead"
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="at the first start, for a stick that the kernel is still reading",
    )
    parser.set_defaults(execute=execute, without_settings=True)


def execute(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - it must work where they are wrong
    """Set up; 0 also when there is no file, 65 when one was refused."""
    if args.example:
        console.print(EXAMPLE, markup=False, end="")
        return 0
    if args.check:
        return _check(args.check, args.root)
    if args.wait and read_status(args.root) is None:  # later, a stick that comes late has us started again
        asyncio.run(_patience(args.wait))
    begin(args.root)
    if args.file:
        taken = apply(_read(args.file), args.root)
        outcomes = [taken] if taken else []
    else:
        outcomes = take_from_sticks(run_program, args.root)
    return _report(outcomes, args.root)


def _check(path: Path, root: Path) -> int:
    setup = read_setup(_read(path))
    if (root / "var/lib/appliance-setup").is_dir():  # a box, and not somebody's laptop
        make_plan(setup, root, recall(root) or Memory())
    console.print(f"{path} is right.", markup=False)
    return 0


def _report(outcomes: list[Outcome], root: Path) -> int:
    name = host_name(root) or given_name(root)
    if not outcomes:
        console.print(f"This box is called {name}. There is no new settings file.", markup=False)
    for outcome in outcomes:
        console.print(outcome.text(name), markup=False)
        for problem in put_in_force(outcome, run_program) if root == LIVE else ():
            console.print(f"!    {problem}\n     → restart the box", markup=False)
    refused = any(outcome.plan is None for outcome in outcomes)
    return InputError.exit_code if refused else 0


def _read(path: Path) -> bytes:
    try:
        return read_carefully(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


async def _patience(seconds: float) -> None:
    """Until there is a stick, or time is up: USB storage needs a second or two from power on."""
    end = clock.now() + seconds
    while clock.now() < end and not plugged(run_program):
        await clock.sleep_until(clock.now() + LOOK_EVERY_S)
