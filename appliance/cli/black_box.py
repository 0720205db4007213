"""What `appliance run` keeps about itself: its log, its flight recorder, and how it is every few seconds."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from appliance.app import Appliance
from appliance.core.audio import CAPTURE_RATE
from appliance.core.interfaces import AudioPort
from appliance.diagnosis.crashes import note_crashes, tell
from appliance.diagnosis.events import Field, note
from appliance.diagnosis.flight import BEGIN, FlightRecorder, on_a_thread
from appliance.diagnosis.log_file import LogFile
from appliance.diagnosis.logs import Sink, funnel
from appliance.diagnosis.tape import Tape
from appliance.diagnosis.vitals import keep_noting
from appliance.sessions.observer import Observer
from appliance.settings import Settings
from appliance.timelines import lines as timeline_lines
from appliance.transports.taped import TapedPort

log = logging.getLogger("appliance.diagnosis")

LOG, FLIGHT = "log", "flight"
"""Folders within the one for what must outlive a restart."""

TAPED = (
    "\n!    The last 30 s of sound are kept, and written down when something fails (diagnosis.audio): "
    "everybody who talks here must agree to that."
)
"""What is said at the start where that is so."""


class BlackBox:
    """Owns the flight recorder, and the tape where there is consent to one."""

    def __init__(self, settings: Settings) -> None:
        self.room: Callable[[], bool] = lambda: True
        """Whether the disk has room for logs."""
        self.scribe = Observer()
        """To be told the timelines of all conversations; nobody, until there is a file for them."""
        self._settings = settings
        self._tape: Tape | None = None
        folder = settings.audio.state_folder() / FLIGHT
        self.recorder = (
            FlightRecorder(folder, settings.diagnosis, on_a_thread, self._keep_sound)
            if settings.diagnosis.flight
            else None
        )

    @property
    def notice(self) -> str:
        """What everybody must be told at the start; empty when there is nothing."""
        return TAPED if self._settings.diagnosis.audio and self.recorder else ""

    def reports(self) -> Mapping[str, str]:
        """The reports and the newest timelines by name. Reads the disk."""
        folder = self._settings.audio.state_folder() / LOG
        return {**timeline_lines.newest(folder), **(self.recorder.reports.texts() if self.recorder else {})}

    def may_write(self) -> bool:
        """Whether there is room for the log."""
        return self.room()

    def overhear(self, port: AudioPort) -> AudioPort:
        """The port, or one that keeps its sound."""
        if not (self.recorder and self._settings.diagnosis.audio):
            return port
        self._tape = Tape(CAPTURE_RATE, port.playback_rate)
        return TapedPort(port, self._tape)

    async def keep(self, appliance: Appliance, port: AudioPort) -> None:
        """Note how the appliance is until cancelled."""
        if self.recorder:
            await keep_noting(lambda: _measured(appliance, port))

    def _keep_sound(self, report: Path) -> None:
        if self._tape:
            self._tape.keep(report)


@contextmanager
def open_box(settings: Settings) -> Iterator[BlackBox]:
    """Keep a log and record the flight until the program ends, however it does."""
    box, out, opened = BlackBox(settings), funnel(), list[Sink]()
    timelines: LogFile | None = None
    if settings.diagnosis.log:
        folder = settings.audio.state_folder() / LOG
        opened.append(LogFile(folder, may_write=box.may_write))
        timelines = LogFile(folder, may_write=box.may_write, name=timeline_lines.NAME)
        box.scribe = timeline_lines.Scribe(timelines.write)
    if box.recorder:
        opened.append(box.recorder)
    for sink in opened:
        out.add(sink)
    note_crashes()
    note(log, logging.INFO, BEGIN, audio=settings.diagnosis.audio)
    try:
        yield box
    except BaseException as error:
        tell("the program", error)
        raise
    finally:
        for sink in opened:
            out.remove(sink)
        if timelines:
            timelines.close()


def _measured(appliance: Appliance, port: AudioPort) -> dict[str, Field]:
    scheduler = appliance.scheduler.health()
    lanes = {f"lane_{lane.stage}": f"{lane.engine} {lane.state}" for lane in scheduler.lanes}
    jobs: dict[str, Field] = {
        "waiting": scheduler.waiting,
        "oldest_s": round(scheduler.oldest_s, 3),
        "busy": scheduler.busy,
        "completed": scheduler.completed,
        "failed": scheduler.failed,
        "cancelled": scheduler.cancelled,
    }
    pressed = {"short_of": appliance.rations.governor.line or None}
    return {**jobs, **lanes, **pressed, **port.counters()}
