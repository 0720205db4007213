"""Turns that are typed, and the stop button: the same conversation without a voice, or without an answer."""

import asyncio
from collections.abc import Callable

import numpy as np

from appliance.converse import Say
from appliance.core.audio import Samples
from appliance.core.speech import Message, Outcome, Role
from appliance.sessions.observer import Observer
from appliance.sessions.session import Session
from appliance.sessions.typed import Typed
from appliance.transports.wavfile import WavPort
from appliance.turns.events import Event, MutePressed, StopPressed, UnmutePressed
from appliance.turns.machine import State
from tests.fakes import Script, silence, voice
from tests.room import Room, levels
from tests.virtual_time import run

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def hold(room: Room, *deeds: tuple[float, str], say: Samples | None = None, seconds: float = 12.0) -> Samples:
    """Hold a conversation in which people type, or press stop, mute and unmute, at these seconds."""
    buttons: dict[str, Callable[[], Event]] = {
        "<stop>": StopPressed,
        "<mute>": MutePressed,
        "<unmute>": UnmutePressed,
    }

    async def play() -> Samples:
        port = WavPort(16_000)
        session = room.open(port, Observer())
        running = asyncio.create_task(session.run())
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if say is not None:
            port.say(say, 0.5)
        for at, deed in deeds:
            await asyncio.sleep(begun + at - loop.time())
            press(session, deed)
        await asyncio.sleep(begun + seconds - loop.time())
        port.close()
        await running
        return port.speaker()

    def press(session: Session, deed: str) -> None:
        if deed.startswith("<say>"):
            session.announce(deed.removeprefix("<say>"))
        elif deed in buttons:
            session.post(buttons[deed]())
        else:
            session.type(deed)

    return run(play())


def test_what_is_typed_is_answered_aloud_and_remembered() -> None:
    room = Room(Script(replies=["It's noon."]))
    speaker = hold(room, (0.5, "  what time\nis it "))
    (turn,) = room.turns
    assert (turn.transcript, turn.heard, turn.outcome) == ("what time is it", "It's noon.", Outcome.ANSWERED)
    assert [message.text for message in room.dialogue.prompt()[1:]] == ["what time is it", "It's noon."]
    assert set(levels(speaker)) == {0, 1}
    assert room.witness.asked == [(1, "what time is it")]


def test_nothing_typed_is_nothing() -> None:
    room = Room()
    hold(room, (0.5, ""), (0.6, " \n\t"))
    assert room.turns == []
    assert room.states == []


def test_typing_ends_a_reply_and_counts_what_was_heard() -> None:
    room = Room(Script(replies=[LONG, "Sure."]))
    hold(room, (0.5, "count for me"), (2.5, "that is enough"))
    first, second = room.turns
    assert first.outcome is Outcome.INTERRUPTED
    assert 0 < len(first.heard) < len(first.said)
    assert second.heard == "Sure."
    assert room.inference.prompts[1][2] == Message(Role.ASSISTANT, first.heard)


def test_typing_while_somebody_speaks_drops_what_they_said() -> None:
    room = Room(Script(replies=["Typed."]))
    hold(room, (1.6, "never mind the noise"), say=voice(1.0))
    assert [turn.transcript for turn in room.turns] == ["never mind the noise"]


def test_stop_silences_and_the_conversation_goes_on() -> None:
    room = Room(Script(replies=[LONG, "Sure."]))
    speaker = hold(room, (0.5, "count for me"), (2.5, "<stop>"), (5.0, "and now"))
    first, second = room.turns
    assert first.outcome is Outcome.INTERRUPTED
    assert second.outcome is Outcome.ANSWERED
    assert not np.any(speaker[int(2.55 * 16_000) : int(5.0 * 16_000)])


def test_stop_with_nothing_to_stop_changes_nothing() -> None:
    room = Room()
    hold(room, (0.5, "<stop>"), (1.0, "hello"))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]


def test_muted_it_answers_nobody_and_unmuted_it_does() -> None:
    room = Room()
    hold(room, (0.2, "<mute>"), (0.5, "hello"), (2.0, "<unmute>"), (2.5, "hello again"))
    assert [turn.transcript for turn in room.turns] == ["hello again"]
    assert room.states[:2] == [State.MUTED, State.LISTENING]


def test_the_caption_grows_word_by_word_to_what_was_heard() -> None:
    room = Room(Script(replies=[LONG]))
    room.hold(Say(np.concatenate([voice(1.0), silence(0.1)])))
    captions = [heard for _, heard in room.witness.captions]
    assert len(captions) > 8
    assert all(LONG.startswith(heard) for heard in captions)
    assert captions == sorted(set(captions), key=len)
    assert room.witness.asked == [(1, "hello there")]


def test_whatever_is_typed_is_clear_enough_to_be_answered() -> None:
    for text in ("no", "so", "thank you", "?!", "x" * 1000, "why " * 3):
        seconds, probability = Typed(text, 1.0).speech()
        assert (seconds >= 1.0, probability) == (True, 1.0)


def test_an_announcement_is_said_and_the_model_not_asked() -> None:
    room = Room(Script(replies=["Yes."]))
    hold(room, (0.5, "<say>Lunch is ready.\n Come in."), (4.0, "what"))
    first, second = room.turns
    assert (first.transcript, first.heard, first.outcome) == (
        "",
        "Lunch is ready. Come in.",
        Outcome.ANSWERED,
    )
    assert (second.transcript, len(room.inference.prompts)) == ("what", 1)
    assert room.witness.asked == [(2, "what")]
    assert [message.text for message in room.dialogue.prompt()[1:]] == ["what", "Yes."]


def test_an_announcement_can_be_interrupted_and_interrupts_nobody() -> None:
    room = Room(Script(replies=[LONG]))
    hold(
        room,
        (0.5, "count for me"),
        (1.5, "<say>Lunch."),
        (2.5, "<stop>"),
        (3.0, f"<say>{LONG}"),
        (4.0, "<stop>"),
    )
    first, second = room.turns
    assert (first.transcript, first.outcome) == ("count for me", Outcome.INTERRUPTED)
    assert second.outcome is Outcome.INTERRUPTED
    assert LONG.startswith(second.heard)


def test_nothing_announced_is_nothing() -> None:
    room = Room()
    hold(room, (0.5, "<say> "))
    assert room.turns == []
