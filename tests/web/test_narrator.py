"""What pages are told, and what they are told that come late."""

from typing import Any

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Partial, Stage, Turn
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.trace import Stamps
from appliance.turns.machine import State
from appliance.web.messages import (
    MOST_BYTES,
    Failed,
    Fault,
    Hello,
    Line,
    Message,
    Muted,
    PartlyHeard,
    Saying,
    SoundFaults,
    StateChanged,
    Timing,
    TurnOver,
    Understood,
    encode,
)
from appliance.web.narrator import MOST_OPEN, Narrator
from tests.virtual_time import run


class Told(list[Message]):
    """All that was told, and the narrator who did."""

    def __init__(self, kept_turns: int = 200) -> None:
        super().__init__()
        self.narrator = Narrator(self.append, kept_turns)


def tell(story: Any) -> None:
    async def main() -> None:
        result = story()
        if result:
            await result

    run(main())


def over(number: int, you: str = "hi", heard: str = "hello") -> tuple[Turn, Stamps]:
    """A turn that is over."""
    stamps = Stamps(speech_ended=1000.0, endpoint=1320.0, first_audio=1900.0)
    return Turn(number, you, f"{heard} you", heard, Outcome.INTERRUPTED), stamps


def test_what_happens_is_told_at_once() -> None:
    def story() -> None:
        told = Told()
        told.narrator.state(State.HEARING)
        told.narrator.partial(Partial("what ti", 4))
        told.narrator.understood(1, "what time")
        told.narrator.saying(1, "it's")
        told.narrator.failed(1, EngineError(Stage.TTS, "broke", remedy="mend"))
        told.narrator.sound((SoundFault.FAINT,))
        told.narrator.turn(*over(1))
        faint = SoundFaults((Fault(SoundFault.FAINT.problem, SoundFault.FAINT.remedy, "faint"),))
        assert told == [
            StateChanged("hearing"),
            PartlyHeard("what ti", 4),
            Understood(1, "what time"),
            Saying(1, "it's"),
            Failed(1, "tts", "broke", "mend", "broken"),
            faint,
            TurnOver(1, "hi", "hello you", "hello", "interrupted", Timing(320.0, 900.0)),
        ]

    tell(story)


def test_being_muted_is_told_when_it_begins_and_when_it_ends() -> None:
    def story() -> None:
        told = Told()
        for state in (State.MUTED, State.LISTENING, State.HEARING):
            told.narrator.state(state)
        assert [message for message in told if isinstance(message, Muted)] == [Muted(True), Muted(False)]
        told.narrator.state(State.MUTED)
        assert told.narrator.story("id", "box") == [Hello("id", "box", "muted", True)]

    tell(story)


def test_whoever_comes_late_is_told_what_is_over_and_what_is_not() -> None:
    def story() -> None:
        told = Told()
        told.narrator.understood(1, "hi")
        told.narrator.turn(*over(1))
        told.narrator.understood(2, "and now")
        told.narrator.saying(2, "well")
        told.narrator.saying(2, "well then")
        told.narrator.state(State.SPEAKING)
        told.narrator.sound((SoundFault.SILENT,))
        hello, *rest = told.narrator.story("id", "box")
        assert hello == Hello("id", "box", "speaking", False, (Line(1, "hi", "hello", "interrupted"),))
        assert rest[:2] == [Understood(2, "and now"), Saying(2, "well then")]
        assert isinstance(rest[2], SoundFaults)

    tell(story)


def test_noises_are_not_remembered() -> None:
    def story() -> None:
        told = Told()
        told.narrator.turn(*over(1, "", ""))
        (hello,) = told.narrator.story("id", "box")
        assert isinstance(hello, Hello)
        assert hello.conversation == ()
        assert told.narrator.turns == 1

    tell(story)


def test_a_hello_is_bounded_in_turns_and_in_bytes() -> None:
    def story() -> None:
        few, long = Told(kept_turns=10), Told()
        for number in range(1, 201):
            few.narrator.turn(*over(number))
            long.narrator.turn(*over(number, "ü\n" * 250, '"…' * 250))
        for told, least in ((few, 10), (long, 20)):
            (hello,) = told.narrator.story("id", "box")
            assert isinstance(hello, Hello)
            assert len(encode(hello).encode()) <= MOST_BYTES
            numbers = [line.turn for line in hello.conversation]
            assert numbers == list(range(201 - len(numbers), 201))
            assert least <= len(numbers) <= (10 if told is few else 200)

    tell(story)


def test_turns_that_never_end_are_forgotten() -> None:
    def story() -> None:
        told = Told()
        for number in range(100):
            told.narrator.understood(number, "hi")
        assert len(told.narrator.story("id", "box")) == 1 + MOST_OPEN

    tell(story)


def test_it_is_idle_while_nobody_speaks() -> None:
    async def story() -> None:
        told = Told()
        await clock.sleep_until(clock.now() + 10)
        assert told.narrator.idle_s == 10
        told.narrator.state(State.SPEAKING)
        await clock.sleep_until(clock.now() + 10)
        assert told.narrator.idle_s == 0
        told.narrator.state(State.LISTENING)
        await clock.sleep_until(clock.now() + 5)
        assert told.narrator.idle_s == 5
        told.narrator.stir()
        assert told.narrator.idle_s == 0

    tell(story)


def test_what_was_forgotten_is_not_told_to_whoever_comes_late() -> None:
    def story() -> None:
        told = Told()
        told.narrator.turn(*over(1))
        told.narrator.forgotten()
        hello = told.narrator.story("s", "box")[0]
        assert isinstance(hello, Hello)
        assert hello.conversation == ()

    tell(story)


def test_after_a_restart_it_goes_on_with_what_was_said() -> None:
    def story() -> None:
        past = [over(number)[0] for number in (4, 5)]
        told: list[Message] = []
        narrator = Narrator(told.append, 200, past)
        narrator.turn(*over(6))
        assert [line.turn for line in narrator.lines] == [4, 5, 6]
        assert (narrator.turns, narrator.characters) == (6, 3 * len("hello you"))

    tell(story)
