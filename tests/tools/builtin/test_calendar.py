"""The time and the date."""

from appliance.tools.tool import Problem
from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    hold(
        "en",
        "what time is it",
        "It is three thirty in the afternoon.",
        "what day is it",
        "Today is Sunday, the twenty-second of November.",
        "what day was yesterday",
        "That was Saturday, the twenty-first of November.",
        "what day is december twenty fourth",
        "That will be Thursday, the twenty-fourth of December.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "wie spät ist es",
        "Es ist fünfzehn Uhr dreißig.",
        "welcher tag ist heute",
        "Heute ist Sonntag, der zweiundzwanzigste November.",
        "welcher tag war gestern",
        "Das war Samstag, der einundzwanzigste November.",
        "was für ein tag ist der vierundzwanzigste dezember",
        "Das ist Donnerstag, der vierundzwanzigste Dezember.",
    )


def test_days_that_do_not_exist() -> None:
    async def main() -> None:
        for day in ("02-30", "9999-99-9", "soon", "+9999"):
            result = await Home().do("tell_date", day=day)
            assert result.ok == (day == "+9999")
            assert result.problem in {None, Problem.REFUSED}

    run(main())
