import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference import wire
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Decoder, encode

MESSAGES: list[Any] = [
    EngineSpec(Stage.LLM, "name", "module:factory", {"path": "x"}, 2),
    wire.Call(1, "generate", ("a", 2)),
    wire.Start(1, 0, 32),
    wire.Allow(1, 2, 3),
    wire.Cancel(1),
    wire.Ready(0.5, 1 << 20),
    wire.Item(1, None),
    wire.Waiting(1, 0),
    wire.Ended(1),
]


@given(
    messages=st.lists(st.sampled_from(MESSAGES) | st.binary(max_size=300)),
    cuts=st.lists(st.integers(1, 50), min_size=1),
)
def test_messages_survive_however_the_bytes_arrive(messages: list[Any], cuts: list[int]) -> None:
    data = b"".join(map(encode, messages))
    decoder, received, position, turn = Decoder(), list[Any](), 0, 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        received += decoder.feed(data[position : position + size])
        position, turn = position + size, turn + 1
    assert received == messages


def test_errors_keep_their_words() -> None:
    sent = wire.Broken(EngineError(Stage.TTS, "no voice", retryable=False, remedy="Get one."))
    [received] = Decoder().feed(encode(sent))
    error = received.error
    assert (error.stage, error.problem, error.retryable, error.remedy) == (
        Stage.TTS,
        "no voice",
        False,
        "Get one.",
    )


def test_sound_arrives_writable_and_equal() -> None:
    sound = np.linspace(-1, 1, 22050, dtype=np.float32)
    [received] = Decoder().feed(encode(wire.Item(1, sound)))
    assert np.array_equal(received.value, sound)
    assert received.value.flags.writeable


def test_a_message_over_the_limit_is_not_sent() -> None:
    with pytest.raises(ValueError, match="the limit"):
        encode(bytes(wire.LIMIT + 1))


def test_a_length_over_the_limit_is_not_believed() -> None:
    with pytest.raises(ValueError, match="announced"):
        Decoder().feed(b"\xff\xff\xff\xff")


def test_rubbish_is_an_error() -> None:
    with pytest.raises(pickle.UnpicklingError):
        Decoder().feed(b"\0\0\0\x03xyz")
