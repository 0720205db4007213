"""Joins tools to conversations: what somebody asks for is done, and what falls due is told."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.speech import Turn
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.records.problems import RecordsError
from appliance.records.settings import RecordSettings
from appliance.records.shelf import open_shelf
from appliance.sessions.deeds import Wish
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.tools.agenda import Agenda, Due, Kind
from appliance.tools.builtin import builtin
from appliance.tools.builtin.ring import told
from appliance.tools.intents import understand
from appliance.tools.moments import zoned
from appliance.tools.proposal import Proposal
from appliance.tools.shelf import MemoryShelf, Shelf
from appliance.tools.tool import Context, Language
from appliance.tools.toolbox import Toolbox
from appliance.turns.events import Event, StopPressed

log = logging.getLogger(__name__)

LANGUAGE: Final[Language] = "en"
"""Of conversations: that of the bundled recogniser and voice."""

POLITE_S: Final = 8.0
"""s that what is due waits for a gap in the conversation; then it rings over it."""
LOOK_S: Final = 0.25
"""s between two looks for such a gap."""
RINGS: Final = 3
"""Times that timers and alarms ring, unless somebody speaks to the box meanwhile. Reminders are told once."""
BETWEEN_S: Final = 12.0
"""s from one ring to the next."""

CHIME_HZ: Final = (880.0, 1318.5)
"""A fifth, E above A: two strokes of a bell that carry over a room and frighten nobody."""
STROKE_S: Final = 0.35
"""s from one stroke to the next, and after the last one."""


class Talk(Protocol):
    """The conversation in which the box tells what is due."""

    @property
    def turn(self) -> int:
        """Number of its newest turn."""

    def announce(self, text: str, chime: Samples | None = None) -> bool:
        """Say something of the box's own accord, behind a chime; False while somebody speaks or is answered."""

    def post(self, event: Event) -> None:
        """Something has happened."""


class Hands:
    """Owns what the box can do besides talking, and what it has been told to think of."""

    def __init__(self, shelf: Shelf | None = None, wall: Callable[[], datetime] | None = None) -> None:
        """With plans and lists on `shelf`, by default in memory; `wall` tells the time of day."""
        self._shelf = shelf or MemoryShelf()
        self._wall = wall or local_time()
        self._agenda = Agenda(self._shelf, self._wall)
        self._toolbox = Toolbox(builtin(self._agenda, self._shelf))

    async def open(self) -> None:
        """Fetch what was kept."""
        await self._agenda.open()

    async def forget(self) -> None:
        """Think of nothing any more: no timer, no alarm, no list.

        Raises:
            RecordsError: what is on the disk cannot be deleted now.
        """
        await self._shelf.forget_all()
        await self._agenda.open()

    def companion(self, loudspeaker: Loudspeaker, status: Callable[[], str]) -> "Companion":
        """What a conversation on this loudspeaker can have done; `status` says in a sentence how the box is."""
        return Companion(loudspeaker, self._toolbox, status, self._wall)

    async def ring(self, talk: Talk, rate: int) -> None:
        """Tell in a conversation, whose sound has `rate` Hz, of everything that falls due. Never returns."""
        bell = chime(rate)
        async for due in self._agenda.due():
            try:
                await self._tell(talk, due, bell)
            except Exception:
                log.exception("Something was due and could not be told.")

    async def _tell(self, talk: Talk, due: Due, bell: Samples) -> None:
        times = 1 if due.plan.kind is Kind.REMINDER or due.missed else RINGS
        for _ in range(times):
            turn = await self._say(talk, told(due, self._wall(), LANGUAGE), bell)
            await asyncio.sleep(BETWEEN_S if times > 1 else 0)
            if talk.turn != turn:
                return

    async def _say(self, talk: Talk, text: str, bell: Samples) -> int:
        """Say it in the next gap, and at the latest after a while. Returns the number of its turn."""
        patient_until = clock.now() + POLITE_S
        while not talk.announce(text, bell):
            if clock.now() >= patient_until:
                talk.post(StopPressed())
                continue
            await asyncio.sleep(LOOK_S)
        return talk.turn


