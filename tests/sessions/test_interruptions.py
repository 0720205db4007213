"""Hundreds of random interruptions: nothing of a cancelled reply is ever heard, and nothing heard is lost."""

import random

import numpy as np
import pytest

from appliance.converse import Say
from appliance.core.audio import Samples
from appliance.core.speech import Outcome, Role
from tests.fakes import Script, voice
from tests.long import often
from tests.room import PHRASE_LEVEL, Room

RUNS = often(500, 10_000)
"""Conversations, each with a seed of its own: every day the first five hundred of ten thousand."""
SHARDS = 10
"""Parts into which the runs are cut, so that several workers share them."""

WORDS = ["yes", "no", "perhaps.", "I", "think,", "the", "coffee", "is", "ready.", "now", "and"]


def conversation(seed: int) -> tuple[Room, list[Say]]:
    """A room whose engines take random times, and people who talk at random moments."""
    chance = random.Random(seed)
    replies = [" ".join(chance.choices(WORDS, k=chance.randint(3, 12))) for _ in range(8)]
    broken = chance.choice([0, 0, 0, 0, 1, 2])
    room = Room(
        Script(
            replies=replies,
            finish_s=chance.choice([0, 0.03, 0.4]),
            prefill_s=chance.choice([0, 0.1, 0.6]),
            token_s=chance.choice([0, 0.02, 0.08]),
            voice_s=chance.choice([0, 0.02, 0.2]),
            fails=lambda job: job.turn == broken and job.method in {"generate", "synthesize"},
        )
    )
    first = Say(voice(0.4), at=0.2)
    talk = [
        Say(voice(chance.uniform(0.1, 0.5)), at=chance.uniform(0.7, 2.8)) for _ in range(chance.randint(1, 2))
    ]
    return room, [first, *talk]


def last_heard(speaker: Samples, turn: int) -> float:
    """Second at which the sound of `turn` was last heard, ducked or not; -1 for never."""
    periods = np.median(speaker[: len(speaker) // 480 * 480].reshape(-1, 480), axis=1)
    where = np.flatnonzero(np.isclose(periods, turn / 100) | np.isclose(periods, turn / 1000))
    return (float(where[-1]) + 1) / 100 if len(where) else -1.0


def check(seed: int) -> int:
    """Hold one conversation and judge it; returns how many replies were interrupted."""
    room, says = conversation(seed)
    speaker = room.hold(*says)
    for hushed, moment in room.hushes.items():
        assert last_heard(speaker, hushed) <= moment + 0.021, (seed, hushed)
    assert np.abs(speaker).max(initial=0) <= PHRASE_LEVEL + 1e-6, "two sounds at once"
    numbers = [turn.number for turn in room.turns]
    assert numbers == list(range(1, len(numbers) + 1)), seed
    for turn in room.turns:
        assert turn.said.startswith(turn.heard), seed
        assert (turn.outcome is Outcome.UNHEARD) <= (turn.heard == ""), seed
        assert (turn.outcome is Outcome.ANSWERED) <= (turn.heard == turn.said), seed
    answers = [message.text for message in room.dialogue.prompt() if message.role is Role.ASSISTANT]
    assert answers == [turn.heard for turn in room.turns if turn.heard], seed
    assert not room.inference.running, seed
    return len(room.hushes)


@pytest.mark.long
@pytest.mark.timeout(600)  # a thousand conversations at length
@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_of_a_cancelled_reply_is_heard(shard: int) -> None:
    interrupted = sum(check(seed) for seed in range(shard, RUNS, SHARDS))
    assert interrupted > RUNS / SHARDS / 5, "the scripts no longer interrupt anybody"
