"""Utterances begin and end where they should: drawn examples first, then whatever hypothesis thinks of."""

from dataclasses import dataclass
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE
from appliance.turns.endpoint import Endpointer, EndpointSettings, Phase
from appliance.turns.events import (
    SpeechConfirmed,
    SpeechDropped,
    SpeechEvent,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UtteranceEnded,
)
from tests.turns.world import GRAMMAR

WINDOW = 512
PROBABILITY = {"#": 0.95, "+": 0.6, "~": 0.4, ".": 0.02}
"""Clear speech; speech only while the box is quiet; between the thresholds; silence."""


@dataclass(frozen=True)
class Decision:
    """An event and when it was decided."""

    event: SpeechEvent
    now: int
    """Sample at which the window ended."""


def hear(
    drawing: str, settings: EndpointSettings | None = None, *, guarded: bool = False
) -> list[tuple[int, SpeechEvent]]:
    """Feed one window of 32 ms per letter; returns the events, each with the number of its window."""
    endpointer = Endpointer(settings or EndpointSettings(end_ms=480, pause_ms=192), WINDOW)
    return [
        (number, event)
        for number, letter in enumerate(drawing, start=1)
        for event in endpointer.feed(PROBABILITY[letter], number * WINDOW, guarded=guarded)
    ]


def names(heard: list[tuple[int, SpeechEvent]]) -> list[str]:
    return [type(event).__name__ for _, event in heard]


def at(window: int) -> int:
    """Sample at which a window ends."""
    return window * WINDOW


def test_silence_is_nothing() -> None:
    assert hear("." * 100 + "~" * 100) == []


def test_a_word_is_an_utterance_with_exact_borders() -> None:
    assert hear("..####" + "." * 15) == [
        (3, SpeechStarted(at(2))),
        (5, SpeechConfirmed(at(2))),
        (12, SpeechPaused(at(6))),
        (21, UtteranceEnded(at(2), at(6))),
    ]


def test_one_knock_is_dropped_and_so_are_two() -> None:
    assert hear("#" + "." * 6) == [(1, SpeechStarted(0)), (7, SpeechDropped())]
    assert names(hear("#....#" + "." * 6)) == ["SpeechStarted", "SpeechDropped"]


def test_a_soft_beginning_is_no_new_beginning() -> None:
    assert hear("#.#..#")[-1] == (6, SpeechConfirmed(0))


def test_a_voice_that_trails_off_is_still_speaking() -> None:
    assert names(hear("###" + "~" * 50)) == ["SpeechStarted", "SpeechConfirmed"]
    assert hear("###~~~" + "." * 15)[-1] == (21, UtteranceEnded(0, at(6)))


def test_a_murmur_neither_begins_an_utterance_nor_goes_on_with_it_after_a_pause() -> None:
    assert names(hear("###" + "." * 6 + "~" * 9)) == [
        "SpeechStarted",
        "SpeechConfirmed",
        "SpeechPaused",
        "UtteranceEnded",
    ]


def test_a_short_silence_is_no_pause_and_a_pause_can_be_resumed() -> None:
    assert names(hear("###.....###")) == ["SpeechStarted", "SpeechConfirmed"]
    assert hear("###......#" + "." * 15)[2:] == [
        (9, SpeechPaused(at(3))),
        (10, SpeechResumed()),
        (16, SpeechPaused(at(10))),
        (25, UtteranceEnded(0, at(10))),
    ]


def test_while_the_box_is_heard_more_is_needed() -> None:
    assert hear("#####", guarded=True) == [(1, SpeechStarted(0))]
    assert hear("######", guarded=True)[-1] == (6, SpeechConfirmed(0))
    assert hear("+" * 50, guarded=True) == []


def test_the_guard_counts_at_the_moment_of_the_decision() -> None:
    endpointer = Endpointer(EndpointSettings(end_ms=480, pause_ms=192), WINDOW)
    for number in (1, 2, 3, 4):
        assert SpeechConfirmed(0) not in endpointer.feed(0.95, at(number), guarded=True)
    assert endpointer.feed(0.95, at(5), guarded=False) == [SpeechConfirmed(0)]


def released(drawing: str, silence_ms: float, *, after: int) -> list[tuple[int, SpeechEvent]]:
    """As `hear`, with `release` called after so many windows."""
    endpointer = Endpointer(EndpointSettings(end_ms=480, pause_ms=192), WINDOW)
    heard = []
    for number, letter in enumerate(drawing, start=1):
        heard += [
            (number, event) for event in endpointer.feed(PROBABILITY[letter], at(number), guarded=False)
        ]
        if number == after:
            endpointer.release(silence_ms)
    return heard


