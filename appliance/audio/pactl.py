"""Asks the sound server, PulseAudio or PipeWire in its place, what devices it has."""

import json
import os
import subprocess
from typing import Any, Final

from appliance.audio.device import Device, Way, list_devices
from appliance.audio.server import Node, read, through_server

PATIENCE_S: Final = 2.0
"""s for an answer: on a busy machine of two cores it takes 10 to 30 ms."""
STREAMS: Final = {Way.IN: "sources", Way.OUT: "sinks"}
"""PulseAudio's words."""


def ask() -> tuple[Node, ...] | None:
    """All there are at this moment; None when no server answers, or `pactl` is not installed. Blocks for some ms."""
    try:
        defaults = _told("info")
        names = {defaults["default_source_name"], defaults["default_sink_name"]}
        return read({way: _told("list", streams) for way, streams in STREAMS.items()}, names)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


def present(*, probe: bool = False) -> tuple[Device, ...]:
    """All devices of this machine, now, for commands that a person types (see `device.list_devices`)."""
    return through_server(list_devices(probe=probe), ask())


def _told(*words: str) -> Any:
    done = subprocess.run(
        ("pactl", "--format=json", *words),
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
        env=os.environ | {"LC_ALL": "C"},  # pactl 16 writes decimals as the locale has them: no JSON then
    )
    return json.loads(done.stdout)
