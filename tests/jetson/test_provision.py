"""What provisioning finds out about a board, what it would do, and what it refuses, each with its reason."""

from pathlib import Path

import pytest

from tests.jetson.boards import make_board, make_bundle, provision, seal
from tests.systemd.tree import contents


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle")


def test_it_says_first_what_it_finds(tmp_path: Path, bundle: Path) -> None:
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board"))
    assert ended.returncode == 0, ended.stderr
    found = {line[:16].strip(): line[17:] for line in ended.stdout.splitlines()}
    assert found["Bundle"] == "1.0 for jetpack-6, models of jetson-8gb"
    assert found["Board"] == "Orin, GPU architecture sm_87"
    assert found["Jetson Linux"] == "36.4.3 (JetPack 6)"
    assert found["Python"] == "3.11, the bundle's own, in /opt/appliance/python"
    assert found["Memory"] == "7620 MB"
    assert found["Models"] == "jetson-8gb"
    assert found["GPU"].startswith("not used: the bundle has no wheels for sm_87 and Python 3.11")
    assert found["Swap"] == "620 MB of zram"


@pytest.mark.parametrize(
    ("release", "chip", "target", "words"),
    [
        ("38.2.0", "tegra264", "jetpack-7", "Thor, GPU architecture sm_110"),
        ("39.2", "tegra234", "jetpack-7", "Orin, GPU architecture sm_87"),
        ("36.3.0", "unknown", "jetpack-6", "Orin, GPU architecture sm_87"),
    ],
)
def test_boards_it_knows(tmp_path: Path, release: str, chip: str, target: str, words: str) -> None:
    bundle = make_bundle(tmp_path / "bundle", target, own_python=target == "jetpack-6")
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board", release, chip))
    assert ended.returncode == 0, ended.stderr
    assert words in ended.stdout


@pytest.mark.parametrize(
    ("release", "chip", "code", "words"),
    [
        ("35.6.0", "tegra194", 4, "on Xavier is too old"),
        ("32.7.4", "tegra210", 4, "is too old"),
        ("99.1", "tegra234", 4, "is not known here"),
        ("39.2", "unknown", 2, "--board orin or --board thor"),
        ("38.2.0", "tegra264", 4, "the bundle is for jetpack-6, this is JetPack 7"),
    ],
)
def test_boards_it_refuses(
    tmp_path: Path, bundle: Path, release: str, chip: str, code: int, words: str
) -> None:
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board", release, chip))
    assert ended.returncode == code
    assert words in ended.stderr
    assert "→" in ended.stderr


def test_the_release_is_also_known_by_its_package(tmp_path: Path, bundle: Path) -> None:
    board = make_board(tmp_path / "board")
    (board / "etc/nv_tegra_release").unlink()
    status = "Package: nvidia-l4t-core\nStatus: install ok installed\nVersion: 36.4.7-20250918154033\n\n"
    (board / "var/lib/dpkg/status").write_text(status)
    ended = provision(bundle, "--check", "--root", board)
    assert "36.4.7 (JetPack 6)" in ended.stdout
    (board / "var/lib/dpkg/status").write_text("")
    ended = provision(bundle, "--check", "--root", board)
    assert ended.returncode == 4
    assert "has no Jetson Linux" in ended.stderr


