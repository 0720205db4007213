"""Notices that sound devices or a sound server came or went, without asking PortAudio."""

import asyncio
import contextlib
import logging
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from platformdirs import user_runtime_path

from appliance.audio.pactl import ask
from appliance.audio.server import Node
from appliance.core import clock

log = logging.getLogger(__name__)

HARDWARE: Final = Path("/dev/snd")
"""Changes whenever a sound card is plugged or pulled."""
SERVERS: Final = ("pipewire-0", "pulse/native")
"""Sockets of the sound servers, below the runtime folder."""
LOOK_S: Final = 0.25
"""s between two looks at those, while no server tells what happens."""
PATIENT_LOOKS: Final = 20
"""Looks for which a server may be there without answering, 5 s: it is starting."""
SETTLE_S: Final = 0.05
"""s to wait before asking what has happened: a plugged device makes half a dozen pieces of news, all within 10 ms."""
LEAVE_S: Final = 1.0
"""s that a program which has closed its output may take to end."""
UNTOLD: Final = (
    "The sound server cannot be asked for its devices.",
    "install pulseaudio-utils, which has pactl",
)
"""The problem without pactl, and what mends it."""
NEWS: Final = (b" on sink #", b" on source #", b" on server")
"""Ends of what `pactl subscribe` says about devices and their defaults; the rest is about other people's music."""
VOLUME: Final = b"'change' on s"
"""Says that somebody turned a knob, or that a device fell asleep; but not when it is about the server."""

Nodes = tuple[Node, ...] | None
"""What a sound server has; None where none answers."""


def fingerprint() -> tuple[int, ...]:
    """Something that stays equal as long as no card and no server comes or goes. A few µs."""
    return tuple(map(_changed, (HARDWARE, *_sockets())))


def mute_server() -> bool:
    """There is a sound server, and no program to ask it: it is used, and what comes and goes is found out late."""
    return not shutil.which("pactl") and any(map(_changed, _sockets()))


class Presence:
    """Owns what is known of the devices of the sound server, and of whether there is one."""

    def __init__(self, changed: Callable[[Nodes], None]) -> None:
        """`changed` is told what there is at the beginning, and whenever something came or went."""
        self._changed = changed
        self._told: tuple[Nodes, tuple[int, ...]] | None = None
        self._stirred = asyncio.Event()

    async def run(self) -> None:
        """Watch, for ever."""
        if mute_server():
            log.warning("%s → %s", *UNTOLD)
        looks = PATIENT_LOOKS
        while True:
            mark = fingerprint()
            await self._ask(looks)
            await self._follow_server()
            self._told = None  # a new server is news, even if it has just what the old one had
            looks = PATIENT_LOOKS if await self._wait(mark) else 1

    async def _ask(self, looks: int = 1) -> None:
        """Find out what there is, and tell it if it is news. A server that is starting is waited for."""
        for look in range(looks):
            nodes, mark = await asyncio.to_thread(ask), fingerprint()
            if nodes is not None or look == looks - 1 or not any(mark[1:]) or not shutil.which("pactl"):
                break
            await clock.sleep_until(clock.now() + LOOK_S)
        news = (nodes, () if nodes else mark)
        if news != self._told:
            self._told = news
            self._changed(nodes)

    async def _follow_server(self) -> None:
        """Let the server tell us, until it ends. Returns at once when there is none."""
        try:
            server = await asyncio.create_subprocess_exec(
                *("pactl", "subscribe"),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=os.environ | {"LC_ALL": "C"},
            )
        except OSError:
            return
        telling = asyncio.create_task(self._read(server))
        try:
            while await self._stir(telling):
                await clock.sleep_until(clock.now() + SETTLE_S)
                self._stirred.clear()
                await self._ask()
        finally:
            await self._dismiss(server, gone=telling.done())
            telling.cancel()

    async def _dismiss(self, server: asyncio.subprocess.Process, *, gone: bool) -> None:
        if gone:  # whoever kills what has just ended by itself takes the news from asyncio, which then warns
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_S):
                    await server.wait()
        if server.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                server.kill()
            await server.wait()

    async def _read(self, server: asyncio.subprocess.Process) -> None:
        assert server.stdout
        self._stirred.set()  # for what happened before it began to tell
        while line := await server.stdout.readline():
            if any(word in line for word in NEWS) and (VOLUME not in line or b"server" in line):
                self._stirred.set()

    async def _stir(self, telling: "asyncio.Task[None]") -> bool:
        """Wait for news. False: there will be none."""
        stirred = asyncio.create_task(self._stirred.wait())
        try:
            await asyncio.wait({stirred, telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stirred.cancel()
        return not telling.done()

    async def _wait(self, mark: tuple[int, ...]) -> bool:
        """Wait for a server or a card, going by what its files look like. False: for 5 s nothing has changed."""
        for _ in range(PATIENT_LOOKS):
            if fingerprint() != mark:
                return True
            await clock.sleep_until(clock.now() + LOOK_S)
        return False


def _sockets() -> list[Path]:
    with warnings.catch_warnings():
        # On a box without a login session it only guesses the folder, and says so every time.
        warnings.simplefilter("ignore")
        runtime = user_runtime_path()
    return [runtime / server for server in SERVERS]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0
