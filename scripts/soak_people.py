"""People who talk to a box for hours: over WebSockets, over WebRTC, and into its own microphone."""

import asyncio
import json
import random
import ssl
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.clock import monotonic
from scripts.soak_line import Line, crossed

UP = CAPTURE_RATE // 50
QUIET = 1e-4
"""RMS below which a frame is silence."""
PATIENCE_S = 90.0
"""s that somebody waits for the box to rest before they say something else anyway."""
ROOM = 5e-4
"""RMS of a quiet room."""


@dataclass(frozen=True)
class Address:
    """Where the box is."""

    port: int
    """Of https."""
    plain: int
    """Of plain http, at the box itself."""

    def secure(self, path: str) -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def near(self, path: str) -> str:
        return f"http://localhost:{self.plain}{path}"


class Mouth:
    """What somebody says, 20 ms at a time, in a quiet room."""

    def __init__(self, luck: random.Random) -> None:
        self._noise = np.random.default_rng(luck.randrange(2**32))
        self._pending: Samples = np.zeros(0, np.float32)

    def say(self, clip: Samples) -> float:
        """Begin; returns how long it takes, s."""
        self._pending = np.concatenate([self._pending, clip])
        return len(self._pending) / CAPTURE_RATE

    def frame(self) -> Samples:
        """The next 20 ms."""
        part, self._pending = self._pending[:UP], self._pending[UP:]
        sound = self._noise.normal(0, ROOM, UP).astype(np.float32)
        sound[: len(part)] += part
        return sound


class Wire(Protocol):
    """A connection to the box."""

    async def send(self, text: str) -> None: ...
    async def send_sound(self, data: bytes) -> None: ...
    async def end(self, *, rudely: bool) -> None: ...


class Guest(ABC):
    """Somebody who does whatever comes to mind. `connect` is what sets those of different wires apart."""

    def __init__(
        self, line: Line, lines: dict[str, Line], clips: Sequence[Samples], bad: Sequence[bytes], seed: int
    ) -> None:
        self.line = line
        self.deeds = 0
        self.bad_inputs = 0
        self.troubles: Counter[str] = Counter()
        """What kept them from talking: most of it was done to them."""
        self.luck = random.Random(seed)
        self.mouth = Mouth(self.luck)
        self.wire: Wire | None = None
        self._lines = lines
        self._clips = clips
        self._bad = bad

    @abstractmethod
    async def connect(self) -> None:
        """Make `wire` one that works; returns when it says hello."""

    async def live(self) -> None:
        """Do one thing after the other, for ever."""
        deeds = {
            self._ask: 50,
            self._type: 14,
            self._interrupt: 16,
            self._stop: 4,
            self._mute: 3,
            self._babble: 5,
            self._leave: 5,
            self._linger: 3,
        }
        while True:
            try:
                if not self.line.connected:
                    await self.connect()
                (deed,) = self.luck.choices(list(deeds), list(deeds.values()))
                await deed()
                self.deeds += 1
                await self.rest()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self.troubles[f"{type(error).__name__}: {error}"[:120]] += 1
                self.line.lost()
                await asyncio.sleep(self.luck.uniform(0.5, 3.0))

    def take(self, text: str) -> None:
        """The box says something."""
        message = json.loads(text)
        if other := crossed(self._lines, self.line.name, text):
            self.line.breaks(f"{self.line.name} is told what {other} said: {text[:200]}")
        self.line.take(message)

    async def rest(self) -> None:
        """Wait until the box does, and a moment longer."""
        await until(lambda: self.line.resting or not self.line.connected, PATIENCE_S)
        await asyncio.sleep(self.luck.uniform(0.3, 2.5))

    async def _ask(self) -> None:
        await asyncio.sleep(self.mouth.say(self.luck.choice(self._clips)) + 1.5)

    async def _type(self) -> None:
        asked = self.luck.choice(["what is the time", "tell me a joke", "count to ten", "how are you"])
        await self._tell(type="text", text=f"{self.line.name} says {asked}")
        await asyncio.sleep(1.0)

    async def _interrupt(self) -> None:
        await self._ask()
        await until(lambda: self.line.state == "speaking", 15.0)
        await asyncio.sleep(self.luck.uniform(0.0, 2.0))
        self.line.excuse()
        await self._ask()

    async def _stop(self) -> None:
        await self._ask()
        self.line.excuse()
        await self._tell(type="stop")

    async def _mute(self) -> None:
        self.line.excuse()
        await self._tell(type="mute", on=True)
        await asyncio.sleep(self.luck.uniform(0.2, 4.0))
        await self._tell(type="mute", on=False)

    async def _babble(self) -> None:
        """Send what nobody understands."""
        for _ in range(self.luck.randint(1, 5)):
            assert self.wire
            data = self.luck.choice(self._bad)
            self.bad_inputs += 1
            if self.luck.random() < 0.7:
                await self.wire.send(data.decode("utf-8", "replace")[:4000])
            else:
                await self.wire.send_sound(data[: self.luck.randrange(2000)])
            await asyncio.sleep(0.1)

    async def _leave(self) -> None:
        """Hang up, with or without a word, and come back later."""
        assert self.wire
        self.line.lost()
        await self.wire.end(rudely=self.luck.random() < 0.5)
        await asyncio.sleep(self.luck.choice([0.0, 1.0, 5.0, 20.0]))

    async def _linger(self) -> None:
        """Say nothing for a while."""
        await asyncio.sleep(self.luck.uniform(5, 20))

    async def _tell(self, **fields: Any) -> None:
        if self.wire:
            await self.wire.send(json.dumps(fields))


