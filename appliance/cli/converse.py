"""`appliance converse`: the whole appliance, with recordings as its microphone."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from appliance.app import open_appliance
from appliance.cli.obtain import obtain
from appliance.cli.output import (
    check_writable,
    console,
    print_json,
    progress_console,
    write_sound,
    write_text,
)
from appliance.converse import Report, Say, converse
from appliance.core.clock import process_age_s
from appliance.core.speech import Outcome
from appliance.settings import Settings
from appliance.timelines.lines import line_of
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
    parser.add_argument(
        "--timelines",
        type=Path,
        metavar="FILE",
        help="write a timeline of each turn, for `appliance timeline --file`",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Hold the conversation."""
    says = [Say.parse(argument) for argument in args.say]
    for path in filter(None, (args.out, args.report, args.timelines)):
        check_writable(path)
    obtain(settings)
    report = asyncio.run(_hold(settings, says, args.out))
    if args.report:
        write_text(args.report, json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n")
    if args.timelines:
        write_text(args.timelines, "".join(f"{line_of(timeline)}\n" for timeline in report.timelines))
    if args.json:
        print_json(report.as_dict())
    else:
        _print(report)
    for failure in report.failures:
        print(failure, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    return exit_code(report)


def exit_code(report: Report) -> int:
    """1 when something broke or a turn failed: nobody reports a failure when an answer just never comes."""
    return int(bool(report.failures) or any(turn["outcome"] == Outcome.FAILED for turn in report.turns))


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
        write_sound(out, speaker, 48_000)
    return report


def _print(report: Report) -> None:
    for turn in report.turns:
        stamps = turn["stamps"]
        console.print(f"you  {turn['transcript'] or '(not understood)'}", markup=False)
        console.print(f"box  {turn['heard'] or '(nothing heard)'}", markup=False)
        delay = None if stamps["first_audio"] is None else stamps["first_audio"] - stamps["speech_ended"]
        after = "" if delay is None else f", first audio {delay:.0f} ms after the last word"
        console.print(f"     {turn['outcome']}{after}\n", markup=False)
