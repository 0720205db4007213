"""The doctor's eye on what ages: each finding where all is well, and where it is not."""

import datetime
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio.settings import AudioSettings
from appliance.core.findings import Finding, Verdict
from appliance.settings import Settings
from appliance.upkeep import (
    examine_certificate,
    examine_clock,
    examine_folder,
    examine_log,
    examine_name,
    examine_upkeep,
)
from appliance.web.authority import RELEASED, found_authority, issue

NOW = RELEASED + datetime.timedelta(days=30)


def one(found: object) -> Finding:
    (finding,) = list(found)  # type: ignore[call-overload] # an iterator of findings
    assert isinstance(finding, Finding)
    assert bool(finding.remedy) is (finding.verdict is not Verdict.OK)
    return finding


def test_a_clock_that_goes(tmp_path: Path) -> None:
    found = one(examine_clock(tmp_path, NOW))
    assert (found.verdict, found.detail) == (Verdict.OK, "2026-12-01 00:00 UTC")


def test_a_clock_of_another_time(tmp_path: Path) -> None:
    found = one(examine_clock(tmp_path, datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)))
    assert "before this program was written" in found.detail


def test_a_clock_that_went_back(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    later = (NOW + datetime.timedelta(days=40)).timestamp()
    os.utime(tmp_path / "file", (later, later))
    assert "gone back" in one(examine_clock(tmp_path, NOW)).detail
    assert one(examine_clock(tmp_path, NOW + datetime.timedelta(days=39, hours=12))).verdict is Verdict.OK


def test_a_folder_that_is_private(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir(mode=0o700)
    (tmp_path / "web" / "box.pem").touch(mode=0o600)
    assert one(examine_folder(tmp_path)).verdict is Verdict.OK


def test_a_folder_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir(mode=0o700)
    (tmp_path / "web" / "box.pem").touch(mode=0o644)
    found = one(examine_folder(tmp_path))
    assert found.verdict is Verdict.WARNING
    assert "box.pem" in found.detail


def test_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert one(examine_folder(tmp_path / "a" / "b")).verdict is Verdict.OK


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert one(examine_folder(tmp_path / "state")).verdict is Verdict.PROBLEM


def test_where_a_log_is_kept(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "appliance.jsonl").write_bytes(b"x" * 2**20)
    found = one(examine_log(tmp_path, wanted=True, journal=tmp_path / "absent"))
    assert found.detail.startswith("1.0 MB in ")
    assert one(examine_log(tmp_path, wanted=False, journal=tmp_path)).verdict is Verdict.OK
    assert one(examine_log(tmp_path, wanted=False, journal=tmp_path / "absent")).verdict is Verdict.WARNING


def test_a_certificate_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "box.pem"
    assert one(examine_certificate(path, NOW)).verdict is Verdict.OK
    leaf = issue(found_authority("box", NOW), "box", frozenset(), NOW)
    path.write_bytes(leaf.pem())
    end = leaf.certificate.not_valid_after_utc
    assert one(examine_certificate(path, NOW)).verdict is Verdict.OK
    assert f"{end:%Y-%m-%d}" in one(examine_certificate(path, end - datetime.timedelta(days=7))).detail
    assert one(examine_certificate(path, end - datetime.timedelta(days=7))).verdict is Verdict.WARNING
    assert "ended on" in one(examine_certificate(path, end + datetime.timedelta(days=1))).detail


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "box.pem"
    path.write_text("rubbish")
    assert "cannot be read" in one(examine_certificate(path, NOW)).detail


def test_a_name_that_another_machine_has() -> None:
    taken = one(examine_name("box", lambda _: frozenset({"192.0.2.7", "192.0.2.1"}), ["192.0.2.1"]))
    assert (taken.verdict, "192.0.2.7" in taken.detail) == (Verdict.WARNING, True)
    mine = one(examine_name("box", lambda _: frozenset({"192.0.2.1"}), ["192.0.2.1"]))
    assert mine.verdict is Verdict.OK


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may leave the network")
def test_a_name_where_there_is_no_network_at_all() -> None:
    ask = "from appliance.upkeep import asked; print(asked('nobody.local.'))"
    ended = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", ask], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "frozenset()\n"


def test_all_of_it_on_this_very_machine(tmp_path: Path) -> None:
    chosen = replace(Settings(), audio=AudioSettings(folder=str(tmp_path)))
    subjects = [finding.subject for finding in examine_upkeep(chosen)]
    assert subjects == ["clock", "state folder", "log", "certificate", "name on the network"]
