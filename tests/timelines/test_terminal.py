"""A drawing in characters fits a terminal, whatever it shows."""

from hypothesis import given

from appliance.sessions.timeline import Timeline
from appliance.timelines.terminal import draw
from tests.timelines.made import TURN, anything, few


def test_a_turn() -> None:
    lines = list(draw(TURN))
    rows = {line[:12].strip(): line for line in lines}
    assert lines[0] == "turn 3, local, interrupted, 2026-01-02T10:00:00"
    assert lines[2] == "470 ms from the last word to the first sound"
    assert rows["pause"].split()[1] == "250"
    assert set(rows["pause"][20:]) <= {" ", "█"}
    assert rows["hearing"].count("█") < rows["pause"].count("█")
    assert {"░", "▓", "█"} <= set(rows["· model"])
    assert "model (generate) stood 40 ms parked for the voice" in lines
    assert any(line.startswith("speech_started   -2000   noticed") for line in lines)


def test_bars_follow_each_other() -> None:
    rows = [line for line in draw(TURN) if "█" in line]
    pause, hearing = rows[1], rows[2]
    assert pause.rindex("█") <= hearing.index("█")


@few
@given(anything)
def test_it_fits_80_columns(turn: Timeline) -> None:
    for whole in (False, True):
        assert all(len(line) <= 80 for line in draw(turn, whole=whole))
