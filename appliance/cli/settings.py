"""`appliance settings`: what is in force, and what could be."""

import argparse
from typing import Any

from appliance.cli.output import console, print_json
from appliance.settings import Settings, as_dict, default_file, describe


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "settings",
        parents=[common],
        help="show the settings in force, or describe all there are",
        description="Shows the settings in force: defaults, then the settings file, then "
        "APPLIANCE_SECTION__KEY variables. A wrong setting is named with what is wrong about it.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--describe",
        action="store_true",
        help="print a settings file with every key at its default and its meaning; a good start for your own",
    )
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print them."""
    if args.describe:
        console.print(describe(), markup=False)
    elif args.json:
        print_json(as_dict(settings))
    else:
        console.print(f"# from {args.config or default_file() or 'the defaults'}", markup=False)
        for section, keys in as_dict(settings).items():
            console.print(f"\n\\[{section}]")
            for key, value in keys.items():
                console.print(f"{key} = {value!r}", markup=False)
    return 0
