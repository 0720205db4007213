"""`appliance settings`: what is in force and where it comes from, what could be, and the owner's own choices."""

import argparse
import json
from typing import Any

from appliance.changes import CHANGEABLE, check, check_free, made, write
from appliance.cli.output import console, print_json
from appliance.core.errors import InputError
from appliance.settings import Settings, as_dict, default_file, describe, origins


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "settings",
        parents=[common],
        help="show the settings in force, describe all there are, or change some",
        description="Shows the settings in force and where each comes from: defaults, then the settings file, then "
        "the owner's choices, then APPLIANCE_SECTION__KEY variables. A wrong setting is named with what is wrong "
        "about it.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--describe",
        action="store_true",
        help="print a settings file with every key at its default and its meaning; a good start for your own",
    )
    parser.set_defaults(execute=execute)
    deeds = parser.add_subparsers(metavar="set | unset")
    choose = deeds.add_parser(
        "set",
        help="choose a value, from the next start on",
        description="Chooses a value for a setting, from the next start on. The owner's are: "
        + ", ".join(f"{section}.{key}" for section, keys in CHANGEABLE.items() for key in keys)
        + ".",
    )
    take_back = deeds.add_parser("unset", help="take such a choice back")
    for deed in (choose, take_back):
        deed.add_argument("place", metavar="SECTION.KEY", help="which setting")
    choose.add_argument("value", metavar="VALUE", help="what it is to be")
    choose.set_defaults(execute=execute_set)
    take_back.set_defaults(execute=execute_unset)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print them."""
    if args.describe:
        console.print(describe(), markup=False)
    elif args.json:
        print_json(as_dict(settings))
    else:
        console.print(f"# from {args.config or default_file() or 'the defaults'}", markup=False)
        whence = origins(args.config, changes=made(args.config, settings))
        for section, keys in as_dict(settings).items():
            console.print(f"\n\\[{section}]")
            for key, value in keys.items():
                origin = whence.get((section, key))
                console.print(f"{key} = {value!r}{f'  # {origin}' if origin else ''}", markup=False)
    return 0


def execute_set(args: argparse.Namespace, settings: Settings) -> int:
    """Write a choice down."""
    section, key = _place(args.place)
    value = _value(args.value)
    check(section, key, value, args.config)
    check_free(section, key)
    write(settings, section, key, value)
    console.print(f"{section}.{key} = {value!r} from the next start on.", markup=False)
    return 0


def execute_unset(args: argparse.Namespace, settings: Settings) -> int:
    """Take a choice back."""
    section, key = _place(args.place)
    write(settings, section, key, None)
    console.print(f"{section}.{key} is no longer the owner's choice, from the next start on.", markup=False)
    return 0


def _place(name: str) -> tuple[str, str]:
    section, separator, key = name.partition(".")
    if not separator:
        raise InputError(f"{name!r} names no setting", "write SECTION.KEY, as in dialogue.system_prompt")
    return section, key


def _value(text: str) -> Any:
    """Numbers and true or false are those; everything else is text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
