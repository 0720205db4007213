"""What a conversation keeps of turns that are over: the last one, also where Python's collector does not come by."""

import gc

import pytest

from appliance.converse import Say
from appliance.sessions.exchange import Exchange
from tests.fakes import Script, voice
from tests.room import Room

TURNS = 8


@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(prefill_s=2.0, token_s=0.2),
        Script(fails=lambda job: job.method in {"peek", "finish"}),
        Script(fails=lambda job: job.method == "generate"),
        Script(fails=lambda job: job.method == "synthesize"),
    ],
    ids=["answered", "slowly", "not heard", "not thought", "not said"],
)
def test_turns_that_are_over_are_freed_at_once(script: Script) -> None:
    room = Room(script)
    gc.collect()
    gc.disable()
    try:
        before = _alive()
        room.hold(*[Say(voice(1.2))] * TURNS)
        assert len(room.turns) == TURNS
        assert _alive() - before <= 1, "the session remembers the last one"
    finally:
        gc.enable()


def _alive() -> int:
    return sum(isinstance(thing, Exchange) for thing in gc.get_objects())
