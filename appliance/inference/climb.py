"""The way back up: a better engine is tried beside the one in use, and takes over between two turns."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.inference.ladder import Ladder
from appliance.inference.life import Life
from appliance.inference.spec import EngineSpec

log = logging.getLogger(__name__)


async def climb(
    ladder: Ladder,
    candidate: Callable[[EngineSpec], AbstractAsyncContextManager[Life]],
    rested: Callable[[], Awaitable[None]],
    take_over: Callable[[Life], None],
) -> None:
    """Try the engine above the present one, ever more rarely, until there is none above it that may be tried.

    Args:
        ladder: of the stage.
        candidate: gives an engine a worker for a while; raises EngineError.
        rested: returns when nobody has needed the stage for some seconds.
        take_over: puts a worker in the place of the present one, which is idle.
    """
    while ladder.better:
        await clock.sleep_until(clock.now() + ladder.climb_delay_s)
        await rested()
        if not (spec := ladder.better):
            return
        try:
            async with candidate(spec) as worker:
                await rested()
                if ladder.better is spec:
                    take_over(worker)
                    log.info("%s is back.", spec.name)
        except EngineError as error:
            ladder.slipped(error)
            log.info("%s does not work yet: %s", spec.name, error.problem)
