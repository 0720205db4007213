"""Pickles from a process that may have been taken over."""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import SpeechChunk, Stage, Transcript
from appliance.inference import suspicion
from appliance.inference.wire import Broken, Decoder, Ended, Item, Ready, encode


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._reduced = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced


@pytest.mark.parametrize(
    "message",
    [
        Ready(0.5, 1000, 3),
        Broken(EngineError(Stage.LLM, "gone", retryable=False, remedy="Mend it.", failure=Failure.MODEL)),
        Ended(3),
        Item(1, None),
        Item(1, ("text", 0.5, [1, 2], {"a": b"b"}, {1, 2}, frozenset({3}), Stage.TTS)),
        Item(1, np.float32(0.25)),
    ],
)
def test_messages_pass(message: object) -> None:
    [found] = Decoder(suspicion.loads).feed(encode(message))
    assert repr(found) == repr(message)


def test_what_engines_answer_passes() -> None:
    sound = np.linspace(-1, 1, 1000, dtype=np.float32)
    transcript = Transcript("hello", 0.9)
    for samples in (sound, sound[::2], np.asfortranarray(sound.reshape(10, 100)), np.zeros(0, np.float32)):
        chunk = SpeechChunk(samples, 24_000)
        [found] = Decoder(suspicion.loads).feed(encode(Item(1, (transcript, chunk))))
        assert found.value[0] == transcript
        assert np.array_equal(found.value[1].samples, samples)


@pytest.mark.parametrize(
    "call",
    [
        Call(os.system, "true"),
        Call(subprocess.Popen, ["true"]),
        Call(eval, "1"),
        Call(getattr, "", "join"),
        Call(__import__, "os"),
        Call(np.load, "file"),
        Call(np.fromfile, "file"),
        Call(encode, 1),
        Call(suspicion.loads, b""),
        Call(type, "x", (), {}),
        Call(print),
    ],
)
def test_calls_do_not(call: Call) -> None:
    body = pickle.dumps(Item(1, call))
    with pytest.raises(pickle.UnpicklingError, match="does not belong into a message"):
        suspicion.loads(body)


@pytest.mark.parametrize(
    "name",
    [
        "appliance.inference.wire\nDecoder.feed\n",
        "appliance.inference.wire\npickle\n",
        "appliance.inference.wire\npickle.loads\n",
        "appliance.core.errors\nStrEnum\n",
        "appliance.core.audio\nnp.load\n",
        "numpy\nload\n",
        "numpy._core.multiarray\nfromfile\n",
        "appliance.app\nAppliance\n",
    ],
)
def test_what_lies_behind_the_modules_cannot_be_named(name: str) -> None:
    """Protocol 4 lets a name have dots."""
    module, attribute = name.split()
    for body in (f"c{name}.".encode(), b"\x80\x04" + _text(module) + _text(attribute) + b"\x93."):
        with pytest.raises((pickle.UnpicklingError, AttributeError)):
            suspicion.loads(body)


def _text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word)]) + word.encode()


@given(st.binary(max_size=200))
def test_noise_is_an_error_and_nothing_else(noise: bytes) -> None:
    before = set(sys.modules)
    with contextlib.suppress(Exception):  # pickle raises what it likes; the lane catches it
        suspicion.loads(noise)
    assert set(sys.modules) == before


def test_the_classes_of_these_modules_are_data() -> None:
    """Whoever adds one there that does something when it is built must think of this."""
    for module in suspicion.WORDS:
        for name, found in vars(sys.modules[module]).items():
            if isinstance(found, type) and found.__module__ == module and name != "Decoder":
                assert is_dataclass(found) or issubclass(found, Exception | Enum), name
