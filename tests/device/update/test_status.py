"""What people are told of an update, before and after the next start."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.device.update.status import (
    STATUS,
    State,
    UpdateStatus,
    news,
    read_update,
    settled,
    shown,
    write_update,
)
from tests.device.update.flashed import VERSION, flashed, restarted, write

NEW = "1.3"
INSTALLED = UpdateStatus("installed", "rootfs", NEW, VERSION, 100, boot="first-start")


def test_it_survives_being_written_and_read(tmp_path: Path) -> None:
    flashed(tmp_path)
    assert read_update(tmp_path) == UpdateStatus()
    write_update(INSTALLED, tmp_path)
    assert read_update(tmp_path) == INSTALLED
    assert shown(INSTALLED)["version"] == NEW
    assert (tmp_path / STATUS).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(("version", "state"), [(NEW, "running"), (VERSION, "rolled-back")])
def test_the_next_start_tells_what_became_of_it(version: str, state: State, tmp_path: Path) -> None:
    write_update(INSTALLED, flashed(tmp_path))
    restarted(tmp_path, version)
    found = read_update(tmp_path)
    assert found.state == state
    assert ("gone back to" in found.problem) == (state == "rolled-back")


@pytest.mark.parametrize("state", ["checking", "installing"])
def test_one_that_was_interrupted_has_failed(state: State) -> None:
    found = settled(replace(INSTALLED, state=state), VERSION, "another")
    assert found.state == "failed"
    assert "nothing has changed" in found.problem


@pytest.mark.parametrize("state", ["refused", "failed", "none"])
def test_all_else_stays_as_it_was(state: State) -> None:
    status = replace(INSTALLED, state=state)
    assert settled(status, VERSION, "another") == status
    assert not status.busy


def test_failures_are_news_for_a_day() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    failed = replace(INSTALLED, state="failed", problem="no room", remedy="make room", when=now.isoformat())
    assert news(failed, now) == ("no room", "make room")
    assert news(failed, now + timedelta(days=2)) == ()
    assert news(replace(failed, when="yesterday"), now) == ()
    assert news(replace(failed, state="running"), now) == ()
    assert news(replace(failed, state="installing", percent=40), now) == (f"{NEW}: 40 %",)


@pytest.mark.parametrize("text", ["", "{", '{"state": "sold"}', '["installed"]'])
def test_a_damaged_file_tells_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path / STATUS, text)
    assert read_update(tmp_path) == UpdateStatus()


def test_a_system_that_cannot_be_written_to_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    write_update(INSTALLED, tmp_path)
