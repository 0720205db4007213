"""`appliance reset`: makes the box what it was when it was flashed; models stay."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from appliance.cli.output import console
from appliance.core.errors import ApplianceError
from appliance.device.reset import wish_for_reset
from appliance.device.sticks import run_program
from appliance.device.update.slots import NoSlots, read_box
from appliance.settings import Settings

WORD = "reset"
"""What is to be typed."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "reset",
        parents=[common],
        help="make this box what it was when it was flashed",
        description="Removes the owner and all pairings, conversations, settings, networks, keys and the box's name, "
        "and starts the box again as a new one. Models and the version that runs stay. Needs root. Without a keyboard: "
        "the owner's page, a USB stick with an empty file appliance-reset.txt, or “Factory reset” in the boot menu "
        "(hold the space bar while the box starts).",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.set_defaults(execute=execute, without_settings=True)


def execute(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - it must work where they are wrong
    """Reset; 130 when the answer was no."""
    try:
        read_box()
    except NoSlots:
        raise ApplianceError(
            "this machine was not flashed with our image: nothing here knows what it was before",
            "sudo scripts/install.sh --uninstall --purge removes the appliance with all it keeps; then install it anew",
        ) from None
    if os.geteuid() != 0:
        raise ApplianceError("only root may do this", "sudo appliance reset")
    if not args.yes and not _sure():
        console.print("Nothing was changed.", markup=False)
        return 130
    wish_for_reset(Path("/"))
    console.print("The box starts again, as new.", markup=False)
    run_program(("systemctl", "--no-block", "reboot"))
    return 0


def _sure() -> bool:
    if not sys.stdin.isatty():
        raise ApplianceError("nobody is there to ask", "if you mean it: appliance reset --yes")
    console.print(
        "The owner, conversations, settings, networks and keys of this box go for ever.", markup=False
    )
    return input(f"Type {WORD} to go on: ").strip() == WORD
