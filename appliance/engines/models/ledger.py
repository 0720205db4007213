"""The lock beside the models: what was obtained, from where, and how to tell that it is still that."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from appliance.core.errors import ModelError

LEDGER = "models.lock.json"
"""Its name in the store."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that was obtained."""

    sha256: str
    """Of the whole file, in hex."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Of the file when it was last known to be right, in ns since 1970: a cheap sign of change."""
    source: str
    """Where it came from."""
    revision: str | None
    """What the source called it: a commit, a wheel."""
    obtained: str
    """When, ISO 8601."""
    ctime_ns: int = 0
    """When the file was last changed in any way, in ns since 1970; unlike the former nobody can set it."""

    def describes(self, stat: os.stat_result) -> bool:
        """Whether a file looks untouched since."""
        known = (self.size, self.mtime_ns, self.ctime_ns)
        return known == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


class Ledger:
    """Owns the lock file of one store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / LEDGER

    def entries(self) -> dict[str, Entry]:
        """What is recorded, by file name. An unreadable ledger is an empty one: it is rebuilt by pull."""
        try:
            return TypeAdapter(dict[str, Entry]).validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return {}

    def record(self, name: str, entry: Entry | None) -> None:
        """Write one entry, or forget it. Only while `exclusive()` is held."""
        entries = self.entries()
        entries.pop(name, None)
        if entry:
            entries[name] = entry
        plain = {key: asdict(value) for key, value in sorted(entries.items())}
        draft = self._file.with_suffix(".part")
        with draft.open("w", encoding="utf-8") as out:
            out.write(json.dumps(plain, indent=2) + "\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._file)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other process from changing the store.

        Nobody waits: the other one may have hours of downloading in front of it.

        Raises:
            ModelError: another process is at it, or the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            guard = (self._folder / ".pulling").open("a")
        except OSError as error:
            raise ModelError(
                f"Cannot write to the model folder {self._folder}: {error.strerror}",
                "Name another one in the settings ([models] folder), or give yourself the right",
            ) from None
        with guard:
            try:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ModelError(
                    f"Another process is already obtaining models into {self._folder}",
                    "Wait until it has finished, then try again",
                ) from None
            yield
