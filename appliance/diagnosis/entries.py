"""Turns a log record into an entry: what logs and reports hold of it, as plain values for JSON.

Our own modules are believed: they write no speech, and `scrub` takes out the rest. Others are not. Of a foreign record
only the template and the place in the source are kept, which tell as much to whoever can read that source; of an
exception its kind and where it was raised, since its text may quote what it was given.
"""

import datetime
import json
import logging
import traceback
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final

from appliance.core.errors import ApplianceError
from appliance.diagnosis.scrub import LONGEST, scrub

OURS: Final = "appliance"
"""Our loggers, and all below."""
FRAMES: Final = 12
"""Of a traceback, the innermost."""

Entry = dict[str, Any]
"""`time`, `t` (s, monotonic), `level`, `module`, `event`; where known `session`, `turn`, `message`, `error`; fields."""


def entry_of(record: logging.LogRecord, monotonic: float) -> Entry:
    """What is kept of a record that is written at this moment."""
    own = record.name == OURS or record.name.startswith(f"{OURS}.")
    time = datetime.datetime.fromtimestamp(record.created).astimezone()
    entry: Entry = {
        "time": time.isoformat(timespec="milliseconds"),
        "t": round(monotonic, 3),
        "level": record.levelname.lower(),
        "module": record.name.removeprefix(f"{OURS}."),
        "event": getattr(record, "event", "line"),
    }
    entry |= {key: value for key, value in getattr(record, "fields", {}).items() if value is not None}
    message = _own_message(record) if own else _foreign_message(record)
    if message != entry["event"]:
        entry["message"] = message
    if record.exc_info and record.exc_info[1]:
        entry["error"] = error_of(record.exc_info[1])
    return entry


def error_of(error: BaseException) -> dict[str, Any]:
    """Kind and place of an exception; its words only where they are ours, or the system's."""
    told: dict[str, Any] = {"kind": type(error).__qualname__, "at": places(error.__traceback__)}
    if isinstance(error, ApplianceError):
        told["problem"] = scrub(error.problem)
    elif isinstance(error, OSError) and error.strerror:
        told["problem"] = scrub(error.strerror)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told["after"] = type(cause).__qualname__
    return told


def places(trace: TracebackType | None) -> list[str]:
    """Where it happened, innermost last."""
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def as_line(entry: Entry) -> str:
    """One line of JSON."""
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=str)


def as_text(entry: Entry) -> str:
    """One line for people."""
    known = {"time", "t", "level", "module", "event", "session", "turn", "message", "error"}
    session, turn = entry.get("session", ""), entry.get("turn")
    whose = " ".join(filter(None, (session, f"turn {turn}" if turn else "")))
    fields = " ".join(f"{key}={_short(value)}" for key, value in entry.items() if key not in known)
    error = entry.get("error")
    told = f"{error['kind']} at {', '.join(error['at'][-3:])}" if error else ""
    message = entry.get("message") or ("" if entry["event"] == "line" else entry["event"])
    parts = (
        entry["time"][11:23],
        entry["level"].upper(),
        f"{entry['module']}:",
        whose,
        message,
        fields,
        told,
    )
    return " ".join(filter(None, parts))


def _own_message(record: logging.LogRecord) -> str:
    try:
        return scrub(record.getMessage())
    except (TypeError, ValueError):
        return scrub(str(record.msg))


def _foreign_message(record: logging.LogRecord) -> str:
    place = f"{PurePath(record.pathname).name}:{record.lineno}"
    return (
        f"{scrub(record.msg)[:LONGEST]} ({place})" if isinstance(record.msg, str) and record.args else place
    )


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
