from typing import Any

import pytest

from appliance.sessions.budget import KEPT, ROWS, Budget, Took, took
from appliance.sessions.phases import Phase
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps


def told(wait_ms: float = 450.0, dropped: int = 0, captured: int = 0) -> Timeline:
    stamps = Stamps(
        speech_ended=1000.0,
        arrived=1010.0,
        endpoint=1256.0,
        transcript=1150.0,
        model_asked=1150.0,
        first_token=1260.0,
        first_clause=1400.0,
        first_sound=1404.0,
        first_audio=1000.0 + wait_ms,
    )
    return Timeline("local", 1, "", "answered", "usual", stamps, dropped=dropped, captured=captured)


def table(*timelines: Timeline) -> dict[str, Any]:
    budget = Budget()
    for timeline in timelines:
        budget.traced(timeline)
    return budget.table()


def test_before_the_first_answer_it_is_empty() -> None:
    made = table(Timeline("local", 1, "", "unheard", "", Stamps()))
    assert made["turns"] == 0
    assert made["rows"]["all"] == {"last": None, "p50": None, "p95": None, "budget": 500}
    assert made["drop_rate"] == 0


def test_the_rows_are_all_of_the_wait() -> None:
    rows = table(told(), told(550.0))["rows"]
    parts = [row["last"] for name, row in rows.items() if name != "all"]
    assert sum(parts) == rows["all"]["last"] == 550
    assert (rows["endpoint"]["last"], rows["transcript"]["last"], rows["first_token"]["last"]) == (246, 0, 4)
    assert rows["all"]["p50"] == 500
    assert rows["all"]["p95"] == 545


def test_the_goals_of_the_parts_are_the_goal_of_all() -> None:
    assert sum(goal for name, (goal, _) in ROWS.items() if name != "all") == ROWS["all"][0]
    parts = [part for name, (_, parts) in ROWS.items() if name != "all" for part in parts]
    assert sorted(parts) == sorted(Phase)


def test_how_long_engines_took_even_where_nobody_waited() -> None:
    assert took(told().stamps) == {
        Took.ASR_LAG: 140.0,
        Took.FIRST_TOKEN: 110.0,
        Took.TTS_FIRST_BYTE: 4.0,
    }
    assert took(Stamps()) == {}


def test_what_was_lost_is_a_part_of_what_was_captured() -> None:
    assert table(told(dropped=160, captured=16_000))["drop_rate"] == pytest.approx(0.01)


def test_old_turns_are_forgotten() -> None:
    assert table(told(9000.0), *(told() for _ in range(KEPT)))["rows"]["all"]["p95"] == 450
