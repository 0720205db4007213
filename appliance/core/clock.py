"""The only file that knows time. Monotonic inside; wall time only for what people read.

Everything asynchronous takes its time from the running event loop, so a test that runs on a
loop with virtual time (tests/virtual_time.py) owns the clock of the whole appliance.
"""

import asyncio
import datetime
import time
from collections.abc import Callable


def now() -> float:
    """Seconds on the monotonic clock of the running loop. Only differences mean anything."""
    return asyncio.get_running_loop().time()


async def sleep_until(moment: float) -> None:
    """Return once `now()` has reached `moment`; at once when it has passed."""
    await asyncio.sleep(max(0.0, moment - now()))


def after(seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
    """Run `action` on the loop in `seconds`; the handle can cancel it."""
    return asyncio.get_running_loop().call_later(seconds, action)


def monotonic() -> float:
    """Seconds on CLOCK_MONOTONIC, for code that runs outside an event loop.

    The event loop's own clock and PortAudio's time stamps on ALSA and PipeWire are the same clock.
    """
    return time.monotonic()


def wall() -> datetime.datetime:
    """Local wall time with its zone. For logs and people, never for durations."""
    return datetime.datetime.now().astimezone()
