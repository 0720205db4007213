"""The keeper and small programs that stand for the appliance: each writes a line with every start."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from appliance.guardian.keeper import leave_with_keeper, wanted
from appliance.guardian.notify import SOCKET

KEEP = """
import sys
from appliance.guardian import keeper
keeper.WATCHDOG_S, keeper.TRACE_S, keeper.BACKOFF_S = 0.4, 0.2, (0.01,)
sys.exit(keeper.keep([sys.executable, "-c", sys.argv[1], *sys.argv[2:]]))
"""

LIFE = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
from appliance.guardian.notify import Notifier
lives = pathlib.Path(sys.argv[1])
with lives.open("a") as file:
    print(os.getpid(), file=file, flush=True)
life, notifier = len(lives.read_text().split()), Notifier()
"""

PATIENCE_S = 60.0


class Kept:
    """A keeper with a program, and how often that has lived."""

    def __init__(self, folder: Path, story: str) -> None:
        self.lives = folder / "lives"
        command = [sys.executable, "-c", KEEP, LIFE + story, str(self.lives)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def end(self) -> tuple[int, str]:
        """Its exit code and its words, when it has ended."""
        _, words = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, words

    def pids(self) -> list[int]:
        return [int(line) for line in self.lives.read_text().split()]

    def wait_for_life(self, number: int) -> int:
        for _ in range(int(PATIENCE_S * 50)):
            if self.lives.exists() and len(self.pids()) >= number:
                return self.pids()[number - 1]
            threading.Event().wait(0.02)
        raise AssertionError(f"it has not lived {number} times")


@pytest.mark.parametrize("code", [0, 78, 130])
def test_who_ends_of_its_own_free_will_is_let_go(tmp_path: Path, code: int) -> None:
    kept = Kept(tmp_path, f"notifier.ready(); sys.exit({code})")
    assert kept.end() == (code, "")
    assert len(kept.pids()) == 1


def test_who_cannot_start_is_not_tried_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "sys.exit(69)")
    assert kept.end() == (69, "")
    assert len(kept.pids()) == 1


def test_a_crash_after_ready_is_followed_by_another_life(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "notifier.ready(); sys.exit(1 if life < 3 else 0)")
    code, words = kept.end()
    assert code == 0
    assert words.count("The appliance ended with exit code 1. It is started again in 0.01 s.") == 2


def test_so_is_a_death_by_a_signal_at_any_time(tmp_path: Path) -> None:
    code, words = Kept(tmp_path, "life < 2 and os.kill(os.getpid(), signal.SIGKILL)").end()
    assert code == 0
    assert "was killed by SIGKILL" in words


def test_who_falls_silent_is_ended_and_says_where_it_stood(tmp_path: Path) -> None:
    story = "import faulthandler; faulthandler.enable(); notifier.ready()\nif life < 2: time.sleep(60)"
    code, words = Kept(tmp_path, story).end()
    assert code == 0
    assert "does not answer any more" in words
    assert "Fatal Python error: Aborted" in words


def test_who_is_stopped_is_killed(tmp_path: Path) -> None:
    code, words = Kept(tmp_path, "notifier.ready()\nif life < 2: os.kill(os.getpid(), signal.SIGSTOP)").end()
    assert code == 0
    assert "was killed by SIGKILL" in words


def test_who_says_that_it_lives_is_left_alone(tmp_path: Path) -> None:
    story = "notifier.ready()\nfor _ in range(20):\n    notifier.alive(); time.sleep(0.05)"
    assert Kept(tmp_path, story).end() == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on_and_end_it(tmp_path: Path, number: signal.Signals) -> None:
    kept = Kept(tmp_path, "notifier.ready()\nwhile True: notifier.alive(); time.sleep(0.05)")
    child = kept.wait_for_life(1)
    os.kill(kept.process.pid, number)
    assert kept.end()[0] == (0 if number == signal.SIGTERM else 130)
    assert not psutil.pid_exists(child)


@pytest.mark.parametrize(
    ("arguments", "environment", "keeps"),
    [
        (["run"], {}, True),
        (["run", "--config", "x"], {}, True),
        (["run", "--help"], {}, False),
        (["check"], {}, False),
        ([], {}, False),
        (["run"], {"NOTIFY_SOCKET": "@systemd"}, False),
    ],
)
def test_only_the_appliance_itself_is_kept_and_only_where_nobody_else_does(
    arguments: list[str], environment: dict[str, str], keeps: bool
) -> None:
    assert wanted(arguments, environment) is keeps


def test_one_that_stops_because_something_froze_is_started_again(tmp_path: Path) -> None:
    story = "notifier.ready()\nif life < 2: notifier.stopping(); sys.exit(75)"
    code, words = Kept(tmp_path, story).end()
    assert code == 0
    assert "ended with exit code 75" in words


def test_one_that_crashes_and_crashes_can_be_ended(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    kept.wait_for_life(3)
    os.kill(kept.process.pid, signal.SIGTERM)
    kept.end()
    assert not any(psutil.pid_exists(pid) for pid in kept.pids())


def test_who_has_lost_its_keeper_ends_too(tmp_path: Path) -> None:
    """However it was lost: one that is killed cannot pass anything on."""
    story = """
from appliance.guardian.keeper import leave_with_keeper
leave_with_keeper(os.environ)
with lives.open("a") as file:
    print(os.getpid(), file=file, flush=True)
time.sleep(60)
"""
    kept = Kept(tmp_path, story)
    life = psutil.Process(kept.wait_for_life(2))
    kept.process.kill()
    assert kept.end()[0] == -signal.SIGKILL
    assert not psutil.wait_procs([life], timeout=PATIENCE_S)[1]


def test_with_systemd_nobody_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", None)
    leave_with_keeper({})
    leave_with_keeper({SOCKET: "/run/systemd/notify"})
