"""Timelines as JSON lines: one line per turn, of all conversations, and nothing in it that was said."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from appliance.core.errors import InputError
from appliance.diagnosis.entries import as_line
from appliance.diagnosis.scrub import alias
from appliance.inference.job import LOCAL
from appliance.sessions.observer import Observer
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps

NAME: Final = "timeline.jsonl"
"""Of the file, in the folder of the log; older ones are numbered."""
FARTHEST_MS: Final = 1e10
"""ms on an audio clock, four months: what lies beyond is no moment of a conversation."""
LONGEST: Final = 100
"""Characters of a name or a word: some, more than any of ours."""
MOST_BYTES: Final = 64 * 2**20
"""Of a file that is read: ten times what the box keeps."""
ENDS: Final = frozenset({"turn.over", "turn.failed"})
"""Events of the log, and of flight reports, that hold the stamps of a turn."""


class Scribe(Observer):
    """An `Observer` of any number of conversations, who has their timelines written down."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        """`write` takes what will be a line, and returns at once."""
        self._write = write

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`. Names of conversations in browsers are halves of secrets."""
        session = timeline.session if timeline.session == LOCAL else alias("page", timeline.session)
        self._write(replace(timeline, session=session).as_dict())


def line_of(timeline: Timeline) -> str:
    """One line of JSON."""
    return as_line(timeline.as_dict())


def read(paths: Iterable[Path]) -> list[Timeline]:
    """All turns in the files, oldest first. Lines that are none, or are cut off, are passed over.

    Raises:
        InputError: a file cannot be read.
    """
    return [timeline for path in paths for line in _lines(path) if (timeline := _timeline(line))]


def kept(folder: Path) -> list[Path]:
    """The files of timelines in a folder, oldest first.

    Raises:
        InputError: the folder may not be read; where there is none, there are no files.
    """
    try:
        return sorted((path for path in folder.iterdir() if path.name.startswith(NAME)), reverse=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        remedy = "sudo -u appliance appliance timeline" if isinstance(error, PermissionError) else ""
        raise InputError(f"cannot read {folder}: {error.strerror}", remedy) from None


def newest(folder: Path) -> dict[str, str]:
    """The newest file of them by name, for a bundle; none where there is none."""
    with suppress(OSError, InputError):
        return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in kept(folder)[-1:]}
    return {}


def _lines(path: Path) -> Iterator[str]:
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path} is no file of timelines", "name one that the box or `converse` has written"
            )
        yield from path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _timeline(line: str) -> Timeline | None:
    """Of a line of ours, or of a line of the log that ends a turn; None of others."""
    with suppress(ValueError, RecursionError):  # pydantic's errors are among them
        fields = json.loads(line)
        if not isinstance(fields, dict):
            return None
        timeline = _reader().validate_python(_of_the_log(fields) if fields.get("event") in ENDS else fields)
        return timeline if _possible(asdict(timeline)) else None
    return None


def _of_the_log(entry: dict[str, Any]) -> dict[str, Any]:
    """What a line of the log tells: the stamps, and nothing of what ran."""
    stamps = {name: entry.get(f"{name}_ms") for name in Stamps().as_dict()}
    told = {name: entry.get(name, "") for name in ("session", "time", "outcome", "why")}
    return {**told, "turn": entry.get("turn"), "stamps": stamps}


@cache
def _reader() -> TypeAdapter[Timeline]:
    return TypeAdapter(Timeline)


def _possible(value: Any) -> bool:
    """All moments are moments, and no word commands a terminal or is a novel."""
    match value:
        case dict():
            return all(map(_possible, value.values()))
        case list() | tuple():
            return all(map(_possible, value))
        case float():
            return math.isfinite(value) and abs(value) <= FARTHEST_MS
        case str():
            return value.isprintable() and len(value) <= LONGEST
    return True
