"""A seat: a place in a lane's worker, where one piece of work is done at a time."""

from collections.abc import Callable
from typing import Any, Protocol

from appliance.core.errors import EngineError
from appliance.inference.lane_state import LaneState, Work
from appliance.inference.pace import Pace
from appliance.inference.watch import Overdue, Watch
from appliance.inference.wire import Allow, Cancel, Ended, Item, Start, Waiting, encode


class Worker(Protocol):
    """What a seat asks of whoever owns its worker."""

    def send(self, data: bytes) -> None:
        """Pass on encoded messages."""

    def processor_s(self) -> float | None:
        """Seconds of processor that the worker has used; None where nobody knows."""


class Seat:
    """Owns the work that sits here, and what is known of the last one. Most engines have one seat; a language model
    has one for each dialogue that it keeps in mind."""

    def __init__(
        self,
        number: int,
        worker: Worker,
        pace: Pace,
        cancel_grace_s: float,
        moved: Callable[[], None],
        overdue: Overdue,
    ) -> None:
        """Seat `number` of a worker that has just become ready.

        Args:
            number: from 0.
            worker: who works.
            pace: of its engine.
            cancel_grace_s: s that cancelled work may take to notice.
            moved: called whenever `state` has changed.
            overdue: told why the worker has to be killed.
        """
        self.number = number
        self.state = LaneState.IDLE
        """IDLE, RUNNING or PARKED."""
        self.session = ""
        """Whose work was here last."""
        self.turn = 0
        """Grows with every piece of work begun at any seat of the lane: the seat with the lowest has rested longest."""
        self._worker = worker
        self._watch = Watch(pace)
        self._cancel_grace_s = cancel_grace_s
        self._moved = moved
        self._overdue = overdue
        self._work: Work | None = None
        self._job = 0
        self._serial = 0

    def begin(self, work: Work, turn: int) -> None:
        """Start work. The seat must be idle."""
        self._work, self._job, self._serial = work, work.number, 0
        self.session, self.turn = work.session, turn
        self._enter(LaneState.RUNNING)
        self._watch.begin(work, self._overdue, self._worker.processor_s)
        self._worker.send(work.call + encode(Start(work.number, self.number, work.allowed)))

    def allow(self, until: int) -> None:
        """Let the work go on to result number `until`; 0 parks it before its next result."""
        if not self._work:
            return
        self._serial += 1
        self._enter(LaneState.RUNNING)  # until the worker says that it waits
        self._watch.run()
        self._worker.send(encode(Allow(self._job, self._serial, until)))

    def cancel(self) -> None:
        """Nobody wants the work any more. The seat is idle as soon as the engine has noticed."""
        if not self._work:
            return
        self._worker.send(encode(Cancel(self._job)))
        grace_s = self._cancel_grace_s
        self._watch.within(grace_s, lambda: self._overdue(f"did not stop within {grace_s:g} s"))
        self._work = None

    def receive(self, message: Any) -> bool:
        """Take what the worker says about the job that sits here. Returns whether it was about that one."""
        if message.job != self._job or self.state is LaneState.IDLE:
            return False
        match message:
            case Item(value=value):
                self._watch.result()
                if self._work:
                    self._work.deliver(value)
            case Waiting(serial=serial) if self._work and serial == self._serial:
                self._watch.rest()
                self._enter(LaneState.PARKED)
            case Ended(error=error):
                self.finish(error)
        return True

    def finish(self, error: EngineError | None) -> None:
        """There is no more to come from the worker. The seat is idle."""
        self._watch.rest()
        work, self._work = self._work, None
        self._enter(LaneState.IDLE)
        if work:
            work.end(error)

    def _enter(self, state: LaneState) -> None:
        self.state = state
        self._watch.follow(at_work=state is LaneState.RUNNING)
        self._moved()
