"""Whole conversations, with every sink of the log open at every level: what was said, typed or shown is in none."""

import asyncio
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.converse import Say, converse
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.diagnosis.flight import FlightRecorder
from appliance.diagnosis.journal import datagram
from appliance.diagnosis.log_file import NAME, LogFile
from appliance.diagnosis.logs import Funnel, Terminal
from appliance.diagnosis.ring import live
from appliance.diagnosis.settings import DiagnosisSettings
from appliance.inference.job import Job
from appliance.sessions.chronicle import Chronicle
from appliance.timelines.lines import NAME as TIMELINES
from appliance.timelines.lines import Scribe, newest
from appliance.web.audience import Audience
from tests.diagnosis.test_flight import _faulthandler
from tests.diagnosis.test_logs import Memory
from tests.fakes import Script, voice
from tests.room import Room
from tests.virtual_time import run
from tests.web.box import Browser, open_box

__all__ = ["_faulthandler"]

ASKED = "xylophone quagmire fjord"
ANSWERED = "Zeppelins wobble gently. Marzipan forever, kumquat."
TYPED = "rutabaga vexillology"
ANNOUNCED = "Dinner is bouillabaisse."
WORDS = {
    word.strip(".,").casefold() for said in (ASKED, ANSWERED, TYPED, ANNOUNCED) for word in said.split()
} - {"is"}


class Sinks:
    """Every kind of sink, as open as can be."""

    def __init__(self, folder: Path) -> None:
        self.text = ""
        """All that they hold, once they are closed."""
        self._folder = folder
        self._stream = io.StringIO()
        self._memory = Memory()
        self._file = LogFile(folder, logging.DEBUG)
        self._timelines = LogFile(folder, name=TIMELINES)
        self.scribe = Scribe(self._timelines.write)
        """To be told timelines, which are written beside the log."""
        self._flight = FlightRecorder(folder, DiagnosisSettings(), lambda _, work: None)
        self._funnel = Funnel(
            self._memory, self._file, self._flight, Terminal(logging.DEBUG, lambda: self._stream)
        )
        logging.getLogger().addHandler(self._funnel)
        logging.getLogger().setLevel(logging.DEBUG)
        logging.getLogger("appliance").setLevel(logging.DEBUG)

    def close(self) -> None:
        """Gather all that any of them holds."""
        logging.getLogger().removeHandler(self._funnel)
        self._flight.report("turn.failed")
        ring = str(live(self._folder / "ring"))
        self._file.close()
        self._timelines.close()
        self._flight.close()
        journal = b"".join(map(datagram, self._memory.entries)).decode()
        reports = "".join(self._flight.reports.texts().values())
        files = (self._folder / NAME).read_text()
        timelines = "".join(newest(self._folder).values())
        self.text = "\n".join((self._stream.getvalue(), ring, journal, reports, files, timelines))

    @property
    def events(self) -> set[str]:
        """Names of all events."""
        return {entry["event"] for entry in self._memory.entries}


@contextmanager
def opened(folder: Path) -> Iterator[Sinks]:
    made = Sinks(folder)
    try:
        yield made
    finally:
        made.close()


def quoting(job: Job[object]) -> bool:
    """Engines that break in the middle of a turn."""
    if (job.stage, job.turn) == (Stage.TTS, 2):
        raise EngineError(Stage.TTS, "the voice is hoarse")
    if (job.stage, job.turn) == (Stage.LLM, 3) and job.method == "generate":
        raise KeyError(ASKED)  # a bug, which ends the conversation
    return False


def test_nothing_that_was_said_typed_or_announced_is_in_any_log(tmp_path: Path) -> None:
    room = Room(Script([ASKED] * 9, ASKED, [ANSWERED] * 9, finish_s=0.1, token_s=0.05, fails=quoting))
    chronicle = Chronicle("local")

    async def talk() -> None:
        says = [Say(voice(1.0)), Say(voice(1.0))]
        audience = Audience(room.report, chronicle, made.scribe)
        held = converse(lambda port, _: room.open(port, audience), says, room.report)
        conversation = asyncio.create_task(held)
        await asyncio.sleep(15)
        room.session.announce(ANNOUNCED)
        room.session.type(TYPED)
        await asyncio.gather(conversation, return_exceptions=True)

    with opened(tmp_path) as made:
        run(talk())
    assert {"state", "decided", "turn.over", "turn.failed", "stage.failed"} <= made.events
    text = made.text.casefold()
    assert '"phases_ms"' in text
    assert not [word for word in WORDS if word in text]


def test_no_token_no_digits_and_no_session_of_a_page_is_in_any_log(tmp_path: Path) -> None:
    secrets: list[str] = []

    async def visit() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            invitation = box.server.invitation()
            await browser.post("/api/pair", {"pin": "000000", "name": "quagmire"})
            await browser.pair(box.server, "quagmire")
            for path in ("/api/me", "/api/sessions", "/api/diagnosis", "/api/devices", "/nothing/xylophone"):
                await browser.get(path)
            secrets.extend((invitation.pin, browser.token, "quagmire", "xylophone"))

    with opened(tmp_path / "kept") as made:
        asyncio.run(visit())
    assert "was paired" in made.text
    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret in made.text]


def test_addresses_of_pages_have_other_names_in_every_log(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        for address in ("192.168.7.7", "fe80::1c2d:3eff:fe4f:5a6b", "2001:db8::17"):
            logging.getLogger("appliance.web").warning("%s tried to pair with wrong digits.", address)
            logging.getLogger("aiohttp.access").warning("%s GET /", address)
            logging.getLogger("appliance.web").error("It broke", exc_info=ValueError(f"from {address}"))
    assert "tried to pair" in made.text
    for address in ("192.168.7.7", "1c2d:3eff", "2001:db8"):
        assert address not in made.text
