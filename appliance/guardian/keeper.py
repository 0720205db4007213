"""Stands in systemd's place where there is none: starts the appliance, listens to it, and starts it again.

It is a process of its own that imports next to nothing, and is the other end of `notify`: the appliance tells it
what it would tell systemd, so that there is one way to be watched. It costs 12 MB, half of them shared.
"""

import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from appliance.core.monotonic import monotonic
from appliance.guardian.notify import SOCKET

WATCHDOG_S: Final = 5.0
"""s without a sign of life from an appliance that is ready: longer than its own dead man's switch, which knows more."""
STARTING_S: Final = 600.0
"""s from its start to READY, between two signs of life: it may be fetching its models."""
TRACE_S: Final = 0.5
"""s for a process that is aborted to write down where it stood; then it is killed."""
BACKOFF_S: Final = (0.1, 0.5, 2.0, 10.0, 30.0)
"""s before it is started again, by how often it has ended before without a success in between."""
STEADY_S: Final = 20.0
"""s of being ready that make a life a success."""
HOPELESS: Final = frozenset({0, 2, 64, 65, 78, 130})
"""Exit codes that another start would not change: it was told to end, or to do what it cannot (sysexits.h)."""
NAME: Final = "@voice-appliance-"
"""How the address of a keeper's socket begins; its process number follows."""
PR_SET_PDEATHSIG: Final = 1
"""sys/prctl.h"""
FORWARDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def wanted(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether this is to be the appliance itself, with nobody to watch over it."""
    asks_for_help = {"-h", "--help"} & set(arguments)
    return arguments[:1] == ["run"] and not asks_for_help and SOCKET not in environment


def leave_with_keeper(environment: Mapping[str, str]) -> None:
    """Have the kernel tell this process to end when its keeper, if it has one, is gone, however that happens.

    Nobody would watch over it, and the next start would find its ports and its microphone taken.
    """
    keeper = environment.get(SOCKET, "").removeprefix(NAME)
    if keeper.isdigit():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(keeper):  # it was gone before the kernel knew
            os.kill(os.getpid(), signal.SIGTERM)


def keep(command: Sequence[str]) -> int:
    """Run `command` until it ends of its own free will, or this process is told to end. Returns its exit code."""
    keeper = Keeper(command)
    for number in FORWARDED:
        signal.signal(number, keeper.pass_on)
    return keeper.run()


class Keeper:
    """Owns one life of the appliance after the other, and the socket through which it tells how it is."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._name = f"{NAME}{os.getpid()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._name.replace("@", "\0"))
        self._pid = 0
        self._patience_s = STARTING_S
        """s that it may be silent now."""
        self._ready_at: float | None = None
        """When this life said that it was ready."""
        self._told: list[int] = []
        """Signals that were passed on."""

    def pass_on(self, number: int, _frame: Any = None) -> None:
        """Tell the appliance what we were told."""
        self._told.append(number)
        if self._pid:
            os.kill(self._pid, number)

    def run(self) -> int:
        """See `keep`."""
        failures = 0
        while True:
            code = self._live()
            if self._told or code in HOPELESS or not (self._ready_at or code < 0):
                return 128 - code if code < 0 else code
            if self._ready_at and monotonic() - self._ready_at >= STEADY_S:
                failures = 0
            delay_s = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            _say(f"The appliance {_how(code)}. It is started again in {delay_s:g} s.")
            again = monotonic() + delay_s
            while monotonic() < again:
                if self._told:
                    return 0
                select.select([], [], [], 0.05)

    def _live(self) -> int:
        """One life. Returns its exit code, or the negative number of the signal it died of."""
        self._ready_at, self._patience_s = None, STARTING_S
        self._pid = os.posix_spawn(self._command[0], self._command, os.environ | {SOCKET: self._name})
        for number in self._told:  # before there was anybody to tell
            os.kill(self._pid, number)
        over = os.pidfd_open(self._pid)
        try:
            while over not in (events := _readable(self._patience_s, self._socket.fileno(), over)):
                if events:
                    self._listen(self._socket.recv(65536))
                else:
                    self._end(over)
        finally:
            os.close(over)
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def _listen(self, message: bytes) -> None:
        for line in message.split(b"\n"):
            match line:
                case b"READY=1":
                    self._ready_at, self._patience_s = monotonic(), WATCHDOG_S
                case b"RELOADING=1" | b"STOPPING=1":
                    self._patience_s = STARTING_S  # it will be silent for a while

    def _end(self, over: int) -> None:
        """It is silent: have it write down where it stands, and kill it."""
        _say("The appliance does not answer any more.")
        for number in (signal.SIGABRT, signal.SIGKILL):
            os.kill(self._pid, number)
            if _readable(TRACE_S, over):
                return


def _readable(patience_s: float, *descriptors: int) -> list[int]:
    """Which of them have something to say within so many seconds."""
    return select.select(descriptors, [], [], patience_s)[0]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - for the person at the terminal


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
