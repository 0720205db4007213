"""Conversions, as they are said."""

from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    hold(
        "en",
        "convert five miles to kilometres",
        "Five miles are about eight point zero five kilometres.",
        "how many millilitres are in a cup",
        "One cup is about two hundred and thirty-six point five nine millilitres.",
        "what is twenty degrees celsius in fahrenheit",
        "Twenty degrees Celsius are sixty-eight degrees Fahrenheit.",
        "how many metres are in a kilometre",
        "One kilometre is one thousand metres.",
        "convert minus three hundred degrees celsius to kelvin",
        "That cannot be converted.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "wie viele kilometer sind eine meile",
        "Eine Meile ist ungefähr eins Komma sechs eins Kilometer.",
        "wie viele gramm sind ein kilo",
        "Ein Kilogramm ist eintausend Gramm.",
        "rechne zwanzig grad celsius in fahrenheit um",
        "Zwanzig Grad Celsius sind achtundsechzig Grad Fahrenheit.",
    )


def test_a_model_may_be_wrong() -> None:
    async def main() -> None:
        home = Home()
        for amount, source, target in ((1, "mile", "litre"), (1e300, "mile", "metre"), (1, "mile", "parsec")):
            assert not (await home.call("convert", {"amount": amount, "from": source, "to": target})).ok

    run(main())
