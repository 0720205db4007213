"""Calls that a reply wants: proposed while it is written, committed once it is heard, or discarded with it.

Nothing happens when a call is proposed. What only looks something up may be looked up ahead; what changes something
may only say what it would answer. A commit is a promise: from then on the call runs to its end, whoever stops waiting
for it.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum

from appliance.tools.phrases import failure
from appliance.tools.tool import Call, Context, Problem, Result
from appliance.tools.toolbox import Toolbox


class Stand(StrEnum):
    """How far a proposal is."""

    PROPOSED = "proposed"
    """Nothing has happened."""
    COMMITTED = "committed"
    """It happens, or has happened."""
    DISCARDED = "discarded"
    """It will never happen."""


Told = Callable[["Proposal"], None]
"""Told of each proposal once, when it is over."""


class Proposal:
    """One call of one reply."""

    def __init__(self, call: Call, toolbox: Toolbox, context: Context, told: Told) -> None:
        self.call = call
        self.stand = Stand.PROPOSED
        self.result: Result | None = None
        """What came of it, once it is over."""
        self.unwanted = False
        """The reply was discarded after the commit: it has happened all the same."""
        self._toolbox = toolbox
        self._context = context
        self._told = told
        self._ahead: asyncio.Task[Result | None] | None = None
        self._doing: asyncio.Task[Result] | None = None

    @property
    def over(self) -> bool:
        """Nothing more will come of it."""
        return self.result is not None

    async def preview(self) -> Result | None:
        """What it will answer, as far as that can be known without changing anything; None: nobody knows."""
        if self.stand is not Stand.PROPOSED:
            return self.result
        if self._ahead is None:
            self._ahead = asyncio.create_task(self._toolbox.preview(self.call, self._context))
        await asyncio.wait({self._ahead})  # whoever stops waiting does not stop it
        return None if self._ahead.cancelled() else self._ahead.result()

    async def commit(self) -> Result:
        """Do it, and wait for it; a second time only waits. After a discard nothing is done."""
        self.begin()
        if self._doing is None:
            assert self.result
            return self.result
        return await asyncio.shield(self._doing)

    def begin(self) -> None:
        """Commit without waiting."""
        if self.stand is Stand.PROPOSED:
            self.stand = Stand.COMMITTED
            self._doing = asyncio.create_task(self._do(), name=f"tool {self.call.tool}")

    def discard(self) -> None:
        """The reply will not be given. What was committed goes on, and it is noted that nobody wanted it any more."""
        if self.stand is Stand.PROPOSED:
            self.stand = Stand.DISCARDED
            if self._ahead:
                self._ahead.cancel()
            self._close(Result(failure(Problem.DISCARDED, self._context.language), problem=Problem.DISCARDED))
        elif self.stand is Stand.COMMITTED:
            self.unwanted = True

    async def settled(self) -> None:
        """Wait until nothing of it runs any more."""
        tasks = [task for task in (self._ahead, self._doing) if task]
        if tasks:
            await asyncio.wait(tasks)

    async def _do(self) -> Result:
        result = self._looked_up() or await self._toolbox.run(self.call, self._context)
        self._close(result)
        return result

    def _looked_up(self) -> Result | None:
        """The answer that was looked up ahead, if it is there: asking twice might answer differently."""
        tool, ahead = self._toolbox.find(self.call.tool), self._ahead
        if ahead is None or tool is None or tool.changes:
            return None
        if not ahead.done():
            ahead.cancel()
            return None
        return None if ahead.cancelled() else ahead.result()

    def _close(self, result: Result) -> None:
        self.result = result
        self._told(self)


class Proposals:
    """All calls of one reply; a call that is proposed twice, by its id, is one call."""

    def __init__(self, toolbox: Toolbox, context: Context, told: Told = lambda _: None) -> None:
        self._toolbox = toolbox
        self._context = context
        self._told = told
        self._proposals: dict[str, Proposal] = {}
        self._discarded = False

    def propose(self, call: Call) -> Proposal:
        """Want a call; nothing happens. In a reply that was discarded it is discarded at once."""
        key = call.id or f"#{len(self._proposals)}"
        if key not in self._proposals:
            self._proposals[key] = Proposal(call, self._toolbox, self._context, self._told)
            if self._discarded:
                self._proposals[key].discard()
        return self._proposals[key]

    async def commit(self) -> list[Result]:
        """Do all of it, one after the other in the order in which it was proposed."""
        return [await proposal.commit() for proposal in tuple(self._proposals.values())]

    def discard(self) -> None:
        """The reply will not be given, and proposes nothing more."""
        self._discarded = True
        for proposal in self._proposals.values():
            proposal.discard()

    async def settled(self) -> None:
        """Wait until nothing runs any more: before the box is switched off."""
        for proposal in tuple(self._proposals.values()):
            await proposal.settled()

    @property
    def all(self) -> tuple[Proposal, ...]:
        """In the order in which they were proposed."""
        return tuple(self._proposals.values())
