"""The command of `make bench-peers`: what may be asked of it, and what it asks the pipelines."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE
from scripts.bench_figures import Skipped
from scripts.bench_peers import names, pairs, parse
from scripts.peers.talk import LEAD_S, TRAIL_S


def people(folder: Path, *names_: str) -> Path:
    """Recordings of 2 s of speech after 1 s of silence."""
    (folder / "people").mkdir()
    labels = {name: {"speech": [[1.0, 3.0]], "speech_end": 3.0} for name in names_}
    (folder / "people.json").write_text(json.dumps(labels))
    for name in names_:
        soundfile.write(folder / "people" / name, np.zeros(8 * CAPTURE_RATE, np.float32), CAPTURE_RATE)
    return folder


def test_ours_comes_first() -> None:
    assert names("livekit, ours") == ["ours", "livekit"]
    assert parse([]).only == ["ours", "pipecat", "livekit"]


def test_quick_is_less() -> None:
    assert (parse([]).rounds, parse([]).questions) == (3, 6)
    assert (parse(["--quick"]).rounds, parse(["--quick"]).questions) == (1, 4)
    assert parse(["--quick", "--rounds", "2"]).rounds == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "ours,siri"], "there is no siri"),
        (["--rounds", "0"], "'0' is no number from 1 on"),
        (["--questions", "-1"], "'-1' is no number from 1 on"),
        (["--rounds", "many"], "'many' is no number from 1 on"),
    ],
)
def test_what_cannot_be_is_refused(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert complaint in capsys.readouterr().err


def test_nobody_interrupts_themselves_and_no_setting_was_tuned_on_them(tmp_path: Path) -> None:
    clips = people(tmp_path, "1.flac", "8.flac", "9.flac", "a.flac")
    rounds = pairs(argparse.Namespace(clips=clips, rounds=2, questions=3))
    assert [[(a.name, b.name) for a, b in one] for one in rounds] == [
        [("8", "9"), ("9", "a"), ("a", "8")],
        [("8", "9"), ("9", "a"), ("a", "8")],
    ]


def test_a_recording_is_cut_to_its_speech(tmp_path: Path) -> None:
    clips = people(tmp_path, "8.flac", "9.flac")
    clip, _ = pairs(argparse.Namespace(clips=clips, rounds=1, questions=1))[0][0]
    assert len(clip.samples) == round((LEAD_S + 2 + TRAIL_S) * CAPTURE_RATE)
    assert [clip.begins_s, clip.ends_s] == pytest.approx([LEAD_S, LEAD_S + 2])


def test_without_recordings_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="no recordings"):
        pairs(argparse.Namespace(clips=tmp_path, rounds=1, questions=1))
    with pytest.raises(Skipped, match="too few"):
        pairs(argparse.Namespace(clips=people(tmp_path, "8.flac"), rounds=1, questions=1))
