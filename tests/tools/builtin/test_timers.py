"""Timers, as people ask for them."""

from tests.tools.builtin.conversation import hold


def test_in_english() -> None:
    hold(
        "en",
        "how much time is left",
        "No timer is running.",
        "cancel the timer",
        "No timer is running.",
        "set a timer for ten minutes",
        "Done: a timer for ten minutes.",
        "how long is left on the timer",
        "Ten minutes left.",
        "start a pasta timer for eight minutes",
        "Done: a pasta timer for eight minutes.",
        "how much time is left",
        "Left: eight minutes on your pasta timer and ten minutes on your timer for ten minutes.",
        "cancel the timer",
        "Which one? There are your pasta timer and your timer for ten minutes.",
        "cancel the egg timer",
        "There is no such timer.",
        "cancel the pasta timer",
        "Done: your pasta timer is cancelled.",
        "set a timer for one minute",
        "Done: a timer for one minute.",
        "cancel all timers",
        "Done: all timers are cancelled.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "wie lange noch",
        "Es läuft kein Timer.",
        "stell einen timer auf zehn minuten",
        "Fertig: ein Timer für zehn Minuten.",
        "wie lange läuft der timer noch",
        "Noch zehn Minuten.",
        "starte einen nudel timer für acht minuten",
        "Fertig: ein Timer „nudel“ für acht Minuten.",
        "wie lange noch",
        "Noch acht Minuten bei deinem Timer „nudel“ und zehn Minuten bei deinem Timer für zehn Minuten.",
        "lösche den timer",
        "Welchen? Es gibt deinen Timer „nudel“ und deinen Timer für zehn Minuten.",
        "lösche den nudel timer",
        "Fertig: dein Timer „nudel“ ist gestoppt.",
        "lösche den timer",
        "Fertig: dein Timer für zehn Minuten ist gestoppt.",
    )
