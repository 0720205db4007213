"""Bad sound through the whole ear, to the judge of transcripts: somebody is heard, and nothing lasts for ever."""

from collections.abc import Iterator

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples
from appliance.core.speech import Transcript
from appliance.engines.silero import Silero
from appliance.engines.sphinx import Sphinx
from appliance.pipeline.conditioner import Conditioner
from appliance.pipeline.ghosts import refuse
from appliance.pipeline.listen import CAPACITY, Listener, ListenSettings, Utterance
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import UtteranceEnded
from scripts.integrity_damage import DAMAGES
from tests.engines.stt_conformance import say
from tests.models import SILERO, needs_model, test_model
from tests.shared import clip, needs_shared

pytestmark = [pytest.mark.engines, needs_model(SILERO)]

MENDED = ("as recorded", "off centre by 0.1", "40 dB too low", "40 dB too low, off centre")
"""Damages that the conditioner takes away."""


@pytest.fixture(scope="module")
def sphinx() -> Iterator[Sphinx]:
    sphinx = Sphinx()
    yield sphinx
    sphinx.close()


def hear(sound: Samples) -> list[Utterance]:
    """All utterances that are over at the end of the sound and two quiet seconds."""
    quiet = np.random.default_rng(0).normal(0, 1e-4, 2 * CAPTURE_RATE).astype(np.float32)
    sound = np.concatenate([quiet, sound, quiet])
    listener = Listener(Silero(test_model(SILERO)), EndpointSettings(), ListenSettings(), Conditioner())
    heard: list[Utterance] = []
    for at in range(0, len(sound), PERIOD):
        frame = AudioFrame(sound[at : at + PERIOD], CAPTURE_RATE, at)
        events = list(listener.feed(frame, guarded=False))
        if listener.utterance and any(isinstance(event, UtteranceEnded) for event in events):
            heard.append(listener.utterance)
    return heard


@needs_shared
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_person_is_heard_and_judged(damage: str, sphinx: Sphinx) -> None:
    sound = DAMAGES[damage](clip("people/911d62c3.flac"), np.random.default_rng(0))
    heard = hear(sound.astype(np.float32))
    assert heard
    for each in heard:  # whatever it sounds like, it can be judged
        refuse(Transcript("small", 0.5), *each.speech())
    if damage in MENDED:
        (utterance,) = heard
        transcript = say(sphinx, 1, utterance.last(30.0))
        assert refuse(transcript, *utterance.speech()) is None
        assert "small" in transcript.text


def endless(name: str) -> Samples:
    chance, count = np.random.default_rng(0), 40 * CAPTURE_RATE
    match name:
        case "noise at full scale":
            sound = chance.uniform(-1, 1, count)
        case "square wave":
            sound = np.sign(np.sin(np.arange(count) * 2 * np.pi * 200 / CAPTURE_RATE))
        case "one value":
            sound = np.ones(count)
        case _:
            sound = np.where(chance.random(count) < 0.001, 1.0, 0.0)
    return sound.astype(np.float32)


@pytest.mark.parametrize("name", ["noise at full scale", "square wave", "one value", "needles"])
def test_no_sound_is_one_endless_utterance(name: str) -> None:
    assert all(utterance.length <= CAPACITY for utterance in hear(endless(name)))
