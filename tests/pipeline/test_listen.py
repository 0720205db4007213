"""The ear: frames of any length in, events out, and utterances whole from before their first sound."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.pipeline.conditioner import Conditioner, ConditionerSettings
from appliance.pipeline.listen import CAPACITY, VOICED, Listener, ListenSettings, Utterance
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import (
    SpeechConfirmed,
    SpeechDropped,
    SpeechEvent,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UtteranceEnded,
)
from tests.fakes import LoudnessVad, silence, voice
from tests.virtual_time import run

WINDOW = LoudnessVad.window


class Ear:
    """A listener, and the events with the utterance that each was about."""

    def __init__(self, settings: ListenSettings | None = None) -> None:
        self.vad = CountingVad()
        self.listener = Listener(self.vad, EndpointSettings(), settings or ListenSettings())
        self.events: list[SpeechEvent] = []
        self.utterances: list[Utterance | None] = []
        self.lengths: list[int] = []

    def hear(
        self, sound: Samples, start: int = 0, cuts: tuple[int, ...] = (), *, guarded: bool = False
    ) -> None:
        for first, last in zip((0, *cuts), (*cuts, len(sound)), strict=True):
            frame = AudioFrame(sound[first:last], CAPTURE_RATE, start + first)
            for event in self.listener.feed(frame, guarded=guarded):
                self.events.append(event)
                self.utterances.append(self.listener.utterance)
                self.lengths.append(self.listener.utterance.length if self.listener.utterance else 0)

    @property
    def kinds(self) -> list[type[SpeechEvent]]:
        return [type(event) for event in self.events]


class CountingVad(LoudnessVad):
    """Remembers what it was given and when it was told to forget."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.resets = 0

    def probability(self, window: Samples) -> float:
        self.heard.append(window.copy())
        return super().probability(window)

    def reset(self) -> None:
        self.resets += 1


def everything(utterance: Utterance) -> Samples:
    return run(utterance.beyond(0, 0))


QUESTION = np.concatenate([silence(0.8), voice(0.6), silence(0.25), voice(0.3), silence(0.6)])
ALL_OF_IT = [SpeechStarted, SpeechConfirmed, SpeechPaused, SpeechResumed, SpeechPaused, UtteranceEnded]


def test_a_question_with_a_pause() -> None:
    ear = Ear()
    ear.hear(QUESTION)
    assert ear.kinds == ALL_OF_IT
    end = ear.events[-1]
    assert isinstance(end, UtteranceEnded)
    assert abs(end.start - 0.8 * CAPTURE_RATE) < WINDOW
    assert abs(end.end - 1.95 * CAPTURE_RATE) < WINDOW
    assert len({id(utterance) for utterance in ear.utterances}) == 1


@given(st.lists(st.integers(0, len(QUESTION)), max_size=50).map(sorted))
def test_how_sound_is_cut_into_frames_changes_nothing(cuts: list[int]) -> None:
    whole, pieces = Ear(), Ear()
    whole.hear(QUESTION)
    pieces.hear(QUESTION, cuts=tuple(cuts))
    assert pieces.events == whole.events
    np.testing.assert_array_equal(pieces.vad.heard, whole.vad.heard)
    first, second = whole.utterances[-1], pieces.utterances[-1]
    assert first
    assert second
    np.testing.assert_array_equal(everything(first), everything(second))


@pytest.mark.parametrize("preroll_ms", [500, 1000])
def test_the_utterance_begins_before_its_first_sound(preroll_ms: int) -> None:
    chance = np.random.default_rng(0)
    hush = chance.uniform(-0.05, 0.05, 2 * CAPTURE_RATE).astype(np.float32)
    sound = np.concatenate([hush, voice(0.5), silence(0.6)])
    ear = Ear(ListenSettings(preroll_ms=preroll_ms))
    ear.hear(sound)
    utterance, started = ear.utterances[-1], ear.events[0]
    assert utterance
    assert isinstance(started, SpeechStarted)
    preroll = ear.lengths[0] - WINDOW
    assert preroll_ms * CAPTURE_RATE // 1000 <= preroll < preroll_ms * CAPTURE_RATE // 1000 + WINDOW
    kept = everything(utterance)
    np.testing.assert_array_equal(kept, sound[started.at - preroll :][: len(kept)])


def test_the_first_sound_of_all_has_what_preroll_there_is() -> None:
    ear = Ear()
    ear.hear(np.concatenate([silence(0.064), voice(0.5), silence(0.6)]))
    utterance = ear.utterances[-1]
    assert utterance
    assert np.flatnonzero(everything(utterance))[0] == 0.064 * CAPTURE_RATE


def test_a_knock_leaves_no_utterance() -> None:
    ear = Ear()
    ear.hear(np.concatenate([silence(0.5), voice(0.03), silence(0.5)]))
    assert ear.kinds == [SpeechStarted, SpeechDropped]
    assert ear.listener.utterance is None


def test_each_utterance_is_a_new_one_with_a_number_of_its_own() -> None:
    ear = Ear()
    ear.hear(np.concatenate([QUESTION, QUESTION]))
    assert ear.kinds == ALL_OF_IT * 2
    first, second = ear.utterances[0], ear.utterances[-1]
    assert first
    assert second
    assert first is not second
    assert first.number < second.number
    assert first.ended
    assert len(everything(first)) == first.length, "the second one's sound went into the second one"


