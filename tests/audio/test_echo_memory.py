from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio.echo_memory import FILE, KEPT, Chosen, EchoMemory, EchoPath
from appliance.audio.settings import EchoMode

PATH = EchoPath(
    microphone="usb:1234:0001",
    loudspeaker="default",
    mode=EchoMode.SOFTWARE,
    delay_ms=12.5,
    return_loss_db=18.0,
    residual_db=27.0,
    when="2026-11-21T10:00:00+01:00",
)


def test_what_was_measured_is_recalled_for_the_same_devices_only(tmp_path: Path) -> None:
    EchoMemory(tmp_path / "new" / "folder").remember(PATH)
    memory = EchoMemory(tmp_path / "new" / "folder")
    assert memory.recall("usb:1234:0001", "default") == PATH
    assert memory.recall("default", "default") is None


def test_a_new_measurement_replaces_the_old_one(tmp_path: Path) -> None:
    memory = EchoMemory(tmp_path)
    memory.remember(PATH)
    memory.remember(replace(PATH, mode=EchoMode.NONE, delay_ms=None, return_loss_db=None, residual_db=None))
    known = memory.recall(PATH.microphone, PATH.loudspeaker)
    assert known is not None
    assert (known.mode, known.delay_ms) == (EchoMode.NONE, None)


def test_only_the_newest_pairs_are_kept(tmp_path: Path) -> None:
    memory = EchoMemory(tmp_path)
    for number in range(KEPT + 3):
        memory.remember(replace(PATH, microphone=str(number)))
    assert memory.recall("2", "default") is None
    assert memory.recall("3", "default") is not None


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[3]", '[{"mode": "loud"}]', '[{"mode": "none"}]'])
def test_a_broken_file_is_an_empty_memory_and_is_mended(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    memory = EchoMemory(tmp_path)
    assert memory.recall(PATH.microphone, PATH.loudspeaker) is None
    memory.remember(PATH)
    assert memory.recall(PATH.microphone, PATH.loudspeaker) == PATH


@pytest.mark.parametrize("path", [PATH, None])
def test_what_the_audio_process_chose_travels_as_text(path: EchoPath | None) -> None:
    chosen = Chosen("a", "b", EchoMode.HALF_DUPLEX, wired=True, path=path)
    assert Chosen.from_json(chosen.to_json()) == chosen
