"""What became of a reply, on performances written by hand."""

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.speech import Outcome, SpeechChunk, Stage, Turn, WordMark
from appliance.inference.job import Job, Priority
from appliance.sessions.trace import Stamps
from appliance.turns.machine import State
from scripts.evaluation.figures import findings
from scripts.evaluation.findings import Interrupted
from scripts.evaluation.processor import Work
from scripts.evaluation.scenario import Cue, Means, Scene
from scripts.evaluation.stage import RATE, Performance, Played

TEXT = "one two three four five six seven eight"
WORD = RATE // 2
BEGIN, ONSET = 1.0, 2.2
"""s at which the reply and the sound over it begin."""


def sound() -> Samples:
    """Half a second per word, of which 400 ms are heard."""
    rng = np.random.default_rng(3)
    noise = rng.normal(scale=0.1, size=8 * WORD).astype(np.float32)
    for number in range(1, 9):
        noise[number * WORD - WORD // 5 : number * WORD] = 0
    return noise


def marks() -> tuple[WordMark, ...]:
    words = TEXT.split()
    offsets = [sum(len(word) + 1 for word in words[:number]) for number in range(8)]
    return tuple(WordMark(offset, number * WORD) for number, offset in enumerate(offsets))


def work(method: str, stage: Stage, args: tuple[object, ...], results: list[object], at: float) -> Work:
    return Work(at, Job(stage, method, args, Priority.DECODE, "test", 1, 1.0), results, ended=True)


def performance(
    recording: Samples, states: list[tuple[float, State]], outcome: Outcome, heard: str, means: Means
) -> Performance:
    cue = Cue("sound", means, over=ONSET - BEGIN)
    return Performance(
        Scene("test", 0, (cue,)),
        [Played(cue, ONSET, ONSET + 0.3, ((ONSET, ONSET + 0.3),))],
        [(0.9, State.THINKING), (BEGIN, State.SPEAKING), *states],
        [BEGIN],
        [(Turn(1, "hi", TEXT, heard, outcome), Stamps())],
        [],
        [
            work("generate", Stage.LLM, ([],), ["…"], 0.8),
            work("synthesize", Stage.TTS, (TEXT,), [SpeechChunk(sound(), RATE, marks())], 0.85),
        ],
        recording,
    )


def recorded(*parts: Samples) -> Samples:
    nothing = np.zeros(RATE, np.float32)
    return np.concatenate([nothing, *parts, nothing])


def only(shown: Performance) -> Interrupted:
    (found,) = findings(shown)
    assert isinstance(found, Interrupted)
    return found


def test_an_interruption() -> None:
    """Noticed 50 ms after the onset, low 20 ms later, given up and silent at 2.6 s: three words and a bit."""
    reply = sound()
    low, stop = round((2.27 - BEGIN) * RATE), round((2.62 - BEGIN) * RATE)
    recording = recorded(reply[:low], reply[low:stop] * np.float32(0.1), np.zeros(4 * RATE, np.float32))
    states = [(2.25, State.YIELDING), (2.6, State.HEARING)]
    found = only(performance(recording, states, Outcome.INTERRUPTED, "one two three", Means.FLOOR))
    assert found.outcome == "floor"
    assert found.noticed_ms == pytest.approx(50)
    assert found.ducked_ms == pytest.approx(70, abs=3)
    assert found.evidence_to_ducked_ms == pytest.approx(20, abs=3)
    assert found.confirmed_ms == pytest.approx(400)
    assert found.silent_ms == pytest.approx(420, abs=1)
    assert found.confirmed_to_silent_ms == pytest.approx(20, abs=1)
    assert (found.word_error, found.unheard_words) == (0, 0)


def test_a_history_that_claims_too_much() -> None:
    reply = sound()
    recording = recorded(reply[: round(1.62 * RATE)], np.zeros(4 * RATE, np.float32))
    states = [(2.25, State.YIELDING), (2.6, State.HEARING)]
    found = only(performance(recording, states, Outcome.INTERRUPTED, "one two three four five", Means.FLOOR))
    assert (found.word_error, found.unheard_words) == (2, 1)


def test_a_backchannel_after_which_the_reply_goes_on() -> None:
    reply = sound()
    word_end = 3 * WORD
    held = round(0.4 * RATE)
    recording = recorded(reply[:word_end], np.zeros(held, np.float32), reply[word_end:])
    states = [(2.25, State.YIELDING), (2.9, State.SPEAKING), (5.4, State.LISTENING)]
    found = only(performance(recording, states, Outcome.ANSWERED, TEXT, Means.BACKCHANNEL))
    assert found.outcome == "kept"
    assert found.skipped == found.repeated == ()
    assert found.back_ms == pytest.approx(1000 * (BEGIN + 1.5 + 0.4 - ONSET - 0.3), abs=3)
    assert found.word_error is None


def test_a_word_lost_after_a_false_alarm() -> None:
    reply = sound()
    recording = recorded(reply[: 3 * WORD], np.zeros(RATE // 2, np.float32), reply[4 * WORD :])
    states = [(2.25, State.YIELDING), (2.9, State.SPEAKING)]
    found = only(performance(recording, states, Outcome.ANSWERED, TEXT, Means.NOISE))
    assert found.skipped == ("four",)


def test_a_question_what_was_meant() -> None:
    reply = sound()
    recording = recorded(reply[: round(1.62 * RATE)], np.zeros(4 * RATE, np.float32))
    states = [(2.25, State.YIELDING), (2.5, State.WEIGHING), (2.6, State.ASKING), (4.0, State.LISTENING)]
    found = only(performance(recording, states, Outcome.INTERRUPTED, "one two three", Means.BACKCHANNEL))
    assert found.outcome == "asked"
    assert found.confirmed_ms == pytest.approx(400)


def test_a_sound_after_the_reply_is_not_over_it() -> None:
    shown = performance(recorded(sound()), [(2.0, State.LISTENING)], Outcome.ANSWERED, TEXT, Means.NOISE)
    assert findings(shown) == []
