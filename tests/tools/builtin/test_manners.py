"""Volume, repeating, stopping, and who is speaking."""

from tests.tools.builtin.conversation import hold
from tests.tools.home import Home
from tests.virtual_time import run


def test_in_english() -> None:
    home = hold(
        "en",
        "turn it up",
        "Done: volume sixty percent.",
        "turn the volume down by twenty percent",
        "Done: volume forty percent.",
        "mute",
        "Done: I am muted.",
        "unmute",
        "Done: volume thirty percent.",
        "maximum volume",
        "Done: volume one hundred percent.",
        "louder",
        "That is as loud as I can.",
        "say that again",
        "",
        "say that again more slowly",
        "",
        "stop",
        "",
        "is everything working",
        "All well.",
    )
    assert home.box.done == ["again", "slower", "quiet"]


def test_in_german() -> None:
    hold(
        "de",
        "mach lauter",
        "Fertig: Lautstärke sechzig Prozent.",
        "stumm",
        "Fertig: ich bin stumm.",
        "volle lautstärke",
        "Fertig: Lautstärke einhundert Prozent.",
        "lauter",
        "Lauter kann ich nicht.",
        "funktioniert alles",
        "Alles in Ordnung.",
    )


def test_louder_repeats_are_louder() -> None:
    home = hold("en", "say that again louder", "")
    assert home.box.volume == 60


def test_there_may_be_nothing_to_repeat() -> None:
    async def main() -> None:
        home = Home()
        home.box.spoke = False
        assert await home.hear("say that again") == "I have not said anything yet."
        assert await home.hear("wiederhole das", "de") == "Ich habe noch nichts gesagt."

    run(main())


def test_a_persona_introduces_itself() -> None:
    async def main() -> None:
        home = Home()
        assert "this box" in await home.hear("who are you")
        assert "timers" in await home.hear("what can you do")
        home.box.persona = "I am Ada."
        assert await home.hear("who are you") == "I am Ada."

    run(main())


def test_quieter_is_never_silent() -> None:
    async def main() -> None:
        home = Home()
        home.box.volume = 5
        assert await home.hear("quieter") == "That is as quiet as I can."
        home.box.volume = 15
        assert await home.hear("quieter") == "Done: volume ten percent."

    run(main())
