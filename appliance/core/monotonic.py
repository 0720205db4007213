"""CLOCK_MONOTONIC for code that must not load asyncio, as core/clock.py does: the real-time process."""

import time  # noqa: TID251 - the other half of the clock


def monotonic() -> float:
    """Seconds on CLOCK_MONOTONIC: the event loop's clock, and PortAudio's on ALSA and PipeWire."""
    return time.monotonic()
