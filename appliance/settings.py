"""All settings: defaults, then one TOML file, then the environment; every mistake is told at once.

A section is a frozen dataclass that lives beside the code it tunes; this module only composes them.
The environment says APPLIANCE_SECTION__FIELD; nobody else reads it.
"""

import ast
import difflib
import inspect
import os
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from platformdirs import user_config_path
from pydantic import TypeAdapter, ValidationError

from appliance.audio.canceller import CancellerSettings
from appliance.audio.settings import AudioSettings
from appliance.core.errors import ConfigError, listed, quoted
from appliance.diagnosis.settings import DiagnosisSettings
from appliance.engines.espeak import EspeakSettings
from appliance.engines.llama_settings import LlamaSettings
from appliance.engines.models import ModelSettings
from appliance.engines.piper import PiperSettings
from appliance.guardian.settings import GovernorSettings, GuardianSettings
from appliance.inference.settings import InferenceSettings
from appliance.pipeline.conditioner import ConditionerSettings
from appliance.pipeline.ghosts import GhostSettings
from appliance.pipeline.listen import ListenSettings
from appliance.pipeline.reply import ReplySettings
from appliance.records.settings import RecordSettings
from appliance.transports.remote import RemoteSettings
from appliance.transports.webrtc.settings import WebRtcSettings
from appliance.turns.dialogue import DialogueSettings
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.floor import FloorSettings
from appliance.turns.machine import TurnSettings
from appliance.turns.pauses import PauseSettings
from appliance.turns.release import ReleaseSettings
from appliance.web.settings import WebSettings
from appliance.web.visitor_settings import VisitorSettings

SYSTEM_FILE = Path("/etc/appliance/appliance.toml")
USER_FILE = user_config_path("voice-appliance") / "appliance.toml"
PREFIX = "APPLIANCE_"
ALIASES = {"APPLIANCE_MODELS_SOURCE": ("models", "source")}
"""Variables with a name of their own, because installers type them."""

Changes = Mapping[str, Mapping[str, Any]]
"""Values by section and key."""
NO_CHANGES: Changes = MappingProxyType({})
OWNER = "the owner's choice"
"""Where a change comes from, for people."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be tuned, by section."""

    audio: AudioSettings = field(default_factory=AudioSettings)
    """The sound device."""
    canceller: CancellerSettings = field(default_factory=CancellerSettings)
    """How echo is removed by software."""
    listen: ListenSettings = field(default_factory=ListenSettings)
    """What is heard."""
    conditioner: ConditionerSettings = field(default_factory=ConditionerSettings)
    """What is done for microphones that are far too quiet."""
    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    """Where utterances begin and end."""
    release: ReleaseSettings = field(default_factory=ReleaseSettings)
    """How long to wait in a pause."""
    floor: FloorSettings = field(default_factory=FloorSettings)
    """Who wins that speaks over a reply."""
    pauses: PauseSettings = field(default_factory=PauseSettings)
    """How a speaker's own pauses are learned."""
    turns: TurnSettings = field(default_factory=TurnSettings)
    """How long each state of the conversation may last."""
    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    """Who the box is."""
    transcript: GhostSettings = field(default_factory=GhostSettings)
    """Which transcripts are believed."""
    reply: ReplySettings = field(default_factory=ReplySettings)
    """How soon it answers."""
    models: ModelSettings = field(default_factory=ModelSettings)
    """Which models, from where, kept where."""
    llm: LlamaSettings = field(default_factory=LlamaSettings)
    """The language model."""
    piper: PiperSettings = field(default_factory=PiperSettings)
    """The voice."""
    espeak: EspeakSettings = field(default_factory=EspeakSettings)
    """The fallback voice."""
    inference: InferenceSettings = field(default_factory=InferenceSettings)
    """Cores and worker processes."""
    guardian: GuardianSettings = field(default_factory=GuardianSettings)
    """When something counts as frozen."""
    governor: GovernorSettings = field(default_factory=GovernorSettings)
    """From when on the machine is short of memory, cool air or disk, and what is done about it."""
    diagnosis: DiagnosisSettings = field(default_factory=DiagnosisSettings)
    """What is kept for whoever has to find out what went wrong."""
    http: WebSettings = field(default_factory=WebSettings)
    """The box on the network."""
    sessions: VisitorSettings = field(default_factory=VisitorSettings)
    """Who may talk from browsers, and for how long."""
    webrtc: WebRtcSettings = field(default_factory=WebRtcSettings)
    """How browsers' sound finds its way."""
    remote: RemoteSettings = field(default_factory=RemoteSettings)
    """What the network may do to it."""
    records: RecordSettings = field(default_factory=RecordSettings)
    """What is kept of what is said."""


