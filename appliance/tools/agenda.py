"""What falls due: timers, alarms and reminders, kept on a shelf, each told when its moment has come.

Timers count seconds, whatever happens to the clock on the wall; alarms follow that clock, summer time included. What
fell due while the box was off is told at the start. A thing leaves the shelf when it has been told, so a power cut
tells it twice rather than never.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.tools.moments import next_time
from appliance.tools.shelf import Shelf

MOST: Final = 100
"""Plans at a time."""
LOOK_S: Final = 20.0
"""s between two looks at the wall clock, which somebody may set."""
JUMP_S: Final = 1.0
"""s by which the wall clock must differ from the steady one before it was set, not merely corrected."""
MISSED_S: Final = 5.0
"""s after which what is told is told as late."""
_SHELF: Final = "plan"

log = logging.getLogger("appliance.tools")


class Kind(StrEnum):
    """What somebody wants to be told of."""

    TIMER = "timer"
    """Some time has passed."""
    ALARM = "alarm"
    """It is a certain time."""
    REMINDER = "reminder"
    """It is time for something."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One of them."""

    kind: Kind
    """Which."""
    due: float
    """Unix time in s."""
    words: str = ""
    """A timer's name, what to be reminded of."""
    seconds: int = 0
    """It counts these; 0: it follows the wall clock."""
    clock: str = ""
    """HH:MM of an alarm."""
    days: tuple[int, ...] = ()
    """Days on which it returns, 0 is Monday; () is once."""
    key: str = ""
    """Unique."""


@dataclass(frozen=True, slots=True)
class Due:
    """Its moment has come."""

    plan: Plan
    """Whose."""
    late_s: float
    """s since then."""

    @property
    def missed(self) -> bool:
        """So late that somebody must be told so: the box was off."""
        return self.late_s > MISSED_S


class FullError(ApplianceError):
    """There are too many plans."""


class Agenda:
    """Owns all plans. Used on the event loop."""

    def __init__(self, shelf: Shelf, wall: Callable[[], datetime] = clock.wall) -> None:
        self._shelf = shelf
        self._wall = wall
        self._plans: dict[str, Plan] = {}
        self._news = asyncio.Event()
        self._offset: float | None = None
        """Unix time when the steady clock showed zero; None before anybody looked."""

    async def open(self) -> None:
        """Fetch what is on the shelf; also again, when it was emptied."""
        self._offset = self._measured()
        self._plans = {}
        for key, thing in (await self._shelf.all(_SHELF)).items():
            try:
                self._plans[key] = _read(key, dict(thing))
            except (TypeError, ValueError, KeyError):
                log.warning("A plan that was kept cannot be read, and is left out.")
                await self._shelf.drop(_SHELF, key)
        self._news.set()

    async def add(self, plan: Plan) -> Plan:
        """Have one more.

        Raises:
            FullError: there are too many.
        """
        if len(self._plans) >= MOST:
            raise FullError(f"there are {MOST} plans already", "cancel some")
        await self._follow()
        plan = replace(plan, key=plan.key or secrets.token_hex(8))
        self._plans[plan.key] = plan
        self._news.set()
        await self._keep(plan)
        return plan

    async def cancel(self, plans: Iterable[Plan]) -> None:
        """Want these no longer."""
        for plan in plans:
            if self._plans.pop(plan.key, None):
                await _patiently(self._shelf.drop(_SHELF, plan.key))
        self._news.set()

    def plans(self, kind: Kind) -> list[Plan]:
        """Those of a kind, the next one first."""
        return sorted((plan for plan in self._plans.values() if plan.kind is kind), key=self.left_s)

    def ringing(self, kind: Kind) -> list[Plan]:
        """Those of a kind whose moment has come and that are being told."""
        return [plan for plan in self.plans(kind) if self.left_s(plan) <= 0]

    def left_s(self, plan: Plan) -> float:
        """s until it falls due; less than nothing when it has."""
        if plan.seconds and self._offset is not None:  # counted on the steady clock
            return plan.due - self._offset - clock.now()
        return plan.due - self._wall().timestamp()

    async def due(self) -> AsyncIterator[Due]:
        """Tell of each plan once, when its moment comes; it is settled when the next one is asked for."""
        while True:
            self._news.clear()
            await self._follow()
            plan = min(self._plans.values(), key=self.left_s, default=None)
            left = LOOK_S if plan is None else self.left_s(plan)
            if plan and left <= 0:
                yield Due(plan, -left)
                await self._settle(plan)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, LOOK_S)):
                        await self._news.wait()

    async def _settle(self, plan: Plan) -> None:
        if self._plans.get(plan.key) != plan:
            return  # cancelled, or moved, while it was told
        if not plan.days:
            await self.cancel([plan])
            return
        again = next_time(time.fromisoformat(plan.clock), self._wall(), days=plan.days)
        self._plans[plan.key] = replace(plan, due=again.timestamp())
        await self._keep(self._plans[plan.key])

    async def _follow(self) -> None:
        """When somebody has set the wall clock, what counts seconds is written down anew."""
        measured = self._measured()
        if self._offset is None:
            self._offset = measured
        moved = measured - self._offset
        if abs(moved) < JUMP_S:
            return
        self._offset = measured
        for plan in tuple(self._plans.values()):
            if plan.seconds:
                self._plans[plan.key] = replace(plan, due=plan.due + moved)
                await self._keep(self._plans[plan.key])

    def _measured(self) -> float:
        return self._wall().timestamp() - clock.now()

    async def _keep(self, plan: Plan) -> None:
        thing = {name: value for name, value in asdict(plan).items() if name != "key"}
        await _patiently(self._shelf.put(_SHELF, plan.key, {**thing, "days": list(plan.days)}))


async def _patiently(work: Awaitable[None]) -> None:
    """A disk that is full costs the plan its life after a restart, not now."""
    try:
        await work
    except ApplianceError as error:
        log.warning("A plan could not be written down: %s", error.problem)


def _read(key: str, thing: dict[str, Any]) -> Plan:
    """What the shelf holds may be older than this program, or broken."""
    plan = Plan(
        Kind(thing["kind"]),
        float(thing["due"]),
        str(thing.get("words", "")),
        int(thing.get("seconds", 0)),
        str(thing.get("clock", "")),
        tuple(int(day) % 7 for day in thing.get("days", ())),
        key,
    )
    if plan.days:
        time.fromisoformat(plan.clock)
    return plan
