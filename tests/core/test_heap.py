"""Memory that was freed does not stay with the process."""

import platform
import subprocess
import sys

import pytest

CHILD = """
import ctypes, sys
from appliance.core.heap import return_what_is_freed

class Info(ctypes.Structure):  # struct mallinfo2
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    _fields_ = [(name, ctypes.c_size_t) for name in names]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]

if "held" in sys.argv:
    assert return_what_is_freed()
libc.free(libc.malloc(8_000_000))  # the first utterance: glibc takes this for the usual size from now on
large = []
for _ in range(20):
    large.append(libc.malloc(2_000_000))
    libc.malloc(50_000)  # something that stays, too large for a hole that was there before
for each in large:
    libc.free(each)
print(libc.mallinfo2().fordblks)
"""
"""Prints how many bytes the heap keeps that nobody uses."""


def kept(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_freed_utterances_leave_no_holes() -> None:
    assert kept() > 30_000_000, (
        "glibc has changed its ways: appliance/core/heap.py may not be needed any more"
    )
    assert kept("held") < 2_000_000
