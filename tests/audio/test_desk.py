from appliance.audio.desk import Progress
from appliance.audio.device import Way
from appliance.audio.memory import anonymous


def test_a_text_is_cut_to_its_place_without_half_characters() -> None:
    desk = anonymous().desks[Way.IN]
    desk.say(Progress.OPEN, "é" * 5000)
    assert set(desk.notice) == {"é"}
    desk.say(Progress.OPEN, "short")
    assert desk.notice == "short"


def test_everything_that_is_said_is_a_new_edition() -> None:
    desk = anonymous().desks[Way.OUT]
    assert (desk.progress, desk.notice, desk.edition) == (Progress.STARTING, "", 0)
    desk.say(Progress.WAITING, "none is there")
    desk.say(Progress.WAITING, "none is there")
    assert desk.edition == 2


def test_a_new_life_begins_with_a_clear_desk() -> None:
    desk = anonymous().desks[Way.OUT]
    desk.say(Progress.OPEN, "a loudspeaker", "device", "route")
    desk.clear()
    assert (desk.progress, desk.notice, desk.device, desk.route) == (Progress.STARTING, "", "", "")
