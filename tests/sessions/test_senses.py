"""A microphone or a loudspeaker that is pulled and plugged in again, at every moment of a conversation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from appliance.converse import Say, converse
from appliance.core import clock
from appliance.core.audio import AudioFrame
from appliance.core.speech import Outcome
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.phrases import MICROPHONE_BACK, MICROPHONE_GONE
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State
from tests.fakes import Script, silence, voice
from tests.room import PHRASE_LEVEL, Room, levels
from tests.virtual_time import run

LONG = "This is a reply that takes several seconds to say, so that much can happen while it is being heard."


class Loose(WavPort):
    """A port whose devices can be pulled."""

    deaf = False
    speechless = False

    async def frames(self) -> AsyncIterator[AudioFrame]:
        async for frame in super().frames():
            yield replace(frame, samples=0 * frame.samples) if self.deaf else frame

    async def at(self, second: float) -> None:
        await clock.sleep_until(clock.now() + second - self.now())

    async def play(self, frame: AudioFrame) -> None:
        if not self.speechless:
            await super().play(frame)


def tell(room: Room, story: Callable[[Loose], Awaitable[None]], *says: Say) -> list[int]:
    """Hold a conversation while a story happens; returns what was heard, in levels per 10 ms."""

    async def both() -> list[int]:
        port = Loose()
        happening = asyncio.ensure_future(story(port))
        heard = await converse(room.open, says, room.report, port)
        await happening
        return levels(heard)

    return run(both())


def test_without_a_loudspeaker_replies_are_shown_and_remembered() -> None:
    room = Room(Script(replies=["It is four.", "Yes."]))

    async def story(port: Loose) -> None:
        port.speechless = True

    heard = tell(room, story, Say(voice(1.0)), Say(voice(1.0)))
    assert set(heard) == {0}
    assert [turn.outcome for turn in room.turns] == [Outcome.SHOWN, Outcome.SHOWN]
    assert [turn.heard for turn in room.turns] == ["It is four.", "Yes."]
    assert room.inference.prompts[-1][-2].text == "It is four."
    assert (SoundFault.NO_LOUDSPEAKER,) in room.witness.faults


def test_a_reply_whose_loudspeaker_is_pulled_is_closed_with_what_was_heard_of_it() -> None:
    room = Room(Script(replies=[LONG, "Yes."]))

    async def story(port: Loose) -> None:
        await port.at(3.5)
        port.speechless = True
        port.stop()  # what the bridge does with what was queued
        await port.at(6.0)
        port.speechless = False

    tell(room, story, Say(voice(1.0), at=0.5), Say(voice(1.0), at=7.0))
    first, second = room.turns
    assert first.outcome is Outcome.INTERRUPTED
    assert 0 < len(first.heard) < len(LONG)
    assert LONG.startswith(first.heard)
    assert second.outcome is Outcome.ANSWERED


def test_a_reply_that_lost_its_loudspeaker_before_its_first_word_is_shown() -> None:
    room = Room(Script(replies=["It is four."], prefill_s=2.0))

    async def story(port: Loose) -> None:
        await port.at(2.5)
        port.speechless = True

    tell(room, story, Say(voice(1.0), at=0.5))
    assert [turn.outcome for turn in room.turns] == [Outcome.SHOWN]


@pytest.mark.parametrize("back", [2.6, 3.0, 3.4, 4.0, 5.0])
def test_a_loudspeaker_that_returns_within_the_reply_leaves_nothing_open(back: float) -> None:
    room = Room(Script(replies=[LONG, "Yes."], token_s=0.1))

    async def story(port: Loose) -> None:
        await port.at(2.2)
        port.speechless = True
        port.stop()
        await port.at(back)
        port.speechless = False

    tell(room, story, Say(voice(1.0), at=0.5), Say(voice(1.0), at=12.0))
    assert len(room.turns) == 2
    assert room.turns[-1].outcome is Outcome.ANSWERED
    assert room.turns[-1].heard == "Yes."


def test_after_a_reply_that_was_shown_the_next_one_is_heard() -> None:
    room = Room(Script(replies=["It is four.", "Yes."]))

    async def story(port: Loose) -> None:
        port.speechless = True
        await port.at(3.5)
        port.speechless = False

    tell(room, story, Say(voice(1.0), at=0.5), Say(voice(1.0), at=5.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.SHOWN, Outcome.ANSWERED]


def test_the_box_says_that_its_microphone_is_gone_and_when_it_is_back() -> None:
    room = Room(Script(replies=["Yes."]))

    async def story(port: Loose) -> None:
        await port.at(1.0)
        port.deaf = True
        await port.at(4.0)
        port.deaf = False

    heard = tell(room, story, Say(silence(0.1), at=7.0), Say(voice(1.0), at=7.2))
    assert [turn.heard for turn in room.turns] == [MICROPHONE_GONE, MICROPHONE_BACK, "Yes."]
    assert all(turn.outcome is Outcome.ANSWERED for turn in room.turns)
    phrases = [
        second
        for second in range(10)
        if round(100 * PHRASE_LEVEL) in heard[100 * second : 100 * second + 100]
    ]
    assert phrases == [1, 4]
    assert (SoundFault.NO_MICROPHONE,) in room.witness.faults
    assert room.witness.faults[-1] == ()


def test_half_an_utterance_is_thrown_away_with_the_microphone() -> None:
    room = Room()

    async def story(port: Loose) -> None:
        await port.at(1.2)
        port.deaf = True

    tell(room, story, Say(voice(1.0), at=0.5))
    assert [turn.heard for turn in room.turns] == [MICROPHONE_GONE]


def test_what_is_typed_is_answered_aloud_without_a_microphone() -> None:
    room = Room(Script(replies=["It is four."]))

    async def story(port: Loose) -> None:
        port.deaf = True
        await port.at(3.0)
        room.session.type("What time is it?")

    tell(room, story, Say(silence(0.1), at=6.0))
    assert [(turn.transcript, turn.heard) for turn in room.turns] == [
        ("", MICROPHONE_GONE),
        ("What time is it?", "It is four."),
    ]


def test_with_neither_it_waits_and_says_nothing_old_when_both_are_back() -> None:
    room = Room()

    async def story(port: Loose) -> None:
        port.deaf = port.speechless = True
        await port.at(5.0)
        port.deaf = port.speechless = False

    tell(room, story, Say(silence(0.1), at=8.0))
    assert [turn.heard for turn in room.turns] == [MICROPHONE_BACK]


@pytest.mark.parametrize("second", [0.7, 1.6, 2.3, 3.0, 4.0])
def test_whenever_both_are_pulled_the_conversation_comes_to_rest_and_goes_on(second: float) -> None:
    room = Room(Script(replies=[LONG, "Yes."]))

    async def story(port: Loose) -> None:
        await port.at(second)
        port.deaf = port.speechless = True
        port.stop()
        await port.at(second + 4.0)
        assert room.session.resting
        port.deaf = port.speechless = False

    tell(room, story, Say(voice(1.0), at=0.5), Say(voice(1.0), at=13.0))
    assert room.turns[-1].outcome is Outcome.ANSWERED
    assert room.states[-1] is State.LISTENING


def test_somebody_may_speak_over_the_notice() -> None:
    room = Room(Script(replies=["Yes."]))

    async def story(port: Loose) -> None:
        port.deaf = True
        await port.at(1.8)
        port.deaf = False

    tell(room, story, Say(voice(2.0), at=1.9))
    assert room.turns[-1].heard == "Yes."
