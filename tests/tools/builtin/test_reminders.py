"""Reminders, as people ask for them."""

import pytest

from appliance.tools.builtin.reminders import yours
from tests.tools.builtin.conversation import hold


def test_in_english() -> None:
    hold(
        "en",
        "what are my reminders",
        "There is no such reminder.",
        "remind me in ten minutes to call my mum",
        "Done: I will remind you in ten minutes: call your mum.",
        "remind me tomorrow at nine to water the flowers",
        "Done: I will remind you tomorrow at nine o'clock in the morning: water the flowers.",
        "remind me tomorrow at three about the dentist",
        "Done: I will remind you tomorrow at three o'clock in the afternoon: the dentist.",
        "remind me to take out the trash this evening",
        "Done: I will remind you today at seven o'clock in the evening: take out the trash.",
        "remind me tonight to read",
        "Done: I will remind you today at eight o'clock in the evening: read.",
        "remind me today to read",
        "When shall I remind you?",
        "remind me to call the bank",
        "When shall I remind you?",
        "delete the reminder",
        "Which one? Or all of them?",
        "delete the reminder to call my mum",
        "Done: I will not remind you.",
        "delete all my reminders",
        "Done: I will not remind you.",
        "list my reminders",
        "There is no such reminder.",
    )


def test_in_german() -> None:
    hold(
        "de",
        "erinnere mich in einem tag daran meine mutter anzurufen",
        "Fertig: ich erinnere dich in einem Tag: deine mutter anzurufen.",
        "erinnere mich morgen um neun an den zahnarzt",
        "Fertig: ich erinnere dich morgen um neun Uhr: an den zahnarzt.",
        "was sind meine erinnerungen",
        "Ich erinnere dich morgen um neun Uhr: an den zahnarzt; "
        "morgen um fünfzehn Uhr dreißig: deine mutter anzurufen.",
        "erinnere mich an den müll",
        "Wann soll ich dich erinnern?",
        "lösche die erinnerung an den zahnarzt",
        "Fertig: ich erinnere dich nicht.",
        "lösche alle erinnerungen",
        "Fertig: ich erinnere dich nicht.",
    )


@pytest.mark.parametrize(
    ("said", "back"), [("call my mum", "call your mum"), ("mystery", "mystery"), ("i win", "you win")]
)
def test_what_is_mine_is_yours(said: str, back: str) -> None:
    assert yours(said, "en") == back
