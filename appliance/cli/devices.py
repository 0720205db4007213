"""`appliance devices`: microphones and loudspeakers, by the names that the settings take."""

import argparse
from dataclasses import asdict
from typing import Any

from appliance.audio.device import Device, Way
from appliance.audio.pactl import present
from appliance.cli.output import console, print_json, table
from appliance.core.errors import DeviceError
from appliance.settings import Settings


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "devices",
        parents=[common],
        help="list sound devices",
        description="Lists sound devices with the id that `audio.microphone` and `audio.loudspeaker` take, "
        "their channels and the sample rates they accept. * marks the system's default.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - every command is given them
    """Print them; fails when there are none."""
    found = present(probe=True)
    if args.json:
        print_json([asdict(device) | {"id": device.id} for device in found])
        return 0
    if not found:
        raise DeviceError("No sound device is there", "connect one; the appliance notices by itself")
    listing = table("id", "microphone", "loudspeaker")
    for device in found:
        listing.add_row(device.id, _describe(device, Way.IN), _describe(device, Way.OUT))
    console.print(listing)
    return 0


def _describe(device: Device, way: Way) -> str:
    if not device.channels(way):
        return "–"
    rates = ", ".join(f"{rate / 1000:g}" for rate in device.rates.get(way, ()))
    default = " *" if way in device.default else ""
    return f"{device.channels(way)} ch, {rates or 'no'} kHz{default}"
