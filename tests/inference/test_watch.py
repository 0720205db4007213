"""When an engine that gives no sign of life is taken for hung."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from appliance.core import clock
from appliance.inference.pace import Pace
from appliance.inference.settings import InferenceSettings
from appliance.inference.watch import Watch
from tests.virtual_time import run

FLOOR_S = InferenceSettings().hang_floor_s


@dataclass(frozen=True)
class Decoding:
    """Some work."""

    method: str = "finish"
    session: str = "s"
    weight: float = 0.0
    budget_s: float = 15.0


def silent_for(processor: Callable[[float], float | None]) -> tuple[float, str]:
    """After how many s an engine that used to be quick is given up, and why.

    Args:
        processor: s of processor that its worker has used, by the s that have passed.
    """

    async def story() -> tuple[float, str]:
        watch, told = Watch(Pace(InferenceSettings())), list[tuple[float, str]]()
        began = clock.now()
        watch.begin(Decoding(), lambda _: None, lambda: 0.0)
        watch.result()
        watch.rest()
        watch.begin(
            Decoding(),
            lambda problem: told.append((clock.now() - began, problem)),
            lambda: processor(clock.now() - began),
        )
        await clock.sleep_until(began + 60)
        return told[0]

    return run(story())


@pytest.mark.parametrize("share", [None, 0.0, 1.0, 0.9])
def test_who_sleeps_or_spins_is_found_soon(share: float | None) -> None:
    after_s, problem = silent_for(lambda s: None if share is None else share * s)
    assert after_s == pytest.approx(FLOOR_S)
    assert problem.startswith("hung")


def test_who_starves_is_given_what_it_was_not_given() -> None:
    after_s, problem = silent_for(lambda s: 0.3 * s)
    assert 2 * FLOOR_S < after_s < 4 * FLOOR_S
    assert problem.startswith("hung")


def test_but_never_more_than_its_budget() -> None:
    assert silent_for(lambda s: 0.1 * s) == (Decoding().budget_s, "took longer than 15 s")
