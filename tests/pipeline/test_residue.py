"""What counts as evidence over a reply, once some of it has proved to be nothing."""

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.pipeline.residue import FORGET_S, Residue

WINDOW = 512


def window(dbfs: float) -> Samples:
    """One window of a steady level."""
    return np.full(WINDOW, 10 ** (dbfs / 20), np.float32)


def taught(dbfs: float) -> Residue:
    """A false alarm of this level has been had."""
    residue = Residue(WINDOW / CAPTURE_RATE)
    residue.begin(window(dbfs - 3))
    residue.believes(window(dbfs))
    residue.learn()
    return residue


def test_everything_is_believed_before_anything_is_known() -> None:
    assert Residue(WINDOW / CAPTURE_RATE).believes(window(-90))


def test_what_is_as_loud_as_a_false_alarm_is_no_evidence_any_more() -> None:
    residue = taught(-60)
    assert not residue.believes(window(-60))
    assert not residue.believes(window(-55))
    assert residue.believes(window(-53))


def test_louder_false_alarms_teach_more_and_softer_ones_nothing() -> None:
    residue = taught(-60)
    for level in (-50, -70):
        residue.begin(window(level))
        residue.learn()
    assert not residue.believes(window(-45))
    assert residue.believes(window(-43))


def test_a_cough_beside_the_microphone_makes_nobody_unheard() -> None:
    assert taught(-30).believes(window(-60))


def test_people_are_heard_whatever_was_learned() -> None:
    assert taught(-42.5).believes(window(-41.9))


def test_what_was_learned_fades_while_the_box_speaks() -> None:
    residue = taught(-60)
    for _ in range(round(FORGET_S * CAPTURE_RATE / WINDOW)):
        residue.believes(window(-90))
    assert residue.believes(window(-59.9))
    assert not residue.believes(window(-60.5))


def test_evidence_begins_anew_with_every_alarm() -> None:
    residue = taught(-50)
    residue.begin(window(-62))
    residue.learn()
    assert residue.believes(window(-43.9))
