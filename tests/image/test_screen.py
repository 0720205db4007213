"""Pictures of a screen in software."""

import struct
import zlib

import pytest

from scripts.image.qemu import GuestError
from scripts.image.screen import differ, is_dark, png, read_ppm


def decoded(file: bytes) -> dict[bytes, bytes]:
    """The pieces of a PNG file, which must be whole."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at, pieces = 8, {}
    while at < len(file):
        (size,) = struct.unpack(">I", file[at : at + 4])
        name, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + size]
        assert file[at + 8 + size : at + 12 + size] == struct.pack(">I", zlib.crc32(name + body))
        pieces[name] = body
        at += 12 + size
    return pieces


def test_few_colours_take_a_palette() -> None:
    red, blue = b"\xff\0\0", b"\0\0\xff"
    pieces = decoded(png(2, 2, red + blue + blue + red))
    assert pieces[b"PLTE"] == blue + red
    assert zlib.decompress(pieces[b"IDAT"]) == b"\0\1\0" + b"\0\0\1"
    assert struct.unpack(">IIBB", pieces[b"IHDR"][:10]) == (2, 2, 8, 3)


def test_many_colours_are_kept() -> None:
    points = b"".join(bytes((n & 255, n >> 8, 7)) for n in range(300))
    pieces = decoded(png(300, 1, points))
    assert b"PLTE" not in pieces
    assert zlib.decompress(pieces[b"IDAT"]) == b"\0" + points


def test_a_picture_of_qemu_is_read_or_refused() -> None:
    assert read_ppm(b"P6\n2 1\n255\nabcdef") == (2, 1, b"abcdef")
    with pytest.raises(GuestError):
        read_ppm(b"P6\n2 2\n255\nabcdef")


def test_a_cursor_is_no_news() -> None:
    black = bytes(30_000)
    assert not differ(black, black)
    assert not differ(black, b"\xc0" * 12 + black[12:])
    assert differ(black, b"\xc0" * 60 + black[60:])
    assert differ(black, black[3:])


def test_dark_is_what_shows_nothing_but_qemus_own_sentence() -> None:
    assert is_dark(bytes(3000))
    assert is_dark(bytes(2970) + b"\xc0" * 30)
    assert not is_dark(b"\xc0" * 300 + bytes(2700))
