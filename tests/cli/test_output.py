import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.cli.output import check_writable, console, print_json, table, write_sound, write_text
from appliance.core.errors import InputError


def test_json_is_one_document_that_people_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"said": "naïve “café”", "path": Path("a/b"), "nothing": None})
    out = capsys.readouterr().out
    assert json.loads(out) == {"said": "naïve “café”", "path": "a/b", "nothing": None}
    assert "“café”" in out
    assert out.endswith("}\n")


def test_a_table_loses_nothing_on_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    listing = table("name", "note")
    listing.add_row("a", "many words " * 30)
    console.print(listing)
    assert capsys.readouterr().out.count("many") == 30


def test_what_was_said_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console.print("you  \x1b]0;mine\x07naïve\x9b2J café", markup=False)
    assert capsys.readouterr().out == "you  ]0;minenaïve2J café\n"


def test_a_place_that_can_be_written_is_left_alone(tmp_path: Path) -> None:
    check_writable(tmp_path / "new.wav")
    assert not (tmp_path / "new.wav").exists()
    old = tmp_path / "old.wav"
    old.write_text("precious")
    check_writable(old)
    assert old.read_text() == "precious"
    check_writable(Path("relative.wav"))
    check_writable(Path("/dev/null"))


def test_places_that_cannot(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        check_writable(tmp_path / "absent" / "a.wav")
    with pytest.raises(InputError, match="it is a folder"):
        check_writable(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="there is no folder"):
        check_writable(tmp_path / "file" / "a.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_places_of_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="permission denied"):
        check_writable(tmp_path / "a.wav")


def test_sound_is_written_as_16_bits(tmp_path: Path) -> None:
    write_sound(tmp_path / "a", np.linspace(-1, 1, 480, dtype=np.float32), 48_000)
    info = soundfile.info(tmp_path / "a")
    assert (info.format, info.subtype, info.samplerate, info.frames) == ("WAV", "PCM_16", 48_000, 480)


@pytest.mark.parametrize("place", ["/dev/full", "/proc/a.wav"])
def test_a_disk_that_is_full_is_told_in_words(place: str) -> None:
    with pytest.raises(InputError, match=f"cannot write {place}"):
        write_sound(Path(place), np.zeros(48_000, np.float32), 48_000)
    with pytest.raises(InputError, match=f"cannot write {place}"):
        write_text(Path(place), "text" * 10_000)
