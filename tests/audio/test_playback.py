"""A simulated loudspeaker, period by period: nothing here takes real time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.device import Format
from appliance.audio.ledger import HOLE
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.memory import PLAYBACK_PERIODS, UNDERRUNS, AudioMemory, anonymous
from appliance.audio.playback import Playback
from appliance.audio.ring import PlaybackWriter
from appliance.core.audio import Samples
from appliance.core.gate import FADE_MS

FADE = 48 * FADE_MS


class Loudspeaker:
    """A device that asks for a period every 10 ms, and plays it 35 ms later."""

    BUFFER_S = 0.035

    def __init__(self, agreed: Format | None = None, memory: AudioMemory | None = None) -> None:
        self.agreed = agreed or Format(48_000, 1)
        self.memory = memory or anonymous()
        self.playback = Playback(self.memory, self.agreed)
        self.writer = PlaybackWriter(self.memory)
        self.moment = 100.0
        self.sound: Samples = np.zeros((0, self.agreed.channels), np.float32)

    def play(self, periods: int, *, starved: bool = False) -> None:
        for _ in range(periods):
            out = np.full((self.agreed.rate // 100, self.agreed.channels), 9.0, np.float32)
            self.playback.period(out.data.cast("B"), self.moment + self.BUFFER_S, starved=starved)
            self.sound = np.concatenate([self.sound, out])
            self.moment += 0.01

    def queue(self, samples: int, level: float = 0.5) -> None:
        self.writer.write(np.full(samples, level, np.float32))

    @property
    def underruns(self) -> int:
        return self.memory.whole[UNDERRUNS]


def test_silence_is_silent_and_has_a_pulse() -> None:
    loudspeaker = Loudspeaker(Format(48_000, 2))
    loudspeaker.play(5)
    assert (loudspeaker.sound == 0).all()
    assert loudspeaker.memory.whole[PLAYBACK_PERIODS] == 5
    assert loudspeaker.writer.heard(1e9).samples == 0


def test_sound_leaves_unchanged_on_every_channel() -> None:
    loudspeaker = Loudspeaker(Format(48_000, 2))
    noise = np.random.default_rng(1).standard_normal(1000).astype(np.float32)
    loudspeaker.writer.write(noise)
    loudspeaker.play(4)
    for channel in (0, 1):
        np.testing.assert_array_equal(loudspeaker.sound[:1000, channel], noise)
        assert (loudspeaker.sound[1000:, channel] == 0).all()


@given(st.lists(st.integers(0, 3000), max_size=20))
def test_every_sample_is_counted_exactly_once(offers: list[int]) -> None:
    loudspeaker = Loudspeaker()
    for offer in offers:
        loudspeaker.queue(min(offer, loudspeaker.writer.free), 1.0)
        loudspeaker.play(3)
    loudspeaker.play(160)
    heard = loudspeaker.writer.heard(1e9)
    assert heard.samples == np.count_nonzero(loudspeaker.sound) == sum(offers)
    assert heard.idle


def test_only_what_has_reached_the_air_is_heard() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.play(3)
    began = loudspeaker.moment + loudspeaker.BUFFER_S
    loudspeaker.queue(1000)
    loudspeaker.play(3)
    assert loudspeaker.writer.heard(began - 0.001).samples == 0
    halfway = loudspeaker.writer.heard(began + 0.0150001)
    assert (halfway.samples, halfway.idle) == (720, False)
    assert halfway.started == pytest.approx(began)
    nearly = loudspeaker.writer.heard(began + 0.0205001)
    assert (nearly.samples, nearly.idle) == (984, False)
    over = loudspeaker.writer.heard(began + 0.021)
    assert (over.samples, over.idle) == (1000, True)


def test_nothing_beyond_a_hold_leaves_until_it_is_released() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(3000)
    loudspeaker.writer.hold(1100)
    loudspeaker.play(30)
    assert (loudspeaker.sound[: 1100 - FADE] == 0.5).all()
    assert (loudspeaker.sound[1100:] == 0).all()
    held = loudspeaker.writer.heard(1e9)
    assert (held.samples, held.idle) == (1100, False)
    loudspeaker.queue(500)
    loudspeaker.writer.hold(None)
    loudspeaker.play(30)
    done = loudspeaker.writer.heard(1e9)
    assert (done.samples, done.idle, done.started) == (3500, True, held.started)
    assert loudspeaker.underruns == 0


def test_a_hold_from_silence_keeps_everything_back_and_the_first_sample_unfaded() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.writer.hold(0)
    loudspeaker.queue(PERIOD)
    loudspeaker.play(8)
    assert not loudspeaker.sound.any()
    assert (loudspeaker.writer.heard(1e9).samples, loudspeaker.writer.heard(1e9).idle) == (0, False)
    released = loudspeaker.moment + loudspeaker.BUFFER_S
    loudspeaker.writer.hold(None)
    loudspeaker.play(1)
    assert (loudspeaker.sound[8 * PERIOD :] == 0.5).all()
    assert loudspeaker.writer.heard(1e9).started == pytest.approx(released)


def test_a_hold_shortly_after_a_reply_is_no_hole_in_it() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(1000)
    loudspeaker.play(4)
    loudspeaker.writer.hold(0)
    loudspeaker.queue(1000)
    loudspeaker.play(3, starved=True)
    loudspeaker.writer.hold(None)
    loudspeaker.play(3)
    assert loudspeaker.writer.heard(1e9).samples == 2000
    assert loudspeaker.underruns == 0


def test_a_stop_ends_a_hold_and_drops_what_it_held() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(2000)
    loudspeaker.writer.hold(1000)
    loudspeaker.play(5)
    loudspeaker.writer.flush()
    loudspeaker.queue(PERIOD, 0.25)
    loudspeaker.play(2)
    assert np.count_nonzero(loudspeaker.sound) == 1000 + PERIOD
    assert (loudspeaker.sound[6 * PERIOD : 7 * PERIOD] == 0.25).all()
    assert loudspeaker.writer.heard(1e9).samples == 1000 + PERIOD


def test_a_new_life_begins_without_a_hold() -> None:
    first = Loudspeaker()
    first.writer.hold(0)
    first.queue(1000)
    first.play(1)
    first.writer.abandon()
    second = Loudspeaker(memory=first.memory)
    second.queue(1000)
    second.play(3)
    assert second.writer.heard(1e9).samples == 1000


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 9000))), max_size=12))
def test_over_any_holds_each_sample_leaves_once_and_without_a_click(
    holds: list[tuple[int, int | None]],
) -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(9000, 1.0)
    loudspeaker.play(1)
    for periods, at in holds:
        before = loudspeaker.writer.heard(1e9).samples
        loudspeaker.writer.hold(at)
        loudspeaker.play(periods)
        if at is not None:
            assert loudspeaker.writer.heard(1e9).samples <= max(at, before + FADE)
    loudspeaker.writer.hold(None)
    loudspeaker.play(25)
    sound = loudspeaker.sound[:, 0]
    assert np.count_nonzero(sound) == loudspeaker.writer.heard(1e9).samples == 9000
    assert np.abs(np.diff(sound[: np.flatnonzero(sound)[-1]])).max() < 1.01 / FADE
    assert loudspeaker.underruns == 0


@given(st.integers(0, 6), st.integers(0, 20_000))
def test_a_stop_fades_out_within_one_period_and_drops_the_rest(periods: int, queued: int) -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(periods * PERIOD + queued)
    loudspeaker.play(periods)
    loudspeaker.writer.flush()
    loudspeaker.play(5)
    tail = loudspeaker.sound[periods * PERIOD :, 0]
    fading = min(queued, FADE) if periods else 0
    assert (tail[fading:] == 0).all()
    assert (np.abs(np.diff(tail[:fading], prepend=tail[:1])) < 0.5 / FADE * 1.01).all()
    heard = loudspeaker.writer.heard(1e9)
    assert (heard.samples, heard.idle) == (periods * PERIOD + fading, True)
    assert loudspeaker.underruns == 0


def test_what_is_queued_after_a_stop_is_heard_from_the_next_period() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(10_000, 0.5)
    loudspeaker.play(2)
    loudspeaker.writer.flush()
    loudspeaker.queue(PERIOD, 0.25)
    loudspeaker.play(3)
    second = loudspeaker.moment - 0.02 + loudspeaker.BUFFER_S
    assert (loudspeaker.sound[3 * PERIOD : 4 * PERIOD] == 0.25).all()
    assert loudspeaker.writer.heard(1e9).started == pytest.approx(second)
    assert loudspeaker.underruns == 0


def test_gain_glides_over_one_period() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(5 * PERIOD, 1.0)
    loudspeaker.play(1)
    loudspeaker.writer.set_gain(0.25)
    loudspeaker.play(2)
    loudspeaker.writer.set_gain(1.0)
    loudspeaker.play(2)
    sound = loudspeaker.sound[:, 0]
    assert (sound[:PERIOD] == 1.0).all()
    assert (np.abs(np.diff(sound)) < 0.75 / PERIOD * 1.01).all()
    np.testing.assert_allclose(sound[2 * PERIOD - 1 : 3 * PERIOD], 0.25, rtol=1e-6)
    assert (sound[4 * PERIOD :] == 1.0).all()


def test_gain_set_in_silence_holds_from_the_first_sample() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.writer.set_gain(0.5)
    loudspeaker.play(1)
    loudspeaker.queue(PERIOD, 1.0)
    loudspeaker.play(1)
    assert (loudspeaker.sound[PERIOD:] == 0.5).all()


def test_a_hole_in_a_reply_is_an_underrun_and_a_pause_is_none() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.queue(1000)
    loudspeaker.play(4)
    loudspeaker.queue(1000)
    loudspeaker.play(4)
    assert loudspeaker.underruns == 1
    loudspeaker.play(HOLE // PERIOD)
    loudspeaker.queue(1000)
    loudspeaker.play(4)
    assert loudspeaker.underruns == 1


def test_a_starving_device_counts_only_while_there_is_sound() -> None:
    loudspeaker = Loudspeaker()
    loudspeaker.play(3, starved=True)
    assert loudspeaker.underruns == 0
    loudspeaker.queue(5 * PERIOD)
    loudspeaker.play(2)
    loudspeaker.play(1, starved=True)
    assert loudspeaker.underruns == 1


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_another_device_rate_is_met_and_counted_at_48_khz(rate: int) -> None:
    loudspeaker = Loudspeaker(Format(rate, 1))
    loudspeaker.queue(10 * PERIOD)
    loudspeaker.play(30)
    sounding = np.count_nonzero(np.abs(loudspeaker.sound) > 0.25)
    assert sounding == pytest.approx(rate // 10, abs=3)
    assert loudspeaker.writer.heard(1e9).samples == 10 * PERIOD


def test_the_next_life_goes_on_counting() -> None:
    first = Loudspeaker()
    first.queue(1000)
    first.play(3)
    first.queue(5000)
    first.writer.abandon()
    second = Loudspeaker(memory=first.memory)
    second.moment = first.moment + 1
    second.queue(500, 0.125)
    second.play(3)
    assert second.writer.heard(1e9).samples == 1500
    assert (second.sound[:500] == 0.125).all()


def test_the_log_is_read_correctly_long_after_it_wrapped() -> None:
    loudspeaker = Loudspeaker()
    for _ in range(300):
        loudspeaker.queue(PERIOD)
        loudspeaker.play(1)
    assert loudspeaker.writer.heard(loudspeaker.moment).samples == pytest.approx(300 * PERIOD - 1680, abs=1)
