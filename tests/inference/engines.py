"""Small engines with every vice that a real one may have. Built by workers, never by the tests themselves."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from appliance.core.audio import Samples
from appliance.core.errors import Cancelled, EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage


class Fake:
    """Does what it is told, method by method."""

    def __init__(self, name: str = "fake") -> None:
        self._name = name
        self._log: list[str] = []

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def echo(self, value: Any, cancel: CancelToken) -> Any:
        return value

    def name(self, cancel: CancelToken) -> str:
        return self._name

    def pid(self, cancel: CancelToken) -> int:
        return os.getpid()

    def log(self, cancel: CancelToken) -> list[str]:
        """What earlier jobs have noted."""
        return self._log

    def environment(self, cancel: CancelToken) -> dict[str, str]:
        return dict(os.environ)

    def niceness(self, cancel: CancelToken) -> int:
        return os.nice(0)

    def count(self, to: int, cancel: CancelToken) -> Iterator[int]:
        for number in range(to):
            self._log.append(f"made {number}")
            yield number
        self._log.append("counted")

    def grow(self, megabytes: int, cancel: CancelToken) -> None:
        """Need so much more memory from now on."""
        self._log.append("x" * (megabytes << 20))

    def noise(self, samples: int, blocks: int, cancel: CancelToken) -> Iterator[Samples]:
        for block in range(blocks):
            yield np.full(samples, block, dtype=np.float32)

    def until_cancelled(self, cancel: CancelToken) -> Iterator[str]:
        """One result, then blocks like native code that polls a flag."""
        stop = threading.Event()
        cancel.on_cancel(stop.set)
        try:
            yield "begun"
            stop.wait()
            cancel.raise_if_cancelled()
        finally:
            self._log.append("stopped")

    def hang(self, cancel: CancelToken) -> Iterator[str]:
        """One result, then deaf for ever, even to being closed."""
        try:
            yield "begun"
        finally:
            threading.Event().wait()

    def fail(self, cancel: CancelToken) -> None:
        raise EngineError(Stage.LLM, "out of ideas", retryable=False, remedy="Ask something else.")

    def fail_later(self, cancel: CancelToken) -> Iterator[str]:
        yield "begun"
        raise ZeroDivisionError("one over nothing")

    def stop_unasked(self, cancel: CancelToken) -> None:
        raise Cancelled

    def leave(self, code: int, cancel: CancelToken) -> Iterator[str]:
        yield "begun"
        os.write(2, b"Aborted: chrysanthemum\n")
        os._exit(code)

    def crash(self, cancel: CancelToken) -> Iterator[str]:
        yield "begun"
        os.write(1, b"somebody said chrysanthemum\n")
        os.kill(os.getpid(), signal.SIGSEGV)

    def chatter(self, lines: int, cancel: CancelToken) -> None:
        for line in range(lines):
            os.write(1, b"GGML_ASSERT(line %d %s\n" % (line, b"x" * 400))

    def unspeakable(self, cancel: CancelToken) -> object:
        return threading.Lock()  # cannot be pickled


class Unprobed(Fake):
    def probe(self) -> None:
        raise EngineError(Stage.LLM, "the model file is absent", retryable=False)


class CrashesOnProbe(Fake):
    def probe(self) -> None:
        os.write(2, b"illegal instruction ahead\n")
        os.kill(os.getpid(), signal.SIGILL)


class NeverLoads(Fake):
    def warm(self) -> None:
        threading.Event().wait()
