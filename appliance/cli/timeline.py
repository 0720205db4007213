"""`appliance timeline`: where the time of one turn went, drawn."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from appliance.cli.black_box import LOG
from appliance.cli.output import check_writable, console, print_json, table, write_text
from appliance.core.errors import InputError
from appliance.sessions.timeline import Timeline
from appliance.settings import Settings
from appliance.timelines.lines import kept, read
from appliance.timelines.svg import picture
from appliance.timelines.terminal import draw

LAST = "last"
"""Instead of a turn's number."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "timeline",
        parents=[common],
        help="draw where the time of one turn went",
        description="Draws one turn: the parts of the wait between the last word and the first sound, what ran on "
        "which lane and what waited for what; after an interruption also the way to silence. `appliance run` writes "
        "the timelines down, `appliance converse --timelines FILE` too; nothing in them was said by anybody.",
    )
    parser.add_argument(
        "turn",
        nargs="?",
        default=LAST,
        metavar="TURN",
        help="number of the turn, the newest that has it; or last",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="read this file instead: timelines, a log, or a report of the flight recorder (these hold stamps only)",
    )
    parser.add_argument(
        "--session", metavar="NAME", help="only turns of this conversation, as --list names it"
    )
    parser.add_argument("--list", action="store_true", help="list the turns that there are")
    parser.add_argument(
        "--all", action="store_true", help="draw all of the turn, its speech and its reply included"
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the drawing as a picture instead")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Draw, list or write what was asked for."""
    if args.svg:
        check_writable(args.svg)
    folder = settings.audio.state_folder() / LOG
    turns = [turn for turn in read([args.file] if args.file else kept(folder)) if _wanted(turn, args.session)]
    if args.list:
        _list(turns, as_json=args.json)
        return 0
    turn = _chosen(turns, args.turn, args.file or folder)
    if args.svg:
        write_text(args.svg, picture(turn, whole=args.all))
    if args.json:
        print_json(turn.as_dict())
    elif not args.svg:
        for line in draw(turn, whole=args.all):
            console.print(line, markup=False)
    return 0


def _wanted(turn: Timeline, session: str | None) -> bool:
    return session is None or turn.session == session


def _chosen(turns: Sequence[Timeline], wish: str, source: Path) -> Timeline:
    """The newest turn, or the newest of that number.

    Raises:
        InputError: there is none.
    """
    if wish != LAST and not (wish.isascii() and wish.isdigit()):
        raise InputError(
            f"{wish!r} is no number of a turn", "give a number, or last; --list shows what there is"
        )
    found = [turn for turn in turns if wish == LAST or turn.turn == int(wish)]
    if not turns:
        remedy = "`appliance run` writes them with diagnosis.log; `appliance converse --timelines FILE` too, for --file"
        raise InputError(f"there are no timelines in {source}", remedy)
    if not found:
        raise InputError(f"there is no turn {wish} in {source}", "--list shows what there is")
    return found[-1]


def _list(turns: Sequence[Timeline], *, as_json: bool) -> None:
    if as_json:
        print_json([turn.as_dict() for turn in turns])
        return
    listing = table("when", "session", "turn", "outcome", "wait ms", "silence ms", "why")
    for turn in turns:
        wait = "" if turn.wait_ms is None else f"{turn.wait_ms:.0f}"
        silence = f"{sum(span.ms for span in turn.yielding.values()):.0f}" if turn.yielding else ""
        cells = (turn.time[:19], turn.session, str(turn.turn), turn.outcome, wait, silence, turn.why)
        listing.add_row(*map(escape, cells))
    console.print(listing if turns else "There are no timelines.")
