"""All seats of a lane's worker: who gets which, and for how long any of them has been at work."""

from itertools import count
from typing import Any

from appliance.core.errors import EngineError
from appliance.inference.effort import Effort
from appliance.inference.lane_state import LaneState, Work
from appliance.inference.pace import Pace
from appliance.inference.seat import Seat, Worker
from appliance.inference.settings import InferenceSettings
from appliance.inference.watch import Overdue


class Seats:
    """Owns the seats of the present worker, if there is one, and what was measured of every engine the lane has had."""

    def __init__(self, settings: InferenceSettings, overdue: Overdue) -> None:
        """Without any seat yet; `overdue` is told why a worker has to be killed."""
        self._settings = settings
        self._overdue = overdue
        self._seats: tuple[Seat, ...] = ()
        self._paces: dict[str, Pace] = {}
        """By engine: what was measured stands when the engine comes back."""
        self._effort = Effort()
        self._turns = count(1)

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def state(self) -> LaneState:
        """RUNNING while work at any seat burns cores, PARKED where there is other work, otherwise IDLE."""
        states = {seat.state for seat in self._seats}
        return next(
            (each for each in (LaneState.RUNNING, LaneState.PARKED) if each in states), LaneState.IDLE
        )

    @property
    def effort_s(self) -> float:
        """Seconds in which there was work at any seat, since the start."""
        return self._effort.seconds

    def furnish(self, seats: int, worker: Worker, engine: str) -> None:
        """A worker with so many seats has taken office; those of the last one are empty."""
        pace = self._paces.setdefault(engine, Pace(self._settings, first=not self._paces))
        grace_s = self._settings.cancel_grace_s
        self._seats = tuple(
            Seat(number, worker, pace, grace_s, self._moved, self._overdue) for number in range(seats)
        )

    def vacate(self, error: EngineError) -> None:
        """The worker is no more: what sat there fails, and there are no seats."""
        seats, self._seats = self._seats, ()
        for seat in seats:
            seat.finish(error)
        self._moved()

    def free_for(self, session: str) -> Seat | None:
        """The idle seat at which a piece of work of `session` may begin; None: it has to wait.

        That is where the session's last work was, for there its dialogue is in mind, even if others are free; or
        else the one that has rested longest.
        """
        own = [seat for seat in self._seats if seat.session == session]
        idle = [seat for seat in own or self._seats if seat.state is LaneState.IDLE]
        return min(idle, key=lambda seat: seat.turn, default=None)

    def known(self, session: str) -> bool:
        """Whether the last work at one of the seats was of `session`."""
        return any(seat.session == session for seat in self._seats)

    def begin(self, work: Work) -> Seat:
        """Start work. There must be a seat for it."""
        seat = self.free_for(work.session)
        if not seat:
            raise RuntimeError(f"there is no free seat for {work.session}")
        seat.begin(work, next(self._turns))
        return seat

    def receive(self, message: Any) -> bool:
        """Take what the worker says of a job. Returns whether there is one to which it matters."""
        return any(seat.receive(message) for seat in self._seats)

    def _moved(self) -> None:
        self._effort.follow(at_work=self.state is LaneState.RUNNING)
