"""Each fault on people's recordings that have it, and none on those that have none."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, EchoTracks, Samples
from appliance.core.resample import resample
from appliance.pipeline.sound_check import PATIENCE, SoundCheck, SoundFault
from tests.shared import clip, needs_shared

CHANCE = np.random.default_rng(0)
PEOPLE = ("8aaf372d.flac", "8c320b88.flac", "91c3d88a.flac")


def noise(seconds: float, dbfs: float = -60.0) -> Samples:
    return CHANCE.normal(0, 10 ** (dbfs / 20), round(seconds * CAPTURE_RATE)).astype(np.float32)


def syllables(seconds: float, amplitude: float = 0.1, hz: float = 140.0) -> Samples:
    """Something like a voice: vowels of a fifth of a second and hisses between them, over a quiet room."""
    sound = noise(seconds, -100.0)
    time = np.arange(CAPTURE_RATE // 5) / CAPTURE_RATE
    vowel = sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 20)) * np.hanning(len(time)) ** 0.3
    for start in range(0, len(sound) - 2 * len(time), 2 * len(time)):
        sound[start : start + len(time)] += amplitude * vowel
        sound[start + len(time) : start + len(time) + 1600] += noise(0.1, 20 * np.log10(amplitude) - 15)
    return sound


def listen(check: SoundCheck, sound: Samples, start: int = 0) -> set[SoundFault]:
    """All that was found at any time."""
    seen = set[SoundFault]()
    for at in range(0, len(sound), PERIOD):
        check.feed(AudioFrame(sound[at : at + PERIOD], CAPTURE_RATE, start + at))
        seen.update(check.findings)
    return seen


def found(*sounds: Samples) -> set[SoundFault]:
    check = SoundCheck()
    listen(check, np.concatenate(sounds))
    return set(check.findings)


def test_every_fault_has_words_and_patience() -> None:
    for fault in SoundFault:
        assert fault.problem.endswith((".", "."))
        assert fault.remedy
    missing = {SoundFault.NO_MICROPHONE, SoundFault.NO_LOUDSPEAKER}  # nobody needs to listen for these
    assert PATIENCE.keys() == set(SoundFault) - missing
    for patience in PATIENCE.values():
        assert 0 < patience.gone_below < patience.found_from <= 1


@pytest.mark.parametrize("sound", [noise(6.0), noise(6.0, -85), noise(6.0, -25), syllables(6.0)])
def test_good_sound_has_no_faults(sound: Samples) -> None:
    assert listen(SoundCheck(), sound) == set()


def test_nothing_at_all() -> None:
    check = SoundCheck()
    assert listen(check, np.zeros(2 * CAPTURE_RATE, np.float32)) == set(), "not at once"
    assert listen(check, np.zeros(CAPTURE_RATE // 2, np.float32), 2 * CAPTURE_RATE) == {SoundFault.SILENT}
    listen(check, noise(0.5), 5 * CAPTURE_RATE // 2)
    assert SoundFault.SILENT not in check.findings, "and gone soon"


def test_a_flickering_bit_is_nothing_either() -> None:
    flicker = (CHANCE.integers(-1, 2, 4 * CAPTURE_RATE) / 32768).astype(np.float32)
    assert found(flicker) == {SoundFault.SILENT}


def test_clipping_is_found_and_goes_when_the_gain_is_turned_down() -> None:
    check, loud = SoundCheck(), np.clip(syllables(6.0) * 40, -1, 1)
    assert listen(check, loud) == {SoundFault.CLIPPED}
    listen(check, syllables(20.0), len(loud))
    assert check.findings == ()


def test_one_loud_laugh_is_not_clipping() -> None:
    assert (
        listen(
            SoundCheck(),
            np.concatenate([syllables(2.0), np.clip(syllables(0.6) * 40, -1, 1), syllables(3.0)]),
        )
        == set()
    )


def test_an_offset_is_found_and_goes() -> None:
    check = SoundCheck()
    assert listen(check, syllables(4.0) + np.float32(0.02)) == {SoundFault.OFFSET}
    listen(check, syllables(4.0), 4 * CAPTURE_RATE)
    assert check.findings == ()


def test_a_voice_that_is_much_too_quiet() -> None:
    assert found(syllables(6.0, 0.1 * 0.01)) == {SoundFault.FAINT}


def test_a_quiet_room_is_not_a_quiet_voice() -> None:
    clicks = noise(8.0, -85)
    clicks[::4000] += np.float32(0.001)
    assert listen(SoundCheck(), clicks) == set()


def test_a_voice_that_comes_closer_is_quiet_no_more() -> None:
    assert found(syllables(6.0, 0.001), syllables(6.0)) == set()


@pytest.mark.parametrize("twice", [False, True])
def test_lost_and_repeated_periods(*, twice: bool) -> None:
    check, sound = SoundCheck(), noise(6.0, -30)
    for start in range(CAPTURE_RATE // 2, len(sound) - PERIOD, CAPTURE_RATE):
        sound[start : start + PERIOD] = sound[start - PERIOD : start] if twice else 0.0
    assert listen(check, sound) == {SoundFault.BROKEN}
    listen(check, noise(30.0, -30), len(sound))
    assert check.findings == ()


def test_one_hole_is_forgiven_and_so_is_one_jump() -> None:
    check, sound = SoundCheck(), noise(4.0, -30)
    sound[20_000:20_500] = 0.0
    assert listen(check, sound) == set()
    assert listen(check, noise(4.0, -30), 5 * CAPTURE_RATE) == set()


def test_jumps_of_the_clock_are_holes() -> None:
    check, seen = SoundCheck(), set[SoundFault]()
    for second in range(5):
        seen |= listen(check, noise(1.0, -30), second * 2 * CAPTURE_RATE)
    assert seen == {SoundFault.BROKEN}


def test_what_is_no_number_is_a_hole_and_forgotten() -> None:
    check, sound = SoundCheck(), syllables(5.0)
    sound[8000::16000] = np.nan
    assert listen(check, sound) == {SoundFault.BROKEN}
    assert listen(check, np.clip(syllables(6.0) * 40, -1, 1), len(sound)) >= {SoundFault.CLIPPED}


@given(st.lists(st.integers(0, 3 * CAPTURE_RATE), max_size=20).map(sorted))
def test_how_sound_is_cut_into_frames_changes_nothing(cuts: list[int]) -> None:
    sound = np.clip(syllables(3.0) * 40, -1, 1)
    whole, pieces = SoundCheck(), SoundCheck()
    whole.feed(AudioFrame(sound, CAPTURE_RATE, 0))
    for first, last in zip((0, *cuts), (*cuts, len(sound)), strict=True):
        pieces.feed(AudioFrame(sound[first:last], CAPTURE_RATE, first))
    assert whole.findings == pieces.findings


def test_what_counts_is_what_the_microphone_heard_before_its_echo_was_removed() -> None:
    check, loud = SoundCheck(), np.clip(syllables(6.0) * 40, -1, 1)
    nothing = np.zeros_like(loud)
    check.feed(AudioFrame(nothing, CAPTURE_RATE, 0, EchoTracks(nothing, loud, nothing)))
    assert check.findings == (SoundFault.CLIPPED,)


def test_it_knows_whether_anybody_spoke() -> None:
    check = SoundCheck()
    listen(check, noise(3.0))
    assert check.voiced == 0
    listen(check, syllables(3.0), 3 * CAPTURE_RATE)
    assert check.voiced > 5


@needs_shared
class TestOnPeople:
    def damaged(self, name: str) -> Iterable[tuple[Samples, set[SoundFault]]]:
        sound = clip(f"people/{name}")
        full = sound / np.abs(sound).max()
        loud = np.clip(resample(full * 10, CAPTURE_RATE, 48_000), -1, 1)
        narrow = resample(resample(sound, CAPTURE_RATE, 8000), 8000, CAPTURE_RATE)
        yield sound, set()
        yield full, set()
        yield sound * np.float32(0.1) + noise(len(sound) / CAPTURE_RATE, -85), set()
        yield resample(loud, 48_000, CAPTURE_RATE), {SoundFault.CLIPPED}
        yield sound + np.float32(0.02), {SoundFault.OFFSET}
        yield sound * np.float32(0.01) + noise(len(sound) / CAPTURE_RATE, -96), {SoundFault.FAINT}
        yield narrow + noise(len(narrow) / CAPTURE_RATE, -98), {SoundFault.NARROW}

    @pytest.mark.parametrize("name", PEOPLE)
    def test_each_fault_and_no_other(self, name: str) -> None:
        for number, (sound, faults) in enumerate(self.damaged(name)):
            assert listen(SoundCheck(), sound) == faults, number

    def test_a_kitchen_is_not_a_fault(self) -> None:
        kitchen = clip("noise/kitchen.flac")
        assert listen(SoundCheck(), kitchen) == set()
        assert listen(SoundCheck(), np.clip(kitchen * 6, -1, 1)) == set()
