"""Settings files applied to a system in a folder: all of it or nothing, once, and only by whom it may be."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core.clock import wall
from appliance.core.errors import ApplianceError
from appliance.device.files import write_all
from appliance.device.memory import APPLIED, STATUS, Memory
from appliance.device.names import given_name, host_name
from appliance.device.networks import IWD, WIRED, WIRELESS
from appliance.device.plan import SETTINGS, make_plan
from appliance.device.provision import apply, begin, put_in_force
from appliance.device.setup_file import read_setup
from appliance.settings import load_settings
from tests.device.box import KEY, WHOLE, box, everything, write

SECRET = b"correct horse"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return box(tmp_path)


def test_a_box_takes_a_name_of_its_own_once(root: Path) -> None:
    begin(root)
    name = host_name(root)
    assert name == given_name(root)
    assert name.startswith("voicebox-")
    assert len(name) == 13
    assert f"127.0.1.1 {name}\n" in (root / "etc/hosts").read_text()
    before = everything(root)
    begin(root)
    assert everything(root) == before


def test_the_name_that_a_person_chose_stays(root: Path) -> None:
    write(root / "etc/hostname", "anna\n")
    begin(root)
    assert host_name(root) == "anna"


def test_everything_at_once(root: Path) -> None:
    begin(root)
    outcome = apply(WHOLE, root)
    assert outcome
    assert outcome.plan
    assert host_name(root) == "kitchen-box"
    assert (root / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")
    assert (root / "etc/timezone").read_text() == "Europe/Berlin\n"
    assert "Address=192.168.1.40/24\nGateway=192.168.1.1\nDNS=192.168.1.1\n" in (root / WIRELESS).read_text()
    known = root / IWD / f"={'Café & Söhne'.encode().hex()}.psk"
    assert known.read_text() == "[Security]\nPassphrase=correct horse\\\\battery\n"
    assert known.stat().st_mode & 0o777 == 0o600
    assert known.parent.stat().st_mode & 0o777 == 0o700
    assert (root / "etc/ssh/authorized_keys.d/root").read_text() == f"{KEY}\n"
    assert "PasswordAuthentication no" in (root / "etc/ssh/sshd_config.d/10-appliance.conf").read_text()
    for unit in ("ssh.service", "iwd.service"):
        assert (root / "etc/systemd/system/multi-user.target.wants" / unit).is_symlink()
    settings = load_settings(root / SETTINGS, {})
    assert settings.models.folder == "/var/lib/appliance-models"
    assert settings.models.profile == "bundled"
    assert (settings.records.keep_days, settings.piper.speed, settings.http.language) == (0, 1.2, "de")
    assert outcome.plan.units == ("systemd-networkd.service", "ssh.service", "iwd.service")


def test_a_secret_is_in_one_file_and_nowhere_else(root: Path) -> None:
    begin(root)
    outcome = apply(WHOLE, root)
    assert outcome
    holders = [path for path in root.rglob("*") if path.is_file() and SECRET in path.read_bytes()]
    assert [path.suffix for path in holders] == [".psk"]
    assert SECRET.decode() not in outcome.text("box")
    assert "delete it" in outcome.text("box")
    assert (root / APPLIED).stat().st_mode & 0o777 == 0o600
    digest = json.loads((root / APPLIED).read_text())["digest"]
    assert digest not in (root / STATUS).read_text()


def test_the_same_file_does_nothing_more(root: Path) -> None:
    assert apply(WHOLE, root)
    write(root / "etc/hostname", "renamed-by-hand\n")
    before = everything(root)
    assert apply(WHOLE, root) is None
    assert everything(root) == before


def test_what_is_absent_stays_as_it_is(root: Path) -> None:
    apply(WHOLE, root)
    before = everything(root)
    apply(b"[appliance.piper]\nspeed = 0.9\n", root)
    after = everything(root)
    assert {path for path in after if after[path] != before.get(path)} == {SETTINGS, STATUS, APPLIED}
    assert tomllib.loads((root / SETTINGS).read_text())["models"]["profile"] == "bundled"


def test_a_network_takes_the_place_of_the_one_before(root: Path) -> None:
    apply(WHOLE, root)
    apply(b'[network]\nwifi = "Other"\npassphrase = "12345678"\ncountry = "FR"\n', root)
    assert [path.name for path in (root / IWD).iterdir()] == ["Other.psk"]
    apply(b"[network]\n", root)
    assert not (root / WIRELESS).exists()
    assert list((root / IWD).iterdir()) == []
    assert "DHCP=yes" in (root / WIRED).read_text()


def test_a_file_that_cannot_be_written_leaves_all_others_as_they_were(root: Path) -> None:
    apply(b'name = "old-name"', root)
    (root / "etc/timezone").mkdir()  # no file can take its place
    write(root / "etc/timezone/x", "")
    before = everything(root)
    with pytest.raises(ApplianceError):
        apply(WHOLE, root)
    assert everything(root) == before


class Programs:
    """Remembers what was run; some of it fails."""

    def __init__(self, failing: str = "nothing") -> None:
        self.failing = failing
        self.ran: list[str] = []

    def __call__(self, command: Sequence[str]) -> str:
        self.ran.append(" ".join(command))
        if self.failing in command:
            raise ApplianceError(f"{command[0]} failed")
        return ""


def test_the_running_system_follows(root: Path) -> None:
    outcome, programs = apply(WHOLE, root), Programs()
    assert outcome
    assert put_in_force(outcome, programs) == []
    assert programs.ran == [
        "systemctl daemon-reload",
        "ssh-keygen -A",
        "systemctl restart --no-block systemd-networkd.service",
        "systemctl restart --no-block ssh.service",
        "systemctl restart --no-block iwd.service",
        "systemctl try-restart --no-block appliance.service",
    ]


def test_a_service_that_does_not_start_hinders_no_other(root: Path) -> None:
    outcome, programs = apply(WHOLE, root), Programs("iwd.service")
    assert outcome
    assert put_in_force(outcome, programs) == ["systemctl failed"]
    assert len(programs.ran) == 6


def test_what_was_refused_restarts_nothing(root: Path) -> None:
    outcome, programs = apply(b"nmae = 3", root), Programs()
    assert outcome
    assert put_in_force(outcome, programs) == []
    assert programs.ran == []


def test_after_a_power_cut_in_between_the_file_is_taken_once_more(tmp_path: Path) -> None:
    wanted, now = box(tmp_path / "wanted"), wall()
    plan = make_plan(read_setup(WHOLE), wanted, Memory())
    assert apply(WHOLE, wanted, lambda: now)
    for written in range(len(plan.files) + 1):
        root = box(tmp_path / str(written))
        write_all(root, plan.files[:written])
        assert apply(WHOLE, root, lambda: now)
        assert everything(root) == everything(wanted)
