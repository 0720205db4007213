"""Conversations with recordings: what may be said, when it is said, and what is reported."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.converse import GAP_S, LONGEST_CLIP_S, POLL_S, Report, Say, converse, read_recording
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import ApplianceError, InputError
from appliance.core.speech import Outcome
from appliance.turns.machine import State
from tests.fakes import ANSWERED, Script, voice
from tests.room import Room
from tests.virtual_time import run


def recording(path: Path, samples: Samples, rate: int = CAPTURE_RATE, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def tone(seconds: float, rate: int, hertz: float = 440.0) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32) * 0.5


def refused(path: Path) -> str:
    """Why a recording cannot be used."""
    with pytest.raises(InputError) as error:
        read_recording(path)
    assert error.value.exit_code == 65
    assert str(path) in error.value.problem
    return error.value.problem


# Recordings


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_usual_rate_is_converted(tmp_path: Path, rate: int) -> None:
    samples = read_recording(recording(tmp_path / "a.wav", tone(0.5, rate), rate))
    assert samples.dtype == np.float32
    assert len(samples) == CAPTURE_RATE // 2
    middle = slice(CAPTURE_RATE // 10, CAPTURE_RATE * 4 // 10)
    np.testing.assert_allclose(samples[middle], tone(0.5, CAPTURE_RATE)[middle], atol=0.01)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_every_usual_format_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    soundfile.write(path, tone(0.5, CAPTURE_RATE), CAPTURE_RATE)
    assert len(read_recording(path)) == CAPTURE_RATE // 2


def test_channels_are_mixed(tmp_path: Path) -> None:
    stereo = np.stack([np.full(1600, 0.5), np.full(1600, -0.25)], axis=1).astype(np.float32)
    samples = read_recording(recording(tmp_path / "a.wav", stereo))
    assert samples.shape == (1600,)
    assert set(samples.tolist()) == {0.125}


def test_a_file_longer_than_one_block_is_read_whole(tmp_path: Path) -> None:
    long = np.random.default_rng(0).uniform(-0.5, 0.5, 200_000).astype(np.float32)
    np.testing.assert_array_equal(read_recording(recording(tmp_path / "a.wav", long)), long)


def test_no_such_file(tmp_path: Path) -> None:
    assert "there is no file" in refused(tmp_path / "absent.wav")
    assert "there is no file" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"RIFF\0\0\0\0WAVE", b"\0" * 1000])
def test_no_recording(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    assert "cannot read the recording" in refused(tmp_path / "a.wav")


def test_a_recording_that_breaks_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * CAPTURE_RATE)
    soundfile.write(tmp_path / "a.flac", noise, CAPTURE_RATE)
    os.truncate(tmp_path / "a.flac", 20_000)
    assert "cannot read the recording" in refused(tmp_path / "a.flac")


def test_no_sound_in_it(tmp_path: Path) -> None:
    assert "holds no sound" in refused(recording(tmp_path / "a.wav", np.empty(0, np.float32)))


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path: Path, poison: float) -> None:
    samples = tone(0.5, CAPTURE_RATE)
    samples[1234] = poison
    assert "no numbers" in refused(recording(tmp_path / "a.wav", samples))


def test_channels_that_make_no_number_together(tmp_path: Path) -> None:
    samples = np.stack([tone(0.5, CAPTURE_RATE)] * 2, axis=1)
    samples[1234] = np.inf, -np.inf
    assert "no numbers" in refused(recording(tmp_path / "a.wav", samples))


def test_a_signalling_nan(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", tone(0.5, CAPTURE_RATE))
    sound = bytearray(path.read_bytes())
    sound[-4:] = struct.pack("<I", 0x7F80_0001)
    path.write_bytes(sound)
    assert "no numbers" in refused(path)


@pytest.mark.parametrize("rate", [1, 7, 100, 7_999, 44_101, 192_001, 1_000_003, 2**31 - 1])
def test_rates_that_nothing_was_recorded_with(tmp_path: Path, rate: int) -> None:
    path = recording(tmp_path / "a.wav", np.zeros(100, np.float32), subtype="PCM_16")
    header = bytearray(path.read_bytes())
    header[24:28] = struct.pack("<I", rate)
    path.write_bytes(header)
    assert f"{rate} Hz" in refused(path)


def test_a_file_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    recording(path, np.zeros(100, np.float32), 8_000, "PCM_U8")
    frames = round((LONGEST_CLIP_S + 1) * 8_000)
    header = bytearray(path.read_bytes())
    at = header.index(b"data") + 4
    header[at : at + 4] = struct.pack("<I", frames)
    header[4:8] = struct.pack("<I", frames + at - 4)
    path.write_bytes(header)
    os.truncate(path, at + 4 + frames)
    assert "longer than 600 s" in refused(path)


# What to say


def test_a_file_alone(tmp_path: Path) -> None:
    say = Say.parse(str(recording(tmp_path / "a.wav", voice(0.1))))
    assert (len(say.samples), say.at) == (1600, None)


@pytest.mark.parametrize(("second", "at"), [("0", 0.0), ("12", 12.0), ("3.25", 3.25), ("600", 600.0)])
def test_a_file_at_a_second(tmp_path: Path, second: str, at: float) -> None:
    say = Say.parse(f"{recording(tmp_path / 'a.wav', voice(0.1))}@{second}")
    assert (len(say.samples), say.at) == (1600, at)


def test_a_file_with_that_name_comes_first(tmp_path: Path) -> None:
    assert Say.parse(str(recording(tmp_path / "me@home.wav", voice(0.1)))).at is None
    assert Say.parse(f"{recording(tmp_path / 'me@home.wav', voice(0.1))}@2").at == 2.0


@pytest.mark.parametrize("second", ["-1", "601", "inf", "nan", "-inf"])
def test_seconds_that_never_come(tmp_path: Path, second: str) -> None:
    path = recording(tmp_path / "a.wav", voice(0.1))
    with pytest.raises(InputError, match="between second 0 and 600"):
        Say.parse(f"{path}@{second}")


@pytest.mark.parametrize("argument", ["absent.wav", "me@home.wav", "a.wav@", "a.wav@soon", "@3", "@", ""])
def test_what_cannot_be_said(argument: str) -> None:
    with pytest.raises(InputError, match="there is no file"):
        Say.parse(argument)


# When it is said


def starts(room: Room) -> list[float]:
    """Second at which the speech of each turn began, as heard."""
    return [(stamps.speech_started or 0.0) / 1000 for stamps in room.stamps]


def test_without_a_time_it_is_said_a_second_after_the_reply() -> None:
    room = Room(Script(prefill_s=0.7, token_s=0.1, voice_s=0.2))
    room.hold(*[Say(voice(0.5))] * 4)
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED] * 4
    begun = starts(room)
    assert abs(begun[0] - GAP_S) < 0.05
    ended = [(stamps.reply_ended or 0.0) / 1000 for stamps in room.stamps]
    for end, following in zip(ended, begun[1:], strict=False):
        assert GAP_S - 0.05 <= following - end <= GAP_S + POLL_S + 0.05


def test_with_a_time_it_is_said_then() -> None:
    room = Room()
    room.hold(Say(voice(0.5), at=7.0), Say(voice(0.5), at=3.0))
    assert starts(room) == pytest.approx([3.0, 7.0], abs=0.05)


def test_those_with_a_time_do_not_wait_and_those_without_wait_for_them() -> None:
    room = Room(Script(replies=["one two three four five six seven eight nine ten."]))
    room.hold(Say(voice(0.5), at=1.0), Say(voice(0.5)), Say(voice(0.5), at=3.0))
    assert [turn.outcome for turn in room.turns] == [
        Outcome.INTERRUPTED,
        Outcome.ANSWERED,
        Outcome.ANSWERED,
    ]
    first, second, third = starts(room)
    assert (first, second) == pytest.approx((1.0, 3.0), abs=0.05)
    assert third > (room.stamps[1].reply_ended or 0.0) / 1000 + GAP_S - 0.05


def test_what_nobody_would_answer_is_not_waited_for_long() -> None:
    room = Room()
    speaker = room.hold(Say(np.zeros(CAPTURE_RATE, np.float32)), Say(voice(0.5)))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]
    assert starts(room)[0] < 5
    assert len(speaker) < 10 * 48_000


def test_the_microphone_is_heard_to_its_end_before_anybody_leaves() -> None:
    room = Room()
    room.hold(Say(voice(0.5), at=0.5), Say(voice(0.5), at=30.0))
    assert len(room.turns) == 2


def test_a_conversation_without_rest_is_given_up() -> None:
    room = Room(Script(replies=["and so on " * 2000]))
    with pytest.raises(ApplianceError, match="did not come to rest"):
        run(converse(room.open, [Say(voice(20.0), at=0.5)], _Restless()))


class _Restless(Report):
    """A report for which the box never listens."""

    @property
    def at_rest(self) -> bool:
        return False


# What is reported


def test_the_report_tells_all() -> None:
    room = Room(Script(transcripts=["one", "two"], replies=["First.", "Second."]))
    room.hold(Say(voice(0.5)), Say(voice(0.5)))
    report = json.loads(json.dumps(room.report.as_dict()))
    assert list(report) == ["ready_ms", "turns", "failures", "audio"]
    assert [turn["number"] for turn in report["turns"]] == [1, 2]
    assert [turn["transcript"] for turn in report["turns"]] == ["one", "two"]
    assert [(turn["said"].strip(), turn["heard"]) for turn in report["turns"]] == [
        ("First.", "First."),
        ("Second.", "Second."),
    ]
    assert {turn["outcome"] for turn in report["turns"]} == {"answered"}
    assert all(turn["stamps"][name] is not None for turn in report["turns"] for name in ANSWERED)
    assert report["audio"] == {"overruns": 0, "underruns": 0, "dropped": 0}
    assert report["failures"] == []


def test_what_broke_is_reported_in_words() -> None:
    room = Room(Script(fails=lambda job: job.method == "generate"))
    room.hold(Say(voice(0.5)))
    assert room.report.failures == ["turn 1, llm: llm was told to break"]
    assert room.report.turns[0]["outcome"] == "failed"


def test_the_stamps_tell_where_it_is_in_the_recording() -> None:
    room = Room(Script(prefill_s=0.3))
    speaker = room.hold(Say(voice(0.5)))
    (stamps,) = room.stamps
    loud = np.flatnonzero(speaker) / 48
    assert abs(loud[0] - (stamps.first_audio or 0.0)) <= 10
    assert abs(loud[-1] - (stamps.reply_ended or 0.0)) <= 10


def test_a_bug_in_a_session_ends_the_conversation() -> None:
    class Buggy(Report):
        def state(self, state: State) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(converse(Room().open, [Say(voice(0.5))], Buggy()))
