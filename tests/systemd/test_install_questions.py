"""The installer: what it asks a person at a terminal, and that their answers count."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.systemd.installer import INSTALL, needs_python, needs_root
from tests.systemd.tree import contents, make_tree
from tests.systemd.units import needs

pytestmark = [needs("systemd-sysusers", "systemd"), needs_python, needs_root]

PROFILE, FIREWALL, INSTALL_IT = "Which models?", "Firewall?", "Install?"


def talk(tree: Path, answers: dict[str, str]) -> tuple[int, str]:
    """Run the installer at a terminal; whenever it asks one of these, give the answer."""
    terminal, theirs = os.openpty()
    command = [str(INSTALL), "--root", str(tree), "--no-program", "--no-models"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen, open_questions = "", dict(answers)
    while True:
        try:
            seen += os.read(terminal, 4096).decode()
        except OSError:  # how a terminal says that nobody is left at the other end
            break
        for question in [question for question in open_questions if question in seen]:
            if seen.rstrip(" ").endswith("]"):
                os.write(terminal, f"{open_questions.pop(question)}\n".encode())
    os.close(terminal)
    return process.wait(), seen


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree")


def test_answers_are_taken(tree: Path) -> None:
    code, seen = talk(tree, {PROFILE: "bundled", FIREWALL: "y", INSTALL_IT: "y"})
    assert code == 0, seen
    assert 'profile = "bundled"' in (tree / "etc/appliance/appliance.toml").read_text()
    assert (tree / "etc/systemd/system/sysinit.target.wants/appliance-firewall.service").is_symlink()


def test_no_is_an_answer(tree: Path) -> None:
    before = contents(tree)
    code, seen = talk(tree, {PROFILE: "", FIREWALL: "", INSTALL_IT: "n"})
    assert code == 130, seen
    assert "nothing was changed" in seen
    assert contents(tree) == before
