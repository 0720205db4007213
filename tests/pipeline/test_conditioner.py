"""Offset and gain, on made sound and on people at a microphone that is 40 dB too low."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, EchoTracks, Samples
from appliance.engines.silero import Silero
from appliance.pipeline.conditioner import Conditioner, ConditionerSettings
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import UtteranceEnded
from tests.models import SILERO, needs_model, test_model
from tests.shared import clip, labels, needs_shared


def noise(seconds: float, dbfs: float, seed: int = 0) -> Samples:
    chance = np.random.default_rng(seed)
    return chance.normal(0, 10 ** (dbfs / 20), round(seconds * CAPTURE_RATE)).astype(np.float32)


def tone(seconds: float, amplitude: float, hz: float = 200.0) -> Samples:
    time = np.arange(round(seconds * CAPTURE_RATE)) / CAPTURE_RATE
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def condition(conditioner: Conditioner, sound: Samples, size: int = PERIOD) -> Samples:
    frames = [AudioFrame(sound[at : at + size], CAPTURE_RATE, at) for at in range(0, len(sound), size)]
    return np.concatenate([conditioner.process(frame).samples for frame in frames])


def dbfs(sound: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-12))


def test_a_well_set_microphone_passes_unchanged() -> None:
    conditioner, sound = Conditioner(), noise(5.0, -60) + np.concatenate([tone(2.5, 0.0), tone(2.5, 0.2)])
    heard = condition(conditioner, sound)
    assert conditioner.gain == 1.0
    np.testing.assert_allclose(heard, sound, atol=2e-3)  # the offset of noise is not exactly zero


def test_a_quiet_one_is_raised_before_anybody_speaks() -> None:
    conditioner = Conditioner()
    heard = condition(conditioner, noise(5.0, -95))
    assert dbfs(heard[-CAPTURE_RATE:]) == pytest.approx(-66, abs=2.5)


def test_a_voice_caps_the_gain() -> None:
    conditioner = Conditioner()
    condition(conditioner, noise(4.0, -95))
    before = conditioner.gain
    heard = condition(conditioner, tone(1.0, 0.02))
    assert before > 20
    assert conditioner.gain < before / 10
    assert dbfs(heard[PERIOD * 5 :]) < -25


def test_a_loud_voice_is_left_alone_after_its_first_moment() -> None:
    conditioner = Conditioner()
    condition(conditioner, noise(4.0, -95))
    loud = tone(0.5, 0.5)
    heard = condition(conditioner, loud)
    assert np.abs(heard).max() <= 1.0
    np.testing.assert_allclose(heard[2 * PERIOD :], loud[2 * PERIOD :], atol=0.02)


@pytest.mark.parametrize("offset", [-0.4, -0.02, 0.1, 0.3])
def test_an_offset_is_gone_at_once_and_stays_gone(offset: float) -> None:
    heard = condition(Conditioner(), noise(2.0, -50) + np.float32(offset))
    assert np.abs(heard).max() < 0.02


def test_an_offset_that_appears_goes_without_a_step_of_its_own() -> None:
    sound = noise(6.0, -60)
    sound[3 * CAPTURE_RATE :] += np.float32(0.1)
    heard = condition(Conditioner(), sound)
    assert np.abs(heard[-CAPTURE_RATE:]).max() < 0.01
    steps = np.abs(np.diff(heard))
    steps[3 * CAPTURE_RATE - 1] = 0.0  # the one that was in the sound
    assert steps.max() < 0.015


def test_the_gain_never_clicks() -> None:
    """A gain that changes is heard where the sound is smooth: no step there may be larger than the tone's own."""
    conditioner = Conditioner()
    heard = np.concatenate(
        [condition(conditioner, tone(3.0, 0.0002, 100)), condition(conditioner, tone(1.0, 0.05, 100))]
    )
    largest = np.abs(heard).max()
    assert np.abs(np.diff(heard)).max() < largest * 2 * np.pi * 100 / CAPTURE_RATE * 2


def test_the_gain_grows_slowly() -> None:
    conditioner, gains = Conditioner(), [1.0]
    for start in range(0, 2 * CAPTURE_RATE, PERIOD):
        conditioner.process(AudioFrame(noise(0.01, -95, start), CAPTURE_RATE, start))
        gains.append(conditioner.gain)
    assert max(later / before for before, later in pairwise(gains)) < 1.024


def test_while_the_box_is_heard_the_gain_does_not_grow_and_voices_are_not_forgotten() -> None:
    conditioner = Conditioner()
    condition(conditioner, np.concatenate([noise(2.0, -90), tone(1.0, 0.05)]))
    before = conditioner.gain
    for at in range(0, 30 * CAPTURE_RATE, PERIOD):
        conditioner.process(AudioFrame(noise(PERIOD / CAPTURE_RATE, -90, at), CAPTURE_RATE, at), guarded=True)
    assert conditioner.gain <= before
    condition(conditioner, noise(1.0, -90))
    assert conditioner.gain < before * 1.2  # 1 dB and not 30
    condition(conditioner, noise(15.0, -90))
    assert conditioner.gain > before * 2


