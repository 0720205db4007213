"""Timelines of random conversations, held against the sound in the loudspeaker; and what ran meanwhile."""

import json
import math

import numpy as np
import pytest

from appliance.converse import Say
from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.cause import Cause, Why
from appliance.core.speech import Outcome, Stage, Turn
from appliance.inference.story import Blame, JobStory, Wait
from appliance.sessions.timeline import Timeline, Work, timeline
from appliance.sessions.trace import Stamps
from appliance.sessions.why import Facts
from tests.fakes import Script, voice
from tests.room import Room
from tests.sessions.test_interruptions import conversation
from tests.virtual_time import run

SEEDS, SHARDS = 60, 2
CLOSE_MS = 10.0
"""What stamps and observed sound may differ by: a period of the loudspeaker."""


def heard(speaker: Samples, turn: int) -> tuple[float, float] | None:
    """ms of the first and the last sample of a turn's sound, ducked or not, as a microphone would find them."""
    blocks = np.median(
        speaker[: len(speaker) // 48 * 48].reshape(-1, 48), axis=1
    )  # a ramp passes many levels
    own = np.flatnonzero(np.isclose(blocks, turn / 100) | np.isclose(blocks, turn / 1000))
    return (float(own[0]), float(own[-1] + 1)) if len(own) else None


def check(told: Timeline, speaker: Samples, onsets_ms: list[float]) -> bool:
    """Judge one turn; returns whether it was silenced while it was heard."""
    stamps, observed = told.stamps, heard(speaker, told.turn)
    assert (stamps.first_audio is None) == (observed is None)
    if observed is None or stamps.first_audio is None or stamps.speech_ended is None:
        return False
    assert abs(stamps.first_audio - observed[0]) <= CLOSE_MS
    parts = [span.ms for span in told.phases.values()]
    assert sum(parts) == stamps.first_audio - stamps.speech_ended, "to the sample"
    assert abs(sum(parts) - (observed[0] - stamps.speech_ended)) <= CLOSE_MS
    assert abs((stamps.reply_ended or 0.0) - observed[1]) <= CLOSE_MS
    silence = told.yielding
    if not silence:
        return False
    assert stamps.silent is not None
    assert abs(stamps.silent - observed[1]) <= CLOSE_MS
    begun = stamps.hushed if stamps.barge_in is None else stamps.barge_in
    assert begun is not None
    assert sum(span.ms for span in silence.values()) == max(0.0, stamps.silent - begun)
    if stamps.barge_in is not None:  # a window of the detector is 32 ms
        assert min(abs(stamps.barge_in - onset) for onset in onsets_ms) <= 32
    return True


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_parts_of_every_wait_add_up_and_are_where_the_sound_is(shard: int) -> None:
    silenced = 0
    for seed in range(shard, SEEDS, SHARDS):
        room, says = conversation(seed)
        speaker = room.hold(*says)
        told = room.report.timelines
        assert [each.turn for each in told] == [turn.number for turn in room.turns], seed
        silenced += sum(check(each, speaker, [1000 * (say.at or 0.0) for say in says]) for each in told)
    assert silenced >= 5, "the scripts no longer interrupt anybody"


def test_a_turn_that_is_interrupted_has_all_stamps_but_none_twice() -> None:
    room = Room(
        Script(replies=["one two three four five six seven eight nine ten. And more of it."], streamed="a")
    )
    room.hold(Say(voice(1.0), at=0.5), Say(voice(1.5), at=2.5))
    told = room.report.timelines[0]
    missing = {name for name, ms in told.stamps.as_dict().items() if ms is None}
    assert not missing
    assert len(told.stamps.as_dict()) >= 14
    assert told.outcome == "interrupted"


def test_a_cough_leaves_no_stamps_of_an_interruption() -> None:
    room = Room(Script(replies=["one two three four five six seven eight nine ten eleven twelve."]))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.06), at=2.6))
    assert any(state == "yielding" for state in room.states)
    (told,) = room.report.timelines
    assert (told.outcome, told.stamps.barge_in, told.stamps.ducked, told.yielding) == (
        "answered",
        None,
        None,
        {},
    )


def story(stage: Stage, method: str, asked: float, began: float, ended: float, *waits: Wait) -> JobStory:
    return JobStory(
        stage,
        method,
        "room",
        1,
        asked,
        f"a {stage}",
        began=began,
        first=ended,
        ended=ended,
        waits=list(waits),
    )


def made(*jobs: JobStory, speech_started: float = 500.0) -> tuple[Work, ...]:
    """The work of a turn whose audio clock is 100 s behind the loop's."""

    async def main() -> tuple[Work, ...]:
        facts = Facts(Stamps(speech_started=speech_started), Outcome.ANSWERED, jobs, shift_s=-100.0)
        turn = Turn(1, "a secret", "hush", "hush", Outcome.ANSWERED, Cause(Why.USUAL))
        told = timeline("room", turn, facts, now=9.0, dropped=0)
        assert "secret" not in json.dumps(told.as_dict())
        assert "hush" not in json.dumps(told.as_dict())
        assert clock.now() > 0
        return told.work

    return run(main())


def test_what_ran_where_and_what_it_waited_for() -> None:
    wait = Wait(Blame.OTHERS, 101.0, 101.2, Stage.STT)
    (work,) = made(story(Stage.LLM, "generate", 101.0, 101.2, 101.5, wait))
    assert (work.lane, work.engine, work.asked, work.began, work.ended) == ("llm", "a llm", 1000, 1200, 1500)
    assert [(stand.why, stand.behind, stand.start, stand.end) for stand in work.waits] == [
        ("others", "stt", 1000, 1200)
    ]
    assert work.busy == 300


def test_what_stood_still_in_between_was_no_work() -> None:
    parked = Wait(Blame.PARKED, 101.1, 101.3, Stage.TTS)
    (work,) = made(story(Stage.LLM, "generate", 101.0, 101.0, 101.5, parked))
    assert work.busy == 300


def test_ten_jobs_a_second_are_one_stretch() -> None:
    blocks = [
        story(Stage.STT, "accept", 100.5 + at / 10, 100.5 + at / 10, 100.51 + at / 10) for at in range(30)
    ]
    peek = story(Stage.STT, "peek", 103.5, 103.5, 103.6)
    accept, last = made(*blocks, peek)
    assert (accept.jobs, accept.method, last.method) == (30, "accept", "peek")
    assert math.isclose(accept.busy, 300, abs_tol=2)


def test_sounds_that_were_nothing_before_leave_no_work() -> None:
    cough = story(Stage.STT, "accept", 100.1, 100.1, 100.2)
    assert made(cough) == ()
    assert len(made(cough, speech_started=150.0)) == 1
