"""What is drawn of a turn: its waits, its lanes, and what stood still."""

from dataclasses import replace

from hypothesis import given

from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.timelines.panels import Kind, Panel, panels, stood, title
from tests.timelines.made import STAMPS, TURN, anything, few


def labels(panel: Panel) -> list[str]:
    return [row.label for row in panel.rows]


def test_an_answer_and_its_interruption() -> None:
    answer, silence = panels(TURN)
    assert answer.title == "470 ms from the last word to the first sound"
    assert labels(answer) == [
        "person",
        *("arriving", "pause", "hearing", "reading", "writing", "voice", "playing"),
        *("· turn end", "· recogniser", "· model", "· voice"),
        "reply",
    ]
    assert sum(row.ms or 0.0 for row in answer.rows) == 470
    assert silence.title == "325 ms from the first sound over the reply to silence"
    assert sum(row.ms or 0.0 for row in silence.rows) == 325
    assert labels(silence) == ["noticing", "judging", "fading", "reply"]


def test_a_lane_shows_what_waits_what_works_and_what_gives() -> None:
    model = next(row for row in panels(TURN)[0].rows if row.label == "· model")
    assert [(bar.kind, bar.start, bar.end) for bar in model.bars] == [
        (Kind.STANDS, 4280, 4290),
        (Kind.WORKS, 4290, 4380),
        (Kind.GIVES, 4380, 4800),
        (Kind.STANDS, 4440, 4480),
    ]
    assert "cold" in model.bars[1].tip


def test_what_waited_for_what_in_words() -> None:
    assert stood(TURN) == [
        "model (generate) stood 40 ms parked for the voice",
        "model (generate) stood 10 ms behind the recogniser",
    ]


def test_all_of_the_turn_is_shown_on_request() -> None:
    (answer, _), (whole, _) = panels(TURN), panels(TURN, whole=True)
    assert answer.start > 2000
    assert whole.start == 2000
    assert whole.end > 6325


def test_a_stop_and_a_turn_without_an_answer() -> None:
    stopped = replace(STAMPS, barge_in=None, ducked=None)
    assert panels(replace(TURN, stamps=stopped))[1].title == "25 ms from the stop to silence"
    (only,) = panels(
        Timeline("local", 1, "", "unheard", "went_on", Stamps(speech_started=0, speech_ended=900))
    )
    assert only.title == "no answer was heard"
    assert title(replace(TURN, why="long_pause")) == (
        "turn 3, local, interrupted (long pause), 2026-01-02T10:00:00"
    )


@few
@given(anything)
def test_whatever_a_file_holds_there_is_a_window(turn: Timeline) -> None:
    for whole in (False, True):
        for panel in panels(turn, whole=whole):
            assert panel.start < panel.end
            assert panel.start <= panel.zero <= panel.end
            assert all(bar.start < bar.end or row.ms is not None for row in panel.rows for bar in row.bars)
