"""Alarms, as people ask for them."""

from appliance.tools.tool import Problem
from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    hold(
        "en",
        "what alarms do i have",
        "No alarm is set.",
        "wake me up at half past seven",
        "Done: an alarm tomorrow at seven thirty in the morning.",
        "set an alarm for six",
        "Done: an alarm today at six o'clock in the evening.",
        "set an alarm for seven every weekday",
        "Done: an alarm on weekdays at seven o'clock in the morning.",
        "what alarms do i have",
        "Alarms: today at six o'clock in the evening, on weekdays at seven o'clock in the morning "
        "and tomorrow at seven thirty in the morning.",
        "cancel the alarm at six",
        "Done: no alarm today at six o'clock in the evening.",
        "cancel the alarm at six",
        "There is no such alarm.",
        "cancel the alarm",
        "Which one? on weekdays at seven o'clock in the morning and tomorrow at seven thirty in the morning.",
        "cancel all alarms",
        "Done: all alarms are cancelled.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "welche wecker sind gestellt",
        "Es ist kein Wecker gestellt.",
        "stell einen wecker auf halb acht",
        "Fertig: ein Wecker morgen um sieben Uhr dreißig.",
        "weck mich jeden montag und freitag um sechs",
        "Fertig: ein Wecker jeden Montag und Freitag um sechs Uhr.",
        "welche wecker sind gestellt",
        "Wecker: jeden Montag und Freitag um sechs Uhr und morgen um sieben Uhr dreißig.",
        "lösche den wecker um halb acht",
        "Fertig: kein Wecker morgen um sieben Uhr dreißig.",
        "lösche den wecker",
        "Fertig: kein Wecker jeden Montag und Freitag um sechs Uhr.",
    )


def test_what_has_passed_is_refused() -> None:
    async def main() -> None:
        home = Home()
        for day in ("+0", "-1", "02-30", "2099-01-01", "x"):
            assert (await home.do("set_alarm", time="07:00", day=day)).problem is Problem.REFUSED
        assert (await home.do("set_alarm", time="25:00")).problem is Problem.ARGUMENTS
        assert (await home.do("set_alarm", time="07:00", day="+0", twelve_hour=True)).ok

    run(main())
