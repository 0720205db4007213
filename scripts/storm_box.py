"""A whole appliance to be killed, and somebody who talks to it from a page: for scripts/kill_storm.py."""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from appliance.web.websocket import UP_BYTES

ROOT = Path(__file__).parents[1]
QUESTIONS = ("Hello there.", "Who are you?", "Tell me more.", "Is that so?", "Go on.")
FRAME_S = 0.02


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Box:
    """Starts `appliance run`, with all its processes in one group, and kills them all at once."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.port, self.help_port = free_port(), free_port()
        self._log = folder / "log.txt"
        self._environment = {
            **os.environ,
            "APPLIANCE_MODELS__PROFILE": "bundled",
            "APPLIANCE_MODELS__FOLDER": str(models.resolve()),
            "APPLIANCE_AUDIO__FOLDER": str(folder / "state"),
            "APPLIANCE_HTTP__PORT": str(self.port),
            "APPLIANCE_HTTP__HELP_PORT": str(self.help_port),
            "APPLIANCE_HTTP__BIND": "127.0.0.1",
            "APPLIANCE_HTTP__NAME": "storm",
            "APPLIANCE_HTTP__DISCOVERY": "false",
            "APPLIANCE_LLM__ANSWER_TOKENS": "8",
            "APPLIANCE_SESSIONS__MOST": "2",
            "APPLIANCE_SESSIONS__DURATION_S": "604800",
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "appliance", "run"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> int:
        """SIGKILL to every process of it at once; returns how many there were."""
        assert self._process, "it was started"
        main = psutil.Process(self._process.pid)
        tree = [main, *main.children(recursive=True)]
        for process in tree:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self._process.wait()
        psutil.wait_procs(tree, timeout=30)
        return len(tree)

    async def open(self) -> bool:
        """Wait until pages can connect; False when it has ended instead."""
        assert self._process, "it was started"
        while self._process.poll() is None:
            if b"Talk to it from a browser" in self._log.read_bytes():
                return True
            await asyncio.sleep(0.1)
        return False

    def log(self) -> str:
        return self._log.read_text(errors="replace")


class Person:
    """Somebody with one page, who comes back to the same conversation after every kill."""

    def __init__(self, box: Box, luck: random.Random) -> None:
        self.session = ""
        self.known: dict[int, str] = {}
        """What they said, by turn, as the page was told."""
        self.shown: dict[int, str] | None = None
        """The same, as the box said when they came back; None before it did."""
        self._box = box
        self._luck = luck
        self._stopped: set[int] = set()
        self._stopping: asyncio.Future[None] | None = None
        self._cookie = ""

    async def talk(self) -> None:
        """Connect, and ask one question after another until the connection ends."""
        self.shown = None
        headers = {"Host": f"storm.local:{self._box.port}", "Origin": f"https://storm.local:{self._box.port}"}
        base = f"https://127.0.0.1:{self._box.port}"
        async with aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(ssl=False)) as web:
            if not self._cookie:
                self._cookie = await self._pair(web, headers)
            headers["Cookie"] = self._cookie
            path = "/api/ws" + (f"?session={self.session}" if self.session else "")
            async with web.ws_connect(path, headers=headers) as line:
                murmur = asyncio.create_task(self._murmur(line))
                try:
                    async for message in _messages(line):
                        await self._take(line, message)
                finally:
                    murmur.cancel()
                    await asyncio.gather(murmur, return_exceptions=True)

    async def _take(self, line: aiohttp.ClientWebSocketResponse, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                self.session = message["session"]
                self.shown = {shown["turn"]: shown["you"] for shown in message["conversation"]}
                self._stopped.clear()
                await self._ask(line)
            case "saying" if message["turn"] not in self._stopped:
                self._stopped.add(message["turn"])  # a few words are enough for a turn
                asyncio.get_running_loop().call_later(self._luck.random(), self._stop, line)
            case "turn":
                self.known[message["turn"]] = message["you"]
                await self._ask(line)

    def _stop(self, line: aiohttp.ClientWebSocketResponse) -> None:
        if not line.closed:
            self._stopping = asyncio.ensure_future(line.send_str('{"type":"stop"}'))

    async def _ask(self, line: aiohttp.ClientWebSocketResponse) -> None:
        text = f"{QUESTIONS[len(self.known) % len(QUESTIONS)]} Number {len(self.known)}."
        await line.send_str(json.dumps({"type": "text", "text": text}))

    async def _murmur(self, line: aiohttp.ClientWebSocketResponse) -> None:
        """Silence from the microphone, as a page sends it all the time."""
        while True:
            await line.send_bytes(bytes(UP_BYTES))
            await line.send_str('{"type":"played","delay_ms":0}') if _now() % 1 < FRAME_S else None
            await asyncio.sleep(FRAME_S)

    async def _pair(self, web: aiohttp.ClientSession, headers: dict[str, str]) -> str:
        kiosk = f"http://127.0.0.1:{self._box.help_port}/api/invitation"
        async with web.get(kiosk, headers={"Host": f"localhost:{self._box.help_port}"}) as answer:
            pin = (await answer.json())["pin"]
        async with web.post("/api/pair", json={"pin": pin, "name": "storm"}, headers=headers) as answer:
            answer.raise_for_status()
            found = re.match(r"[^;]+", answer.headers["Set-Cookie"])
            assert found, "a paired device is given a cookie"
            return found[0]


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _messages(line: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
    async for message in line:
        if message.type is aiohttp.WSMsgType.TEXT:
            yield json.loads(message.data)
