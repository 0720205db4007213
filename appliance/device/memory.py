"""What the box remembers of settings files: which one was applied, and what a person is told about it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from appliance.device.files import NewFile

FOLDER: Final = "var/lib/appliance-setup"
"""Root's own: nothing that the appliance's user may write decides what root does. A factory reset empties it."""
APPLIED: Final = f"{FOLDER}/applied.json"
"""For us alone: the digest of a file with a passphrase in it would let others try passphrases."""
STATUS: Final = f"{FOLDER}/status.json"
"""For everybody, the box's own screen above all."""
MOST_BYTES: Final = 200_000
"""Of either."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier settings files have done."""

    digest: str = ""
    """SHA-256 of the last one that was applied."""
    network: tuple[str, ...] = ()
    """Files of the network that it has written."""
    later_sticks: Literal["network", "everything", "nothing"] = "network"
    """What may still come from a stick once the box has an owner."""

    def knows(self, data: bytes) -> bool:
        """Whether this very file was applied: a stick that is left in does nothing more."""
        return self.digest == hashlib.sha256(data).hexdigest()

    def after(self, data: bytes, network: tuple[str, ...], later_sticks: str | None) -> "Memory":
        """What is to be remembered when a file was applied."""
        fresh = replace(self, digest=hashlib.sha256(data).hexdigest(), network=network)
        return replace(fresh, later_sticks=later_sticks) if later_sticks else fresh  # type: ignore[arg-type]

    def file(self) -> NewFile:
        """As a file."""
        return NewFile(APPLIED, json.dumps(asdict(self), indent=1) + "\n", mode=0o600)


@dataclass(frozen=True, slots=True)
class Status:
    """What a person is told of the last settings file, on the box's own screen."""

    state: Literal["none", "applied", "refused"] = "none"
    """What became of it; `none`: there was no file yet."""
    when: str = ""
    """Wall time, ISO 8601."""
    told: tuple[str, ...] = ()
    """What was applied."""
    problems: tuple[str, ...] = ()
    """Why it was refused."""
    welcome: bool = True
    """Whether the box says hello at its first start."""

    def file(self) -> NewFile:
        """As a file."""
        return NewFile(STATUS, json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n")


_MEMORY: Final = TypeAdapter(Memory)
_STATUS: Final = TypeAdapter(Status)


def recall(root: Path) -> Memory:
    """What is remembered; nothing where that is damaged: applying a file once more changes nothing."""
    try:
        return _MEMORY.validate_json(_read(root / APPLIED))
    except (OSError, ValidationError):
        return Memory()


def read_status(root: Path = Path("/")) -> Status | None:
    """What people are told; None where this is no device that was set up, but a program that somebody started."""
    try:
        return _STATUS.validate_json(_read(root / STATUS))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        return Status()


def shown(status: Status | None) -> Mapping[str, Any]:
    """For pages."""
    return asdict(status) if status else {}


def _read(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(MOST_BYTES)