def load_settings(
    file: Path | None, environment: Mapping[str, str] = os.environ, changes: Changes = NO_CHANGES
) -> Settings:
    """Read the settings.

    Args:
        file: must exist when given; otherwise the user's, then the system's, where they exist.
        environment: usually the process's own.
        changes: what the owner has chosen, by section and key: stronger than the file, weaker than the environment.

    Raises:
        ConfigError: names every wrong key and what is wrong with it.
    """
    given, origins = _gather(file, environment, changes)
    settings, problems = _validated(given, origins)
    if settings is None:
        raise ConfigError(
            f"the settings are wrong:\n{listed(problems)}",
            "`appliance settings --describe` lists every key with its meaning and range",
        )
    return settings


def mistakes(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with settings by section and key; nothing where they could be used."""
    return _validated(given, {})[1]


def _validated(
    given: Mapping[str, Any], origins: Mapping[tuple[str, str], str]
) -> tuple[Settings | None, list[str]]:
    try:
        return _adapter().validate_python(given), []
    except ValidationError as wrong:
        return None, [_explain(error, origins) for error in wrong.errors()]


def origins(
    file: Path | None, environment: Mapping[str, str] = os.environ, changes: Changes = NO_CHANGES
) -> Mapping[tuple[str, str], str]:
    """Where each setting that is no default comes from, by section and key: a file, `OWNER`, or a variable."""
    return _gather(file, environment, changes)[1]


def default_file() -> Path | None:
    """The settings file that is read when none is named; None when there is none."""
    return next((path for path in (USER_FILE, SYSTEM_FILE) if path.is_file()), None)


def describe() -> str:
    """A settings file with every key at its default, each with its meaning above it."""
    lines = [f"# Read from {USER_FILE} or {SYSTEM_FILE}; `--config FILE` names another.", ""]
    for section in fields(Settings):
        cls = type(getattr(Settings(), section.name))
        meanings = _field_docstrings(cls)
        lines += [f"[{section.name}]", f"# {_field_docstrings(Settings)[section.name]}", ""]
        for key, value in _plain(getattr(Settings(), section.name)).items():
            lines += textwrap.wrap(meanings.get(key, ""), 98, initial_indent="# ", subsequent_indent="# ")
            lines += [f"{'# ' if value is None else ''}{key} = {_toml(value)}", ""]
    return "\n".join(lines)


def as_dict(settings: Settings) -> dict[str, dict[str, Any]]:
    """Plain values by section and key."""
    return {section.name: _plain(getattr(settings, section.name)) for section in fields(Settings)}


def _gather(
    file: Path | None, environment: Mapping[str, str], changes: Changes
) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """All that was set, and by whom."""
    chosen = file or default_file()
    given = read_file(chosen) if chosen else {}
    origins = {(section, key): str(chosen) for section, keys in given.items() for key in ("", *_keys(keys))}
    layers = [
        (OWNER, section, key, value) for section, keys in changes.items() for key, value in keys.items()
    ]
    layers += [(name, *place, environment[name]) for name, place in _variables(environment).items()]
    for origin, section, key, value in layers:
        table = given.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = value
            origins[section, key] = origin
            origins.setdefault((section, ""), origin)
    return given, origins


def read_file(path: Path) -> dict[str, Any]:
    """What a settings file says, right or wrong.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the settings file {path}: {error}") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError; numbers of 5000 digits; a hundred nested lists
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _keys(table: Any) -> list[str]:
    return list(table) if isinstance(table, dict) else []


def _variables(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Section and key of every environment variable that is meant for us."""
    found = {name: place for name, place in ALIASES.items() if name in environment}
    for name in environment:
        readable = name.encode("utf-8", "backslashreplace").decode()  # variables may be called by any bytes
        section, separator, key = readable.removeprefix(PREFIX).lower().partition("__")
        if name.startswith(PREFIX) and separator:
            found[name] = (section, key)
    return found


@cache
def _adapter() -> "TypeAdapter[Settings]":
    for cls in (Settings, *(type(getattr(Settings(), section.name)) for section in fields(Settings))):
        cls.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined] # how pydantic is told
    return TypeAdapter(Settings)


def _explain(error: Any, origins: Mapping[tuple[str, str], str]) -> str:
    place = [str(part) for part in error["loc"][:2]]
    where = origins.get((place[0], "" if len(place) == 1 else place[1]))
    origin = f" ({where})" if where else ""
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return f"{'.'.join(place)}{origin}: there is no such {_kind(place)}{_suggestion(place)}"
    return f"{'.'.join(place)}{origin}: {error['msg'].lower()}, not {quoted(error['input'])}"


def _kind(place: list[str]) -> str:
    return "section" if len(place) == 1 else "key"


def _suggestion(place: list[str]) -> str:
    owner: Any = Settings() if len(place) == 1 else getattr(Settings(), place[0])
    close = difflib.get_close_matches(place[-1], [item.name for item in fields(owner)], 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _plain(section: Any) -> dict[str, Any]:
    return {
        item.name: str(value) if isinstance(value := getattr(section, item.name), Path) else value
        for item in fields(section)
    }


def _toml(value: Any) -> str:
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _field_docstrings(cls: type) -> dict[str, str]:
    """The docstring under each field of a dataclass, on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        item.target.id: " ".join(text.value.value.split())
        for item, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
