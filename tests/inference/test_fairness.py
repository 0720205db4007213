"""People who talk at the same time, a quarter of an hour on the virtual clock: who waits for whom, and how long."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from appliance.core import clock
from appliance.core.speech import Stage
from appliance.inference.job import LOCAL, Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from tests.inference.scripted import Script, World, spec
from tests.virtual_time import run

SPECS = (spec(Stage.TURN_END), spec(Stage.STT), spec(Stage.TTS))
QUARTER_S = 900.0
CLAUSE = 10
"""Words."""


@dataclass
class Person:
    """Asks, listens, and asks again. The engines take as long as on a machine with room."""

    name: str
    scheduler: Scheduler
    luck: random.Random
    waits_s: list[float] = field(default_factory=list)
    """From the last word to the first sound."""

    async def talk(self, until: float) -> None:
        await asyncio.sleep(self.luck.random() * 10)
        while clock.now() < until:
            await self._ask()
            await self._listen(self.luck.randint(25, 70))
            await asyncio.sleep(0.5 + self.luck.random() * 2)

    @property
    def p95_s(self) -> float:
        return quantiles(self.waits_s, n=20)[-1]

    async def _ask(self) -> None:
        for _ in range(self.luck.randint(20, 50)):
            await asyncio.sleep(0.1)
            await self._call(Stage.STT, Priority.PARTIAL, 0.01)
        self.waits_s.append(-clock.now())
        await self._call(Stage.TURN_END, Priority.TURN_END, 0.02)
        await self._call(Stage.STT, Priority.TRANSCRIPT, 0.05)

    async def _listen(self, words: int) -> None:
        clauses: asyncio.Queue[int] = asyncio.Queue(4)  # noqa: TID251 - full: thinking waits, as in life
        thinking = asyncio.create_task(self._think(words, clauses))
        playing_until = 0.0
        for number in range(words // CLAUSE):
            await clauses.get()
            await self._call(Stage.TTS, Priority.SPEECH if number else Priority.FIRST_CLAUSE, 0.08)
            if not number:
                self.waits_s[-1] += clock.now()
            playing_until = max(playing_until, clock.now()) + 2.5
            await clock.sleep_until(playing_until - 3.0)
        await thinking
        await clock.sleep_until(playing_until)

    async def _think(self, words: int, clauses: "asyncio.Queue[int]") -> None:  # noqa: TID251 - the same
        async with self.scheduler.stream(
            self._job(Stage.LLM, Priority.DECODE, [0.08, *[0.012] * words])
        ) as results:
            async for word in results:
                if word and word % CLAUSE == 0:
                    await clauses.put(word)

    async def _call(self, stage: Stage, priority: Priority, seconds: float) -> None:
        await self.scheduler.call(self._job(stage, priority, [seconds]))

    def _job(self, stage: Stage, priority: Priority, steps_s: Sequence[float]) -> Job[int]:
        return Job(stage, "act", (Script(tuple(steps_s)),), priority, self.name, 1, 1000.0)


def quarter(*names: str, seats: int = 1, cores: int = 4) -> dict[str, Person]:
    """Everybody talks for a quarter of an hour. As many as there are seats are answered at the same time."""

    async def main() -> dict[str, Person]:
        world, settings = World(), InferenceSettings(cores=cores)
        specs = [*SPECS, spec(Stage.LLM, threads=2, seats=seats)]
        scheduler = Scheduler([Lane([each], settings, world.launch) for each in specs], settings)
        await scheduler.open()
        people = [Person(name, scheduler, random.Random(name)) for name in names]
        await asyncio.gather(*(person.talk(clock.now() + QUARTER_S) for person in people))
        await scheduler.close()
        return {person.name: person for person in people}

    return run(main(), limit_s=1200)


def test_nobody_starves_where_all_share_one_model() -> None:
    alone = quarter("b")["b"]
    people = quarter(LOCAL, "a", "b", "c", cores=2)
    assert all(len(person.waits_s) > 0.8 * len(alone.waits_s) for person in people.values())
    assert all(max(person.waits_s) < 4.0 for person in people.values())


def test_the_boxs_own_microphone_hardly_notices_guests() -> None:
    alone = quarter(LOCAL)[LOCAL]
    for cores in (3, 4):
        people = quarter(LOCAL, "a", "b", seats=4, cores=cores)
        assert people[LOCAL].p95_s <= 1.2 * alone.p95_s
        assert all(len(person.waits_s) > 45 for person in people.values())
