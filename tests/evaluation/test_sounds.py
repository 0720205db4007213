"""Sounds and their labels: hesitations, levels, noises from a seed."""

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE
from scripts.evaluation import noises
from scripts.evaluation.sounds import Library, Sound, heard, hesitate, noise_gain
from tests.fakes import silence, voice
from tests.shared import SHARED, needs_shared


def test_a_hesitation_moves_what_comes_after_it() -> None:
    person = Sound(np.concatenate([silence(0.5), voice(2.0), silence(0.5)]), ((0.5, 2.5),))
    halting = hesitate(person, 1.5, 1.0)
    assert halting.speech == ((0.5, 1.5), (2.5, 3.5))
    assert len(halting.samples) == pytest.approx(4 * CAPTURE_RATE, abs=1)
    assert np.abs(halting.samples[int(1.6 * CAPTURE_RATE) : int(2.4 * CAPTURE_RATE)]).max() == 0
    after = halting.samples[int(2.6 * CAPTURE_RATE) : int(3.4 * CAPTURE_RATE)]
    assert np.array_equal(after, voice(0.8))


def test_a_hesitation_between_two_stretches() -> None:
    person = Sound(voice(3.0), ((0.0, 1.0), (1.2, 2.0)))
    assert hesitate(person, 1.1, 0.5).speech == ((0.0, 1.0), (1.7, 2.5))


def test_where_a_sound_is_heard() -> None:
    sound = heard(np.concatenate([silence(0.3), voice(0.5), silence(0.2)]))
    assert sound.begin == pytest.approx(0.3)
    assert sound.end == pytest.approx(0.8)


def test_noise_at_a_ratio_to_speech() -> None:
    person = Sound(np.concatenate([voice(1.0, 0.5), silence(3.0)]), ((0.0, 1.0),))
    assert noise_gain(person, voice(1.0, 0.5), 20.0) == pytest.approx(0.1)


@pytest.mark.parametrize("name", noises.SHORT)
def test_short_noises(name: str) -> None:
    sound = noises.SHORT[name](3)
    assert np.array_equal(sound, noises.SHORT[name](3))
    assert not np.array_equal(sound, noises.SHORT[name](4))
    assert np.abs(sound).max() == pytest.approx(noises.PEAK)
    assert 0.1 < len(sound) / CAPTURE_RATE < 1.5


@pytest.mark.parametrize("name", noises.LONG)
def test_backgrounds(name: str) -> None:
    sound = noises.LONG[name](1, 5.0)
    assert len(sound) == 5 * CAPTURE_RATE
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0


@needs_shared
def test_people_and_their_hesitations() -> None:
    library = Library(SHARED / "clips")
    name = library.people()[0]
    groups = library.groups({name: [1.25, 2.5]})
    assert groups["people~1.0"] == [f"people/{name}~1.0@1.25"]
    person, halting = library.sound(f"people/{name}"), library.sound(groups["people~1.0"][0])
    assert len(halting.samples) - len(person.samples) == pytest.approx(CAPTURE_RATE, abs=1)
    assert halting.end == pytest.approx(person.end + 1.0)


@needs_shared
def test_a_background_at_a_level() -> None:
    noise = Library(SHARED / "clips").background("kitchen@-30", 100.0)
    assert len(noise) == 100 * CAPTURE_RATE
    assert 20 * np.log10(np.sqrt(np.mean(noise**2))) == pytest.approx(-30, abs=0.5)
