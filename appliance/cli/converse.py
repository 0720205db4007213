"""`appliance converse`: the whole appliance, with recordings as its microphone."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import soundfile

from appliance.app import open_appliance
from appliance.cli.obtain import obtain
from appliance.cli.output import console, print_json, progress_console
from appliance.converse import Report, Say, converse
from appliance.core.clock import process_age_s
from appliance.core.errors import InputError
from appliance.settings import Settings
from appliance.warm import warm_turn


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "converse",
        parents=[common],
        help="hold a conversation with recordings instead of a microphone",
        description="Runs the whole appliance in real time with recordings as the microphone and writes what its "
        "loudspeaker plays. Both share one clock and one zero, so latency can be measured from the files.",
    )
    parser.add_argument(
        "--say",
        action="append",
        required=True,
        metavar="FILE[@SECONDS]",
        help="a recording to say; without @ it begins 1 s after the previous reply has ended, with @SECONDS at that "
        "second of the microphone's clock, so that one can talk over a reply. May be given many times",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write what the loudspeaker played (WAV, 48 kHz)"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write turns, time stamps and counters as JSON"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Hold the conversation; fails when a turn failed."""
    says = [Say.parse(argument) for argument in args.say]
    for path in filter(None, (args.out, args.report)):
        if not path.absolute().parent.is_dir():
            raise InputError(f"cannot write {path}: there is no folder {path.absolute().parent}")
    obtain(settings)
    report = asyncio.run(_hold(settings, says, args.out))
    if args.report:
        args.report.write_text(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n")
    if args.json:
        print_json(report.as_dict())
    else:
        _print(report)
    for failure in report.failures:
        print(failure, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    return 1 if report.failures else 0


async def _hold(settings: Settings, says: list[Say], out: Path | None) -> Report:
    report = Report()
    async with open_appliance(settings) as appliance:
        warm = await warm_turn(appliance)
        report.ready_ms = round(process_age_s() * 1000, 1)
        progress_console.print(f"READY after {report.ready_ms / 1000:.1f} s. {warm}", markup=False)
        speaker = await converse(
            lambda port, observer: appliance.session("converse", port, observer), says, report
        )
    if out:
        soundfile.write(out, speaker, 48_000, subtype="PCM_16", format="WAV")
    return report


def _print(report: Report) -> None:
    for turn in report.turns:
        stamps = turn["stamps"]
        console.print(f"you  {turn['transcript'] or '(not understood)'}", markup=False)
        console.print(f"box  {turn['heard'] or '(nothing heard)'}", markup=False)
        delay = None if stamps["first_audio"] is None else stamps["first_audio"] - stamps["speech_ended"]
        after = "" if delay is None else f", first audio {delay:.0f} ms after the last word"
        console.print(f"     {turn['outcome']}{after}\n", markup=False)
