"""When the network may be spared a window, and that nobody is heard later for it."""

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.interfaces import VoiceActivityDetector
from appliance.engines.silero import Silero
from appliance.pipeline.doze import CALM_WINDOWS, KEPT, Doze
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.steady_vad import WINDOW, SteadyDetector
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import SpeechConfirmed
from tests.fakes import LoudnessVad
from tests.models import SILERO, needs_model, test_model
from tests.shared import clip, labels, needs_shared

CHANCE = np.random.default_rng(3)


def noise(seconds: float, level: float = 0.001) -> Samples:
    return (CHANCE.standard_normal(round(seconds * CAPTURE_RATE)) * level).astype(np.float32)


def windows(sound: Samples) -> list[Samples]:
    return [sound[at : at + WINDOW] for at in range(0, len(sound) - WINDOW + 1, WINDOW)]


def spared(doze: Doze, sound: Samples, probability: float = 0.01) -> list[bool]:
    """What may be missed of it; the rest is found to be speech with a probability."""
    answers = []
    for window in windows(sound):
        answers.append(doze.may_miss(window))
        if not answers[-1]:
            doze.missed()
            doze.heard(probability)
    return answers


@pytest.mark.parametrize("level", [0.0, 0.0003, 0.01])
def test_in_a_steady_room_it_dozes_after_two_seconds(level: float) -> None:
    answers = spared(Doze(), noise(10, level))
    assert not any(answers[:CALM_WINDOWS])
    assert sum(answers[CALM_WINDOWS:]) > 0.95 * len(answers[CALM_WINDOWS:])


def test_it_does_not_doze_while_there_may_be_a_voice() -> None:
    assert not any(spared(Doze(), noise(10), probability=0.2))


@pytest.mark.parametrize("hz", [200, 500, 1500, 3000, 6000])
def test_whatever_stirs_at_the_pitch_of_speech_is_looked_at_at_once(hz: int) -> None:
    doze = Doze()
    spared(doze, noise(10))
    tone = 0.01 * np.sin(2 * np.pi * hz / CAPTURE_RATE * np.arange(WINDOW), dtype=np.float32)
    assert not doze.may_miss(noise(WINDOW / CAPTURE_RATE) + tone)


def test_a_hum_changes_nothing() -> None:
    hum = 0.003 * np.sin(2 * np.pi * 50 / CAPTURE_RATE * np.arange(10 * CAPTURE_RATE), dtype=np.float32)
    assert sum(spared(Doze(), noise(10) + hum)) > 200


def test_a_room_that_becomes_louder_is_known_after_a_while() -> None:
    doze = Doze()
    spared(doze, noise(5))
    louder = spared(doze, noise(20, 0.002))
    assert not any(louder[:10])
    assert all(louder[-50:])


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_missed(number: float) -> None:
    doze = Doze()
    spared(doze, noise(5))
    assert not doze.may_miss(np.full(WINDOW, number, np.float32))


def test_what_was_missed_is_told_once_and_in_order() -> None:
    doze = Doze()
    sound = windows(noise(10))
    for window in sound:
        if not doze.may_miss(window):
            doze.heard(0.01)
    missed = doze.missed()
    assert len(missed) == KEPT
    assert all(kept is given for kept, given in zip(missed, sound[-KEPT:], strict=True))
    assert doze.missed() == []


def test_behind_a_hole_it_looks_again() -> None:
    doze = Doze()
    spared(doze, noise(5))
    doze.forget()
    assert not any(spared(doze, noise(1)))
    assert doze.missed() == []


class Counted(LoudnessVad):
    """Counts what it looks at."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []

    def probability(self, window: Samples) -> float:
        self.heard.append(window)
        return super().probability(window) + float(CHANCE.random()) / 1000


def test_the_detector_makes_up_for_what_it_has_missed_before_it_judges() -> None:
    model = Counted()
    detector = SteadyDetector(lambda: model, lambda _: None)
    room = windows(noise(20))
    for window in room:
        assert detector.probability(window) < 0.1
    assert len(model.heard) < len(room) / 5
    before = len(model.heard)
    voice = np.full(WINDOW, 0.3, np.float32) + noise(WINDOW / CAPTURE_RATE, 0.1)
    assert detector.probability(voice) > 0.9
    assert len(model.heard) == before + KEPT + 1
    assert model.heard[-1] is voice


def noticed(vad: VoiceActivityDetector, sound: Samples) -> float:
    """Second at which it is certain that somebody speaks."""
    listener, batch = Listener(vad, EndpointSettings(), ListenSettings()), CAPTURE_RATE * 8 // 100
    for start in range(0, len(sound), batch):
        for event in listener.feed(
            AudioFrame(sound[start : start + batch], CAPTURE_RATE, start), guarded=False
        ):
            if isinstance(event, SpeechConfirmed):
                return (start + batch) / CAPTURE_RATE
    return float("inf")


@needs_shared
@needs_model(SILERO)
@pytest.mark.parametrize("level", [0.0, 0.0005, 0.003])
def test_nobody_is_noticed_later(level: float) -> None:
    chance = np.random.default_rng(1)  # of its own: which tests run before it, and where, must not matter
    network = Silero(test_model(SILERO))
    for name in sorted(labels("people"))[3::32]:
        speech = clip(f"people/{name}")
        sound = np.concatenate([np.zeros(5 * CAPTURE_RATE, np.float32), speech])
        sound += level * chance.standard_normal(len(sound), np.float32)
        network.reset()
        always = noticed(network, sound)
        assert noticed(SteadyDetector(lambda: Silero(test_model(SILERO)), lambda _: None), sound) <= always, (
            name
        )
