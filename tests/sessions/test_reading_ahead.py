"""What the model reads while somebody still speaks: only what is surely said, and only when nobody is in the way."""

from itertools import pairwise

from appliance.converse import Say
from appliance.core.speech import Message, Outcome, Role, Stage
from appliance.pipeline.reply import ReplySettings
from tests.fakes import Script, voice
from tests.room import Room

WORDS = "one two three four five six seven eight nine ten"


def read(room: Room) -> list[str]:
    """What the model read of the words of the first turn before it was asked to answer, in order."""
    jobs = [job for job in room.inference.jobs if job.stage is Stage.LLM]
    asked = next(index for index, job in enumerate(jobs) if job.method == "generate")
    last: list[Message] = [job.args[0][-1] for job in jobs[:asked]]
    return [message.text for message in last if message.role is Role.USER]


def test_the_model_reads_what_will_not_change_a_few_words_at_a_time() -> None:
    room = Room(Script(streamed=WORDS, transcripts=[WORDS], spare=True))
    room.hold(Say(voice(4.0)))
    texts = read(room)
    assert len(texts) >= 2
    assert all(WORDS.startswith(text) for text in texts)
    lengths = [0, *(len(text.split()) for text in texts)]
    assert all(later >= earlier + 3 for earlier, later in pairwise(lengths))
    assert room.turns[0].transcript == WORDS


def test_nothing_is_read_when_somebody_else_needs_the_cores() -> None:
    room = Room(Script(streamed=WORDS, spare=False))
    room.hold(Say(voice(4.0)))
    assert read(room) == []


def test_nothing_is_read_when_it_is_not_wanted_or_the_machine_is_pressed() -> None:
    for room in (
        Room(Script(streamed=WORDS, spare=True), reply=ReplySettings(speculate=False)),
        Room(Script(streamed=WORDS, spare=True), relaxed=False),
    ):
        room.hold(Say(voice(4.0)))
        assert read(room) == []


def test_what_is_read_is_remembered_nowhere_and_a_model_that_fails_at_it_fails_nothing_else() -> None:
    room = Room(Script(streamed=WORDS, spare=True, fails=lambda job: job.method == "prefill"))
    room.hold(Say(voice(4.0)))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]
    assert [message.text for message in room.dialogue.prompt()[1:]] == ["hello there", room.turns[0].heard]


def test_over_a_reply_the_model_is_left_alone() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."
    room = Room(Script(streamed=WORDS, spare=True, replies=[long]))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(4.0), at=4.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.INTERRUPTED, Outcome.ANSWERED]
    ahead = [job for job in room.inference.jobs if job.method == "prefill" and job.turn == 2]
    assert all(job.args[0][-1].role is not Role.USER for job in ahead)
