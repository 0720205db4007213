"""What a person types: `appliance COMMAND`. One module per command."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from appliance import __version__
from appliance.changes import load
from appliance.core.errors import ApplianceError
from appliance.diagnosis.logs import configure
from appliance.settings import Settings

COMMANDS = (
    "run", "converse", "say", "ask", "transcribe", "devices", "models", "check", "report", "timeline", "tune",
    "settings", "setup", "update", "reset",
)  # fmt: skip
"""Each is a module of this package, in the order of `--help`."""

EPILOG = """\
exit codes:
  0   done
  1   something failed, or `check` found a problem
  2   the command line is wrong
  65  a file that was given cannot be used
  69  a model is missing and could not be obtained
  74  a sound device is missing or failed
  78  the settings are wrong
  130 stopped by Ctrl-C

A newcomer wants `appliance check`, then `appliance run`.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()  # here, where a reader who has gone can still be noticed
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nobody is left to complain to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: list[str] | None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    args = _parser(_wanted(arguments)).parse_args(arguments)
    configure(logging.DEBUG if args.verbose else logging.WARNING)
    try:
        known = Settings() if args.without_settings else load(args.config)
        return int(args.execute(args, known))
    except ApplianceError as error:
        print(f"appliance: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _wanted(arguments: Sequence[str]) -> Sequence[str]:
    """The command that is meant, or all where it takes a parser to see which one.

    To load them all takes a second, in which a box that is switched on for the first time waits for its name.
    """
    first = next((word for word in arguments if not word.startswith("-")), "")
    return (first,) if first in COMMANDS else COMMANDS


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="appliance",
        description="An offline voice appliance: talk to it and it answers aloud. Nothing leaves the building.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"appliance {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", metavar="FILE", type=Path, help="settings file (TOML) to read instead of the default one"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="log everything to standard error")
    parser.set_defaults(without_settings=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        import_module(f"{__name__}.{name}").add_to(commands, common)
    return parser
