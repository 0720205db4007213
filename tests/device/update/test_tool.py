"""What RAUC prints is understood: how far it is, and what went wrong."""

import os
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.update.tool import ask_rauc, install_with_rauc, last_words

PRINTED = """\
installing
  0% Installing
  0% Determining slot states
 20% Determining slot states done.
 40% Checking bundle done.
 99% Copying image to rootfs.1 done.
100% Installing done.
"""


@pytest.fixture
def rauc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that prints a file, and ends as another says."""
    program = tmp_path / "bin" / "rauc"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\ncat {tmp_path}/prints\ncat {tmp_path}/complains >&2\nexit $(cat {tmp_path}/code)\n"
    )
    program.chmod(0o755)
    (program.parent / "systemctl").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    say(tmp_path)
    return tmp_path


def say(folder: Path, prints: str = "", complains: str = "", code: int = 0) -> None:
    for name, text in {"prints": prints, "complains": complains, "code": str(code)}.items():
        (folder / name).write_text(text)


def test_progress_is_passed_on(rauc: Path) -> None:
    say(rauc, PRINTED)
    heard: list[int] = []
    install_with_rauc(rauc / "x.raucb", lambda percent, _: heard.append(percent))
    assert heard == [0, 0, 20, 40, 99, 100]


def test_a_failure_is_told_by_its_last_words(rauc: Path) -> None:
    say(rauc, " 40% Checking\nLastError: Installation error: no room\nInstalling `x` failed\n", code=1)
    with pytest.raises(ApplianceError, match="Installation error: no room"):
        install_with_rauc(rauc / "x.raucb", lambda *_: None)


def test_an_answer_is_returned_and_a_refusal_raised(rauc: Path) -> None:
    say(rauc, "{}", "rauc-Message: 1: Verifying\n")
    assert ask_rauc(("rauc", "info", "x")) == "{}"
    say(rauc, "", "rauc-Message: 1: Verifying\nsignature verification failed: why\n", 1)
    with pytest.raises(ApplianceError, match=r"^signature verification failed: why$"):
        ask_rauc(("rauc", "info", "x"))
    say(rauc, "", "", 7)
    with pytest.raises(ApplianceError, match="7"):
        ask_rauc(("rauc", "info", "x"))


def test_where_nothing_was_said_there_are_no_last_words() -> None:
    assert last_words([]) == ""
    assert last_words(["rauc-Message: 1: x\n", "\n"]) == ""