def test_digital_silence_teaches_nothing() -> None:
    conditioner = Conditioner()
    condition(conditioner, np.zeros(10 * CAPTURE_RATE, np.float32))
    assert conditioner.gain == 1.0
    condition(conditioner, noise(4.0, -95))
    raised = conditioner.gain
    condition(conditioner, np.zeros(10 * CAPTURE_RATE, np.float32))
    assert conditioner.gain == raised


def test_a_noise_that_begins_takes_the_gain_away() -> None:
    conditioner = Conditioner()
    condition(conditioner, noise(4.0, -95))
    condition(conditioner, noise(9.0, -60))
    assert conditioner.gain == 1.0


def test_the_gain_can_be_switched_off() -> None:
    conditioner = Conditioner(ConditionerSettings(most_db=0))
    condition(conditioner, noise(4.0, -95))
    assert conditioner.gain == 1.0


def test_what_a_canceller_left_keeps_its_proportion() -> None:
    conditioner = Conditioner()
    condition(conditioner, noise(4.0, -90))
    sound, reference = noise(0.01, -90, 1), tone(0.01, 0.5)
    frame = AudioFrame(
        sound, CAPTURE_RATE, 77, EchoTracks(sound * np.float32(0.5), sound * np.float32(2), reference)
    )
    heard = conditioner.process(frame)
    assert heard.start == 77
    assert heard.echo
    np.testing.assert_allclose(heard.echo.microphone, 4 * heard.echo.guard, rtol=1e-5)
    assert dbfs(heard.echo.microphone) == pytest.approx(dbfs(heard.samples) + 6, abs=0.5)
    np.testing.assert_array_equal(heard.echo.reference, reference)


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_silence_and_forgotten(nonsense: float) -> None:
    conditioner = Conditioner()
    condition(conditioner, noise(1.0, -60))
    broken = noise(0.01, -60)
    broken[7] = nonsense
    assert np.abs(condition(conditioner, broken)).max() < 0.01
    after = noise(1.0, -60, 1)
    np.testing.assert_allclose(condition(conditioner, after), after, atol=2e-3)


def test_nothing_in_nothing_out() -> None:
    frame = AudioFrame(np.zeros(0, np.float32), CAPTURE_RATE, 5)
    assert Conditioner().process(frame) == frame


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 7, 160, 1000]), st.floats(-120, 0), st.floats(-1, 1)),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_comes_in_what_goes_out_is_sound(parts: list[tuple[int, float, float]]) -> None:
    conditioner, start = Conditioner(), 0
    for count, level, offset in parts:
        sound = np.clip(noise(count / CAPTURE_RATE, level) + np.float32(offset), -1, 1)
        heard = conditioner.process(AudioFrame(sound, CAPTURE_RATE, start))
        assert heard.samples.dtype == np.float32
        assert heard.samples.shape == sound.shape
        assert np.isfinite(heard.samples).all()
        assert np.abs(heard.samples).max() <= 2.0
        assert 1.0 <= conditioner.gain <= 100.0
        start += count


@pytest.mark.engines
@needs_shared
@needs_model(SILERO)
class TestOnPeople:
    PEOPLE = ("8d42a233.flac", "911d62c3.flac", "8e671d9c.flac")

    def utterances(self, sound: Samples, conditioner: Conditioner | None) -> list[UtteranceEnded]:
        listener = Listener(Silero(test_model(SILERO)), EndpointSettings(), ListenSettings())
        ended = []
        for at in range(0, len(sound), PERIOD):
            frame = AudioFrame(sound[at : at + PERIOD], CAPTURE_RATE, at)
            heard = conditioner.process(frame) if conditioner else frame
            ended += [
                event
                for event in listener.feed(replace(heard), guarded=False)
                if isinstance(event, UtteranceEnded)
            ]
        return ended

    @pytest.mark.parametrize("name", PEOPLE)
    def test_forty_db_too_low_and_off_centre_is_heard_as_if_it_were_not(self, name: str) -> None:
        lead = 3 * CAPTURE_RATE
        sound = np.concatenate(
            [np.zeros(lead, np.float32), clip(f"people/{name}"), np.zeros(CAPTURE_RATE, np.float32)]
        )
        low = (
            sound * np.float32(0.01) + noise(len(sound) / CAPTURE_RATE, -96)[: len(sound)] + np.float32(0.02)
        )
        heard, wanted = self.utterances(low, Conditioner()), self.utterances(sound, None)
        assert heard
        began = lead + labels("people")[name]["speech"][0][0] * CAPTURE_RATE
        assert abs(heard[0].start - began) < 0.3 * CAPTURE_RATE
        assert abs(heard[-1].end - wanted[-1].end) < 0.3 * CAPTURE_RATE
