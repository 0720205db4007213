"""A box in a home, with a clock of its own, that people say things to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appliance.core import clock
from appliance.tools.agenda import Agenda
from appliance.tools.builtin import builtin
from appliance.tools.intents import understand
from appliance.tools.shelf import MemoryShelf, Shelf
from appliance.tools.tool import Call, Context, Language, Result
from appliance.tools.toolbox import Toolbox

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 22, 15, 30, tzinfo=BERLIN)


class Wall:
    """The time of day, which runs with the loop's clock until somebody sets it."""

    def __init__(self, start: datetime = SUNDAY) -> None:
        self._start = start.timestamp()
        self._zone = start.tzinfo
        self._began = clock.now()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._start + clock.now() - self._began, self._zone)

    def set(self, by: timedelta) -> None:
        self._start += by.total_seconds()


class FakeBox:
    """Notes what tools did to the conversation."""

    def __init__(self) -> None:
        self.volume = 50
        self.done: list[str] = []
        self.spoke = True
        self.persona = ""

    def set_volume(self, percent: int) -> None:
        self.volume = percent

    def say_again(self, *, slower: bool = False) -> bool:
        self.done.append("slower" if slower else "again")
        return self.spoke

    def be_quiet(self) -> None:
        self.done.append("quiet")

    def status(self, language: Language) -> str:
        return {"en": "All well.", "de": "Alles in Ordnung."}[language]

    def introduction(self, language: Language) -> str:
        return self.persona


class Home:
    """Owns the box and its agenda. To be made on a running loop."""

    def __init__(self, start: datetime = SUNDAY, shelf: Shelf | None = None) -> None:
        self.wall = Wall(start)
        self.box = FakeBox()
        self.shelf = shelf or MemoryShelf()
        self.agenda = Agenda(self.shelf, self.wall)
        self.toolbox = Toolbox(builtin(self.agenda, self.shelf))

    def context(self, language: Language = "en") -> Context:
        return Context(self.box, language, self.wall)

    async def do(self, tool: str, language: Language = "en", **arguments: object) -> Result:
        return await self.call(tool, arguments, language)

    async def call(self, tool: str, arguments: Mapping[str, Any], language: Language = "en") -> Result:
        return await self.toolbox.run(Call(tool, arguments), self.context(language))

    async def hear(self, said: str, language: Language = "en") -> str:
        call = understand(said, language)
        assert call, said
        return (await self.toolbox.run(call, self.context(language))).said
