"""A better engine is tried beside the one in use, on virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.climb import climb
from appliance.inference.ladder import Ladder
from appliance.inference.life import Life
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.virtual_time import run

SETTINGS = replace(InferenceSettings(), climb_s=10, climb_most_s=60)
BROKEN = EngineError(Stage.TTS, "no such file", retryable=False)
REST_S = 3.0


class Lane:
    """A lane that has fallen one step, and whose better engine fails a number of times."""

    def __init__(self, fails: int) -> None:
        self.ladder = Ladder([EngineSpec(Stage.TTS, name, "a:b") for name in ("good", "plain")], SETTINGS)
        self.ladder.fall(BROKEN, 0)
        self.tried: list[float] = []
        self.served: list[str] = []
        self._fails = fails

    async def climb(self) -> None:
        await climb(self.ladder, self._candidate, self._rested, self._take_over)

    @asynccontextmanager
    async def _candidate(self, spec: EngineSpec) -> AsyncIterator[Life]:
        self.tried.append(clock.now())
        if len(self.tried) <= self._fails:
            raise EngineError(spec.stage, "still broken")
        yield object()  # type: ignore[misc]  # it is only passed on

    async def _rested(self) -> None:
        await clock.sleep_until(clock.now() + REST_S)

    def _take_over(self, worker: Life) -> None:
        self.ladder.climbed()
        self.served.append(self.ladder.spec.name)


def test_it_takes_over_at_rest_when_it_works() -> None:
    lane = Lane(fails=0)
    run(lane.climb())
    assert (lane.served, lane.ladder.degraded) == (["good"], False)


def test_it_is_tried_ever_more_rarely_until_it_works() -> None:
    lane = Lane(fails=4)

    async def main() -> float:
        begun = clock.now()
        await lane.climb()
        return begun

    begun = run(main())
    waits = [after - before for before, after in zip([begun, *lane.tried], lane.tried, strict=False)]
    assert waits == [10 + REST_S, 20 + REST_S, 40 + REST_S, 60 + REST_S, 60 + REST_S]
    assert lane.served == ["good"]


def test_on_the_best_engine_there_is_nothing_to_climb() -> None:
    lane = Lane(fails=0)
    lane.ladder.climbed()
    run(lane.climb())
    assert not lane.tried
