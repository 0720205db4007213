"""Each turn is told to whoever writes it down, as part of the conversation to which it belongs."""

from appliance.converse import Say, converse
from appliance.core.speech import Outcome, Turn
from appliance.records.conversation import Conversation, Past
from appliance.sessions.observer import Observer
from appliance.sessions.recorder import Keep, KeepNothing, Recorder
from appliance.sessions.session import Session
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.web.audience import Audience
from tests.fakes import Script, voice
from tests.room import Room
from tests.virtual_time import run


class Notes(KeepNothing):
    """A `Keep` that remembers."""

    def __init__(self) -> None:
        self.turns: list[tuple[Conversation, int]] = []
        self.ended: list[Conversation] = []

    def add(self, conversation: Conversation, turn: Turn) -> None:
        self.turns.append((conversation, turn.number))

    def end(self, conversation: Conversation) -> None:
        self.ended.append(conversation)


def turn(number: int, you: str = "hi", heard: str = "hello") -> Turn:
    return Turn(number, you, heard, heard, Outcome.ANSWERED)


def test_turns_belong_to_one_conversation_until_it_is_forgotten() -> None:
    notes = Notes()
    recorder = Recorder(notes, "session", "phone", None)
    recorder.forgotten()  # nothing was said
    recorder.turn(turn(1), Stamps())
    recorder.turn(turn(2), Stamps())
    recorder.forgotten()
    recorder.turn(turn(3), Stamps())
    first, second = notes.turns[0][0], notes.turns[2][0]
    assert notes.turns == [(first, 1), (first, 2), (second, 3)]
    assert first.key != second.key == recorder.key
    assert (first.device, first.session) == ("phone", second.session)
    assert notes.ended == [first]
    recorder.end()
    assert notes.ended == [first, second]


def test_a_noise_is_not_worth_a_note() -> None:
    notes = Notes()
    recorder = Recorder(notes, "session", None, None)
    recorder.turn(turn(1, "", ""), Stamps())
    recorder.end()
    assert (notes.turns, notes.ended) == ([], [])


def test_after_a_restart_it_goes_on_with_the_same_conversation() -> None:
    notes: Keep = Notes()
    told = Conversation.new("session", None, 0.0)
    recorder = Recorder(notes, "session", None, Past(told, (turn(1), turn(2)), 0.0))
    recorder.turn(turn(3), Stamps())
    assert isinstance(notes, Notes)
    assert notes.turns == [(told, 3)]
    assert recorder.key == told.key


def test_without_a_disk_nobody_remembers() -> None:
    nothing = KeepNothing()
    recorder = Recorder(nothing, "session", None, None)
    recorder.turn(turn(1), Stamps())
    recorder.end()
    assert nothing.recall("session", None, 60.0) is None


def test_a_session_goes_on_where_the_last_one_was_killed() -> None:
    """The model reads what was said before, in the same words, and turns are counted on."""
    before = Room(Script(transcripts=["who was Bach"], replies=["A composer."]))
    before.hold(Say(voice(1.0)))
    after = Room(Script(transcripts=["and his wife"]), past=before.turns)
    after.hold(Say(voice(1.0)))
    assert [turn.number for turn in after.turns] == [2]
    assert [message.text for message in after.inference.prompts[0]] == [
        "Be brief.",
        "who was Bach",
        "A composer.",
        "and his wife",
    ]


def test_what_was_cut_off_can_be_continued_after_a_restart() -> None:
    past = [
        Turn(4, "tell me a story", "Once upon a time there was a king.", "Once upon", Outcome.INTERRUPTED)
    ]
    after = Room(Script(transcripts=["go on"]), past=past)
    after.hold(Say(voice(1.0)))
    assert after.inference.prompts[0][-1].text == "Once upon"


def test_what_the_model_forgets_in_a_long_silence_is_a_conversation_of_its_own() -> None:
    notes, room, recorders = Notes(), Room(), []

    def open_session(port: WavPort, observer: Observer) -> Session:
        recorders.append(Recorder(notes, "local", None, None))
        return room.open(port, Audience(observer, recorders[0]))

    run(converse(open_session, [Say(voice(1.0), 1.0), Say(voice(1.0), 200.0)], room.report))
    (first, one), (second, two) = notes.turns
    assert (one, two) == (1, 2)
    assert first.key != second.key
    assert notes.ended == [first]
    assert len(room.inference.prompts[1]) == 2  # who it is, and the question
