"""What is known of the paces of a conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.pipeline.tempo import (
    CAUTION,
    ENOUGH,
    FIRST_SOUND_S,
    LETTER_SOUND_S,
    LETTERS_S,
    PHRASE,
    REMEMBERED,
    VOICE_FACTOR,
    Tempo,
)


def test_before_anything_was_measured_it_is_like_the_bundled_models() -> None:
    tempo = Tempo()
    assert tempo.writing_s(10) == pytest.approx(CAUTION * 10 * LETTERS_S)
    assert tempo.sound_s(10) == pytest.approx(10 * LETTER_SOUND_S)
    assert tempo.first_s(10) == pytest.approx(CAUTION * FIRST_SOUND_S)
    assert tempo.voice_s(10) == pytest.approx(CAUTION * VOICE_FACTOR * 10 * LETTER_SOUND_S)
    assert tempo.phrase == PHRASE


def test_what_was_measured_counts() -> None:
    tempo = Tempo()
    tempo.wrote(12, 0.6)
    tempo.spoke(20, 0.2, 0.4, 2.0)
    assert tempo.writing_s(20) == pytest.approx(CAUTION)
    assert tempo.sound_s(10) == pytest.approx(1.0)
    assert tempo.first_s(20) == pytest.approx(CAUTION * 0.2)
    assert tempo.voice_s(10) == pytest.approx(CAUTION * 0.2)


def test_a_longer_text_may_begin_later_and_a_shorter_one_is_not_expected_sooner() -> None:
    tempo = Tempo()
    tempo.spoke(20, 0.2, 0.4, 2.0)
    assert tempo.first_s(40) == pytest.approx(2 * tempo.first_s(20))
    assert tempo.first_s(5) == tempo.first_s(20)


def test_one_hiccup_changes_nothing_and_a_lasting_change_does() -> None:
    tempo = Tempo()
    for _ in range(9):
        tempo.wrote(12, 0.12)
    usual = tempo.writing_s(1)
    tempo.wrote(12, 5.0)
    assert tempo.writing_s(1) == usual
    for _ in range(REMEMBERED):
        tempo.wrote(12, 1.2)
    assert tempo.writing_s(1) == pytest.approx(10 * usual)


def test_a_few_distances_are_no_rule() -> None:
    tempo = Tempo()
    for number in range(ENOUGH - 1):
        tempo.found(20)
        assert tempo.phrase == PHRASE, number
    tempo.found(20)
    assert tempo.phrase == 20


@given(st.lists(st.integers(1, 200), min_size=ENOUGH, max_size=2 * REMEMBERED))
def test_nine_phrases_in_ten_are_no_longer(distances: list[int]) -> None:
    tempo = Tempo()
    for distance in distances:
        tempo.found(distance)
    recent = distances[-REMEMBERED:]
    assert sum(distance <= tempo.phrase for distance in recent) >= 0.85 * len(recent)


def test_what_made_no_sound_teaches_nothing() -> None:
    tempo = Tempo()
    tempo.spoke(3, 0.0, 0.5, 0.0)
    tempo.spoke(0, 0.0, 0.5, 1.0)
    assert tempo.sound_s(1) == LETTER_SOUND_S