class Companion(Observer):
    """What tools may ask of one conversation (a `tools.tool.Box`), and what the conversation may ask of tools."""

    def __init__(
        self,
        loudspeaker: Loudspeaker,
        toolbox: Toolbox,
        status: Callable[[], str],
        wall: Callable[[], datetime],
    ) -> None:
        self._loudspeaker = loudspeaker
        self._toolbox = toolbox
        self._status = status
        self._context = Context(self, LANGUAGE, wall)
        self._said = ""
        """The last answer."""
        self._again = ""
        """What is to be said once more."""

    def deeds(self, text: str) -> Wish | None:
        """What a sentence asks for; None where it is for the language model."""
        call = understand(text, LANGUAGE)
        return _Wanted(Proposal(call, self._toolbox, self._context, _nobody), self) if call else None

    def turn(self, turn: Turn, stamps: Stamps) -> None:  # noqa: ARG002 - see `Observer`
        """See `Observer`."""
        self._said = turn.said or self._said

    def forgotten(self) -> None:
        """See `Observer`."""
        self._said = ""

    def once_more(self) -> str:
        """What a tool wants to be said again, if any does."""
        again, self._again = self._again, ""
        return again

    @property
    def volume(self) -> int:
        """See `Box`."""
        return self._loudspeaker.volume

    def set_volume(self, percent: int) -> None:
        """See `Box`."""
        self._loudspeaker.set_volume(percent)

    def say_again(self, *, slower: bool = False) -> bool:  # noqa: ARG002 - the voice has one pace
        """See `Box`. At the voice's own pace."""
        self._again = self._said
        return bool(self._again)

    def be_quiet(self) -> None:
        """See `Box`. Whoever says so has taken the floor: nothing sounds any more."""

    def status(self, language: Language) -> str:  # noqa: ARG002 - conversations have one yet
        """See `Box`."""
        return self._status()

    def introduction(self, language: Language) -> str:  # noqa: ARG002 - there is one persona
        """See `Box`."""
        return ""


class _Wanted:
    """A call as a conversation sees it."""

    def __init__(self, proposal: Proposal, companion: Companion) -> None:
        self._proposal = proposal
        self._companion = companion

    async def grant(self) -> str:
        result = await self._proposal.commit()
        return self._companion.once_more() or result.said

    def drop(self) -> None:
        self._proposal.discard()


def chime(rate: int) -> Samples:
    """Two strokes of a bell at a rate in Hz: half of full scale at most, −20 dB after half a second."""
    seconds = np.arange(round(rate * STROKE_S * (len(CHIME_HZ) + 1))) / rate
    sound = np.zeros(len(seconds))
    for number, pitch_hz in enumerate(CHIME_HZ):
        since = seconds - number * STROKE_S
        struck = np.where(since > 0, np.minimum(since / 0.005, 1.0) * np.exp(-np.maximum(since, 0) * 4.6), 0)
        sound += 0.25 * struck * np.sin(2 * np.pi * pitch_hz * since)
    fade = np.minimum((seconds[-1] - seconds) / 0.05, 1.0)
    bell: Samples = (sound * fade).astype(np.float32)
    return bell


@asynccontextmanager
async def open_hands(folder: Path, records: RecordSettings) -> AsyncIterator[Hands]:
    """What the box is told to think of, kept in a folder; only in memory where nothing that is said may be kept."""
    async with AsyncExitStack() as stack:
        shelf: Shelf = MemoryShelf()
        if records.keep_days:
            try:
                shelf = await stack.enter_async_context(open_shelf(folder, records.key_file))
            except RecordsError as error:
                log.warning("Timers, alarms and lists last until the next start: %s", error.problem)
        hands = Hands(shelf)
        await hands.open()
        yield hands


def local_time() -> Callable[[], datetime]:
    """The clock on the wall, in a zone that knows of summer time where the machine tells its name."""
    try:
        name = (
            os.environ.get("TZ", "").lstrip(":")
            or str(Path("/etc/localtime").readlink()).partition("zoneinfo/")[2]
        )
        return zoned(ZoneInfo(name), clock.wall)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return clock.wall


def _nobody(_: Proposal) -> None:
    """Wants to know when a call is over."""
