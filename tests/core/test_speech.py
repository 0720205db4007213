import dataclasses
import pickle
from enum import StrEnum
from inspect import getmembers, isclass

import numpy as np
import pytest

from appliance.core import speech
from appliance.core.speech import Message, Outcome, Role, SpeechChunk, Stage, Transcript, Turn, WordMark

WORDS = [
    Message(Role.USER, "hello"),
    Transcript("hello", 0.9),
    WordMark(0, 0),
    Turn(1, "hello", "Hi there.", "Hi", Outcome.INTERRUPTED),
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: type(word).__name__)
def test_words_survive_the_way_between_processes_and_cannot_be_changed(word: object) -> None:
    assert pickle.loads(pickle.dumps(word)) == word
    assert dataclasses.is_dataclass(word)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(word, dataclasses.fields(word)[0].name, None)


def test_sound_survives_it_too() -> None:
    chunk = SpeechChunk(np.arange(3, dtype=np.float32), 22_050, (WordMark(0, 0), WordMark(6, 2)))
    copy = pickle.loads(pickle.dumps(chunk))
    assert (copy.rate, copy.words) == (chunk.rate, chunk.words)
    assert copy.samples.dtype == np.float32
    np.testing.assert_array_equal(copy.samples, chunk.samples)


def test_a_chunk_of_a_voice_without_alignment_has_no_words() -> None:
    assert SpeechChunk(np.zeros(1, np.float32), 16_000).words == ()


def test_roles_are_written_as_chat_templates_write_them() -> None:
    assert [*Role] == ["system", "user", "assistant"]


def test_outcomes_and_stages_are_written_as_the_report_promises() -> None:
    assert {*Outcome} == {"answered", "interrupted", "unheard", "failed", "shown"}
    assert {*Stage} == {"capture", "vad", "turn_end", "stt", "llm", "tts", "playback", "conversation"}


def test_every_choice_is_text() -> None:
    choices = [
        kind for _, kind in getmembers(speech, isclass) if issubclass(kind, StrEnum) and kind is not StrEnum
    ]
    assert {kind.__name__ for kind in choices} == {"Stage", "Role", "Outcome"}
