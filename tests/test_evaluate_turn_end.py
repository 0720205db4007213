"""The arithmetic of scripts/evaluate_turn_end.py: what a policy makes of a silence that was heard before."""

from dataclasses import replace

import pytest

from appliance.turns.release import ReleaseSettings
from scripts.evaluate_turn_end import OUTLAST, Way, fixed, outlast, row, waited, ways
from scripts.turn_pauses import Pause

S = ReleaseSettings(look_ms=192, fast_ms=256, middle_ms=704, slow_ms=1600)
WAY = Way(S, pause_ms=192, look_ms=80)


def pause(*looks: float, text: str = "a latte", kind: str = "end", lasted_ms: float = 2000.0) -> Pause:
    return Pause("0.flac", kind, 75.0, lasted_ms, dict(zip((192, 384, 768), looks, strict=False)), text)


@pytest.mark.parametrize(("silence_ms", "expected"), [(352, 352), (350, 352), (416, 416), (1000, 1024)])
def test_a_fixed_silence_is_whole_windows(silence_ms: int, expected: int) -> None:
    assert waited(pause(0.99), fixed(silence_ms)) == expected


def test_a_sure_look_ends_the_turn_once_it_is_answered() -> None:
    assert waited(pause(0.99), WAY) == 288
    assert waited(pause(0.99), replace(WAY, look_ms=20)) == 256
    assert waited(pause(0.99), replace(WAY, look_ms=300)) == 512


def test_words_count_from_when_they_are_known() -> None:
    with_time = replace(WAY, settings=replace(S, fast_ms=352))
    assert waited(pause(0.99, 0.99, text="a latte with"), with_time) == 704
    assert waited(pause(0.99, text="a latte with"), WAY) == 288, "they come too late"
    assert waited(pause(0.99, 0.99, text="a latte with"), replace(with_time, words=False)) == 352


def test_a_later_look_may_doubt_and_not_reassure() -> None:
    assert waited(pause(0.7, 0.1), WAY) == 1600
    assert waited(pause(0.1, 0.99, 0.99), WAY) == 1600
    newest = ways(WAY)["the newest look counts"]
    assert waited(pause(0.1, 0.99, 0.99), newest) == 480


def test_without_a_model_the_silence_decides_unless_the_words_lean() -> None:
    alone = replace(WAY, model=False)
    assert waited(pause(), alone) == S.unaided_ms
    assert waited(pause(text="a latte with"), alone) == S.slow_ms


@pytest.mark.parametrize(("ms", "share"), OUTLAST)
def test_pauses_last_as_published(ms: float, share: float) -> None:
    assert outlast(ms) == pytest.approx(share)


def test_longer_pauses_are_rarer_everywhere() -> None:
    shares = [outlast(ms) for ms in range(0, 5000, 50)]
    assert shares == sorted(shares, reverse=True)
    assert 0.0 < shares[-1] < 0.05
    assert shares[0] == 1.0


def test_a_row_counts_what_is_cut() -> None:
    heard = [
        pause(0.99),
        pause(0.99, kind="pause", lasted_ms=400.0),
        pause(0.7, 0.7, kind="pause", lasted_ms=400.0),
        pause(0.1, 0.1, kind="hesitation"),
        pause(0.99, kind="hesitation"),
    ]
    told = row(WAY, heard)
    assert told["turns cut"] == "1 of 1"
    assert [told[f"cut of {band} s %"] for band in ("0.5–1", "1–1.5", "1.5–2")] == ["50", "50", "90"]
    assert told["delay p50 / p90 / mean ms"] == "363 / 363 / 363"
