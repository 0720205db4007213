"""The switch, in processes of their own: it ends what nothing in Python can end."""

import subprocess
import sys
from pathlib import Path

from appliance.guardian.deadman import EXIT, DeadMan

HELD = """
import ctypes, pathlib, sys
from appliance.guardian.deadman import DeadMan
deadman = DeadMan(pathlib.Path(sys.argv[1]))
deadman.hold(0.2)
def stuck_in_native_code():
    ctypes.PyDLL(None).sleep(60)  # PyDLL: keeps the interpreter lock
{ending}
"""


def end(tmp_path: Path, ending: str) -> tuple[int, str]:
    trace = tmp_path / "state" / "frozen.txt"
    done = subprocess.run(
        [sys.executable, "-c", HELD.format(ending=ending), str(trace)], timeout=60, check=False
    )
    return done.returncode, DeadMan(trace).last_words()


def test_a_process_that_keeps_the_interpreter_for_ever_ends_and_leaves_a_trace(tmp_path: Path) -> None:
    code, words = end(tmp_path, "stuck_in_native_code()")
    assert code == EXIT
    assert "stuck_in_native_code" in words


def test_who_says_in_time_that_all_is_well_lives(tmp_path: Path) -> None:
    code, words = end(tmp_path, "deadman.hold(100); deadman.let_go()")
    assert (code, words) == (0, "")


def test_a_trace_is_told_once(tmp_path: Path) -> None:
    trace = tmp_path / "frozen.txt"
    trace.write_text("it stood there\n")
    assert DeadMan(trace).last_words() == "it stood there\n"
    assert DeadMan(trace).last_words() == ""


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_watch(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert DeadMan(tmp_path / "file" / "frozen.txt").last_words() == ""
    assert DeadMan(None).last_words() == ""
