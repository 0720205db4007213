import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.piper_pace import CAUTION, LARGEST, Delivery, Pace

FRAME_S = 256 / 22_050
MARGIN = 16


@dataclass
class Machine:
    """Decodes at a given speed, on a clock of its own, and hears what is given."""

    frame_cost_s: float
    """What it took so far."""
    slower: float = 1.0
    """By how much it is slower from now on."""
    now: float = 0.0
    began: float | None = None
    heard_until: float = 0.0
    pieces: list[int] = field(default_factory=list)
    gap_s: float = 0.0
    """The longest silence since sound began."""

    def say(self, frames: int, silent: int = 0) -> None:
        pace = Pace()
        pace.learn(MARGIN, FRAME_S)
        pace.took(100, 100 * self.frame_cost_s)
        delivery = Delivery(pace, lambda: self.now)
        left, held = frames, 0
        while left:
            size = delivery.piece(left, silent if left == frames else 0)
            self.pieces.append(size)
            self.now += (size + 2 * MARGIN) * self.frame_cost_s * self.slower
            left -= size
            held += size
            if left and not delivery.enough(
                max(0, held - silent) * FRAME_S if self.began is None else held * FRAME_S
            ):
                continue
            if self.began is None:
                self.began, held = self.now, held - silent
                self.heard_until = self.now
            self.gap_s = max(self.gap_s, self.now - self.heard_until)
            self.heard_until = max(self.heard_until, self.now) + held * FRAME_S
            delivery.gave(held * FRAME_S)
            held = 0


speeds = st.floats(0.0, 3.0)
"""Seconds of work per second of sound."""


@given(speeds, st.integers(1, 1500), st.integers(0, 40), st.floats(0.1, CAUTION))
def test_sound_never_stops_once_it_has_begun(speed: float, frames: int, silent: int, slower: float) -> None:
    machine = Machine(speed * FRAME_S, slower)
    machine.say(frames, min(silent, frames - 1))
    assert sum(machine.pieces) == frames
    assert max(machine.pieces) <= LARGEST
    assert machine.gap_s <= 0.0


@given(speeds, st.integers(1, 1500))
def test_pieces_never_make_it_begin_later(speed: float, frames: int) -> None:
    machine = Machine(speed * FRAME_S)
    machine.say(frames)
    assert machine.began is not None
    whole = frames * speed * FRAME_S
    margins = 2 * MARGIN * len(machine.pieces) * speed * FRAME_S
    assert machine.began <= whole + margins + 1e-9


@pytest.mark.parametrize(
    ("speed", "first", "most"), [(0.02, 16, 3), (0.07, 16, 4), (0.2, 24, 7), (0.4, 54, 6)]
)
def test_the_faster_the_machine_the_sooner_it_begins(speed: float, first: int, most: int) -> None:
    machine = Machine(speed * FRAME_S)
    machine.say(frames=430, silent=12)
    assert machine.pieces[0] == 12 + first
    assert len(machine.pieces) <= most


def test_where_it_saves_nothing_a_sentence_is_made_whole() -> None:
    for speed in (0.0, 0.001):
        machine = Machine(speed * FRAME_S)
        machine.say(frames=200)
        assert machine.pieces == [200]


def test_too_slow_for_pieces_it_waits_until_what_is_left_will_be_there_in_time() -> None:
    frames = 800
    machine = Machine(1.2 * FRAME_S)
    machine.say(frames)
    assert machine.began is not None
    assert machine.began < 0.9 * frames * 1.2 * FRAME_S
    assert machine.gap_s <= 0.0


def test_sound_that_nobody_waits_for_comes_in_the_largest_pieces() -> None:
    pace = Pace()
    pace.learn(MARGIN, FRAME_S)
    pace.took(100, 1.0)
    delivery = Delivery(pace, lambda: 0.0)
    delivery.gave(math.inf)
    assert [delivery.piece(frames, 0) for frames in (600, 344, 88)] == [LARGEST, LARGEST, 88]


def test_without_a_margin_there_is_one_piece() -> None:
    pace = Pace()
    pace.took(100, 1.0)
    delivery = Delivery(pace, lambda: 0.0)
    assert delivery.piece(5000, 0) == 5000
    assert not delivery.enough(1.0)


def test_one_run_that_was_held_up_changes_nothing() -> None:
    pace = Pace()
    for seconds in (0.1, 0.1, 5.0, 0.1):
        pace.took(100, seconds)
    assert pace.cost_s == pytest.approx(0.001)
