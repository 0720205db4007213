"""The other scripts for Jetson: what they would do, and what they refuse. `make jetson-test` lets them do it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.jetson.boards import JETSON, call, imitation, make_board, make_bundle
from tests.systemd.installer import WITHOUT, needs_root, run
from tests.systemd.tree import contents
from tests.systemd.units import ROOT, SYSTEMD, needs


@pytest.mark.parametrize("name", ["bundle", "provision", "inject", "build-wheels", "tune"])
def test_help_names_every_exit_code(name: str) -> None:
    ended = call(JETSON / name, "--help")
    assert ended.returncode == 0
    assert "usage: " in ended.stdout
    assert "exit codes:" in ended.stdout


# Which packages another machine needs


def wanted(lock: Path, python: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, str(JETSON / "lock_for.py"), python, str(lock)],
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


def test_markers_are_those_of_the_board(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    lock.write_text(
        "numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n"
        "    # via one\nnumpy==2.5.5 ; python_full_version >= '3.12' \\\n    --hash=sha256:bb\n"
        "colorama==1 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
        "ours==1 ; platform_machine == 'aarch64' \\\n    --hash=sha256:dd\n"
    )
    assert wanted(lock, "3.11") == [
        "numpy==2.4.6 --hash=sha256:aa --hash=sha256:ab",
        "ours==1 --hash=sha256:dd",
    ]
    assert wanted(lock, "3.12") == ["numpy==2.5.5 --hash=sha256:bb", "ours==1 --hash=sha256:dd"]


def test_the_lock_file_asks_for_one_version_of_each() -> None:
    for python in ("3.11", "3.12"):
        names = [line.partition("==")[0] for line in wanted(ROOT / "requirements/run.lock", python)]
        assert len(names) == len(set(names)) > 50


# The bundle


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--target", "jetpack-5"], 2, "there are: jetpack-7 jetpack-6 debian-12"),
        (["--models", "/nowhere"], 2, "there is no such folder"),
        (["--python", "/nowhere"], 2, "there is no such file"),
        (["--mirror", "http://localhost", "--keyring", "/nowhere"], 7, "from the board"),
        (["--target", "jetpack-6", "--python", "system"], 7, "is older than 3.11"),
        (["--all"], 2, "there is no option --all"),
    ],
)
def test_the_bundle_refuses(options: list[str], code: int, words: str) -> None:
    ended = call(JETSON / "bundle", *options, "--dry-run")
    assert ended.returncode == code
    assert words in ended.stderr
    assert "→" in ended.stderr


@pytest.mark.parametrize(
    ("target", "python", "words"),
    [
        ("jetpack-6", (), ["own-python", "wheels 3.11 2.35"]),
        ("jetpack-7", (), ["own-python", "wheels 3.11 2.39"]),
        ("jetpack-7", ("--python", "system"), ["rm -f", "wheels 3.12 2.39"]),
        ("debian-12", (), ["fetch_debs", "wheels 3.11 2.36"]),
    ],
)
def test_a_dry_run_of_the_bundle(
    tmp_path: Path, target: str, python: tuple[str, ...], words: list[str]
) -> None:
    ended = call(JETSON / "bundle", "--dry-run", "--target", target, *python, tmp_path / "bundle")
    assert ended.returncode == 0, ended.stderr
    assert all(word in ended.stdout for word in words), ended.stdout
    assert not (tmp_path / "bundle").exists()


def test_wheels_with_cuda_must_fit_the_python_of_the_target(tmp_path: Path) -> None:
    (tmp_path / "cuda/sm_87-cp312").mkdir(parents=True)
    (tmp_path / "cuda/sm_87-cp312/SHA256SUMS").touch()
    options = ("--target", "jetpack-7", "--dry-run", "--cuda", tmp_path / "cuda", tmp_path / "bundle")
    ended = call(JETSON / "bundle", *options)
    assert ended.returncode == 7
    assert "no whole folder sm_…-cp311" in ended.stderr
    assert call(JETSON / "bundle", "--python", "system", *options).returncode == 0


def test_what_was_packed_for_another_system_goes(tmp_path: Path) -> None:
    (tmp_path / "bundle.conf").write_text("target=jetpack-6\n")
    gone = f"would run: rm -rf {tmp_path}/debs {tmp_path}/python.tar.gz {tmp_path}/cuda"
    assert gone in call(JETSON / "bundle", "--dry-run", "--target", "jetpack-7", tmp_path).stdout
    assert gone not in call(JETSON / "bundle", "--dry-run", "--target", "jetpack-6", tmp_path).stdout


# Into a tree, before it is flashed


def test_injecting_mounts_the_bundle_and_runs_it_there(tmp_path: Path) -> None:
    bundle, linux = make_bundle(tmp_path / "bundle"), tmp_path / "Linux_for_Tegra"
    linux.mkdir()
    make_board(linux / "rootfs")
    before = contents(linux)
    ended = call(JETSON / "inject", "--dry-run", bundle, linux, "--", "--power", "max")
    assert ended.returncode == 0, ended.stderr
    assert f"{linux / 'rootfs'} {bundle} --power max" in ended.stdout
    assert contents(linux) == before


def test_injecting_refuses_what_is_no_bundle_and_no_tree(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle")
    assert "is no bundle" in call(JETSON / "inject", tmp_path, tmp_path).stderr
    assert "apply_binaries.sh" in call(JETSON / "inject", bundle, tmp_path).stderr
    assert call(JETSON / "inject", bundle).returncode == 2


# Wheels with CUDA


@pytest.fixture
def cuda(tmp_path: Path) -> Path:
    """A compiler that only says what it knows."""
    imitation(
        tmp_path / "cuda/bin",
        "nvcc",
        '[ "$1" != --list-gpu-code ] || printf "sm_%s\\n" 80 87 90',
        '[ "$1" != --version ] || echo "Cuda compilation tools, release 12.6, V12.6.68"',
    )
    return tmp_path / "cuda"


def test_both_engines_are_built_for_this_architecture_alone(tmp_path: Path, cuda: Path) -> None:
    options = ("--dry-run", "--arch", "87", "--cuda", cuda, "--python", sys.executable, "--jobs", "2")
    ended = call(JETSON / "build-wheels", *options, tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    llama, whisper = (line for line in ended.stdout.splitlines() if "--no-binary" in line)
    for line in (llama, whisper):
        assert "-DGGML_CUDA=ON\\ -DCMAKE_CUDA_ARCHITECTURES=87-real" in line
        assert "--no-index" in line
        assert "CMAKE_BUILD_PARALLEL_LEVEL=2" in line
    assert "--no-binary llama-cpp-python" in llama
    assert "-DCMAKE_INSTALL_RPATH=" in whisper
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--arch", "72"], 2, "is no architecture of a supported board"),
        (["--arch", "110"], 7, "CUDA 12.6 does not know sm_110"),
        (["--arch", "87", "--cuda", "/nowhere"], 7, "no CUDA compiler at /nowhere/bin/nvcc"),
        ([], 4, "has no Jetson Linux"),
    ],
)
def test_building_refuses(cuda: Path, options: list[str], code: int, words: str) -> None:
    where = () if "--cuda" in options else ("--cuda", str(cuda))
    ended = call(JETSON / "build-wheels", "--dry-run", "--python", sys.executable, *where, *options)
    assert ended.returncode == code
    assert words in ended.stderr


# What the installer puts on a board


@needs("systemd-analyze", "systemd")
def test_systemd_understands_the_unit() -> None:
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(SYSTEMD / "jetson/appliance-jetson.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "appliance-jetson" not in ended.stderr


@needs_root
def test_the_installer_puts_it_on_boards_and_takes_it_away(tmp_path: Path) -> None:
    board = make_board(tmp_path / "board")
    before = contents(board)
    ended = run("--root", str(board), *WITHOUT, "--profile", "jetson-8gb", "--ram", "7300")
    assert ended.returncode == 0, ended.stderr
    assert (board / "etc/systemd/system/multi-user.target.wants/appliance-jetson.service").is_symlink()
    assert "vm.page-cluster" in (board / "usr/lib/sysctl.d/60-appliance-jetson.conf").read_text()
    assert "CPUAffinity=1-63" in (board / "etc/systemd/system/appliance.service.d/40-jetson.conf").read_text()
    assert (board / "opt/appliance/share/jetson/tune").read_bytes() == (JETSON / "tune").read_bytes()
    assert run("--root", str(board), "--uninstall", "--purge", "--yes").returncode == 0
    assert contents(board) == before
