"""What a new box does before and after it is READY: it measures the echo of its room, says hello, and how to pair.

Digits are spoken only where they cannot be seen, only as long as nobody owns the box, and only in the minutes after it
was switched on: whoever plugs it in stands before it. A word that starts them could come from a radio or from behind a
door; a plug that is pulled is seen.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from appliance.audio.echo_memory import EchoMemory
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.cli.check_echo import Sound, measure
from appliance.cli.output import console
from appliance.core import clock
from appliance.core.clock import machine_age_s
from appliance.core.errors import ApplianceError
from appliance.device.firsts import Firsts
from appliance.device.welcome import by_ear, by_screen, hello
from appliance.web.invitation import Invitation

LOOK_S: Final = 1.0
"""s between two attempts to say something: it waits until nobody speaks."""
SCREEN_S: Final = 30.0
"""s that a screen may take to call: a browser starts in ten to twenty on a small box."""
SWITCHED_ON_S: Final = 600.0
"""s after power on in which digits are spoken: as long as they are valid by default."""


class Door(Protocol):
    """How people get in: `WebServer`."""

    @property
    def owned(self) -> bool:
        """Whether the box has an owner."""

    @property
    def ports(self) -> tuple[int, int]:
        """TCP ports of the page, and of the help with it."""

    def invitation(self) -> Invitation:
        """The digits."""


class Greeting:
    """Says what a new box has to say, when it can be heard and nobody else speaks."""

    def __init__(
        self,
        firsts: Firsts,
        name: str,
        language: str,
        say: Callable[[str], bool],
        screens: Callable[[], int],
        age_s: Callable[[], float] = machine_age_s,
    ) -> None:
        """Begin.

        Args:
            firsts: what has been done already.
            name: of the box.
            language: of its voice, "en" or "de".
            say: says something aloud; False: not now.
            screens: how many show the conversation at the box.
            age_s: seconds since the machine was switched on.
        """
        self.door: Door | None = None
        """How people get in; None as long as the network side is not open."""
        self._firsts = firsts
        self._name = name
        self._language = language
        self._say = say
        self._screens = screens
        self._age_s = age_s

    async def run(self, *, fell: bool) -> None:
        """Say what there is to say, and return.

        Args:
            fell: the last life did not end as it should. Then nobody has switched it on, and it is silent.
        """
        if fell or not self._firsts.a_box:
            return
        new = self._firsts.owes_welcome
        if new and await self._said(lambda: hello(self._language, self._name)):
            self._firsts.welcomed()
        if not await self._until(lambda: self.door is not None) or not self.door or self.door.owned:
            return
        if await self._until(lambda: self._screens() > 0, SCREEN_S):
            if new:
                await self._said(lambda: by_screen(self._language))
        else:
            await self._said(self._digits)

    def _digits(self) -> str:
        """Those that are valid when they are said; nothing if nobody needs them any more."""
        door = self.door
        if door is None or door.owned or self._screens():
            return ""
        return by_ear(self._language, self._name, door.ports[1], door.invitation().pin)

    async def _said(self, text: Callable[[], str]) -> bool:
        return await self._until(lambda: not (words := text()) or self._say(words))

    async def _until(self, done: Callable[[], bool], within_s: float = SWITCHED_ON_S) -> bool:
        """Whether it came true in time, and in the minutes after the start."""
        end = clock.now() + min(within_s, SWITCHED_ON_S - self._age_s())
        while clock.now() < end:
            if done():
                return True
            await clock.sleep_until(clock.now() + LOOK_S)
        return False


async def measure_once(audio: AudioSettings, firsts: Firsts, warning: Sound) -> None:
    """Measure the echo of the room if it is due; whatever comes of it, the box starts.

    Args:
        audio: which devices.
        firsts: knows whether it is due.
        warning: what people hear before.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            path, choice = await measure(audio, warning)
        await asyncio.to_thread(EchoMemory(audio.state_folder()).remember, path)
    except (ApplianceError, OSError, TimeoutError) as error:
        firsts.measured(well=False)
        console.print(f"!    The echo of the room could not be measured: {error}", markup=False)
        return
    firsts.measured(well=True)
    console.print(f"The echo of the room was measured. {path.mode}: {choice.reason}.", markup=False)


def due(audio: AudioSettings, firsts: Firsts) -> bool:
    """Whether the echo is to be measured now: nobody has chosen what to do about it."""
    return firsts.owes_echo and audio.echo is EchoMode.AUTO


PATIENCE_S: Final = 120.0
"""s in which the echo was measured, or is not."""
