"""What the C library does with memory that a long life has freed: it gives it back to the system."""

import ctypes
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
"""Parameters of mallopt(3), by the numbers that glibc's malloc.h gives them."""

LARGE: Final = 256 * 1024
"""Bytes from which on a block is a mapping of its own, which ends with it. glibc begins with 128 KiB, but at the
first large block that is freed it raises this to that block's size, up to 32 MiB. From then on utterances and replies
of a few megabytes are cut out of the heap, which small blocks that outlive them keep from shrinking ever again."""

ARENAS: Final = 2
"""Heaps in which threads allocate; glibc would make eight per core, and each keeps what it once had."""


def return_what_is_freed() -> bool:
    """Hold the C library to small heaps, for this process; False where it takes no such orders (it is not glibc)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    orders = ((M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, LARGE), (M_ARENA_MAX, ARENAS))
    taken = [mallopt(parameter, value) for parameter, value in orders]
    return all(taken)
