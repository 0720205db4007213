"""The watch on virtual time, with a switch that writes down what it is told."""

import asyncio
from contextlib import suppress

import pytest

from appliance.guardian.deadman import DeadMan
from appliance.guardian.notify import Notifier
from appliance.guardian.progress import FrozenError, Progress, Proof
from appliance.guardian.settings import GuardianSettings
from appliance.guardian.watch import Watch
from tests.virtual_time import run


class Switch(DeadMan):
    """A switch that ends nothing."""

    def __init__(self) -> None:
        super().__init__(None)
        self.held: list[float] = []

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


class Told(Notifier):
    """Everything that systemd would be told."""

    def __init__(self) -> None:
        super().__init__({})
        self.words: list[str] = []

    def _tell(self, message: str) -> bool:
        self.words.append(message)
        return True


def watched(
    proof: Proof, settings: GuardianSettings, seconds: float
) -> tuple[Switch, Told, Exception | None]:
    """What comes of watching for so many seconds."""
    switch, told = Switch(), Told()

    async def main() -> Exception | None:
        watch = Watch(settings, Progress([proof]), switch, told, lambda: "Ready.")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await watch.run()
        except FrozenError as error:
            return error
        return None

    return switch, told, run(main())


def test_while_all_gets_on_the_switch_is_held_and_systemd_told() -> None:
    ticks = iter(range(1000))
    switch, told, error = watched(Proof("Sound", lambda: next(ticks), 4), GuardianSettings(), 9.5)
    assert error is None
    assert switch.held == [4.0] * 10 + [15.0], "in the end stopping is watched"
    assert told.words == ["STATUS=Ready."] + ["WATCHDOG=1"] * 10


def test_what_has_stopped_ends_the_appliance_within_five_seconds() -> None:
    _, told, error = watched(Proof("Sound", lambda: 1, 4), GuardianSettings(), 100)
    assert str(error) == "Sound has made no progress for 4 s; starting again."
    assert told.words.count("WATCHDOG=1") == 4


def test_a_debugger_may_stop_everything() -> None:
    switch, _, error = watched(Proof("Sound", lambda: 1, 4), GuardianSettings(frozen_s=0), 100)
    assert error is None
    assert switch.held == []


@pytest.mark.parametrize("frozen_s", [4.0, 0.0])
def test_systemd_is_told_in_any_case(frozen_s: float) -> None:
    ticks = iter(range(1000))
    proof = Proof("Sound", lambda: next(ticks), 4)
    assert "WATCHDOG=1" in watched(proof, GuardianSettings(frozen_s=frozen_s), 3)[1].words
