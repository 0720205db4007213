"""Keeps conversations on the disk without anybody waiting for it: one queue, one thread, and patience.

What is told is queued at once. A task hands the queue to the thread, all that waits in one transaction. While the disk
is full, may only be read, or is locked, everything waits and is tried again; the rest of the appliance notices nothing
but the status line. A file that breaks while it is in use is mended from its last copy, as at the start.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from appliance.core import clock
from appliance.core.errors import in_brief
from appliance.core.speech import Turn
from appliance.records.clerk import Clerk
from appliance.records.conversation import Conversation, Deed, Ended, Past, Said, fingerprint
from appliance.records.problems import RecordsError
from appliance.records.settings import RecordSettings
from appliance.records.store import Store

T = TypeVar("T")

NEARLY_FULL: Final = ("the disk is nearly full", "delete something; it goes on by itself")
"""Problem and remedy where the last room on the disk is left to what is needed."""
MOST_WAITING: Final = 512
"""Turns that wait for the disk; when there are more, the oldest is lost and counted. Two hours of one speaker."""
RETRY_S: Final = 5.0
"""s between two tries while the disk does not take anything."""
TIDY_S: Final = 86_400.0
"""s between two looks at what has become too old."""
PATIENCE_S: Final = 5.0
"""s that the start, and the end, of the appliance wait for the disk."""
LISTED: Final = 1000
"""Turns that the owner is shown."""

log = logging.getLogger("appliance.records")


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """How it goes, for the owner."""

    line: str
    """In words."""
    recording: bool
    """Whether what is said reaches the disk."""
    waiting: int
    """Turns that wait for it."""
    lost: int
    """Turns that were not written down since the start."""


class Keeper:
    """Owns what waits for the disk. Used on the event loop."""

    def __init__(self, folder: Path, settings: RecordSettings) -> None:
        self.may_write: Callable[[], bool] = lambda: True
        """Whether the disk has room for what one could do without."""
        self._settings = settings
        self._clerk = Clerk(folder, settings)
        self._waiting: deque[Deed] = deque()
        self._news = asyncio.Event()
        self._problem: RecordsError | None = None
        self._lost = 0
        self._past: dict[str, Past] = {}
        self._copied = -1
        """`Clerk.changes` at the time of the last copy."""
        self._opening: asyncio.Task[None] | None = None

    @property
    def status(self) -> RecordStatus:
        """How it goes."""
        waiting, problem, days = len(self._waiting), self._problem, self._settings.keep_days
        lost = f"; {self._lost} turns were lost" if self._lost else ""
        if problem:
            line = f"what is said is not being written down: {problem.problem}; {waiting} turns wait{lost}"
            line += f" → {problem.remedy}" if problem.remedy else ""
        else:
            line = (
                f"what is said is kept for {days} days" if days else "nothing that is said is kept"
            ) + lost
        return RecordStatus(line, bool(days) and not problem, waiting, self._lost)

    def add(self, conversation: Conversation, turn: Turn) -> None:
        """Write a turn down."""
        self._tell(Said(conversation, turn, clock.wall().timestamp()))

    def end(self, conversation: Conversation) -> None:
        """Nobody will go on with it."""
        self._tell(Ended(conversation, clock.wall().timestamp()))

    def recall(self, session: str, device: str | None, most_s: float) -> Past | None:
        """The conversation of a session of this device, from before the start, that nobody ended. It is told once.

        Args:
            session: its id.
            device: a session belongs to its device; None is the box itself.
            most_s: s since its last turn, at most. Nobody knows how long ago that was once the clock was set back, and
                then it is over.
        """
        found = self._past.get(fingerprint(session))
        if found is None or found.conversation.device != device:
            return None
        del self._past[found.conversation.session]
        return found if 0 <= clock.wall().timestamp() - found.last <= most_s else None

    async def conversations(self) -> list[Past]:
        """The newest that were written down, the one with the newest turn first; [] while they cannot be read."""
        with suppress(RecordsError):
            return await self._ask(lambda store: store.newest(LISTED))
        return []

    async def forget_all(self) -> None:
        """Delete all that was ever said, copies included.

        Raises:
            RecordsError: that is impossible now.
        """
        self._waiting.clear()
        self._past.clear()
        await self._ask(lambda store: store.forget_all())

    async def change(self, section: str, key: str, value: object) -> None:
        """The owner's wish for a setting, from the next start on; None: they have none any more.

        Raises:
            RecordsError: it cannot be written down now.
        """
        await self._ask(lambda store: store.change(section, key, value))

    async def open(self) -> None:
        """Open the file, and read what may be gone on with. Whatever is wrong with it, the appliance starts."""
        self._opening = asyncio.create_task(self._open())
        _, late = await asyncio.wait({self._opening}, timeout=PATIENCE_S)
        if late:
            log.warning("The disk is very slow; the appliance starts without its past.")

    async def run(self) -> None:
        """Write down what is told, make copies, delete what is too old; until cancelled."""
        if self._opening:
            await self._opening
        chores = {self._copy: self._settings.backup_every_s, self._tidy: TIDY_S}
        due = {self._copy: clock.now(), self._tidy: clock.now() + TIDY_S}
        while True:
            await self._wait(min(due.values()))
            if self._problem:
                await clock.sleep_until(clock.now() + RETRY_S)
            if not self._clerk.ready:
                await self._open()
            await self._flush()
            for chore, every_s in chores.items():
                if clock.now() >= due[chore]:
                    due[chore] = clock.now() + every_s
                    await chore()

    async def close(self) -> None:
        """Write down what waits, make a last copy, close the file; not for longer than `PATIENCE_S`."""
        closing = asyncio.create_task(self._close())
        await asyncio.wait({closing}, timeout=PATIENCE_S)
        unfinished = [task for task in (closing, self._opening) if task and not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._clerk.leave()
        if self._waiting:
            log.warning("%d turns could not be written down.", len(self._waiting))

    def stop(self, problem: RecordsError) -> None:
        """Nothing is written down until this has passed."""
        if str(problem) != str(self._problem):
            log.warning("What is said is not being written down: %s", problem)
        self._problem = problem

    async def _ask(self, work: Callable[[Store], T]) -> T:
        try:
            return await self._clerk.do(work)
        finally:
            if not self._clerk.ready:
                self._news.set()  # it has just broken

    def _go_on(self) -> None:
        if self._problem:
            log.warning("What is said is being written down again.")
        self._problem = None

    def _tell(self, deed: Deed) -> None:
        if self._settings.keep_days:
            self._waiting.append(deed)
            self._bound()
            self._news.set()

    def _bound(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            self._lost += isinstance(self._waiting.popleft(), Said)

    async def _wait(self, until: float) -> None:
        """Until something is to be written, or it is time for something else."""
        self._news.clear()
        if self._waiting or not self._clerk.ready:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(until - clock.now()):
                await self._news.wait()

    async def _open(self) -> None:
        try:
            past = await self._clerk.open()
        except RecordsError as problem:
            self.stop(problem)
        else:
            self._go_on()
            self._past = {found.conversation.session: found for found in reversed(past)}

    async def _flush(self) -> None:
        deeds = tuple(self._waiting)
        if not deeds or not self._clerk.ready:
            return
        if not self.may_write():
            self.stop(RecordsError(*NEARLY_FULL))
            return
        self._waiting.clear()
        try:
            await self._clerk.do(lambda store: store.write(deeds))
        except BaseException as problem:
            # A write that was cancelled may have happened all the same; a turn that is written twice is there once.
            self._waiting.extendleft(reversed(deeds))
            self._bound()
            if not isinstance(problem, RecordsError):
                raise
            self.stop(problem)
        else:
            self._go_on()
            await self._tidy()

    async def _copy(self) -> None:
        if self._clerk.ready and self._clerk.changes != self._copied:
            try:
                await self._clerk.do(lambda store: store.back_up())
                self._copied = self._clerk.changes
            except RecordsError as problem:
                log.warning("No copy of what was said can be made: %s", problem)

    async def _tidy(self) -> None:
        with suppress(RecordsError):  # it is tried again with the next turn
            await self._clerk.do(self._clerk.forget_old)

    async def _close(self) -> None:
        self.may_write = lambda: True  # what is not written down now is lost
        await self._flush()
        await self._copy()
        await self._clerk.drop()


@asynccontextmanager
async def open_keeper(folder: Path, settings: RecordSettings) -> AsyncIterator[Keeper]:
    """A keeper at work. A bug in it ends the recording, and nothing else."""
    keeper = Keeper(folder, settings)
    await keeper.open()
    running = asyncio.create_task(keeper.run(), name="records")
    running.add_done_callback(lambda done: _explain(keeper, done))
    try:
        yield keeper
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await keeper.close()


def _explain(keeper: Keeper, running: "asyncio.Task[None]") -> None:
    bug = None if running.cancelled() else running.exception()
    if bug:
        log.error("What is said is no longer written down.", exc_info=bug)
        keeper.stop(
            RecordsError(f"there is a mistake in the program ({in_brief(bug)})", "start the appliance again")
        )
