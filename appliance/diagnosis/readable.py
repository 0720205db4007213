"""A report as a person reads it: one line per event, with the time before or after the failure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from appliance.diagnosis.entries import Entry
from appliance.diagnosis.flight import DIED, TRIGGERS

SHOWN: Final = {"time", "t", "level", "module", "event", "session", "turn", "message", "error"}
"""Keys with a place of their own in a line."""


def readable(head: Mapping[str, Any], entries: Sequence[Entry]) -> Iterator[str]:
    """The lines: s relative to the failure, whose conversation, what happened."""
    if head:
        yield f"{head.get('reason', '?')}, {head.get('time', '?')}, version {head.get('version', '?')}"
        yield from (f"    {line}" for line in head.get("fatal", ()))
    zero = _failure(entries, str(head.get("reason", "")))
    for entry in entries:
        yield _line(entry, zero)


def _failure(entries: Sequence[Entry], reason: str) -> float:
    """When it failed: at the newest event that the report is named after, or that is one to report; or at the end."""
    named = [entry for entry in entries if entry.get("event") == reason]
    others = [entry for entry in entries if entry.get("event") in TRIGGERS or entry.get("level") == "error"]
    end = list(entries[-1:])
    found = end if reason == DIED else named or others or end
    return float(found[-1].get("t", 0.0)) if found else 0.0


def _line(entry: Entry, zero: float) -> str:
    sign = {"warning": "!", "error": "‼", "critical": "‼"}.get(str(entry.get("level")), " ")
    turn = f"turn {entry['turn']}" if "turn" in entry else ""
    whose = " ".join(filter(None, (str(entry.get("session", "")), turn)))
    fields = " ".join(f"{key}={_plain(value)}" for key, value in entry.items() if key not in SHOWN)
    message = str(entry.get("message", "")).replace("\n", " ⏎ ")
    event = "" if entry.get("event") == "line" else str(entry.get("event", "?"))
    error = entry.get("error") or {}
    told = " ".join(
        map(str, filter(None, (error.get("kind"), error.get("problem"), *error.get("at", ())[-2:])))
    )
    parts = (event, message, fields, told and f"[{told}]")
    return f"{float(entry.get('t', zero)) - zero:+9.3f} {sign} {whose:<16} {'  '.join(filter(None, parts))}"


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
