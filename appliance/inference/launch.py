"""Brings workers to life: in a process of their own, or on a thread for tests.

Either way the lane speaks to them through a socket pair, in the same messages.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from typing import Any, Protocol

from appliance.inference import suspicion
from appliance.inference.confine import Lack, remedies
from appliance.inference.last_words import harmless
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Decoder, Ready, encode
from appliance.inference.worker import serve

log = logging.getLogger(__name__)

TAIL_LINES, TAIL_LINE = 20, 300
"""Lines, and characters of each, of a worker's output that are kept for the obituary."""
REAP_S = 2.0
"""Seconds to wait for a killed process. One that hangs in the kernel is left to it."""

PASSED_ON = (
    "CUDA_",
    "GGML_",
    "NVIDIA_",
    "LANG",
    "LC_",
    "LD_LIBRARY_PATH",
    "ORT_DISABLE_TELEMETRY",
    "PATH",
    "TZ",
)
"""How the variables begin that a worker is given: to find libraries and a GPU. Tokens and addresses are not among
them, nor is the home folder, where libraries would keep caches."""

Receive = Callable[[Any], None]


class Worker(Protocol):
    """A worker as its lane holds it."""

    pid: int
    """Of its process; 0 if it has none of its own."""

    def send(self, data: bytes) -> None:
        """Pass on encoded messages. Never blocks; ignored when the worker is gone."""

    def kill(self) -> None:
        """End it now. Nothing is received from it afterwards."""

    async def gone(self) -> str:
        """Wait until it is dead; say how it died ("was killed by SIGSEGV")."""

    def last_words(self) -> str:
        """The end of what it printed."""


Launch = Callable[[EngineSpec, Receive], Awaitable[Worker]]
"""Starts a worker; its messages go to the callback, from the loop, until it is gone."""


class _Link(asyncio.Protocol):
    """The lane's end of the socket."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._decoder = Decoder(suspicion.loads)
        self.offence = ""
        """What the worker did that none should; its process was then probably taken over."""
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._decoder.feed(data)
        except Exception as error:  # noqa: BLE001 - damaged pickles raise what they like
            self.offence = f"sent what is no message: {error}"
            self.closed.set()
            return
        for message in messages:
            if self.closed.is_set():
                return
            self._receive(message)

    def connection_lost(self, _: Exception | None) -> None:
        self.closed.set()


class _Output(asyncio.SubprocessProtocol):
    """Logs what a process prints, remembers the end of it, and knows when the process is over."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.keep: Callable[[str], str] = lambda line: line
        """What of a line may be kept."""
        self.over = asyncio.Event()

    def pipe_data_received(self, _: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._print(line)
        self._rest = self._rest[-TAIL_LINE:]

    def pipe_connection_lost(self, _: int, _exc: Exception | None) -> None:
        self._print(self._rest)

    def _print(self, line: bytes) -> None:
        if text := self.keep(line[:TAIL_LINE].decode(errors="replace").rstrip()):
            log.debug("%s: %s", self._name, text)
            self.tail.append(text)

    def connection_lost(self, _: Exception | None) -> None:
        self.over.set()  # the process has exited and its pipe is read to the end


class _ProcessWorker:
    """A worker in a process of its own."""

    def __init__(
        self, link: _Link, wire: asyncio.Transport, output: _Output, process: asyncio.SubprocessTransport
    ) -> None:
        self.pid = int(process.get_pid() or 0)
        self._link = link
        self._wire = wire
        self._output = output
        self._process = process

    def send(self, data: bytes) -> None:
        self._output.keep = harmless  # from here on it may know what somebody said
        self._wire.write(data)

    def kill(self) -> None:
        self._link.closed.set()
        self._wire.abort()
        with suppress(ProcessLookupError):
            self._process.kill()

    async def gone(self) -> str:
        await self._link.closed.wait()
        if self._link.offence:
            self.kill()
        for _ in ("by itself", "by us"):
            with suppress(TimeoutError):
                async with asyncio.timeout(REAP_S):
                    await self._output.over.wait()
            self.kill()
        self._process.close()
        return self._link.offence or _in_words(self._process.get_returncode())

    def last_words(self) -> str:
        return "\n".join(self._output.tail)


class _ThreadWorker:
    """A worker on a thread. It cannot really be killed: a hanging one is left behind."""

    def __init__(self, link: _Link, wire: asyncio.Transport) -> None:
        self.pid = 0
        self._link = link
        self._wire = wire

    def send(self, data: bytes) -> None:
        self._wire.write(data)

    def kill(self) -> None:
        self._link.closed.set()
        self._wire.abort()

    async def gone(self) -> str:
        await self._link.closed.wait()
        return self._link.offence or "ended"

    def last_words(self) -> str:
        return ""


async def launch_process(spec: EngineSpec, receive: Receive) -> Worker:
    """Start a worker in a process of its own."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with theirs:
        wire, link = await loop.create_unix_connection(lambda: _Link(_noting(receive)), sock=ours)
        try:
            process, output = await loop.subprocess_exec(
                lambda: _Output(spec.name),
                *(sys.executable, "-m", "appliance.inference.entry", str(theirs.fileno())),
                *("gpu" if spec.gpu else "cpu", *map(str, spec.reads), spec.name),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                process_group=0,  # not setsid: autogrouping would take the meaning from NICENESS
                env=_environment(spec),
            )
        except BaseException:
            wire.abort()
            raise
    worker = _ProcessWorker(link, wire, output, process)
    wire.write(encode(spec))
    return worker


async def launch_thread(spec: EngineSpec, receive: Receive) -> Worker:
    """Start a worker on a thread of this process."""
    ours, theirs = socket.socketpair()

    def serve_and_close() -> None:
        with theirs:
            serve(theirs, lambda: None)

    loop = asyncio.get_running_loop()
    wire, link = await loop.create_unix_connection(lambda: _Link(receive), sock=ours)
    threading.Thread(target=serve_and_close, name=spec.name, daemon=True).start()
    worker = _ThreadWorker(link, wire)
    worker.send(encode(spec))
    return worker


def _environment(spec: EngineSpec) -> dict[str, str]:
    # Libraries that size their thread pools when they are loaded would take every core.
    pools = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(spec.threads))
    ours = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return ours | pools | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}


def _noting(receive: Receive) -> Receive:
    """Says in the log, once, what this system lacks to confine engines."""

    def received(message: Any) -> None:
        if isinstance(message, Ready):
            _complain(Lack(message.lack))
        receive(message)

    return received


@cache
def _complain(lack: Lack) -> None:
    for line in remedies(lack):
        log.warning("%s", line)


def _in_words(returncode: int | None) -> str:
    if returncode is None:
        return "hangs in the kernel and cannot be killed"
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    hint = ", as the kernel does when memory runs out" if returncode == -signal.SIGKILL else ""
    return f"was killed by signal {-returncode} ({signal.strsignal(-returncode)}){hint}"
