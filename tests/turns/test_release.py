"""The table of the module, row by row, and what must hold for all evidence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turns.release import Evidence, ReleaseSettings, least, release_ms

S = ReleaseSettings()
FAST, MIDDLE, SLOW = S.fast_ms, S.middle_ms, S.slow_ms
DONE, OPEN, GOING_ON = 0.98, 0.7, 0.1
LEANING, UNKNOWN, FINISHED = "a latte with", "a latte", "A latte, please."

EVIDENCE = st.builds(
    Evidence,
    turn_end=st.none() | st.floats(0, 1),
    text=st.sampled_from(["", LEANING, UNKNOWN, FINISHED, "yes", "no", "five", "um"]),
    asked=st.booleans(),
    pause_ms=st.none() | st.floats(200, 3000),
)


@pytest.mark.parametrize(
    ("text", "done", "open_", "going_on", "unaided"),
    [
        (LEANING, MIDDLE, SLOW, SLOW, SLOW),
        (UNKNOWN, FAST, MIDDLE, SLOW, S.unaided_ms),
        (FINISHED, FAST, FAST, MIDDLE, S.unaided_ms),
        ("", FAST, MIDDLE, SLOW, S.unaided_ms),
    ],
)
def test_melody_and_words(text: str, done: int, open_: int, going_on: int, unaided: int) -> None:
    looks = (DONE, OPEN, GOING_ON, None)
    assert [release_ms(Evidence(p, text), S) for p in looks] == [done, open_, going_on, unaided]


@pytest.mark.parametrize(
    ("turn_end", "expected"),
    [(DONE, FAST), (OPEN, FAST), (GOING_ON, SLOW), (None, S.unaided_ms)],
)
def test_a_short_answer_to_a_question_is_fast_unless_its_melody_goes_on(
    turn_end: float | None, expected: int
) -> None:
    assert release_ms(Evidence(turn_end, "twenty two", asked=True), S) == expected


@pytest.mark.parametrize("turn_end", [DONE, OPEN, GOING_ON, None])
@pytest.mark.parametrize("text", ["yes", "No.", "yes please"])
def test_yes_and_no_are_fast_in_any_case(turn_end: float | None, text: str) -> None:
    assert release_ms(Evidence(turn_end, text, asked=True), S) == FAST


def test_without_a_question_yes_is_a_word_like_others() -> None:
    assert release_ms(Evidence(GOING_ON, "yes"), S) == SLOW


def test_an_answer_that_leans_is_not_over() -> None:
    assert release_ms(Evidence(OPEN, "yes but", asked=True), S) == SLOW


def test_who_pauses_long_is_waited_for() -> None:
    slow_speaker = Evidence(OPEN, UNKNOWN, pause_ms=800)
    assert release_ms(slow_speaker, S) == 1000
    assert release_ms(replace(slow_speaker, turn_end=None), S) == 1000
    assert release_ms(replace(slow_speaker, turn_end=GOING_ON), S) == SLOW
    assert release_ms(replace(slow_speaker, turn_end=DONE), S) == FAST
    assert release_ms(replace(slow_speaker, pause_ms=2900), S) == S.slowest_ms


def test_looks_wait_twice_as_long_each_time() -> None:
    assert S.looks_ms == (96, 192, 384)
    assert replace(S, looks=1).looks_ms == (96,)


def test_the_least_sure_look_counts() -> None:
    assert least(None, None) is None
    assert least(None, 0.4) == least(0.4, None) == 0.4
    assert least(0.4, 0.9) == least(0.9, 0.4) == 0.4


@given(EVIDENCE)
def test_it_lies_within_its_levels(evidence: Evidence) -> None:
    assert S.fast_ms <= release_ms(evidence, S) <= S.slowest_ms


@given(EVIDENCE, st.floats(0, 1), st.floats(0, 1))
def test_a_surer_melody_never_waits_longer(evidence: Evidence, first: float, second: float) -> None:
    low, high = sorted([first, second])
    waits = [release_ms(replace(evidence, turn_end=p), S) for p in (low, high)]
    assert waits[0] >= waits[1]


@given(EVIDENCE, st.floats(200, 3000))
def test_longer_pauses_never_shorten_the_wait(evidence: Evidence, pause_ms: float) -> None:
    assert release_ms(replace(evidence, pause_ms=pause_ms), S) >= release_ms(
        replace(evidence, pause_ms=None), S
    )


@given(EVIDENCE)
def test_a_question_never_lengthens_the_wait(evidence: Evidence) -> None:
    asked, unasked = (release_ms(replace(evidence, asked=asked), S) for asked in (True, False))
    assert asked <= unasked
