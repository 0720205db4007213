"""How the program is, every few seconds, for the flight recorder: is the loop late, what grows, what waits."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from appliance.core import clock
from appliance.diagnosis.events import Field, note

EVERY_S: Final = 10.0
"""s between two looks: 60 lines in ten minutes."""

log = logging.getLogger("appliance.diagnosis")


async def keep_noting(more: Callable[[], Mapping[str, Field]]) -> None:
    """Note them until cancelled; `more` is what else is worth knowing, asked every time."""
    while True:
        due = clock.now() + EVERY_S
        await clock.sleep_until(due)
        late_ms = round((clock.now() - due) * 1000, 1)
        note(log, logging.DEBUG, "vitals", loop_late_ms=late_ms, **own(), **more())


def own(process: Path = Path("/proc/self")) -> dict[str, Field]:
    """Of this process: memory, threads, open files, load of the machine."""
    resident = int((process / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "rss_mb": round(resident / 2**20, 1),
        "threads": threading.active_count(),
        "files": len(list((process / "fd").iterdir())),
        "load": round(os.getloadavg()[0], 2),
    }
