"""`appliance update`: installs a signed bundle, or says how the last update stands."""

import argparse
import os
from pathlib import Path
from typing import Any

from appliance.cli.output import console, print_json
from appliance.core.errors import ApplianceError, InputError
from appliance.device.sticks import run_program
from appliance.device.update.arrivals import attend
from appliance.device.update.bundle import MODELS
from appliance.device.update.install import Workshop, examine, install
from appliance.device.update.slots import read_box
from appliance.device.update.status import UpdateStatus, read_update, shown
from appliance.settings import Settings

MODELS_USED = "The models of the bundle are in use; the appliance has answered with them."
TOLD = {
    "none": "There was no update yet.",
    "checking": "A bundle is being checked.",
    "installing": "Version {version} is being written: {percent} %.",
    "installed": "Version {version} is installed. It runs from the next start on; if it does not become ready, "
    "the box goes back to {before} by itself.",
    "running": "Version {version} was installed, and runs.",
    "refused": "The bundle was refused: {problem}.",
    "failed": "The update failed: {problem}.",
    "rolled-back": "The update was taken back: {problem}.",
}


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "update",
        parents=[common],
        help="install a signed bundle, or say how the last update stands",
        description="Verifies a bundle that `make bundle` made, compares it with this box, and writes it into the slot "
        "that does not run. Settings and conversations stay. From the next start on it runs; if it does not become "
        "ready within three starts, the box goes back by itself. Without a FILE it says how the last update stands. "
        "Needs root.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a bundle, as in update.raucb")
    parser.add_argument("--check", action="store_true", help="only say whether this bundle would be taken")
    parser.add_argument(
        "--older", action="store_true", help="take it though its version is older, or the same"
    )
    parser.add_argument("--restart", action="store_true", help="start the box again when it is installed")
    parser.add_argument(
        "--arrived", action="store_true", help="take what the page or a stick brings (systemd does that)"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.set_defaults(execute=execute, without_settings=True)


def execute(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - it must work where they are wrong
    """Update; 65 when a bundle was refused."""
    shop = Workshop()
    if args.arrived:
        return _attend(shop)
    if args.file is None:
        return _report(read_update(), as_json=args.json)
    read_box(shop.root)  # first of all: elsewhere nobody need be root to learn that it cannot be
    if args.check:
        bundle = examine(args.file.resolve(), shop, older=args.older)
        what = "Models of version" if bundle.kind == MODELS else "Version"
        console.print(f"{what} {bundle.version} would be installed.", markup=False)
        return 0
    if os.geteuid() != 0:
        raise ApplianceError("only root may do this", f"sudo appliance update {args.file}")
    status = install(args.file.resolve, shop, _progress, older=args.older)
    code = _report(status, as_json=args.json)
    if status.kind == MODELS:
        return code
    if status.state == "installed" and args.restart:
        run_program(("systemctl", "--no-block", "reboot"))
    elif status.state == "installed" and not args.json:
        console.print("To use it now: sudo systemctl reboot", markup=False)
    return code


def _attend(shop: Workshop) -> int:
    arrival = attend(shop, _progress)
    if arrival.reset:
        console.print("A factory reset: the box starts again, as new.", markup=False)
    if arrival.restart:
        run_program(("systemctl", "--no-block", "reboot"))
    return _report(arrival.status, as_json=False) if arrival.status else 0


def _progress(status: UpdateStatus) -> None:
    if status.busy:
        console.print(TOLD[status.state].format(**shown(status)), markup=False)


def _sentence(status: UpdateStatus) -> str:
    if status.kind == MODELS and status.state in {"installed", "running"}:
        return MODELS_USED
    return TOLD[status.state].format(**shown(status))


def _report(status: UpdateStatus, *, as_json: bool) -> int:
    if as_json:
        print_json(shown(status))
    else:
        console.print(_sentence(status), markup=False)
        if status.remedy:
            console.print(f"  → {status.remedy}", markup=False)
    return {"refused": InputError.exit_code, "failed": 1}.get(status.state, 0)
