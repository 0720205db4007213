"""Looks at the clock for a seat: how long the work there may take, and how long it took."""

from collections.abc import Callable
from typing import Final, Protocol

from appliance.inference.countdown import Countdown
from appliance.inference.effort import Effort
from appliance.inference.pace import Pace, Question

STARVED: Final = 0.05
"""Share of one core below which a worker is not starving but asleep."""
ALMOST: Final = 0.2
"""Share of the limit that may be missing."""


class Overdue(Protocol):
    """Told what has taken too long."""

    def __call__(self, problem: str) -> None:
        """`problem` goes on after the engine's name."""


class Watch:
    """Two limits at most: one for all of the work, or whatever else is waited for, and one until its next result.

    Both stand still while the work is parked.
    """

    def __init__(self, pace: Pace) -> None:
        """Judge by the engine's `pace`, and teach it."""
        self._pace = pace
        self._in_mind: str | None = None
        """Whose dialogue has been read here last."""
        self._effort = Effort()
        self._whole = Countdown(0.0, lambda: None)
        self._next = Countdown(0.0, lambda: None)
        self._renew: Callable[[], Countdown] = lambda: self._next
        self._question: Question | None = None
        """The work, until its first result is there."""
        self._effort_before_s = 0.0

    def follow(self, *, at_work: bool) -> None:
        """The engine burns cores from now on, or rests."""
        self._effort.follow(at_work=at_work)

    def begin(self, work: Question, overdue: Overdue, processor_s: Callable[[], float | None]) -> None:
        """Work begins.

        Args:
            work: what is done.
            overdue: told when it has taken too long.
            processor_s: s of processor that the worker has used so far; None where nobody knows.
        """
        budget_s, quiet_s = work.budget_s, self._pace.limit_s(work, cold=self._cold(work))
        self.within(budget_s, lambda: overdue(f"took longer than {budget_s:g} s"))
        if quiet_s < budget_s:
            problem = f"hung: it gave no sign of life for {quiet_s:.1f} s"
            self._renew = lambda: self._unless_starved(quiet_s, lambda: overdue(problem), processor_s)
            self.result()
        self._question, self._effort_before_s = work, self._effort.seconds

    def _cold(self, work: Question) -> bool:
        return work.weight > 0 and work.session != self._in_mind

    def _unless_starved(
        self, quiet_s: float, hung: Callable[[], None], processor_s: Callable[[], float | None]
    ) -> Countdown:
        """Runs `hung` after so many seconds, or later where the machine was busy with something else.

        Who starves is not ill, and who takes its place starves too. So what a worker was not given of the processor
        is given to it in time, as long as it gets some. One that sleeps or spins gets nothing by that, and whatever
        happens, the budget of the job stands.
        """
        used_s = processor_s()

        def passed() -> None:
            now_s = processor_s()
            worked_s = now_s - used_s if now_s is not None and used_s is not None else quiet_s
            missing_s = quiet_s - worked_s
            if worked_s < STARVED * quiet_s or missing_s < ALMOST * quiet_s:
                hung()
                return
            self._next = Countdown(missing_s, passed)
            self._next.run()

        return Countdown(quiet_s, passed)

    def result(self) -> None:
        """There is a sign of life."""
        if work := self._question:
            self._pace.learn(work, self._effort.seconds - self._effort_before_s, cold=self._cold(work))
            self._in_mind = work.session if work.weight else self._in_mind
            self._question = None
        self._next.hold()
        self._next = self._renew()
        self._next.run()

    def within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """Set the one limit that there is besides."""
        self.rest()
        self._question = None
        self._next = Countdown(0.0, lambda: None)
        self._renew = lambda: self._next
        self._whole = Countdown(seconds, otherwise)
        self._whole.run()

    def run(self) -> None:
        """Let time pass."""
        self._whole.run()
        self._next.run()

    def rest(self) -> None:
        """Let time stand still."""
        self._whole.hold()
        self._next.hold()
