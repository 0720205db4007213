"""For `scripts/unplug.py`: a box that talks, and hands that pull its devices out of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from appliance.app import Appliance, local_port
from appliance.core import clock
from appliance.core.speech import Turn
from appliance.sessions.observer import Observer
from appliance.sessions.session import Session
from appliance.sessions.trace import Stamps
from appliance.turns.machine import State
from tests.virtual_sound import VirtualSound

MICROPHONE, LOUDSPEAKER = "usb-microphone", "usb-loudspeaker"
"""What is pulled."""
OTHERS = {"webcam": "microphone", "screen": "loudspeaker"}
"""What stays."""
PATIENCE_S = 60.0
"""s to wait for anything: a bound for a busy machine, not a measurement."""
LOOK_S = 0.005
"""s between two looks at what flows."""


class Witness(Observer):
    """Sees states and turns."""

    def __init__(self) -> None:
        self.now = State.LISTENING
        self.turns: list[Turn] = []

    def state(self, state: State) -> None:
        self.now = state

    def turn(self, turn: Turn, stamps: Stamps) -> None:  # noqa: ARG002 - a caller passes both
        self.turns.append(turn)


class Box:
    """A conversation at the box's own devices; the engines outlive it."""

    def __init__(self, appliance: Appliance) -> None:
        self.port = local_port(appliance.settings)
        self.memory = self.port._link.memory  # noqa: SLF001 - what flows, before anybody waits for it
        self.witness = Witness()
        self.session: Session = appliance.session("local", self.port, self.witness)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.port.open()
        self._tasks.append(asyncio.create_task(self.session.run()))
        await asyncio.sleep(0)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.port.close()

    async def reach(self, *states: State) -> None:
        await until(lambda: self.witness.now in states, f"one of {states}")

    async def rest(self) -> None:
        """Until nobody speaks, and nothing more is about to be said."""
        for _ in range(3):
            await self.reach(State.LISTENING)
            await clock.sleep_until(clock.now() + 0.4)


async def until(condition: Callable[[], bool], what: str) -> float:
    """The moment at which it holds."""
    end = clock.now() + PATIENCE_S
    while not condition():
        if clock.now() > end:
            raise TimeoutError(f"waited {PATIENCE_S:.0f} s for {what}")
        await clock.sleep_until(clock.now() + LOOK_S)
    return clock.now()


class Hands:
    """Somebody who pulls and plugs."""

    def __init__(self, server: VirtualSound, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self.deeds: dict[str, Callable[[], Awaitable[float]]] = {
            "microphone pulled": lambda: self._out_and_in(MICROPHONE),
            "loudspeaker pulled": lambda: self._out_and_in(LOUDSPEAKER),
            "both pulled": lambda: self._out_and_in(MICROPHONE, LOUDSPEAKER),
            "microphone pulled twice": lambda: self._twice(MICROPHONE),
            "loudspeaker pulled twice": lambda: self._twice(LOUDSPEAKER),
            "microphone back at 44.1 kHz": lambda: self._out_and_in(MICROPHONE, rate=44_100),
            "loudspeaker back at 44.1 kHz": lambda: self._out_and_in(LOUDSPEAKER, rate=44_100),
            "rate of the server changed": self._change_rate,
            "server restarted": self._restart,
        }

    def plug(self, name: str, rate: int = 48_000) -> None:
        kind = {MICROPHONE: "microphone", LOUDSPEAKER: "loudspeaker"} | OTHERS
        self._server.plug(kind[name], name, rate)

    def plug_all(self) -> None:
        """Everything, with what will be pulled as the server's defaults."""
        for name in (*OTHERS, MICROPHONE, LOUDSPEAKER):
            self.plug(name)
        self._server.make_default("source", MICROPHONE)
        self._server.make_default("sink", LOUDSPEAKER)

    async def _out_and_in(self, *names: str, rate: int = 48_000) -> float:
        for name in names:
            self._server.pull(name)
        await clock.sleep_until(clock.now() + self._chance.uniform(0.2, 4.0))
        for name in names:
            self.plug(name, rate)
        return clock.now()

    async def _twice(self, name: str) -> float:
        for pause in (0.15, 0.3):
            self._server.pull(name)
            await clock.sleep_until(clock.now() + self._chance.uniform(0.05, pause))
            self.plug(name)
            await clock.sleep_until(clock.now() + self._chance.uniform(0.05, pause))
        return clock.now()

    async def _change_rate(self) -> float:
        rate = self._chance.choice((16_000, 44_100))
        for forced in (rate, 0):
            await asyncio.to_thread(self._server.force_rate, forced)
            await clock.sleep_until(clock.now() + self._chance.uniform(0.2, 1.0))
        return clock.now()

    async def _restart(self) -> float:
        await asyncio.to_thread(self._server.stop)
        await clock.sleep_until(clock.now() + self._chance.uniform(0.2, 3.0))
        await asyncio.to_thread(self._server.start)
        await asyncio.to_thread(self.plug_all)
        return clock.now()
