"""The doctor on this very machine, whatever it lacks, and on a few that lack something for certain."""

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from appliance.app import open_store
from appliance.core.findings import Finding, Verdict
from appliance.health import examine, sound_findings
from appliance.pipeline.sound_check import SoundFault
from appliance.rations import OVERHEAD_MB
from appliance.settings import Settings
from tests.models import SILERO, SMART_TURN, SMOLLM2, needs_model, test_model


def settings(folder: Path, profile: str = "bundled") -> Settings:
    models = replace(Settings().models, profile=profile, folder=str(folder))
    return replace(Settings(), models=models, http=replace(Settings().http, discovery=False))


def findings(chosen: Settings) -> list[Finding]:
    return list(examine(chosen, open_store(chosen)))


def about(subject: str, found: list[Finding]) -> Finding:
    (finding,) = [finding for finding in found if finding.subject == subject]
    return finding


def test_everything_is_looked_at_whatever_is_wrong(tmp_path: Path) -> None:
    found = findings(settings(tmp_path))
    subjects = [finding.subject for finding in found]
    assert subjects[0] == "processor"
    assert {"real-time rights", "models", "memory", "disk", "ports"} <= set(subjects)
    assert "sound" in subjects or {"microphone", "loudspeaker"} <= set(subjects)


def test_whatever_is_wrong_has_a_remedy_and_what_is_right_has_none(tmp_path: Path) -> None:
    for finding in findings(settings(tmp_path)):
        assert finding.detail, finding
        assert bool(finding.remedy) is (finding.verdict is not Verdict.OK), finding


def test_without_models_it_will_not_work(tmp_path: Path) -> None:
    models = about("models", findings(settings(tmp_path)))
    assert models.verdict is Verdict.PROBLEM
    assert models.remedy == "Run: appliance models pull --profile bundled"


@needs_model(SILERO)
@needs_model(SMART_TURN)
@needs_model(SMOLLM2)
def test_with_the_bundled_models_it_works_but_less_well_than_it_could(tmp_path: Path) -> None:
    for name in (SILERO, SMART_TURN, SMOLLM2):
        shutil.copy(test_model(name), tmp_path)
    assert about("models", findings(settings(tmp_path))).verdict is Verdict.OK
    less = about("models", findings(settings(tmp_path, "cpu")))
    assert less.verdict is Verdict.WARNING
    assert "better ones are missing" in less.detail
    assert less.remedy == "appliance models pull --profile cpu"


def test_a_profile_that_does_not_exist_is_a_finding_and_no_end(tmp_path: Path) -> None:
    found = findings(settings(tmp_path, "bundeld"))
    models = about("models", found)
    assert models.verdict is Verdict.PROBLEM
    assert "did you mean 'bundled'?" in models.detail
    assert found[-1].subject == "certificate"


def test_memory_that_will_not_do(tmp_path: Path) -> None:
    small, large = (about("memory", findings(settings(tmp_path, p))).detail for p in ("bundled", "gpu"))
    needed = [int(detail.rpartition("about ")[2].split()[0]) for detail in (small, large)]
    assert OVERHEAD_MB < needed[0] < needed[1]


def test_the_disk_is_that_of_the_models_even_before_their_folder_exists(tmp_path: Path) -> None:
    disk = about("disk", findings(settings(tmp_path / "not" / "yet" / "there")))
    assert str(tmp_path / "not" / "yet" / "there") in disk.detail


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_that_is_taken(taken_port: int, tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    ports = about("ports", findings(replace(chosen, http=replace(chosen.http, port=taken_port))))
    assert ports.verdict is Verdict.WARNING
    assert str(taken_port) in ports.detail
    assert str(taken_port) in ports.remedy


def test_ports_of_a_box_that_is_not_on_the_network(taken_port: int, tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    off = replace(chosen, http=replace(chosen.http, port=taken_port, enabled=False))
    assert about("ports", findings(off)).verdict is Verdict.OK


def test_faults_of_the_sound_become_findings_with_remedies() -> None:
    found = list(sound_findings((SoundFault.CLIPPED, SoundFault.NARROW)))
    assert [finding.detail for finding in found] == [SoundFault.CLIPPED.problem, SoundFault.NARROW.problem]
    assert all(finding.verdict is Verdict.WARNING and finding.remedy for finding in found)
    assert list(sound_findings(())) == []


def test_what_is_kept_of_what_was_said_is_told(tmp_path: Path) -> None:
    chosen = replace(settings(tmp_path), audio=replace(Settings().audio, folder=str(tmp_path)))
    assert "readable by whoever has the disk" in about("records", findings(chosen)).detail
    none = replace(chosen, records=replace(chosen.records, keep_days=0))
    assert about("records", findings(none)).detail == "nothing that is said is kept"
    lost = replace(chosen, records=replace(chosen.records, key_file=str(tmp_path / "key")))
    assert about("records", findings(lost)).verdict is Verdict.WARNING
    (tmp_path / "key").write_bytes(Fernet.generate_key())
    assert "sealed" in about("records", findings(lost)).detail


def test_what_was_set_aside_is_not_forgotten(tmp_path: Path) -> None:
    chosen = replace(settings(tmp_path), audio=replace(Settings().audio, folder=str(tmp_path)))
    aside = tmp_path / "records.broken-20250101-000000-0.sqlite3"
    aside.touch()
    first, _ = [finding for finding in findings(chosen) if finding.subject == "records"]
    assert first.verdict is Verdict.WARNING
    assert str(aside) in first.remedy
