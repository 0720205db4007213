"""Reads the manifest, and tells every mistake in it at once."""

import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from appliance.core.errors import ConfigError, listed, quoted
from appliance.engines.models.manifest import (
    ROLES,
    HubSource,
    Installed,
    Manifest,
    Model,
    ModelFile,
    Profile,
    WheelSource,
)

PLACES = (Path(__file__).parents[3] / "models", Path(sys.prefix) / "share" / "voice-appliance" / "models")
"""Where the manifest and the recorded phrases are: in a checkout; in an environment that has the wheel."""
MANIFEST_FILE = next((place for place in PLACES if place.is_dir()), PLACES[0]) / "manifest.toml"
"""The manifest that belongs to this program."""


def load_manifest(path: Path = MANIFEST_FILE) -> Manifest:
    """Read a manifest.

    Raises:
        ConfigError: it cannot be read, or is wrong; names every mistake.
    """
    given = _named(_read(path))
    problems = _contradictions(given)
    try:
        manifest = _adapter().validate_python(given)
    except ValidationError as wrong:
        problems = [_explain(error) for error in wrong.errors()] + problems
    if problems:
        raise ConfigError(
            f"{path} is wrong:\n{listed(problems)}",
            "models/README.md explains the keys",
        )
    return manifest


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read the model manifest {path}: {error}") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError; numbers of 5000 digits; a hundred nested lists
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


@cache
def _adapter() -> "TypeAdapter[Manifest]":
    for cls in (Manifest, Model, Profile, ModelFile, HubSource, WheelSource, Installed):
        cls.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[union-attr] # how pydantic is told
    return TypeAdapter(Manifest)


def _named(given: dict[str, Any]) -> dict[str, Any]:
    """Each model and profile is told its own name, which is a key in the file."""
    for section in ("models", "profiles"):
        for name, table in _tables(given, section).items():
            table["id"] = name
    return given


def _tables(given: dict[str, Any], section: str) -> dict[str, dict[str, Any]]:
    tables = given.get(section)
    return {k: v for k, v in tables.items() if isinstance(v, dict)} if isinstance(tables, dict) else {}


def _explain(error: Any) -> str:
    *path, key = error["loc"]
    # pydantic also names the kind of source that it tried; the key itself may be called the same.
    place = ".".join([*(str(part) for part in path if part not in {"hub", "wheel"}), str(key)])
    message = error["msg"][:1].lower() + error["msg"][1:]
    match error["type"]:
        case "missing" | "missing_argument":
            return f"{place} is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"{place}: there is no such key"
    return f"{place}: {message}, not {quoted(error['input'])}"


def _contradictions(given: dict[str, Any]) -> list[str]:
    """What is wrong between parts that are each right."""
    models = _tables(given, "models")
    problems = [
        f"models.{name}: needs either files or `installed`, and not both"
        for name, model in models.items()
        if bool(model.get("files")) == bool(model.get("installed"))
    ]
    for profile, table in _tables(given, "profiles").items():
        for role in ROLES:
            problems += [
                f"profiles.{profile}.{role}: {_wrong_choice(models, name, role)}"
                for name in _strings(table.get(role))
                if models.get(name, {}).get("role") != role
            ]
    return problems + _shared_names(models)


def _wrong_choice(models: dict[str, dict[str, Any]], name: str, role: str) -> str:
    if name not in models:
        return f"there is no model {name!r}"
    return f"{name!r} is for {models[name].get('role')}, not for {role}"


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _shared_names(models: dict[str, dict[str, Any]]) -> list[str]:
    names = Counter(
        file["name"]
        for model in models.values()
        for file in (model["files"] if isinstance(model.get("files"), list) else [])
        if isinstance(file, dict) and isinstance(file.get("name"), str)
    )
    return [f"{name!r} is the name of {count} files" for name, count in names.items() if count > 1]
