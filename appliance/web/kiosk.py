"""The box's own screen: it shows the conversation at the box's microphone, and has its buttons. No sound."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import WSMsgType

from appliance.core import clock
from appliance.core.speech import Turn
from appliance.inference.job import LOCAL
from appliance.web.link import Link
from appliance.web.messages import Bye, Levels, Message
from appliance.web.narrator import Narrator
from appliance.web.outbox import Outbox, Socket, close
from appliance.web.talk import Talk, obey
from appliance.web.visitor_settings import VisitorSettings

MOST_SCREENS: Final = 8
"""The box's own, its owner's, and some that were closed and have not been noticed yet."""
LEVELS_S: Final = 0.1
"""s between two looks at how loud it is: a screen that is drawn more often fills in by itself."""
CROWDED: Final = Bye("ended", f"{MOST_SCREENS} screens show this conversation already.", "close one of them")


class Kiosk:
    """Owns the screens that show the local conversation."""

    def __init__(
        self,
        settings: VisitorSettings,
        box: str,
        levels: Callable[[], tuple[float, float]],
        past: Sequence[Turn] = (),
    ) -> None:
        """Begin without screens.

        Args:
            settings: what pages may do.
            box: name of the appliance.
            levels: how loud the room and the box are now, RMS from 0 to 1.
            past: turns from before a restart, with which the conversation goes on.
        """
        self.narrator = Narrator(self._tell, settings.kept_turns, past)
        """To be told what happens in the local conversation."""
        self._settings = settings
        self._box = box
        self._levels = levels
        self._talk: Talk | None = None
        self._screens: list[Link] = []

    def show(self, talk: Talk) -> None:
        """The local conversation, whose buttons the screens have from now on."""
        self._talk = talk

    @property
    def screens(self) -> int:
        """How many there are."""
        return len(self._screens)

    def status(self) -> Mapping[str, Any]:
        """For the owner. Nothing that was said."""
        return {
            "id": LOCAL,
            "device": None,
            "state": self.narrator.now,
            "turns": self.narrator.turns,
            "idle_s": round(self.narrator.idle_s),
            "screens": len(self._screens),
            "latency": self.narrator.budget.table(),
        }

    async def run(self) -> None:
        """Keep showing how loud it is. Cancel it to take leave of all screens."""
        while True:
            await clock.sleep_until(clock.now() + LEVELS_S)
            if self._screens:
                you, box = self._levels()
                self._tell(Levels(round(you, 4), round(box, 4)))

    async def watch(self, socket: Socket) -> str:
        """Show the conversation on a screen until its connection ends, and return why it did."""
        outbox = Outbox(socket)
        screen = Link(outbox, self._settings.messages_per_s)
        if len(self._screens) >= MOST_SCREENS:
            screen.tell(CROWDED)
            outbox.close(CROWDED.reason)
        else:
            self._screens.append(screen)
            for message in self.narrator.story(LOCAL, self._box):
                screen.tell(message)
        tasks = [asyncio.create_task(work) for work in (outbox.run(), self._read(socket, screen))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reason = next(task.result() for task in tasks if task.done())
        finally:
            if screen in self._screens:
                self._screens.remove(screen)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await close(socket, reason)
        return reason

    async def _read(self, socket: Socket, screen: Link) -> str:
        while True:
            message = await socket.receive()
            if message.type is not WSMsgType.TEXT:
                return "the screen is gone"
            request = screen.read(message.data, self._talk.turn if self._talk else 0)
            if request and self._talk and (pong := obey(self._talk, request)):
                screen.tell(pong)

    def _tell(self, message: Message) -> None:
        for screen in self._screens:
            screen.tell(message)
