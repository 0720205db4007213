"""The audio process on its own; what it does with devices is in test_bridge.py."""

import json
import mmap
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from appliance.audio.memory import REFUSED, SIZE, AudioMemory
from appliance.audio.rights import Right
from appliance.audio.settings import AudioSettings

ROOT = Path(__file__).parents[2]
FORBIDDEN = {"asyncio", "logging", "queue", "onnxruntime"}


def test_it_loads_nothing_that_stalls_real_time_code() -> None:
    code = "import sys, appliance.audio.realtime; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert not FORBIDDEN & set(loaded.stdout.split())


def live(settings: str) -> tuple[int, AudioMemory]:
    """One life of the audio process without a bridge. Its standard input has ended already."""
    memory_fd, doorbell = os.memfd_create("test"), os.eventfd(0)
    os.ftruncate(memory_fd, SIZE)
    memory = AudioMemory(mmap.mmap(memory_fd, SIZE))
    memory.clear()
    done = subprocess.run(
        [sys.executable, "-m", "appliance.audio.realtime", str(memory_fd), str(doorbell), settings],
        cwd=ROOT,
        pass_fds=(memory_fd, doorbell),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    os.close(memory_fd)
    os.close(doorbell)
    return done.returncode, memory


def test_a_device_that_is_not_there_is_reported_in_words() -> None:
    status, memory = live(json.dumps(asdict(AudioSettings(microphone="no such thing"))))
    assert status == 74
    assert "→" in memory.notice
    assert Right(memory.whole[REFUSED]) in Right.REALTIME | Right.LOCKED_MEMORY


def test_whatever_else_goes_wrong_is_reported_too() -> None:
    status, memory = live("{}")
    assert status == 1
    assert memory.notice == "The audio process failed: KeyError: 'echo'"
