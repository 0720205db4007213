"""The installer: what it would do, what it does to a tree, twice, and that it leaves nothing behind."""

import re
from pathlib import Path

import pytest

from tests.systemd.installer import EVERYTHING, WITHOUT, needs_python, needs_root, run
from tests.systemd.tree import contents, make_tree
from tests.systemd.units import needs

pytestmark = [needs("systemd-sysusers", "systemd"), needs_python]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree")


# What it would do


def test_a_dry_run_names_every_step_and_changes_nothing(tree: Path) -> None:
    before = contents(tree)
    ended = run("--dry-run", "--root", str(tree), *EVERYTHING)
    assert ended.returncode == 0, ended.stderr
    assert contents(tree) == before
    for deed in (
        "-m venv",
        "pip",
        "appliance.service",
        "systemd-sysusers",
        "models pull",
        "appliance.toml",
        "enable",
    ):
        assert deed in ended.stdout, deed


# What it does


@needs_root
def test_a_second_time_changes_nothing(tree: Path) -> None:
    first = run("--root", str(tree), *WITHOUT, *EVERYTHING)
    assert first.returncode == 0, first.stderr
    once = contents(tree)
    second = run("--root", str(tree), *WITHOUT, *EVERYTHING)
    assert second.returncode == 0, second.stderr
    assert contents(tree) == once


@needs_root
def test_everything_is_where_it_belongs(tree: Path) -> None:
    assert run("--root", str(tree), *WITHOUT, *EVERYTHING).returncode == 0
    there = contents(tree)
    wants = "etc/systemd/system/multi-user.target.wants"
    for name in (
        "usr/lib/systemd/system/appliance.service", "usr/lib/systemd/system/appliance.slice",
        f"{wants}/appliance.service", f"{wants}/appliance-kiosk.service",
        "etc/systemd/system/sysinit.target.wants/appliance-firewall.service",
        "opt/appliance/share/nftables/appliance.nft", "opt/appliance/share/kiosk/starting.html",
        "opt/appliance/share/LICENSE", "etc/chromium/policies/managed/appliance-kiosk.json",
        "var/lib/appliance-models", "usr/local/bin/appliance",
    ):  # fmt: skip
        assert name in there, name
    users = {line.split(":")[0]: line for line in (tree / "etc/passwd").read_text().splitlines()}
    assert users["appliance"].endswith("/nologin")
    assert users["kiosk"].endswith("/nologin")
    members = (tree / "etc/group").read_text()
    assert re.search(r"^audio:.*\bappliance$", members, re.MULTILINE)
    assert re.search(r"^render:.*\bkiosk$", members, re.MULTILINE)
    assert 'profile = "bundled"' in (tree / "etc/appliance/appliance.toml").read_text()
    assert "MemoryMax=3584M" in (tree / "etc/systemd/system/appliance.slice.d/10-memory.conf").read_text()


@needs_root
def test_only_what_is_asked_for(tree: Path) -> None:
    assert run("--root", str(tree), *WITHOUT, "--profile", "cpu").returncode == 0
    there = contents(tree)
    assert not [name for name in there if "kiosk" in name]
    assert "etc/systemd/system/sysinit.target.wants/appliance-firewall.service" not in there
    assert "etc/systemd/system/appliance.slice.d" not in there  # nobody said how much memory there will be


@needs_root
def test_settings_are_the_owners(tree: Path) -> None:
    settings = tree / "etc/appliance/appliance.toml"
    settings.parent.mkdir()
    settings.write_text('[models]\nprofile = "cpu-small"\n')
    ended = run("--root", str(tree), *WITHOUT, "--profile", "bundled")
    assert ended.returncode == 0
    assert settings.read_text() == '[models]\nprofile = "cpu-small"\n'
    assert "it names another profile than bundled" in ended.stderr


@needs_root
def test_a_key_for_records_is_used(tree: Path) -> None:
    (tree / "etc/appliance").mkdir()
    (tree / "etc/appliance/records.key").write_text("sealed")
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    drop_in = tree / "etc/systemd/system/appliance.service.d/20-records-key.conf"
    assert "LoadCredentialEncrypted=records.key" in drop_in.read_text()
    assert oct((tree / "etc/appliance/records.key").stat().st_mode)[-3:] == "600"


@needs_root
def test_what_root_has_left_there_becomes_the_services(tree: Path) -> None:
    left = tree / "var/lib/appliance/web/devices.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    owners = {
        line.split(":")[0]: line.split(":")[2] for line in (tree / "etc/passwd").read_text().splitlines()
    }
    assert str(left.stat().st_uid) == owners["appliance"]
    assert left.stat().st_uid != 0


@needs_root
def test_a_gpu_is_lent_where_there_is_one(tree: Path) -> None:
    drop_in = tree / "etc/systemd/system/appliance.service.d/30-gpu.conf"
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    assert not drop_in.exists()
    (tree / "etc/nv_tegra_release").touch()
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    assert "DeviceAllow=char-nvhost* rw" in drop_in.read_text()


# That it goes again


@needs_root
def test_uninstalled_and_purged_nothing_is_left_behind(tree: Path) -> None:
    before = contents(tree)
    assert run("--root", str(tree), *WITHOUT, *EVERYTHING).returncode == 0
    assert contents(tree) != before
    ended = run("--root", str(tree), "--uninstall", "--purge", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert contents(tree) == before


@needs_root
def test_uninstalled_what_belongs_to_the_owner_stays(tree: Path) -> None:
    before = contents(tree)
    assert run("--root", str(tree), *WITHOUT, *EVERYTHING).returncode == 0
    (tree / "var/lib/appliance").mkdir()
    (tree / "var/lib/appliance/records.sqlite3").write_text("said")
    assert run("--root", str(tree), "--uninstall", "--yes").returncode == 0
    kept = {name for name in contents(tree) if name not in before}
    assert kept == {
        "etc/appliance", "etc/appliance/appliance.toml", "var/lib/appliance", "var/lib/appliance-models",
        "var/lib/appliance/records.sqlite3",
    }  # fmt: skip
    assert run("--root", str(tree), "--uninstall", "--yes").returncode == 0  # a second time: it is not there


@needs_root
def test_a_user_who_was_there_before_stays(tree: Path) -> None:
    with (tree / "etc/passwd").open("a") as users, (tree / "etc/group").open("a") as groups:
        users.write("kiosk:x:1000:1000::/home/kiosk:/bin/bash\n")
        groups.write("kiosk:x:1000:\n")
    assert run("--root", str(tree), *WITHOUT, *EVERYTHING).returncode == 0
    assert run("--root", str(tree), "--uninstall", "--purge", "--yes").returncode == 0
    users_left = (tree / "etc/passwd").read_text()
    assert "kiosk:x:1000" in users_left
    assert "appliance:" not in users_left


@needs_root
def test_files_of_an_older_version_go(tree: Path) -> None:
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    old = tree / "usr/lib/systemd/system/appliance-former.service"
    old.write_text("[Service]\nExecStart=/bin/true\n")
    with (tree / "opt/appliance/share/installed.txt").open("a") as ledger:
        ledger.write("file /usr/lib/systemd/system/appliance-former.service\n")
    assert run("--root", str(tree), *WITHOUT).returncode == 0
    assert not old.exists()
