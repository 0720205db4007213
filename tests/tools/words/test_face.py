"""Which time of day is meant by an hour, a minute and a part of the day."""

import pytest

from appliance.tools.words.face import face

LATE = frozenset({"pm", "at night"})


@pytest.mark.parametrize(
    ("hour", "part", "meant"),
    [
        (7, None, "07:00"),
        (7, "pm", "19:00"),
        (7, "am", "07:00"),
        (12, "am", "00:00"),
        (12, "pm", "12:00"),
        (24, None, "00:00"),
        (19, "am", "19:00"),
        (3, "at night", "03:00"),
        (11, "at night", "23:00"),
    ],
)
def test_hours(hour: int, part: str | None, meant: str) -> None:
    assert str(face(hour, 0, part, late=LATE)) == meant


@pytest.mark.parametrize(("hour", "minute"), [(25, 0), (-1, 0), (7, 60), (None, 0), (7, None)])
def test_there_is_no_such_time(hour: int | None, minute: int | None) -> None:
    assert face(hour, minute, None, late=LATE) is None
