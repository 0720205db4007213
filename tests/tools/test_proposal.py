"""A call that is proposed happens once, or never."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from appliance.tools.proposal import Proposal, Proposals, Stand
from appliance.tools.tool import Call, Context, Problem, Result, Tool
from appliance.tools.toolbox import Toolbox
from tests.tools.home import Home
from tests.virtual_time import run


class Deeds:
    """Tools of all tempers, and what they did."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.over: Counter[str] = Counter()
        self.toolbox = Toolbox(
            (
                Tool("look", "", self._run, SCHEMA),
                Tool("act", "", self._run, SCHEMA, changes=True),
                Tool("slow", "", self._run, SCHEMA, changes=True),
                Tool("hang", "", self._run, SCHEMA, changes=True, timeout_s=1),
                Tool("fail", "", self._run, SCHEMA, changes=True, preview=self._preview),
            )
        )

    def told(self, proposal: Proposal) -> None:
        self.over[proposal.call.id] += 1

    async def _run(self, arguments: Mapping[str, Any], _: Context) -> Result:
        call, temper = arguments["id"], arguments["temper"]
        self.begun[call] += 1
        await asyncio.sleep({"hang": 1e3, "slow": 0.8, "look": 0.1}.get(temper, 0))
        if temper == "fail":
            raise RuntimeError
        self.done[call] += 1
        return Result(call)

    async def _preview(self, arguments: Mapping[str, Any], _: Context) -> Result:
        await asyncio.sleep(0.05)
        return Result(f"would {arguments['id']}")


SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}, "temper": {"type": "string"}}}
TEMPERS = ("look", "act", "slow", "hang", "fail")


def call(temper: str, number: int) -> Call:
    return Call(temper, {"id": str(number), "temper": temper}, str(number))


async def reply(proposals: Proposals, tempers: list[str], chance: random.Random) -> None:
    """Propose while it is written, look ahead now and then, and commit when it is heard."""
    for number, temper in enumerate(tempers):
        proposal = proposals.propose(call(temper, number))
        proposals.propose(call(temper, number))  # a model repeats itself
        if chance.random() < 0.5:
            await proposal.preview()
        await asyncio.sleep(chance.random() / 10)
    await asyncio.gather(proposals.commit(), proposals.commit())


@pytest.mark.parametrize("seed", range(10))
def test_interrupted_anywhere_nothing_is_stuck_doubled_or_lost(seed: int) -> None:
    async def one(chance: random.Random) -> None:
        deeds = Deeds()
        proposals = Proposals(deeds.toolbox, Home().context(), deeds.told)
        tempers = chance.choices(TEMPERS, k=chance.randint(1, 4))
        work = asyncio.create_task(reply(proposals, tempers, chance))
        if chance.random() < 0.5:  # between two moments, or between two steps of the same one
            await asyncio.sleep(chance.random() * 2)
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)
        committed = {p.call.id for p in proposals.all if p.stand is Stand.COMMITTED}
        if chance.random() < 0.5:
            work.cancel()
            proposals.discard()
        else:
            proposals.discard()
            work.cancel()
        late = [proposals.propose(call("act", 99)), *proposals.all]
        await asyncio.gather(work, *(p.commit() for p in late), return_exceptions=True)
        await proposals.settled()
        for proposal in proposals.all:
            name, temper = proposal.call.id, proposal.call.tool
            assert proposal.over
            assert deeds.over[name] == 1, "stuck, or told twice"
            if name in committed:
                assert proposal.stand is Stand.COMMITTED, "lost"
                assert deeds.begun[name] == 1 or temper == "look", "doubled"
                assert deeds.done[name] >= (temper in {"look", "act", "slow"})
            else:
                assert proposal.stand is Stand.DISCARDED
                assert deeds.begun[name] == 0 or temper == "look", "done for a reply that nobody heard"
        assert {t for t in asyncio.all_tasks() if t is not asyncio.current_task()} == set()

    async def main() -> None:
        chance = random.Random(seed)
        for _ in range(100):
            await one(chance)

    run(main())


def prepared(temper: str) -> tuple[Deeds, Proposals, Proposal]:
    deeds = Deeds()
    proposals = Proposals(deeds.toolbox, Home().context(), deeds.told)
    return deeds, proposals, proposals.propose(call(temper, 1))


def test_a_commit_after_a_discard_does_nothing() -> None:
    async def main() -> None:
        deeds, _, proposal = prepared("act")
        proposal.discard()
        assert (await proposal.commit()).problem is Problem.DISCARDED
        assert not deeds.begun
        assert await proposal.preview() == proposal.result

    run(main())


def test_a_discard_after_a_commit_undoes_nothing_and_is_noted() -> None:
    async def main() -> None:
        deeds, _, proposal = prepared("slow")
        proposal.begin()
        await asyncio.sleep(0.1)
        proposal.discard()
        assert (await proposal.commit()).ok
        assert proposal.unwanted
        assert deeds.done["1"] == 1

    run(main())


def test_what_was_looked_up_ahead_is_not_asked_again() -> None:
    async def main() -> None:
        deeds, _, proposal = prepared("look")
        assert await proposal.preview() == await proposal.commit()
        assert deeds.begun["1"] == 1

    run(main())


def test_a_preview_changes_nothing() -> None:
    async def main() -> None:
        deeds, proposals, proposal = prepared("fail")
        assert await proposal.preview() == Result("would 1")
        assert await proposals.propose(call("act", 2)).preview() is None
        assert not deeds.begun
        assert (await proposal.commit()).problem is Problem.BROKEN

    run(main())


def test_calls_without_an_id_are_calls_of_their_own() -> None:
    async def main() -> None:
        _, proposals, _ = prepared("act")
        proposals.propose(Call("look", {"id": "a", "temper": "look"}))
        proposals.propose(Call("look", {"id": "a", "temper": "look"}))
        assert len(proposals.all) == 3
        assert [result.ok for result in await proposals.commit()] == [True] * 3

    run(main())
