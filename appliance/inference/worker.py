"""The engine process once it is confined (see `entry`), with a lane at the other end of its socket.

Two threads: the main one runs the engine, a job at a time; the other listens to the lane meanwhile.
Whatever happens to the process of the lane, an engine never outlives it.
"""

import ctypes
import faulthandler
import itertools
import os
import resource
import signal
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

from appliance.core import clock
from appliance.core.errors import Cancelled, EngineError, in_brief
from appliance.core.interfaces import Engine
from appliance.inference.confine import Lack
from appliance.inference.control import Control
from appliance.inference.proof import Proof
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import (
    Allow,
    Broken,
    Cancel,
    Decoder,
    Ended,
    Item,
    Ping,
    Pong,
    Ready,
    Start,
    Waiting,
    encode,
)

NICENESS = 5
"""The main loop and its short errands come before a decoder that runs for seconds. Five steps give
the decoder a third of the share of a core that both want (sched_prio_to_weight: 335 against 1024)."""

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
"""linux/prctl.h"""

END = object()


class Worker:
    """Serves one engine over one socket until the other end hangs up."""

    def __init__(
        self, sock: socket.socket, spec: EngineSpec, hung_up: Callable[[], None], lack: Lack
    ) -> None:
        self._sock = sock
        self._spec = spec
        self._hung_up = hung_up
        self._lack = lack
        self._control = Control(0, 0)
        self._sending = threading.Lock()  # both threads send
        self._inbox: Queue[tuple[Start, Control] | None] = Queue(2)
        # Never full: the lane sends the next job after the end of the last, and hangs up once.

    def serve(self, messages: Iterator[Any]) -> None:
        """Build the engine, then run jobs until `messages` end."""
        threading.Thread(target=self._listen, args=(messages,), name="listen", daemon=True).start()
        engine = self._load()
        while engine and (work := self._inbox.get()):
            self._run(engine, *work)
        if engine:
            engine.close()

    def _load(self) -> Engine | None:
        started = clock.monotonic()
        try:
            proof = Proof(self._spec.stage, self._spec.files)
            engine = self._spec.build()
            proof.confirm()
            engine.probe()
            engine.warm()
        except Exception as problem:  # noqa: BLE001 - native bindings raise what they like
            words = f"{type(problem).__name__}: {problem}"  # nobody has said anything to it yet
            self._send(Broken(self._engine_error(problem, words)))
            return None
        self._send(Ready(clock.monotonic() - started, _resident(), int(self._lack)))
        return engine

    def _run(self, engine: Engine, start: Start, control: Control) -> None:
        error = None
        control.begin()
        try:
            result = getattr(engine, start.method)(*start.args, cancel=control)
            if isinstance(result, Iterator):
                self._stream(result, control)
            else:
                self._send(Item(start.job, result))
        except Exception as problem:  # noqa: BLE001 - as above; what cannot be pickled ends here too
            error = None if control.cancelled else self._engine_error(problem, in_brief(problem))
        control.close()
        self._send(Ended(start.job, error))

    def _stream(self, results: Iterator[Any], control: Control) -> None:
        try:
            for index in itertools.count():
                control.pass_gate(index, lambda serial: self._send(Waiting(control.job, serial)))
                if (value := next(results, END)) is END:
                    return
                self._send(Item(control.job, value))
        finally:
            getattr(results, "close", lambda: None)()

    def _send(self, message: object) -> None:
        data = encode(message)
        try:
            with self._sending:
                self._sock.sendall(data)
        except OSError:
            self._hung_up()

    def _engine_error(self, problem: Exception, words: str) -> EngineError:
        if isinstance(problem, EngineError):
            return problem
        traceback.print_exception(problem)  # the lane logs what we print
        name, stage = self._spec.name, self._spec.stage
        if isinstance(problem, Cancelled):
            return EngineError(stage, f"{name} stopped although nobody had asked it to")
        return EngineError(stage, f"{name} failed: {words}")

    def _listen(self, messages: Iterator[Any]) -> None:
        try:
            for message in messages:
                self._obey(message)
        finally:
            self._hung_up()
            self._control.cancel()
            self._inbox.put(None)

    def _obey(self, message: object) -> None:
        match message:
            case Start(job=job, until=until):
                self._control = Control(job, until)
                self._inbox.put((message, self._control))
            case Allow(job, serial, until) if job == self._control.job:
                self._control.allow(serial, until)
            case Cancel(job) if job == self._control.job:
                self._control.cancel()
            case Ping():
                self._send(Pong(None if self._control.resting else clock.worked_s()))


def serve(sock: socket.socket, hung_up: Callable[[], None], lack: Lack = Lack.NONE) -> None:
    """Be the worker at this end of a socket. Returns when the other end has hung up.

    Args:
        sock: blocking; its first message is the engine's description.
        hung_up: called, from the listening thread, as soon as that happens.
        lack: what is missing of the confinement of this process.
    """
    messages = _messages(sock)
    spec = next(messages, None)
    if isinstance(spec, EngineSpec):
        Worker(sock, spec, hung_up, lack).serve(messages)


def _messages(sock: socket.socket) -> Iterator[Any]:
    decoder = Decoder()
    try:
        while data := sock.recv(2**18):
            yield from decoder.feed(data)
    except OSError:
        return  # hanging up rudely is hanging up


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def work(descriptor: int, name: str, lack: Lack) -> None:
    """Become the worker called `name` at this end of a socket, until the other end hangs up."""
    prctl = ctypes.CDLL(None).prctl
    # The listening thread sees the lane hang up, unless native code keeps the GIL for ever.
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
    faulthandler.enable(all_threads=False)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the appliance, which then ends us
    serve(socket.socket(fileno=descriptor), lambda: os._exit(0), lack)
