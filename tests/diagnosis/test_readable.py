from typing import Any

from appliance.diagnosis.readable import readable

KEY_ERROR = {"kind": "KeyError", "at": ["a.py:1 f"]}

ENTRIES: list[dict[str, Any]] = [
    {"t": 10.0, "level": "debug", "event": "state", "session": "local", "state": "thinking"},
    {"t": 12.5, "level": "warning", "event": "turn.failed", "session": "local", "turn": 3, "ms": 1.25},
    {"t": 12.6, "level": "error", "event": "line", "message": "It\nbroke", "error": KEY_ERROR},
]


def test_one_line_per_event_with_the_time_from_the_failure() -> None:
    head = {
        "reason": "turn.failed",
        "time": "2026-11-21T12:00:00",
        "version": "1",
        "fatal": ["Segmentation fault"],
    }
    assert list(readable(head, ENTRIES)) == [
        "turn.failed, 2026-11-21T12:00:00, version 1",
        "    Segmentation fault",
        "   -2.500   local            state  state=thinking",
        "   +0.000 ! local turn 3     turn.failed  ms=1.25",
        "   +0.100 ‼                  It ⏎ broke  [KeyError a.py:1 f]",
    ]


def test_without_a_failure_the_end_is_zero() -> None:
    (line,) = readable({}, ENTRIES[:1])
    assert line.startswith("   +0.000")


def test_of_a_life_that_ended_suddenly_the_end_is_zero() -> None:
    *_, last = readable({"reason": "died"}, [ENTRIES[1], ENTRIES[0] | {"t": 20.0}])
    assert last.startswith("   +0.000")


def test_nothing_to_tell() -> None:
    assert list(readable({}, [])) == []
