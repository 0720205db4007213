"""What an entry keeps of a record: all of ours, of others as much as can hold no secret."""

import json
import logging
import sys
from typing import Any

import pytest

from appliance.core.errors import ConfigError
from appliance.diagnosis.entries import as_line, as_text, entry_of

WORD = "chrysanthemum"


def record(name: str, message: str, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "/somewhere/lane.py", 17, message, args, None)
    vars(made).update(extra)
    return made


def raised(error: Exception, name: str = "appliance.web") -> dict[str, Any]:
    made = record(name, "It broke")
    try:
        exec("raise error")
    except Exception:  # noqa: BLE001 - whatever it is
        made.exc_info = sys.exc_info()
    return entry_of(made, 1.0)


def test_an_event_has_its_fields() -> None:
    fields = {"session": "local", "turn": 3, "stage": "llm", "absent": None}
    entry = entry_of(
        record("appliance.inference.lane", "%s", "Broke", event="engine.fell", fields=fields), 12.3456
    )
    assert entry.pop("time")
    assert entry == {
        "t": 12.346,
        "level": "warning",
        "module": "inference.lane",
        "event": "engine.fell",
        "session": "local",
        "turn": 3,
        "stage": "llm",
        "message": "Broke",
    }


def test_our_lines_are_kept_as_they_are_without_addresses() -> None:
    entry = entry_of(record("appliance.web", "%s asked %d times", "192.168.1.17", 3), 1.0)
    assert entry["message"].endswith("asked 3 times")
    assert "192.168" not in entry["message"]


@pytest.mark.parametrize("message", [f"I heard {WORD}", "I heard %s"])
def test_of_foreign_lines_only_what_their_authors_wrote(message: str) -> None:
    args = (WORD,) if "%s" in message else ()
    entry = entry_of(record("aiortc.something", message, *args), 1.0)
    assert WORD not in as_line(entry)
    assert "lane.py:17" in entry["message"]


@pytest.mark.parametrize("error", [KeyError(WORD), ValueError(f"no {WORD} here"), RuntimeError(WORD)])
def test_of_a_foreign_exception_only_its_kind_and_place(error: Exception) -> None:
    entry = raised(error)
    assert WORD not in as_line(entry)
    assert entry["error"]["kind"] == type(error).__name__
    assert entry["error"]["at"][0].startswith("test_entries.py:")


def test_our_errors_and_the_systems_say_what_is_wrong() -> None:
    assert raised(ConfigError("The port is taken."))["error"]["problem"] == "The port is taken."
    told = raised(OSError(28, "No space left on device", WORD))
    assert told["error"]["problem"] == "No space left on device"
    assert WORD not in as_line(told)


def test_a_template_that_does_not_fit_is_kept_too() -> None:
    assert entry_of(record("appliance.web", "%d is a number", "x"), 1.0)["message"] == "%d is a number"


def test_a_line_is_json() -> None:
    line = as_line(entry_of(record("appliance.web", "Grüß\ndich"), 1.0))
    assert "\n" not in line
    assert json.loads(line)["message"] == "Grüß\ndich"


def test_a_line_for_people() -> None:
    fields = {"session": "local", "turn": 3, "took_ms": 12.345678}
    entry = entry_of(record("appliance.sessions", "%s", "turn.over", event="turn.over", fields=fields), 1.0)
    assert as_text(entry)[13:] == "WARNING sessions: local turn 3 turn.over took_ms=12.35"
