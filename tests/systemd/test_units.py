"""The units: systemd understands them, they take away what can be taken, and they agree with the program."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.audio.echo import CANCELLERS
from appliance.audio.settings import SYSTEM_FOLDER, AudioSettings
from appliance.core import errors
from appliance.guardian.keeper import HOPELESS, WATCHDOG_S
from appliance.guardian.settings import GuardianSettings
from appliance.web.guard import SIGN_OF_LIFE
from appliance.web.settings import WebSettings
from appliance.web.starting import PAGE
from tests.systemd.units import ROOT, SYSTEMD, UNITS, directives, needs, values

EXPOSURE = {"appliance.service": 14, "appliance-kiosk.service": 42}
"""Tenths of systemd's measure of what a service could do beyond its work (0 to 100); ARCHITECTURE.md says what for."""

EXTERNAL = re.compile(r"^(Exec\w+=[-+!:@]*)(/\S+)", re.MULTILINE)
"""The program of a line that starts one. What this machine lacks is replaced by one that it has."""


@pytest.fixture
def copies(tmp_path: Path) -> list[Path]:
    """All units, with programs that are here."""
    stub = shutil.which("true") or "/bin/true"
    found = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(EXTERNAL.sub(rf"\g<1>{stub}", unit.read_text(encoding="utf-8")), encoding="utf-8")
        found.append(copy)
    return found


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("name", [unit.name for unit in UNITS])
def test_systemd_understands_every_unit(name: str, copies: list[Path], tmp_path: Path) -> None:
    environment = {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", str(tmp_path / name)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # What other packages' units on this machine say is theirs; unknown keys leave the code at 0.
    ours = [line for line in ended.stderr.splitlines() if "appliance" in line]
    assert not ours
    assert ended.returncode == 0, ended.stderr


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("drop_in", sorted((SYSTEMD / "drop-ins").iterdir()), ids=lambda path: path.stem)
def test_systemd_understands_what_is_added_on_some_machines(
    drop_in: Path, copies: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "appliance.service.d"
    folder.mkdir()
    shutil.copy(drop_in, folder)
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", str(tmp_path / "appliance.service")],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "appliance" not in ended.stderr


@needs("systemd-analyze", "systemd")
def test_an_unknown_key_would_be_noticed(copies: list[Path], tmp_path: Path) -> None:
    unit = tmp_path / "appliance.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("PrivateTmp=", "PrivateTemp="), encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "PrivateTemp" in ended.stderr


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize(("name", "most"), EXPOSURE.items())
def test_a_service_can_do_no_more_than_it_must(
    name: str, most: int, copies: list[Path], tmp_path: Path
) -> None:
    ended = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={most}", str(tmp_path / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout


def test_real_time_sound_and_the_walls_of_engines_stay_possible() -> None:
    allowed = values("appliance.service", "SystemCallFilter")
    assert {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} <= set(
        allowed
    )
    assert "~@resources" not in allowed  # sched_setscheduler, and the threads of engines on their cores
    keys = dict(directives(SYSTEMD / "appliance.service"))
    assert int(keys["LimitRTPRIO"]) >= AudioSettings().priority
    assert keys["LimitMEMLOCK"] == "infinity"
    assert (
        not {"RestrictRealtime", "PrivateDevices", "CPUSchedulingPolicy", "MemoryDenyWriteExecute"}
        & keys.keys()
    )
    assert "AF_NETLINK" in values(
        "appliance.service", "RestrictAddressFamilies"
    )  # aioice, zeroconf: getifaddrs


def test_systemd_watches_as_the_keeper_does() -> None:
    keys = dict(directives(SYSTEMD / "appliance.service"))
    assert float(keys["WatchdogSec"]) == WATCHDOG_S
    assert float(keys["TimeoutStopSec"]) > GuardianSettings().stop_s
    assert keys["Type"] == "notify"
    hopeless = {int(code) for code in values("appliance.service", "RestartPreventExitStatus")}
    assert hopeless == HOPELESS - {0, 130}  # systemd itself asked for those
    assert errors.ConfigError.exit_code in hopeless


def test_the_service_finds_its_folders_where_the_program_looks() -> None:
    assert Path("/var/lib", *values("appliance.service", "StateDirectory")) == SYSTEM_FOLDER
    assert "/etc/appliance/appliance.toml" in values("appliance.service", "ExecStart")


def test_the_rules_for_sound_cards_know_the_same_devices_as_the_program() -> None:
    rules = (SYSTEMD / "udev/70-appliance.rules").read_text(encoding="utf-8")
    found = re.findall(r'ATTRS\{idVendor\}=="(\w+)", ATTRS\{idProduct\}=="(\w+)", ATTR\{id\}="(\w+)"', rules)
    assert {f"{vendor}:{product}" for vendor, product, _ in found} == set(CANCELLERS)
    names = [name for *_, name in found]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 15 for name in names)  # what ALSA takes


def test_the_firewall_opens_what_the_settings_name() -> None:
    rules = (SYSTEMD / "nftables/appliance.nft").read_text(encoding="utf-8")
    services = re.search(r"type inet_service\s+elements = \{ ([\d, ]+) \}", rules)
    assert services
    assert set(map(int, services[1].split(","))) == {22, WebSettings().port, WebSettings().help_port}


@needs("nft", "nftables")
def test_the_firewall_is_understood() -> None:
    ended = subprocess.run(
        ["nft", "--check", "--file", str(SYSTEMD / "nftables/appliance.nft")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "Operation not permitted" in ended.stderr:
        pytest.skip("nft --check needs the right to configure networks")
    assert ended.returncode == 0, ended.stderr


def test_the_screen_may_show_the_page_and_nothing_else() -> None:
    policy = json.loads((SYSTEMD / "chromium/appliance-kiosk.json").read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    allowed = policy["URLAllowlist"]
    assert policy["URLBlocklist"] == ["*"]
    assert f"http://127.0.0.1:{WebSettings().help_port}" in allowed
    assert f'BOX = "{allowed[0]}"' in page
    assert f"`${{BOX}}{SIGN_OF_LIFE}`" in page
    script = (SYSTEMD / "kiosk/screen.sh").read_text(encoding="utf-8")
    sleep = (PAGE.parent / "sleep.js").read_text(encoding="utf-8")
    title = re.search(r'const asleep = "(\w+)"', sleep)
    assert title
    assert f"""*'"name": "{title[1]}'*)""" in script  # what the page calls itself is what the panel goes by
    assert f"{allowed[1]}starting.html" in script  # the beginning of a path: a star would stand for itself
    assert f"PORT={WebSettings().help_port}" in script


def test_nothing_is_written_into_the_units_that_belongs_to_one_machine() -> None:
    for file in (path for path in SYSTEMD.rglob("*") if path.is_file()):
        assert str(ROOT) not in file.read_text(encoding="utf-8")
