"""The journal's protocol, spoken to a socket that listens in its place."""

import os
import socket
from pathlib import Path

import pytest

from appliance.diagnosis.journal import Journal, datagram, under_systemd

ENTRY = {
    "time": "2026-11-21T12:00:00.000+00:00",
    "t": 1.0,
    "level": "warning",
    "module": "sessions",
    "event": "turn.failed",
    "turn": 3,
    "message": "It broke",
}


def test_an_entry_becomes_fields() -> None:
    lines = datagram(ENTRY).decode().splitlines()
    assert "PRIORITY=4" in lines
    assert "APPLIANCE_EVENT=turn.failed" in lines
    assert "APPLIANCE_TURN=3" in lines
    assert "MESSAGE=WARNING sessions: turn 3 It broke" in lines
    assert not [line for line in lines if line.startswith("APPLIANCE_TIME")]


def test_a_value_of_several_lines_stands_behind_its_length() -> None:
    sent = datagram(ENTRY | {"message": "a\nb"})
    assert b"APPLIANCE_MESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\n" in sent


def test_it_arrives(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "socket"))
        journal = Journal(0, tmp_path / "socket")
        journal.write(ENTRY)
        assert listener.recv(65_536) == datagram(ENTRY)
        journal.close()


def test_a_journal_that_is_not_there_harms_nobody(tmp_path: Path) -> None:
    journal = Journal(0, tmp_path / "absent")
    journal.write(ENTRY)
    journal.close()


def test_systemd_says_whether_we_speak_to_the_journal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        assert under_systemd(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", "1:1")
        assert not under_systemd(stream.fileno())
    assert not under_systemd(9999)
