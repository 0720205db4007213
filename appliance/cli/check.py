"""`appliance check`: the doctor."""

import argparse
from dataclasses import asdict
from itertools import chain
from typing import Any

from appliance.app import open_store
from appliance.cli.check_echo import examine_echo
from appliance.cli.check_sound import examine_sound
from appliance.cli.output import console, print_json
from appliance.core.findings import Verdict
from appliance.health import examine
from appliance.settings import Settings

SIGNS = {Verdict.OK: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.PROBLEM: "[red]✗[/]"}


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "check",
        parents=[common],
        help="find out what is wrong with this machine, and what mends it",
        description="Looks at devices, sample rates, real-time rights, models, memory, disk and ports, listens to the "
        "microphone for a few seconds, and names the command that mends each problem. Fails when there is one that "
        "keeps the appliance from working.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--echo",
        action="store_true",
        help="play a short hiss, measure its echo, and remember how to remove it from these devices",
    )
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print the findings as they come; 1 when there is a problem."""
    findings = []
    echo = examine_echo(settings) if args.echo else ()
    for finding in chain(examine(settings, open_store(settings)), examine_sound(settings), echo):
        findings.append(finding)
        if not args.json:
            console.print(f"{SIGNS[finding.verdict]} {finding.subject}: ", end="")
            console.print(finding.detail, markup=False)
            if finding.remedy:
                console.print(f"    → {finding.remedy}", markup=False)
    if args.json:
        print_json([asdict(finding) for finding in findings])
    return int(any(finding.verdict is Verdict.PROBLEM for finding in findings))
