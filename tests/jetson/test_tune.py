"""Power modes: which one is chosen, that it is set once, and what is told when the board does not take it."""

import subprocess
from pathlib import Path

import pytest

from tests.jetson.boards import JETSON, call, imitation

ORIN_NANO = ("0 15W", "1 25W", "2 MAXN_SUPER", "3 7W")
"""The modes of an Orin Nano with JetPack 6.2."""


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """Remembers its mode in a file, as nvpmodel does, and writes down what it is told."""
    tools, mode, log = tmp_path / "tools", tmp_path / "mode", tmp_path / "log"
    imitation(
        tools,
        "nvpmodel",
        f'echo "nvpmodel $*" >>{log}',
        f"[ $1 != -m ] || [ -e {tmp_path}/stubborn ] || "
        f'sed -n "s/.*ID=$2 NAME=\\([^ ]*\\) .*/\\1/p" {tmp_path}/etc/nvpmodel.conf >{mode}',
        f'[ $1 != -q ] || echo "NV Power Mode: $(cat {mode})"',
    )
    imitation(tools, "jetson_clocks", f'echo "jetson_clocks $*" >>{log}')
    (tmp_path / "etc/appliance").mkdir(parents=True)
    mode.write_text("15W\n")
    give_modes(tmp_path, ORIN_NANO)
    return tmp_path


def give_modes(board: Path, modes: tuple[str, ...]) -> None:
    lines = [
        f"< POWER_MODEL ID={mode.split()[0]} NAME={mode.split()[1]} >\nCPU_ONLINE CORE_0 1\n"
        for mode in modes
    ]
    (board / "etc/nvpmodel.conf").write_text("".join(lines) + "< PM_CONFIG DEFAULT=1 >\n")


def tune(board: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return call(
        JETSON / "tune", *options, PATH=f"{board / 'tools'}:/usr/bin:/bin", APPLIANCE_TUNE_ROOT=str(board)
    )


def told(board: Path) -> list[str]:
    """What the board was told, but for questions."""
    log = (board / "log").read_text().splitlines() if (board / "log").exists() else []
    return [line for line in log if line != "nvpmodel -q"]


@pytest.mark.parametrize(
    ("modes", "power", "chosen"),
    [
        (ORIN_NANO, "watts", "25W"),
        (ORIN_NANO, "max", "MAXN_SUPER"),
        (ORIN_NANO, "7W", "7W"),
        (ORIN_NANO, "keep", "as it is"),
        (("0 MAXN", "1 15W", "2 30W", "3 50W"), "watts", "50W"),
        (("0 MAXN", "1 120W", "2 90W", "3 70W"), "watts", "120W"),
        (("0 MAXN",), "watts", "MAXN"),
        (("0 15W", "1 7W"), "max", "15W"),
    ],
)
def test_the_mode_that_is_wanted(board: Path, modes: tuple[str, ...], power: str, chosen: str) -> None:
    give_modes(board, modes)
    ended = tune(board, "--show", "--power", power)
    assert ended.returncode == 0, ended.stderr
    assert f"wanted ({power}): {chosen}\n" in ended.stdout
    assert told(board) == []


def test_it_is_set_once_and_the_clocks_every_time(board: Path) -> None:
    first, second = tune(board), tune(board)
    assert "power mode: 25W (was 15W)" in first.stdout
    assert "power mode: 25W\n" in second.stdout
    assert [line for line in told(board) if line.startswith("nvpmodel")] == ["nvpmodel -m 1"]
    assert told(board).count("jetson_clocks ") == 2


def test_what_the_owner_has_written_down_counts(board: Path) -> None:
    (board / "etc/appliance/jetson.conf").write_text("POWER=7W\n")
    assert "wanted (7W): 7W" in tune(board, "--show").stdout
    assert "wanted (max): MAXN_SUPER" in tune(board, "--show", "--power", "max").stdout


def test_a_board_that_wants_a_restart_is_told_of(board: Path) -> None:
    (board / "stubborn").touch()
    ended = tune(board)
    assert ended.returncode == 5
    assert "did not take power mode 25W, it stays at 15W" in ended.stderr
    assert "sudo nvpmodel -m 1" in ended.stderr


def test_a_dry_run_only_prints(board: Path) -> None:
    ended = tune(board, "--dry-run")
    assert "would run: nvpmodel -m 1" in ended.stdout
    assert "would run: jetson_clocks\n" in ended.stdout
    assert told(board) == []


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--power", "1W"], 2, "has no power mode 1W"),
        (["--power"], 2, "--power needs a value"),
        (["--fast"], 2, "there is no option --fast"),
    ],
)
def test_mistakes_are_told_with_a_remedy(board: Path, options: list[str], code: int, words: str) -> None:
    ended = tune(board, *options)
    assert ended.returncode == code
    assert words in ended.stderr
    assert "→" in ended.stderr


def test_on_another_machine_it_says_so(board: Path) -> None:
    (board / "tools/jetson_clocks").unlink()
    ended = tune(board)
    assert ended.returncode == 4
    assert "run it on a Jetson" in ended.stderr