def test_lost_sound_is_noticed() -> None:
    ear = Ear()
    ear.hear(voice(0.3))
    before = ear.vad.resets
    ear.hear(silence(0.1), start=CAPTURE_RATE)
    assert ear.vad.resets == before + 1
    assert ear.kinds[-1] is UtteranceEnded, "with what was lost it has been silent long enough"


def test_speech_goes_on_behind_lost_sound() -> None:
    ear = Ear()
    ear.hear(voice(0.3))
    ear.hear(voice(0.3), start=CAPTURE_RATE)
    assert ear.kinds == [SpeechStarted, SpeechConfirmed]


class SharpVad(LoudnessVad):
    """Hears the faintest voice."""

    def probability(self, window: Samples) -> float:
        return 0.95 if float(np.abs(window).mean()) > 1e-4 else 0.02


def test_a_window_never_spans_a_gap() -> None:
    ear = Ear()
    ear.hear(voice(0.01))
    ear.hear(silence(0.1), start=CAPTURE_RATE)
    assert not np.concatenate(ear.vad.heard).any()


def test_the_box_is_interrupted_by_more_than_a_word_of_agreement() -> None:
    agreement = np.concatenate([silence(0.5), voice(0.13), silence(0.5)])
    alone, guarded = Ear(), Ear()
    alone.hear(agreement)
    guarded.hear(agreement, guarded=True)
    assert SpeechConfirmed in alone.kinds
    assert SpeechConfirmed not in guarded.kinds


def test_the_faint_rest_of_its_own_voice_is_taken_for_somebody_once_and_people_still_are() -> None:
    ear = Ear()
    ear.listener = Listener(SharpVad(), EndpointSettings(), ListenSettings())
    faint = np.concatenate([voice(0.1, 0.002), silence(0.5)])
    length = len(faint)
    ear.hear(np.tile(faint, 5), guarded=True)
    assert ear.kinds == [SpeechStarted, SpeechDropped]
    ear.hear(np.concatenate([voice(0.5, 0.02), silence(1.0)]), start=5 * length, guarded=True)
    assert SpeechConfirmed in ear.kinds


def test_reset_forgets_the_utterance_the_preroll_and_the_detectors_past() -> None:
    ear = Ear()
    ear.hear(np.concatenate([np.full(CAPTURE_RATE, 0.05, np.float32), voice(0.3)]))
    assert ear.utterances[-1]
    ear.listener.reset()
    assert ear.listener.utterance is None
    ear.hear(np.concatenate([voice(0.3), silence(0.6)]), start=10 * CAPTURE_RATE)
    assert ear.kinds[-1] is UtteranceEnded
    utterance = ear.utterances[-1]
    assert utterance
    assert everything(utterance)[0] == np.float32(0.3), "nothing from before the reset leads it"


def test_an_utterance_has_an_end_even_when_nobody_ends_it() -> None:
    utterance = Utterance([voice(1.0)])
    for _ in range(CAPACITY // WINDOW + 10):
        utterance.extend(voice(0.032), 0.9)
    assert utterance.length == CAPACITY


def test_statistics_count_speech_and_not_its_pauses() -> None:
    utterance = Utterance([silence(0.5)])
    for probability in (0.9, 0.8, 0.1, 0.0, VOICED - 0.01, 0.7):
        utterance.extend(voice(0.032), probability)
    seconds, voiced = utterance.speech()
    assert seconds == pytest.approx(3 * 0.032)
    assert voiced == pytest.approx(0.8)


def test_statistics_of_nothing() -> None:
    assert Utterance([]).speech() == (0.0, 0.0)


def test_whoever_follows_an_utterance_waits_for_enough_of_it_or_its_end() -> None:
    async def main() -> list[int]:
        utterance = Utterance([silence(0.1)])
        following = asyncio.create_task(_follow(utterance))
        for _ in range(5):
            await asyncio.sleep(0.032)
            utterance.extend(voice(0.032), 0.9)
        await asyncio.sleep(1)
        utterance.end(0, 0)
        return await following

    assert run(main()) == [1600, 4 * WINDOW, WINDOW]


async def _follow(utterance: Utterance) -> list[int]:
    position, lengths = 0, []
    while not (utterance.ended and position == utterance.length):
        block = await utterance.beyond(position, 1600)
        position += len(block)
        lengths.append(len(block))
    return lengths


def test_what_was_fetched_is_nobody_elses() -> None:
    utterance = Utterance([silence(0.1)])
    fetched = everything(utterance)
    fetched[:] = 1.0
    assert not everything(utterance).any()


@pytest.mark.parametrize("damage", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silence_and_spoil_nothing(damage: float) -> None:
    def told(spoiled: bool) -> list[str]:
        listener = Listener(
            LoudnessVad(), EndpointSettings(), ListenSettings(), Conditioner(ConditionerSettings())
        )
        sound = np.concatenate([silence(1.0), voice(1.0), silence(1.0)])
        if spoiled:
            sound[4000:4800] = damage
        frames = (AudioFrame(sound[i : i + 160], CAPTURE_RATE, i) for i in range(0, len(sound), 160))
        return [type(event).__name__ for frame in frames for event in listener.feed(frame, guarded=False)]

    assert told(True) == told(False)
