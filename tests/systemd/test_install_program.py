"""The installer: the program that it puts into a tree, and what it refuses."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.systemd.installer import WITHOUT, make_distribution, needs_python, needs_root, run
from tests.systemd.tree import contents, make_tree
from tests.systemd.units import needs

pytestmark = [needs("systemd-sysusers", "systemd"), needs_python]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree")


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    return make_distribution(tmp_path / "distribution")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder into which everybody may look, unlike pytest's own."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_a_dry_run_needs_no_root_and_leaves_this_machine_alone(public: Path) -> None:
    distribution = make_distribution(public / "distribution")
    installed = Path("/usr/lib/systemd/system/appliance.service")
    before = installed.exists()
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    options = ["--dry-run", "--profile", "cpu", "--wheels", str(distribution / "wheels"), "--no-packages"]
    ended = subprocess.run(
        [*nobody, str(distribution / "scripts/install.sh"), *options],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "/opt/appliance/.venv-new" in ended.stdout
    assert installed.exists() == before


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


def test_the_tree_of_another_kind_of_machine_is_refused(tree: Path) -> None:
    for python in tree.glob("usr/bin/python3.1?"):
        python.write_bytes(b"\x7fELF" + bytes(14) + b"\xff\xff")
    ended = run("--root", str(tree), "--dry-run", "--profile", "cpu")
    assert ended.returncode == 4
    assert "another kind of machine" in ended.stderr


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
