"""Results, as they are said."""

from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    hold(
        "en",
        "seventeen times three",
        "That is fifty-one.",
        "what is fifteen percent of eighty",
        "That is twelve.",
        "what is one divided by three",
        "That is about zero point three three three three.",
        "what is the square root of two",
        "That is about one point four one four two.",
        "one divided by eight",
        "That is zero point one two five.",
        "five divided by zero",
        "That has no result.",
        "ten to the power of ten thousand",
        "That is too large a number for me.",
        "ten to the power of thirty",
        "That is one times ten to the power of thirty.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "siebzehn mal drei",
        "Das ist einundfünfzig.",
        "was ist eins geteilt durch drei",
        "Das ist ungefähr null Komma drei drei drei drei.",
        "fünf geteilt durch null",
        "Das hat kein Ergebnis.",
    )


def test_small_numbers_keep_their_figures() -> None:
    async def main() -> None:
        assert (await Home().do("calculate", expression="1/80000")).data == "0.0000125"
        assert "understand" in (await Home().do("calculate", expression="what?")).said

    run(main())
