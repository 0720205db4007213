"""The installer: what it would do, what it does to a tree, twice, and that it leaves nothing behind."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.systemd.tree import contents, make_tree
from tests.systemd.units import ROOT, needs

INSTALL = ROOT / "scripts" / "install.sh"
WITHOUT = ("--yes", "--no-program", "--no-models")
"""The program takes half a minute: `make boot-test` installs it, and a small one is installed below."""
EVERYTHING = ("--profile", "bundled", "--kiosk", "--firewall", "--ram", "4096")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
needs_python = pytest.mark.skipif(
    subprocess.run(
        ["/usr/bin/python3", "-c", "import ensurepip"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="no /usr/bin/python3 with venv (python3-venv)",
)
pytestmark = [needs("systemd-sysusers", "systemd"), needs_python]


def run(*arguments: str, script: Path = INSTALL) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(script), *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


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


def test_a_dry_run_needs_no_root_and_leaves_this_machine_alone(distribution: Path, tmp_path: Path) -> None:
    installed = Path("/usr/lib/systemd/system/appliance.service")
    before = installed.exists()
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    for folder in (tmp_path, *tmp_path.parents[:2]):  # pytest keeps them to itself
        folder.chmod(0o755)
    options = ["--dry-run", "--profile", "cpu", "--wheels", str(distribution / "wheels"), "--no-packages"]
    ended = subprocess.run(
        [*nobody, str(distribution / "scripts/install.sh"), *options],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "/opt/appliance/.venv-new" in ended.stdout
    assert installed.exists() == before


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


# What it refuses


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--nonsense"], 2, "there is no option --nonsense"),
        (["--root"], 2, "--root needs a value"),
        (["--purge"], 2, "goes with --uninstall"),
        (["--models", "/nowhere"], 2, "there is no such folder"),
        (["--ram", "much"], 2, "is no number of MB"),
        (["--python", "/bin/true/none"], 5, "no Python 3.11 to 3.13 at /bin/true/none"),
    ],
)
def test_mistakes_are_told_with_a_remedy(options: list[str], code: int, words: str) -> None:
    ended = run(*options, "--dry-run")
    assert ended.returncode == code
    assert words in ended.stderr
    assert "→" in ended.stderr


def test_a_foreign_system_is_refused(tmp_path: Path) -> None:
    foreign = make_tree(tmp_path / "foreign", "ID=fedora\nVERSION_ID=41\n")
    ended = run("--root", str(foreign), "--dry-run", "--profile", "cpu")
    assert ended.returncode == 4
    assert "fedora 41" in ended.stderr


def test_a_snap_is_no_browser_for_a_screen(tmp_path: Path) -> None:
    ubuntu = make_tree(tmp_path / "ubuntu", 'ID=ubuntu\nVERSION_ID="24.04"\n')
    assert run("--root", str(ubuntu), "--dry-run", "--profile", "cpu").returncode == 0
    assert run("--root", str(ubuntu), "--dry-run", "--profile", "cpu", "--kiosk").returncode == 4


def test_jetpack_6_is_known_by_its_own_file(tmp_path: Path) -> None:
    jetpack = make_tree(tmp_path / "jetpack", 'ID=ubuntu\nVERSION_ID="22.04"\n')
    assert run("--root", str(jetpack), "--dry-run", "--profile", "cpu").returncode == 4
    (jetpack / "etc/nv_tegra_release").touch()
    assert run("--root", str(jetpack), "--dry-run", "--profile", "jetson-8gb").returncode == 0


@needs_root
def test_what_a_tree_lacks_is_named(tree: Path) -> None:
    (tree / "usr/lib/machine/libportaudio.so.2").unlink()
    ended = run("--root", str(tree), *WITHOUT)
    assert ended.returncode == 7
    assert "libportaudio2" in ended.stderr


@needs_root
def test_nobody_is_asked_where_nobody_is(tree: Path) -> None:
    ended = run("--root", str(tree), "--no-program", "--no-models")
    assert ended.returncode == 2
    assert "--yes" in ended.stderr


# A small program


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    """This installer with a program that is smaller: one wheel, no dependencies."""
    place = tmp_path / "distribution"
    for name in ("scripts/install.sh", "scripts/install", "systemd", "README.md", "LICENSE", "NOTICE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, place / name)
    (place / "requirements").mkdir()
    for name in ("run.lock", "llama.lock"):
        (place / "requirements" / name).touch()
    (place / "wheels").mkdir()
    with zipfile.ZipFile(place / "wheels/voice_appliance-1.0-py3-none-any.whl", "w") as wheel:
        info = "voice_appliance-1.0.dist-info"
        wheel.writestr("appliance/__init__.py", "def main():\n    print('at your service')\n")
        wheel.writestr("voice_appliance-1.0.data/data/share/voice-appliance/models/manifest.toml", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: voice-appliance\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nappliance = appliance:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return place


@needs_root
def test_the_program_belongs_to_the_tree_and_knows_no_other_place(tree: Path, distribution: Path) -> None:
    options = ("--root", str(tree), "--yes", "--no-models", "--wheels", str(distribution / "wheels"))
    ended = run(*options, script=distribution / "scripts/install.sh")
    assert ended.returncode == 0, ended.stderr
    venv = tree / "opt/appliance/venv"
    assert (venv / "bin/appliance").read_text().startswith("#!/opt/appliance/venv/bin/python")
    assert (venv / "share/voice-appliance/models/manifest.toml").exists()
    assert str((venv / "bin/python3").readlink()) in {"/usr/bin/python3", "python"}
    for path in venv.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert str(tree).encode() not in path.read_bytes(), path
    made = contents(tree)
    assert not [name for name in made if "/pip/" in name]
    again = run(*options, script=distribution / "scripts/install.sh")
    assert "is up to date" in again.stderr
    assert contents(tree) == made


@needs_root
def test_damaged_wheels_are_refused(tree: Path, distribution: Path) -> None:
    wheel = next((distribution / "wheels").glob("*.whl"))
    (wheel.parent / "SHA256SUMS").write_text(f"{'0' * 64}  {wheel.name}\n")
    options = ("--root", str(tree), "--yes", "--no-models", "--wheels", str(wheel.parent))
    ended = run(*options, script=distribution / "scripts/install.sh")
    assert ended.returncode == 7
    assert "damaged" in ended.stderr
