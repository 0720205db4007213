"""The cable between a voice pipeline and the judge's sound card: the pipeline's end of it.

Needs nothing but Python, so it works in every peer's virtual environment. The card gives 10 ms of microphone at a
time, as they come by, and takes sound for its loudspeaker, of which it buffers a little, as a real one does.
"""

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from typing import Any, Final

HEAD: Final = struct.Struct("<cI")
"""Kind of a message, and the bytes that follow."""
TAKEN: Final = struct.Struct("<Q")
"""Bytes of sound that the card has taken out of its buffer, at the head of every message with a microphone's sound."""

MICROPHONE, HANG_UP = b"M", b"Q"
"""From the card."""
HELLO, READY, PLAY, DROP, NOTE = b"H", b"R", b"P", b"S", b"N"
"""To the card."""

MIC_RATE: Final = 16_000
"""Hz of the microphone, int16 mono."""
PERIOD_S: Final = 0.01
"""s of microphone per message, and of the card's beat."""
BUFFER_S: Final = 0.02
"""s of sound that the card holds: less than the local transports of the peers give to PortAudio."""


class Wire:
    """Owns one connection to the card."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: int) -> None:
        self.rate = rate
        """Hz of the loudspeaker, int16 mono."""
        self._reader = reader
        self._writer = writer
        self._given = self._taken = 0
        self._room = asyncio.Event()

    @classmethod
    async def connect(cls, path: str, rate: int) -> "Wire":
        """Plug in.

        Args:
            path: of the card's socket.
            rate: Hz of the sound that will be played.
        """
        reader, writer = await asyncio.open_unix_connection(path)
        wire = cls(reader, writer, rate)
        wire._send(HELLO, json.dumps({"rate": rate}).encode())
        return wire

    def ready(self, **about: Any) -> None:
        """All engines are warm: the clock may start, and somebody speak.

        Args:
            about: what the pipeline says of itself, for the report.
        """
        self._send(READY, json.dumps(about).encode())

    def note(self, **facts: Any) -> None:
        """Something for the report; nothing is measured by it."""
        self._send(NOTE, json.dumps(facts).encode())

    async def microphone(self) -> AsyncIterator[bytes]:
        """10 ms at a time, until the card hangs up."""
        while True:
            try:
                kind, size = HEAD.unpack(await self._reader.readexactly(HEAD.size))
                body = await self._reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if kind == HANG_UP:
                return
            (self._taken,) = TAKEN.unpack_from(body)
            self._room.set()
            yield body[TAKEN.size :]

    async def play(self, sound: bytes) -> None:
        """Give sound to the card, and wait while its buffer is full, as a blocking write does.

        It learns from the microphone's messages that there is room again: somebody else must listen meanwhile.
        """
        step = 2 * round(self.rate * PERIOD_S)
        for first in range(0, len(sound), step):
            await self._wait_for_room(step)
            self.push(sound[first : first + step])

    def push(self, sound: bytes) -> None:
        """Give sound to the card at once."""
        self._given += len(sound)
        self._send(PLAY, sound)

    def drop(self) -> None:
        """Make the card forget what it has not played yet. Not every sound system of a peer asks for this."""
        self._send(DROP, b"")

    async def close(self) -> None:
        """Unplug."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _wait_for_room(self, size: int) -> None:
        most = 2 * round(self.rate * BUFFER_S)
        while self._given - self._taken + size > most:
            self._room.clear()
            await self._room.wait()

    def _send(self, kind: bytes, body: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(HEAD.pack(kind, len(body)) + body)
