"""The window; the rest of a ticket is seen at work in test_scheduler.py."""

from appliance.inference.ticket import Window


def test_half_a_window_is_worth_a_message() -> None:
    window = Window(8)
    assert window.granted == 8
    for _ in range(3):
        window.slide()
        assert not window.worth_granting
    window.slide()
    assert window.worth_granting
    assert window.grant() == 12
    assert not window.worth_granting


def test_the_smallest_windows_ask_for_every_result() -> None:
    for size in (1, 2, 3):
        window = Window(size)
        window.slide()
        assert window.worth_granting


def test_a_shut_window_opens_to_where_it_would_have_been() -> None:
    window = Window(4)
    window.slide()
    window.shut()
    assert window.granted == 0
    assert window.worth_granting
    assert window.grant() == 5