def test_a_system_without_the_python_of_the_bundle_is_refused(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", "jetpack-7", own_python=False)
    board = make_board(tmp_path / "board", "39.2")
    (board / "usr/bin/python3.12").unlink()
    ended = provision(bundle, "--check", "--root", board)
    assert ended.returncode == 5
    assert "--python FILE" in ended.stderr


def test_models_that_would_suit_better_are_named(tmp_path: Path, bundle: Path) -> None:
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board", mb=15600))
    assert ended.returncode == 0
    assert "models of jetson-16gb would suit this board" in ended.stderr
    assert "Models           jetson-8gb" in ended.stdout


def test_models_that_were_asked_for_and_are_not_there_are_refused(tmp_path: Path, bundle: Path) -> None:
    board = make_board(tmp_path / "board")
    ended = provision(bundle, "--check", "--root", board, "--profile", "jetson-16gb")
    assert ended.returncode == 7
    assert "not of jetson-16gb" in ended.stderr
    assert provision(bundle, "--check", "--root", board, "--profile", "jetson-8gb").returncode == 0


# The GPU


@pytest.fixture
def with_cuda(bundle: Path) -> Path:
    wheels = bundle / "cuda/sm_87-cp311"
    wheels.mkdir(parents=True)
    (wheels / "llama_cpp_python-0.3.36-py3-none-linux_aarch64.whl").touch()
    (wheels / "SHA256SUMS").touch()
    return seal(bundle)


def test_wheels_with_cuda_need_its_libraries(tmp_path: Path, with_cuda: Path) -> None:
    board = make_board(tmp_path / "board")
    ended = provision(with_cuda, "--check", "--root", board)
    assert ended.returncode == 7
    assert "libcudart is missing" in ended.stderr
    assert provision(with_cuda, "--check", "--root", board, "--cpu").returncode == 0
    libraries = board / "usr/local/cuda/lib64"
    libraries.mkdir(parents=True)
    (libraries / "libcudart.so.12").touch()
    (libraries / "libcublas.so.12").touch()
    ended = provision(with_cuda, "--check", "--root", board)
    assert "GPU              sm_87-cp311: llama_cpp_python-0.3.36" in ended.stdout


def test_wheels_for_another_board_are_left_out(tmp_path: Path, with_cuda: Path) -> None:
    (with_cuda / "cuda/sm_87-cp311").rename(with_cuda / "cuda/sm_110-cp311")
    ended = provision(seal(with_cuda), "--check", "--root", make_board(tmp_path / "board"))
    assert ended.returncode == 0
    assert "the bundle has no wheels for sm_87" in ended.stdout


# What it would do


def test_a_dry_run_changes_nothing_and_prints_every_action(tmp_path: Path, bundle: Path) -> None:
    board = make_board(tmp_path / "board")
    before = contents(board)
    ended = provision(bundle, "--dry-run", "--root", board, "--power", "max", "--", "--firewall")
    assert ended.returncode == 0, ended.stderr
    assert contents(board) == before
    for words in (
        "install -y -q --no-install-recommends " + str(bundle / "debs/libportaudio2_19.6_arm64.deb"),
        "would run: tar -C /opt/appliance/.python-new",
        "    POWER=max",
        "would write: " + str(board / "etc/systemd/system/appliance.service.d/40-jetson.conf"),
        "enable --quiet appliance-jetson.service",
        "enable --quiet appliance-firewall.service",
    ):
        assert words in ended.stdout + ended.stderr


def test_packages_that_are_there_are_not_installed_again(tmp_path: Path, bundle: Path) -> None:
    board = make_board(tmp_path / "board")
    (board / "var/lib/dpkg/status").write_text("Package: libportaudio2\nStatus: install ok installed\n")
    assert "apt-get install" not in provision(bundle, "--dry-run", "--root", board).stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--nonsense"], 2, "there is no option --nonsense"),
        (["--power"], 2, "--power needs a value"),
        (["--board", "nano"], 2, "there is no board nano"),
        (["--root", "/nowhere"], 2, "there is no such folder"),
        (["--root", "/"], 2, "--root only looks"),
    ],
)
def test_mistakes_are_told_with_a_remedy(bundle: Path, options: list[str], code: int, words: str) -> None:
    ended = provision(bundle, *options)
    assert ended.returncode == code
    assert words in ended.stderr
    assert "→" in ended.stderr


def test_a_damaged_bundle_is_refused(tmp_path: Path, bundle: Path) -> None:
    next((bundle / "wheels").glob("*.whl")).write_bytes(b"short")
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board"))
    assert ended.returncode == 7
    assert "the bundle is damaged" in ended.stderr


def test_a_checkout_is_no_bundle(tmp_path: Path, bundle: Path) -> None:
    (bundle / "bundle.conf").unlink()
    ended = provision(bundle, "--check", "--root", make_board(tmp_path / "board"))
    assert ended.returncode == 7
    assert "make jetson-bundle" in ended.stderr
