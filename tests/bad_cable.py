"""A cable that loses and delays: joins two network namespaces by a program, where the kernel has no `tc netem`.

    python -m tests.bad_cable NAMESPACE DEVICE NAMESPACE DEVICE --loss 0.05 --jitter 0.1

Frames of either direction are lost by chance, and arrive late by anything up to the jitter, each by its own luck:
they overtake each other, as with netem. Prints a line when it is laid, and runs until its standard input closes.
"""

import argparse
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
from itertools import count
from pathlib import Path

from appliance.core.clock import monotonic

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
"""linux/if_tun.h"""
CLONE_NEWNET = 0x40000000
"""linux/sched.h"""
LONGEST_FRAME = 65536
STDIN = 0
MOST_WAITING = 10_000
"""Frames on their way; what comes on top is lost."""


def end_of(namespace: str, device: str) -> int:
    """A descriptor that is the other end of a new network device there."""
    with Path("/run/netns", namespace).open() as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI))
    return end


def carry(ends: tuple[int, int], loss: float, jitter_s: float) -> None:
    """Carry frames between both ends until standard input closes."""
    luck, order = random.Random(1), count()
    waiting: list[tuple[float, int, int, bytes]] = []
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    while True:
        timeout = max(0.0, waiting[0][0] - monotonic()) if waiting else None
        for ready in select.select([*ends, STDIN], [], [], timeout)[0]:
            if ready == STDIN:
                return
            frame = os.read(ready, LONGEST_FRAME)
            if luck.random() >= loss and len(waiting) < MOST_WAITING:
                due = monotonic() + jitter_s * luck.random()
                heapq.heappush(waiting, (due, next(order), other[ready], frame))
        while waiting and waiting[0][0] <= monotonic():
            _, _, end, frame = heapq.heappop(waiting)
            try:
                os.write(end, frame)
            except OSError:  # its plug is pulled
                continue


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("ends", nargs=4)
    parser.add_argument("--loss", type=float, default=0.05, help="share of the frames")
    parser.add_argument("--jitter", type=float, default=0.1, help="s")
    options = parser.parse_args()
    names = options.ends
    ends = end_of(names[0], names[1]), end_of(names[2], names[3])
    sys.stdout.write("laid\n")
    sys.stdout.flush()
    carry(ends, options.loss, options.jitter)


if __name__ == "__main__":
    main()
