"""Processor cores, of which the scheduler gives out all but one."""

import os
from pathlib import Path


def spare_cores() -> int:
    """Physical cores that this process may use, but one for sound and the event loop. At least 1."""
    return max(1, len({_core(cpu) for cpu in os.sched_getaffinity(0)}) - 1)


def _core(cpu: int) -> str:
    topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    return topology.read_text(encoding="ascii") if topology.exists() else str(cpu)