async def until(condition: Callable[[], bool], patience_s: float) -> None:
    """Return when it holds, or patience is over."""
    end = monotonic() + patience_s
    while not condition() and monotonic() < end:
        await clock.sleep_until(clock.now() + 0.05)


async def pair(web: aiohttp.ClientSession, box: Address, name: str) -> None:
    """Be known to the box; the cookie stays in the session."""
    async with web.get(box.near("/api/invitation")) as got:
        pin = (await got.json())["pin"]
    async with web.post(box.secure("/api/pair"), json={"pin": pin, "name": name}) as got:
        got.raise_for_status()


def browser() -> aiohttp.ClientSession:
    """A browser that believes every certificate: others see to that."""
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=30),
    )


class LocalTalker:
    """Somebody in the room: their voice reaches the box's own microphone, and its screen shows what it does."""

    def __init__(self, line: Line, box: Address, sound: Any, clips: Sequence[Path], seed: int) -> None:
        self.line = line
        self.deeds = 0
        self._box = box
        self._sound = sound
        self._clips = clips
        self._luck = random.Random(seed)

    async def look_on(self, lines: dict[str, Line]) -> None:
        """Watch the screen, for ever."""
        while True:
            with suppress(aiohttp.ClientError, OSError):
                async with browser() as web, web.ws_connect(self._box.near("/api/kiosk")) as socket:
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        if other := crossed(lines, self.line.name, message.data):
                            self.line.breaks(f"{self.line.name} is told what {other} said")
                        self.line.take(json.loads(message.data))
            self.line.lost()
            await asyncio.sleep(1.0)

    async def live(self) -> None:
        """Ask one thing after the other, for ever; now and then into the answer."""
        while True:
            await self._speak()
            self.deeds += 1
            patience_s = self._luck.uniform(1, 4) if self._luck.random() < 0.25 else PATIENCE_S
            await asyncio.sleep(1.5)
            await until(lambda: self.line.resting, patience_s)
            if not self.line.resting:
                self.line.excuse()  # what is interrupted may end unheard
            await asyncio.sleep(self._luck.uniform(0.2, 3.0))

    async def _speak(self) -> None:
        feed = ["paplay", "--device=vfeed", str(self._luck.choice(self._clips))]
        playing = await asyncio.create_subprocess_exec(*feed, env=self._sound.environment)
        try:
            async with asyncio.timeout(30):
                await playing.wait()
        finally:
            if playing.returncode is None:
                playing.kill()
                await playing.wait()
