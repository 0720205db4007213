"""How long pauses last: what the turn end model says, what the words say, what the speaker is used to."""

import numpy as np
import pytest

from appliance.converse import Say
from appliance.turns.release import ReleaseSettings
from tests.fakes import Script, silence, voice
from tests.room import Room

WINDOW_MS = 32
R = ReleaseSettings()


def waited(script: Script, *says: Say) -> float:
    """ms of silence before the last turn ended."""
    room = Room(script)
    room.hold(*(says or (Say(voice(1.0)),)))
    delay = room.stamps[-1].since("endpoint", "speech_ended")
    assert delay is not None
    return delay


@pytest.mark.parametrize(
    ("turn_end", "text", "release_ms"),
    [
        (0.99, "a coffee please", R.fast_ms),
        (0.99, "i would like a", R.middle_ms),
        (0.01, "a coffee please", R.middle_ms),
        (0.01, "i would like a", R.slow_ms),
    ],
)
def test_melody_and_words_decide(turn_end: float, text: str, release_ms: int) -> None:
    delay = waited(Script(transcripts=[text], turn_ends=[turn_end] * 3))
    assert release_ms <= delay <= release_ms + 2 * WINDOW_MS


def test_the_least_sure_look_counts() -> None:
    delay = waited(Script(transcripts=["coffee"], turn_ends=[0.6, 0.01, 0.99]))
    assert R.slow_ms <= delay <= R.slow_ms + 2 * WINDOW_MS


def test_words_that_come_after_the_look_still_count() -> None:
    script = Script(transcripts=["i would like a"], turn_ends=[0.99] * 3, finish_s=0.1)
    assert waited(script) >= R.middle_ms


def test_looks_are_taken_at_their_times_and_no_more() -> None:
    room = Room(Script(transcripts=["i would like a"], turn_ends=[0.01] * 9))
    room.hold(Say(voice(1.0)))
    looks = [job for job in room.inference.jobs if job.method == "probability"]
    assert len(looks) == R.looks
    # Beside half a second of pre-roll and a second of voice, each heard more of the silence.
    heard_ms = [len(job.args[0]) / 16 - 1500 for job in looks]
    assert heard_ms == pytest.approx(R.looks_ms, abs=2 * WINDOW_MS)


def test_a_model_that_fails_leaves_the_silence_to_decide() -> None:
    delay = waited(Script(transcripts=["coffee"]))
    assert R.unaided_ms <= delay <= R.unaided_ms + 2 * WINDOW_MS


def test_who_pauses_long_is_given_more_time() -> None:
    halting = np.concatenate([*[part for _ in range(4) for part in (voice(0.6), silence(0.65))], voice(0.6)])
    brisk, slow = (Script(transcripts=["coffee"], turn_ends=[0.6] * 40) for _ in range(2))
    assert waited(brisk) <= R.middle_ms + 2 * WINDOW_MS
    assert waited(slow, Say(halting)) >= 1.2 * 650


def test_yes_is_an_answer_and_ends_fast() -> None:
    script = Script(
        transcripts=["coffee", "yes"], replies=["With milk?", "Fine."], turn_ends=[0.99, 0.99, 0.5, 0.5, 0.5]
    )
    assert waited(script, Say(voice(1.0)), Say(voice(0.3))) <= R.fast_ms + 2 * WINDOW_MS
