"""`appliance report`: what the box can tell about its failures, for whoever helps."""

import argparse
from pathlib import Path
from typing import Any

from appliance.cli.black_box import FLIGHT, LOG
from appliance.cli.output import check_writable, console, print_json, table
from appliance.core import clock
from appliance.core.errors import InputError
from appliance.diagnosis.log_file import NAME
from appliance.diagnosis.readable import readable
from appliance.diagnosis.reports import Reports, load
from appliance.diagnosis.ring import live
from appliance.settings import Settings, as_dict
from appliance.timelines.lines import NAME as TIMELINES
from appliance.web.diagnosis import as_json, bundle, machine, mask


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "report",
        parents=[common],
        help="tell what happened around the last failure, or pack all of it for whoever helps",
        description="Without an option it writes a bundle (a zip file) with the reports of the flight recorder, the "
        "log, the timelines of turns, the settings without secrets, and what it runs on. Nothing in it was said by "
        "anybody; recordings, where diagnosis.audio has been switched on, only come with --audio.",
    )
    parser.add_argument("file", nargs="?", type=Path, help="bundle to write (appliance-report-DATE.zip)")
    parser.add_argument("--last", action="store_true", help="print the last report, one line per event")
    parser.add_argument("--now", action="store_true", help="print what the running appliance has recorded")
    parser.add_argument("--list", action="store_true", help="list the reports")
    parser.add_argument("--audio", action="store_true", help="put the recordings into the bundle as well")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print or write what was asked for."""
    folder = settings.audio.state_folder()
    reports = Reports(folder / FLIGHT, settings.diagnosis.reports)
    if args.list:
        _list(reports, as_lines=args.json)
    elif args.now:
        _print({"reason": "now"}, live(folder / FLIGHT / "ring"), as_lines=args.json)
    elif args.last:
        _print(*_last(reports), as_lines=args.json)
    else:
        _pack(args.file, folder, reports, settings, audio=args.audio)
    return 0


def _last(reports: Reports) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    paths = reports.all()
    if not paths:
        raise InputError(
            f"there is no report in {reports.folder}: nothing has failed since they were deleted",
            "`appliance report --now` shows what a running appliance has recorded",
        )
    return load(paths[-1])


def _list(reports: Reports, *, as_lines: bool) -> None:
    found = [(path, load(path)[0]) for path in reports.all()]
    if as_lines:
        print_json([{"file": str(path), **head} for path, head in found])
        return
    listing = table("when", "what failed", "file")
    for path, head in found:
        listing.add_row(str(head.get("time", "?"))[:19], str(head.get("reason", "?")), path.name)
    console.print(listing if found else f"There are no reports in {reports.folder}.")


def _print(head: dict[str, Any], entries: list[dict[str, Any]], *, as_lines: bool) -> None:
    if as_lines:
        print_json({"report": head, "events": entries})
        return
    for line in readable(head, entries):
        console.print(line, markup=False, highlight=False)


def _pack(file: Path | None, folder: Path, reports: Reports, settings: Settings, *, audio: bool) -> None:
    path = file or Path(f"appliance-report-{clock.wall():%Y%m%d-%H%M%S}.zip")
    check_writable(path)
    files = [path for name in (NAME, TIMELINES) for path in sorted((folder / LOG).glob(f"{name}*"))]
    logs = {path.name: path.read_text(errors="replace") for path in files}
    tapes = sorted(reports.folder.glob("*.flac")) if audio else []
    texts = {
        "settings.json": as_json(mask(as_dict(settings))),
        "machine.json": as_json(machine()),
        **reports.texts(),
        **logs,
    }
    path.write_bytes(bundle(texts, {tape.name: tape.read_bytes() for tape in tapes}))
    console.print(
        f"{path} holds {len(texts) + len(tapes)} files. Look at it before you send it.", markup=False
    )
