"""CLOCK_MONOTONIC for code that must not load asyncio, as core/clock.py does: the real-time process."""

import time


def monotonic() -> float:
    """Seconds on CLOCK_MONOTONIC: the event loop's clock, and PortAudio's on ALSA and PipeWire."""
    return time.monotonic()
