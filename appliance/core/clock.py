"""The clock: with core/monotonic.py the only file that knows time. Wall time only for what people read.

Everything asynchronous takes its time from the running event loop, so a test that runs on a
loop with virtual time (tests/virtual_time.py) owns the clock of the whole appliance.
"""

import asyncio
import datetime
import os
import time
from collections.abc import Callable
from pathlib import Path

from appliance.core.monotonic import monotonic as monotonic


def now() -> float:
    """Seconds on the monotonic clock of the running loop. Only differences mean anything."""
    return asyncio.get_running_loop().time()


async def sleep_until(moment: float) -> None:
    """Return once `now()` has reached `moment`; at once when it has passed."""
    await asyncio.sleep(max(0.0, moment - now()))


def after(seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
    """Run `action` on the loop in `seconds`; the handle can cancel it."""
    return asyncio.get_running_loop().call_later(seconds, action)


def wall() -> datetime.datetime:
    """Local wall time with its zone. For logs and people, never for durations."""
    return datetime.datetime.now().astimezone()


def worked_s() -> float:
    """CPU seconds that all threads of this process but the calling one have used."""
    return time.process_time() - time.thread_time()


def machine_age_s() -> float:
    """Seconds since the machine was switched on, its sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def process_age_s() -> float:
    """Seconds since the kernel started this process, the interpreter's own start included."""
    # proc(5): field 22, counted behind the name, which may hold spaces; in clock ticks since boot.
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
