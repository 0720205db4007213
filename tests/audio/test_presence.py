from pathlib import Path

import pytest

from appliance.audio import presence


def test_the_fingerprint_changes_with_hardware_and_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "HARDWARE", tmp_path / "snd")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    nothing = presence.fingerprint()
    assert nothing == presence.fingerprint()
    (tmp_path / "snd").mkdir()
    plugged = presence.fingerprint()
    assert plugged != nothing
    (tmp_path / "pipewire-0").touch()
    assert presence.fingerprint() != plugged


def test_a_server_that_nobody_can_ask_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not presence.mute_server(), "there is no server"
    (tmp_path / "pipewire-0").touch()
    assert presence.mute_server()
    (tmp_path / "pactl").touch(mode=0o755)
    assert not presence.mute_server()
