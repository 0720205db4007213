"""The engine process once it is confined (see `entry`), with a lane at the other end of its socket.

One thread for each seat, the main one for the first, runs the engine, a job at a time; another listens to the lane
meanwhile. Whatever happens to the process of the lane, an engine never outlives it.
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
from collections.abc import Callable, Iterator, Sequence
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
    Call,
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
        self._sending = threading.Lock()  # all threads send
        self._calls: dict[int, Call] = {}
        """Those that have not begun. The lane sends one right before its start, so there is one at most."""
        self._controls: dict[int, Control] = {}
        """Of the jobs that are not over, and of the last one at each seat. By seat."""
        self._inboxes: list[Queue[tuple[Call, Control] | None]] = [Queue(2)]
        # By seat. Never full: the lane sends the next job after the end of the last, and hangs up once.
        self._over = False

    def serve(self, messages: Iterator[Any]) -> None:
        """Build the engine, then run jobs until `messages` end."""
        threading.Thread(target=self._listen, args=(messages,), name="listen", daemon=True).start()
        if not (engine := self._load()):
            return
        first, *others = zip(_seats(engine), self._inboxes, strict=True)
        sitting = [threading.Thread(target=self._sit, args=each) for each in others]
        for thread in sitting:
            thread.start()
        self._sit(*first)
        for thread in sitting:
            thread.join()
        engine.close()

    def _sit(self, seat: Engine, inbox: "Queue[tuple[Call, Control] | None]") -> None:
        while work := inbox.get():
            self._run(seat, *work)

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
        seats = len(_seats(engine))
        self._inboxes += [Queue(2) for _ in range(seats - 1)]
        if self._over:  # nobody else would tell those that are new
            self._hang_up()
        warnings = tuple(getattr(engine, "warnings", ()))
        self._send(Ready(clock.monotonic() - started, _resident(), int(self._lack), seats, warnings))
        return engine

    def _run(self, engine: Engine, call: Call, control: Control) -> None:
        error = None
        control.begin()
        try:
            result = getattr(engine, call.method)(*call.args, cancel=control)
            if isinstance(result, Iterator):
                self._stream(result, control)
            else:
                self._send(Item(call.job, result))
        except Exception as problem:  # noqa: BLE001 - as above; what cannot be pickled ends here too
            error = None if control.cancelled else self._engine_error(problem, in_brief(problem))
        control.close()
        self._send(Ended(call.job, error))

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
            self._over = True
            self._hang_up()

    def _hang_up(self) -> None:
        for control in self._controls.values():
            control.cancel()
        for inbox in self._inboxes:
            inbox.put(None)

    def _obey(self, message: object) -> None:
        match message:
            case Call(job=job):
                self._calls[job] = message
            case Start(job, seat, until):
                self._controls[seat] = Control(job, until)
                self._inboxes[seat].put((self._calls.pop(job), self._controls[seat]))
            case Allow(job, serial, until):
                for control in self._of(job):
                    control.allow(serial, until)
            case Cancel(job):
                for control in self._of(job):
                    control.cancel()
            case Ping():
                resting = all(control.resting for control in self._controls.values())
                self._send(Pong(None if resting else clock.worked_s()))

    def _of(self, job: int) -> list[Control]:
        """The control of a job, unless another one sits in its place already."""
        return [control for control in self._controls.values() if control.job == job]


def _seats(engine: Engine) -> Sequence[Any]:
    """What has the methods of the engine: itself, or as many objects as there are jobs that it can do at a time."""
    return getattr(engine, "seats", (engine,))


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