def test_a_pause_can_be_told_to_be_the_end_sooner_or_later() -> None:
    assert released("###" + "." * 20, 320, after=9)[-1] == (13, UtteranceEnded(0, at(3)))
    assert released("###" + "." * 40, 960, after=9)[-1] == (33, UtteranceEnded(0, at(3)))


def test_what_has_lasted_long_enough_already_ends_with_the_next_window() -> None:
    assert released("###" + "." * 20, 96, after=9)[-1] == (10, UtteranceEnded(0, at(3)))


def test_what_was_decided_in_one_pause_is_forgotten_when_speech_resumes() -> None:
    heard = released("###" + "." * 7 + "#" + "." * 20, 960, after=9)
    assert heard[-1] == (26, UtteranceEnded(0, at(11)))


def test_what_was_decided_about_one_utterance_is_forgotten_in_the_next() -> None:
    heard = released("###" + "." * 7 + "." * 10 + "###" + "." * 20, 320, after=9)
    assert [number for number, event in heard if isinstance(event, UtteranceEnded)] == [13, 38]


def test_somebody_who_never_pauses_is_cut_and_heard_again_at_once() -> None:
    heard = hear("#" * 70, EndpointSettings(longest_s=2.0, pause_ms=192))
    assert heard[2:] == [
        (63, UtteranceEnded(0, at(63))),
        (64, SpeechStarted(at(63))),
        (66, SpeechConfirmed(at(63))),
    ]


def test_an_end_that_comes_before_a_pause_needs_none() -> None:
    assert names(hear("###...", EndpointSettings(end_ms=96, pause_ms=192)))[2:] == ["UtteranceEnded"]


def test_a_pause_as_long_as_the_end_comes_first() -> None:
    assert names(hear("###...", EndpointSettings(end_ms=96, pause_ms=96)))[2:] == [
        "SpeechPaused",
        "UtteranceEnded",
    ]


@pytest.mark.parametrize(("needed_ms", "windows"), [(96, 3), (97, 4), (128, 4), (32, 1)])
def test_speech_is_counted_in_samples(needed_ms: int, windows: int) -> None:
    assert hear("#" * 9, EndpointSettings(confirm_ms=needed_ms))[1] == (windows, SpeechConfirmed(0))


@pytest.mark.parametrize(("end_ms", "windows"), [(480, 15), (479, 15), (481, 16), (96, 3)])
def test_silence_is_counted_in_samples(end_ms: int, windows: int) -> None:
    number, event = hear("###" + "." * 40, EndpointSettings(end_ms=end_ms, pause_ms=2000))[-1]
    assert (number, event) == (3 + windows, UtteranceEnded(0, at(3)))


def test_lost_sound_counts_as_silence() -> None:
    endpointer = Endpointer(EndpointSettings(end_ms=480, pause_ms=192), WINDOW)
    for number in (1, 2, 3):
        endpointer.feed(0.95, at(number), guarded=False)
    assert endpointer.feed(0.02, at(100), guarded=False) == [SpeechPaused(at(3)), UtteranceEnded(0, at(3))]


def test_after_a_reset_nothing_is_being_heard() -> None:
    endpointer = Endpointer(EndpointSettings(end_ms=480, pause_ms=192), WINDOW)
    endpointer.feed(0.95, at(1), guarded=False)
    endpointer.reset()
    assert endpointer.phase is Phase.QUIET
    assert endpointer.feed(0.95, at(9), guarded=False) == [SpeechStarted(at(8))]


@st.composite
def any_settings(draw: st.DrawFn) -> EndpointSettings:
    """All that the ranges allow, thresholds the wrong way round included."""
    return EndpointSettings(
        speech_threshold=draw(st.floats(0.05, 0.99)),
        silence_threshold=draw(st.floats(0.01, 0.95)),
        confirm_ms=draw(st.integers(32, 400)),
        guarded_threshold=draw(st.floats(0.05, 0.99)),
        guarded_confirm_ms=draw(st.integers(32, 400)),
        drop_ms=draw(st.integers(64, 400)),
        pause_ms=draw(st.integers(32, 600)),
        end_ms=draw(st.integers(96, 800)),
        longest_s=draw(st.floats(2.0, 4.0)),
    )


