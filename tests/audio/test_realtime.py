"""An audio process on its own; what it does with devices is in test_bridge.py."""

import json
import mmap
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from appliance.audio.capture import SETTLING, Capture
from appliance.audio.desk import Desk, Progress
from appliance.audio.device import Format, Way
from appliance.audio.memory import OVERRUNS, PROMPT, SIZE, AudioMemory, anonymous
from appliance.audio.realtime import _Incoming
from appliance.audio.rights import Right
from appliance.audio.ring import CaptureReader
from appliance.audio.server import to_json
from appliance.audio.settings import AudioSettings

ROOT = Path(__file__).parents[2]
FORBIDDEN = {"asyncio", "logging", "queue", "onnxruntime"}


def test_it_loads_nothing_that_stalls_real_time_code() -> None:
    code = "import sys, appliance.audio.realtime; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert not FORBIDDEN & set(loaded.stdout.split())


def test_a_callback_of_the_microphone_brings_two_periods_each_with_its_own_moment() -> None:
    memory = anonymous()
    reader = CaptureReader(memory)
    incoming = _Incoming(Capture(memory, Format(16_000, 2), 1, lambda: None))
    sound = np.arange(SETTLING * 160 * 3, dtype=np.float32)
    both = np.stack([np.full_like(sound, 9.0), sound], axis=1).reshape(-1, PROMPT * 160, 2)
    for number, block in enumerate(both):
        times = SimpleNamespace(inputBufferAdcTime=50.0 + 0.02 * number)
        incoming.called(block.data.cast("B"), len(block), times, None)
    frame = reader.read(10**6)
    assert frame is not None
    np.testing.assert_array_equal(frame.samples, sound[SETTLING * 160 :])
    assert reader.position(50.0 + 0.01 * SETTLING) == pytest.approx(0.0)
    assert memory.whole[OVERRUNS] == 0, "nothing was lost"


def live(settings: str, orders: bytes = b"") -> tuple[int, Desk]:
    """One life of the microphone's process without a bridge. Its standard input ends behind the orders."""
    memory_fd, doorbell = os.memfd_create("test"), os.eventfd(0)
    os.ftruncate(memory_fd, SIZE)
    memory = AudioMemory(mmap.mmap(memory_fd, SIZE))
    memory.clear()
    done = subprocess.run(
        [sys.executable, "-m", "appliance.audio.realtime", str(memory_fd), str(doorbell), "input", settings],
        cwd=ROOT,
        pass_fds=(memory_fd, doorbell),
        input=orders,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    os.close(memory_fd)
    os.close(doorbell)
    return done.returncode, memory.desks[Way.IN]


def test_a_device_that_is_not_there_is_reported_in_words_and_waited_for() -> None:
    orders = to_json(()).encode() + b"\n"
    status, desk = live(json.dumps(asdict(AudioSettings(microphone="no such thing"))), orders)
    assert (status, desk.progress) == (0, Progress.WAITING)
    assert "→" in desk.notice
    assert Right(desk.refused) in Right.REALTIME | Right.LOCKED_MEMORY


def test_whatever_else_goes_wrong_is_reported_too() -> None:
    status, desk = live("{}")
    assert status == 1
    assert desk.notice == "The audio process failed: KeyError: 'echo'"
