"""What is said when something falls due."""

import pytest

from appliance.tools.agenda import Due, Kind, Plan
from appliance.tools.builtin.ring import told
from appliance.tools.tool import Language
from tests.tools.home import SUNDAY

DUE = SUNDAY.timestamp()


@pytest.mark.parametrize(
    ("plan", "late_s", "language", "said"),
    [
        (Plan(Kind.TIMER, DUE, "", 600), 0, "en", "Your timer for ten minutes is up."),
        (Plan(Kind.TIMER, DUE, "pasta", 600), 0, "en", "Your pasta timer is up."),
        (Plan(Kind.TIMER, DUE, "", 600), 60, "en", "While I was off, your timer for ten minutes ran out."),
        (Plan(Kind.TIMER, DUE, "", 600), 0, "de", "Dein Timer für zehn Minuten ist abgelaufen."),
        (Plan(Kind.ALARM, DUE, clock="15:30"), 0, "en", "It is three thirty in the afternoon. Your alarm."),
        (Plan(Kind.ALARM, DUE, clock="15:30"), 0, "de", "Es ist fünfzehn Uhr dreißig. Dein Wecker."),
        (Plan(Kind.REMINDER, DUE, "call mum"), 0, "en", "Reminder: call mum."),
        (
            Plan(Kind.REMINDER, DUE, "call mum"),
            60,
            "en",
            "I was to remind you at three thirty in the afternoon: call mum.",
        ),
    ],
)
def test_what_is_said(plan: Plan, late_s: float, language: Language, said: str) -> None:
    assert told(Due(plan, late_s), SUNDAY, language) == said
