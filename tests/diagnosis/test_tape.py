from pathlib import Path

import numpy as np
import soundfile

from appliance.diagnosis.tape import KEPT_S, Tape, Track


def test_a_track_keeps_the_last_seconds() -> None:
    track = Track(100)
    for second in range(100):
        track.add(np.full(100, second / 100, np.float32))
    sound = track.sound() / 32767
    assert len(sound) == KEPT_S * 100
    assert abs(sound[0] - 0.70) < 0.001
    assert abs(sound[-1] - 0.99) < 0.001


def test_what_is_short_is_short() -> None:
    track = Track(100)
    track.add(np.ones(30, np.float32))
    assert len(track.sound()) == 30


def test_more_than_there_is_room_for_at_once() -> None:
    track = Track(10)
    track.add(np.linspace(0, 1, 1000, dtype=np.float32))
    assert len(track.sound()) == KEPT_S * 10
    assert track.sound()[-1] == 32767


def test_it_lies_beside_its_report(tmp_path: Path) -> None:
    tape = Tape(16_000, 48_000)
    tape.microphone.add(np.full(1600, 0.5, np.float32))
    tape.loudspeaker.add(np.full(4800, 2.0, np.float32))
    tape.keep(tmp_path / "flight-1.jsonl")
    heard, rate = soundfile.read(tmp_path / "flight-1-microphone.flac")
    assert (len(heard), rate) == (1600, 16_000)
    said, rate = soundfile.read(tmp_path / "flight-1-loudspeaker.flac")
    assert (len(said), rate) == (4800, 48_000)
    assert said.max() <= 1.0
    assert (tmp_path / "flight-1-microphone.flac").stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_keeps_none(tmp_path: Path) -> None:
    Tape(16_000, 48_000).keep(tmp_path / "absent" / "flight-1.jsonl")
    assert list(tmp_path.iterdir()) == []
