"""Tools in a conversation: what is asked for is done and told, and what is due rings, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from appliance.converse import Say
from appliance.core import clock
from appliance.core.audio import Samples
from appliance.hands import BETWEEN_S, POLITE_S, RINGS, Hands, chime, local_time
from appliance.turns.events import Event, StopPressed
from tests.fakes import Script, voice
from tests.room import Room
from tests.virtual_time import run

NOON = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("Europe/Berlin"))


def wall() -> datetime:
    return NOON + timedelta(seconds=clock.now())


def room(*transcripts: str) -> Room:
    """A conversation with hands."""
    made = Room(Script(transcripts=transcripts, replies=["I do not know."]))
    made.hands = Hands(wall=wall)
    return made


def test_what_needs_no_model_is_answered_without_one() -> None:
    talk = room(
        "what time is it", "set a timer for ten minutes", "what is seventeen times three", "tell me a story"
    )
    talk.hold(*(Say(voice(1.0)) for _ in range(4)))
    first, second, third, fourth = (turn.said for turn in talk.turns)
    assert first.startswith("It is twelve")
    assert second == "Done: a timer for ten minutes."
    assert "fifty" in third
    assert fourth == "I do not know."
    assert len(talk.inference.prompts) == 1


def test_the_last_answer_is_said_again() -> None:
    talk = room("say that again", "tell me a story", "say that again")
    talk.hold(*(Say(voice(1.0)) for _ in range(3)))
    assert [turn.said for turn in talk.turns] == [
        "I have not said anything yet.",
        "I do not know.",
        "I do not know.",
    ]


def test_the_volume_is_that_of_the_conversation() -> None:
    talk = room("set the volume to fifty percent")
    talk.hold(Say(voice(1.0)))
    assert "fifty percent" in talk.turns[0].said
    assert talk.loudspeaker.volume == 50


class Talk:
    """A conversation that is busy, or not."""

    def __init__(self) -> None:
        self.turn = 0
        self.busy = False
        self.told: list[tuple[float, str]] = []
        self.stopped: list[float] = []

    def announce(self, text: str, chime: Samples | None = None) -> bool:
        if self.busy:
            return False
        assert chime is not None
        self.turn += 1
        self.told.append((round(clock.now() - self.began, 1), text))
        return True

    def post(self, event: Event) -> None:
        assert isinstance(event, StopPressed)
        self.stopped.append(round(clock.now() - self.began, 1))
        self.busy = False

    def begin(self) -> None:
        self.began = clock.now()


def ring(
    story: Callable[[Talk, Callable[[str], Coroutine[Any, Any, str]]], Coroutine[Any, Any, None]],
) -> Talk:
    """Tell a story of somebody who asks, while what is due is told."""
    talk = Talk()

    async def main() -> None:
        hands = Hands(wall=wall)
        await hands.open()
        companion = hands.companion(Room().silent_loudspeaker(), lambda: "All is well.")

        async def ask(text: str) -> str:
            wish = companion.deeds(text)
            assert wish, text
            return await wish.grant()

        talk.begin()
        ringing = asyncio.create_task(hands.ring(talk, 16_000))
        await story(talk, ask)
        ringing.cancel()

    run(main())
    return talk


def test_a_timer_rings_until_somebody_speaks_or_three_times() -> None:
    async def nobody(talk: Talk, ask: Callable[[str], Coroutine[Any, Any, str]]) -> None:
        await ask("set a timer for ten seconds")
        await asyncio.sleep(100)

    async def somebody(talk: Talk, ask: Callable[[str], Coroutine[Any, Any, str]]) -> None:
        await ask("set a timer for ten seconds")
        await asyncio.sleep(15)
        talk.turn += 1
        await asyncio.sleep(100)

    told = ring(nobody).told
    assert [at for at, _ in told] == pytest.approx([10 + n * BETWEEN_S for n in range(RINGS)], abs=0.5)
    assert {text for _, text in told} == {"Your timer for ten seconds is up."}
    assert len(ring(somebody).told) == 1


def test_it_waits_for_a_gap_and_then_rings_over_the_conversation() -> None:
    async def busy(talk: Talk, ask: Callable[[str], Coroutine[Any, Any, str]]) -> None:
        await ask("remind me in ten seconds to call mum")
        talk.busy = True
        await asyncio.sleep(60)

    talk = ring(busy)
    assert talk.stopped == pytest.approx([10 + POLITE_S], abs=0.6)
    assert [text for _, text in talk.told] == ["Reminder: call mum."]


def test_two_that_are_due_at_once_are_both_told() -> None:
    async def both(talk: Talk, ask: Callable[[str], Coroutine[Any, Any, str]]) -> None:
        await ask("remind me in ten seconds to call mum")
        await ask("remind me in ten seconds to call dad")
        await asyncio.sleep(60)

    assert sorted(text for _, text in ring(both).told) == ["Reminder: call dad.", "Reminder: call mum."]


def test_the_chime_is_heard_and_neither_clicks_nor_clips() -> None:
    bell = chime(48_000)
    assert 0.2 < float(np.abs(bell).max()) <= 0.5
    assert abs(bell[0]) < 1e-3
    assert abs(bell[-1]) < 1e-3


def test_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert local_time()().tzinfo == ZoneInfo("Europe/Berlin")
    monkeypatch.setenv("TZ", "no such place")
    assert local_time() is clock.wall


def test_when_all_is_forgotten_nothing_rings() -> None:
    async def story() -> list[str]:
        talk, hands = Talk(), Hands(wall=wall)
        await hands.open()
        companion = hands.companion(Room().silent_loudspeaker(), lambda: "All is well.")
        for text in ("remind me in ten seconds to call mum", "put milk on the shopping list"):
            wish = companion.deeds(text)
            assert wish
            await wish.grant()
        await hands.forget()
        talk.begin()
        ringing = asyncio.create_task(hands.ring(talk, 16_000))
        await asyncio.sleep(60)
        ringing.cancel()
        assert talk.told == []
        wish = companion.deeds("what is on the shopping list")
        assert wish
        return [await wish.grant()]

    (said,) = run(story())
    assert "milk" not in said
