"""What the owner may change while they use the box: a few settings, kept beside what was said, for the next start.

They are stronger than the settings file, which belongs to whoever installed the box, and weaker than the environment.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import ConfigError, InputError
from appliance.records.opening import read_changes, write_change
from appliance.records.problems import RecordsError, obstacle
from appliance.settings import NO_CHANGES, Changes, Settings, load_settings, origins

log = logging.getLogger("appliance.records")

CHANGEABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "audio": ("microphone", "loudspeaker", "echo"),
    "listen": ("barge_in",),
    "turns": ("conversation_idle_s",),
    "dialogue": ("system_prompt",),
    "llm": ("answer_sentences", "answer_tokens", "temperature"),
    "piper": ("speed", "speaker"),
    "espeak": ("voice", "words_per_minute", "pitch"),
    "http": ("name", "language", "screen_off_s", "discovery", "open_metrics"),
    "sessions": ("most", "absent_s", "idle_s"),
    "records": ("keep_days",),
}
"""What can do no more harm than the owner can undo from the same page. Nothing that names a file or an address on the
network, and nothing without which the box might not start."""

TUNED: Final[Mapping[str, tuple[str, ...]]] = {
    "models": ("profile",),
    "llm": ("threads", "gpu_layers", "chunk_tokens"),
    "piper": ("provider", "threads"),
}
"""What `appliance tune` chooses. Theirs too, at a terminal; the page has no use for numbers that must be measured."""


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings, the owner's among them. What they chose before an update took it away is left out, and said.

    Raises:
        ConfigError: see `load_settings`; the owner's choices are never the reason.
    """
    plain = load_settings(file, environment)
    return load_settings(file, environment, made(file, plain, environment))


def made(file: Path | None, settings: Settings, environment: Mapping[str, str] = os.environ) -> Changes:
    """What the owner has changed, as far as it is valid.

    Args:
        file: the settings file, as for `load_settings`.
        settings: without the changes: they say where those are.
        environment: usually the process's own.
    """
    try:
        stored = read_changes(settings.audio.state_folder())
    except (sqlite3.Error, OSError) as error:
        log.warning("The owner's changes of the settings cannot be read: %s", error)
        return NO_CHANGES
    valid: dict[str, dict[str, Any]] = {}
    for section, keys in stored.items():
        for key, value in keys.items():
            try:
                check(section, key, value := json.loads(value), file, environment)
            except (ConfigError, InputError, ValueError, RecursionError) as error:
                log.warning("What the owner chose for %s.%s is left out: %s", section, key, error)
            else:
                valid.setdefault(section, {})[key] = value
    return valid


def check(
    section: str, key: str, value: Any, file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> None:
    """See whether the owner may give a setting this value.

    Raises:
        InputError: it is not theirs to change.
        ConfigError: the value is wrong.
    """
    if key not in (*CHANGEABLE.get(section, ()), *TUNED.get(section, ())):
        theirs = ", ".join(f"{section}.{key}" for section, keys in CHANGEABLE.items() for key in keys)
        raise InputError(f"{section}.{key} is not the owner's to change", f"these are: {theirs}")
    load_settings(file, environment, {section: {key: value}})


def check_free(section: str, key: str, environment: Mapping[str, str] = os.environ) -> None:
    """See whether a change would have any effect.

    Raises:
        InputError: the environment is stronger.
    """
    origin = origins(None, environment).get((section, key), "")
    if origin in environment:
        raise InputError(f"{section}.{key} is set by the variable {origin}", "take that away first")


def write(settings: Settings, section: str, key: str, value: Any) -> None:
    """Write a change down without the appliance, or beside it; None takes it back.

    Raises:
        RecordsError: that is impossible now.
    """
    try:
        write_change(settings.audio.state_folder(), section, key, value)
    except (sqlite3.Error, OSError) as error:
        raise obstacle(error) or RecordsError(f"the file cannot be used: {error}") from None
