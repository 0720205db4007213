import pytest

from appliance.audio.ledger import HOLE, Ledger
from appliance.audio.memory import UNDERRUNS, anonymous
from appliance.audio.ring import PlaybackWriter


def test_what_is_entered_is_heard_when_its_moment_comes() -> None:
    memory = anonymous()
    ledger, writer = Ledger(memory), PlaybackWriter(memory)
    ledger.enter(480, 10.0, silence=HOLE + 1)
    ledger.enter(480, 10.01, silence=0)
    assert writer.heard(9.9).samples == 0
    halfway = writer.heard(10.0150001)
    assert (halfway.samples, halfway.started) == (720, 10.0)
    assert halfway.ended == pytest.approx(10.015)
    assert ledger.played == writer.heard(11).samples == 960
    assert writer.heard(11).ended == pytest.approx(10.02)


def test_unwanted_silence_begins_anew_and_is_a_hole_when_it_is_short() -> None:
    memory = anonymous()
    ledger, writer = Ledger(memory), PlaybackWriter(memory)
    ledger.enter(480, 10.0, silence=HOLE + 1)
    ledger.enter(480, 10.1, silence=HOLE)
    assert memory.whole[UNDERRUNS] == 1
    ledger.enter(480, 20.0, silence=HOLE + 1)
    assert memory.whole[UNDERRUNS] == 1
    assert writer.heard(30).started == 20.0


def test_the_next_life_counts_on() -> None:
    memory = anonymous()
    Ledger(memory).enter(480, 10.0, silence=HOLE + 1)
    ledger = Ledger(memory)
    assert ledger.played == 480
    ledger.enter(100, 20.0, silence=HOLE + 1)
    assert PlaybackWriter(memory).heard(30).samples == 580