stretches = st.lists(st.tuples(st.sampled_from("#+~."), st.integers(1, 30), st.booleans()), max_size=20)
"""Of the same probability: (letter, windows, guarded). Real sound is not white."""

worlds = st.tuples(any_settings(), st.sampled_from([160, 256, 512]), stretches)


def listen(endpointer: Endpointer, window: int, sound: list[tuple[str, int, bool]]) -> list[Decision]:
    """Feed all of it; on the way, the phase must be what the events say."""
    decisions, now, phase = [], 0, Phase.QUIET
    for letter, count, guarded in sound:
        for _ in range(count):
            now += window
            for event in endpointer.feed(PROBABILITY[letter], now, guarded=guarded):
                assert type(event) in GRAMMAR[phase], f"{event} after {phase}"
                phase = GRAMMAR[phase][type(event)]
                decisions.append(Decision(event, now))
            assert endpointer.phase is phase
    return decisions


def samples(ms: float) -> int:
    return round(ms * CAPTURE_RATE / 1000)


@given(worlds)
def test_events_keep_to_the_grammar(world: tuple[EndpointSettings, int, list[tuple[str, int, bool]]]) -> None:
    settings, window, sound = world
    listen(Endpointer(settings, window), window, sound)


@given(worlds)
def test_positions_never_go_back(world: tuple[EndpointSettings, int, list[tuple[str, int, bool]]]) -> None:
    settings, window, sound = world
    last = start = 0
    for decision in listen(Endpointer(settings, window), window, sound):
        match decision.event:
            case SpeechStarted(position):
                start = position
            case SpeechConfirmed(position):
                assert position == start
            case SpeechPaused(position):
                assert position > start
            case UtteranceEnded(begin, position):
                assert begin == start
                assert position > start
            case _:
                continue
        assert last <= position <= decision.now
        last = position


@given(worlds)
def test_no_utterance_is_longer_than_allowed(
    world: tuple[EndpointSettings, int, list[tuple[str, int, bool]]],
) -> None:
    settings, window, sound = world
    confirmed = 0
    for decision in listen(Endpointer(settings, window), window, sound):
        if isinstance(decision.event, SpeechConfirmed):
            confirmed = decision.now
        if isinstance(decision.event, UtteranceEnded):
            # Certainty itself may come late when single windows trickle in.
            limit = max(confirmed - decision.event.start, settings.longest_s * CAPTURE_RATE)
            assert decision.now - decision.event.start < limit + window


@given(worlds)
def test_silence_alone_ends_everything_in_time(
    world: tuple[EndpointSettings, int, list[tuple[str, int, bool]]],
) -> None:
    settings, window, sound = world
    endpointer = Endpointer(settings, window)
    listen(endpointer, window, sound)
    now = window * sum(count for _, count, _ in sound)
    allowed_ms = settings.drop_ms if endpointer.phase is Phase.CANDIDATE else settings.end_ms
    for number in range(ceil(samples(allowed_ms) / window)):
        endpointer.feed(0.0, now + (number + 1) * window, guarded=False)
    assert endpointer.phase is Phase.QUIET


@given(worlds)
def test_every_decision_falls_in_the_first_window_in_which_it_can(
    world: tuple[EndpointSettings, int, list[tuple[str, int, bool]]],
) -> None:
    settings, window, sound = world
    longest = settings.longest_s * CAPTURE_RATE
    for decision in listen(Endpointer(settings, window), window, sound):
        match decision.event:
            case SpeechPaused(position):
                assert 0 <= decision.now - position - samples(settings.pause_ms) < window
            case UtteranceEnded(start, end) if decision.now - start < longest:
                assert 0 <= decision.now - end - samples(settings.end_ms) < window


@given(any_settings(), st.lists(st.sampled_from("#.+"), max_size=60), st.booleans())
def test_speech_is_certain_after_exactly_so_much_of_it(
    settings: EndpointSettings, letters: list[str], guarded: bool
) -> None:
    needed = samples(settings.guarded_confirm_ms if guarded else settings.confirm_ms)
    threshold = settings.guarded_threshold if guarded else settings.speech_threshold
    endpointer = Endpointer(settings, WINDOW)
    for decision in listen(endpointer, WINDOW, [(letter, 1, guarded) for letter in letters]):
        if isinstance(decision.event, SpeechConfirmed):
            heard = letters[decision.event.at // WINDOW : decision.now // WINDOW]
            voiced = sum(PROBABILITY[letter] >= threshold for letter in heard) * WINDOW
            assert voiced - WINDOW < needed <= voiced
