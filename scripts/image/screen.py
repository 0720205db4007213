"""The screen of a computer in software: what is on it, and whether anything is."""

import socket
import struct
import time
import zlib
from operator import ne
from pathlib import Path

from scripts.image.qemu import GuestError, Machine

DARK = 40
"""Brightness of a channel, of 255, up to which a point is as good as black."""
SENTENCE = 0.02
"""Share of the points that a sentence takes."""
CURSOR = 0.001
"""Share of the points that a cursor takes."""
SETTLE_S = 10.0
"""s that QEMU may take to write a picture."""


def order(machine: Machine, text: str) -> None:
    """Tell QEMU's monitor something, and wait until it has done it."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SETTLE_S)
        line.connect(str(machine.monitor))
        for told in ("", text):
            if told:
                line.sendall(told.encode() + b"\n")
            seen = b""
            while not seen.endswith(b"(qemu) "):
                if not (piece := line.recv(1 << 16)):
                    raise GuestError("QEMU's monitor hung up")
                seen += piece


def take(machine: Machine, draft: Path) -> tuple[int, int, bytes]:
    """What is on the screen: width, height, and three bytes for each point. `draft` is a file to use meanwhile."""
    draft.unlink(missing_ok=True)
    order(machine, f"screendump {draft.resolve()}")
    deadline = time.monotonic() + SETTLE_S
    while not draft.exists():
        if time.monotonic() > deadline:
            raise GuestError("QEMU took no picture of its screen")
        time.sleep(0.1)
    picture = read_ppm(draft.read_bytes())
    draft.unlink()
    return picture


def read_ppm(content: bytes) -> tuple[int, int, bytes]:
    """Width, height and points of a picture as QEMU writes it (P6, no comments)."""
    kind, size, depth, points = content.split(b"\n", 3)
    width, height = map(int, size.split())
    if kind != b"P6" or depth != b"255" or len(points) != 3 * width * height:
        raise GuestError("QEMU's picture is none")
    return width, height, points


def png(width: int, height: int, points: bytes) -> bytes:
    """A picture of at most 256 colours as a PNG file with a palette, otherwise with all its colours (ISO 15948)."""
    colours = {points[at : at + 3] for at in range(0, len(points), 3)}
    if len(colours) <= 256:
        palette = sorted(colours)
        number = {colour: index for index, colour in enumerate(palette)}
        plain = bytes(number[points[at : at + 3]] for at in range(0, len(points), 3))
        extra, kind, stride = [(b"PLTE", b"".join(palette))], 3, width
    else:
        plain, extra, kind, stride = points, [], 2, 3 * width
    rows = b"".join(b"\0" + plain[at : at + stride] for at in range(0, len(plain), stride))
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    pieces = [(b"IHDR", head), *extra, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in pieces
    )


def differ(one: bytes, other: bytes) -> bool:
    """Whether two pictures show something different: more than a cursor that blinks."""
    if len(one) != len(other):
        return True
    return one != other and sum(map(ne, one, other)) > len(one) * CURSOR


def is_dark(points: bytes) -> bool:
    """Whether nothing is to be seen, but for the sentence with which QEMU stands in for a panel that is off."""
    return sum(channel > DARK for channel in points) < len(points) * SENTENCE
