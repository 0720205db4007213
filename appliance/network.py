"""The appliance on the network: who talks from browsers, the box's own screen, and the server both come through."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from appliance.app import Appliance
from appliance.archive import Archive
from appliance.audio.side import AudioStatus
from appliance.changes import CHANGEABLE
from appliance.core.clock import process_age_s, wall
from appliance.core.errors import InputError
from appliance.core.speech import Stage, Turn
from appliance.device.memory import read_status, shown
from appliance.device.update.status import news, read_update
from appliance.device.update.upload import Uploads
from appliance.guardian.governor import Governor
from appliance.inference.cores import spare_cores
from appliance.inference.lane_state import LaneHealth, LaneState
from appliance.inference.scheduler import DISPENSABLE
from appliance.records.keeper import Keeper
from appliance.sessions.observer import Observer
from appliance.sessions.recorder import Recorder
from appliance.sessions.session import Session
from appliance.settings import as_dict
from appliance.tally import Tally
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.peer import Peer
from appliance.web.admission import Work, places
from appliance.web.audience import Audience
from appliance.web.contracts import Hooks, Metric
from appliance.web.kiosk import Kiosk
from appliance.web.reception import Reception
from appliance.web.server import WebServer
from appliance.web.visitors import Visitors

FOLDER = "web"
"""Where certificates and paired devices are, in the folder for what must outlive a restart."""


@dataclass(frozen=True, slots=True)
class Local:
    """The conversation at the box itself, as far as the network has to do with it."""

    session: Session
    """It runs already."""
    kiosk: Kiosk
    """The screens that show it."""
    tally: Tally
    """Counts its turns, and will count those of all others."""
    keeper: Keeper
    """Writes down what is said."""
    recorder: Recorder
    """Has it written down here."""
    sound: Callable[[], AudioStatus]
    """Which devices are in use, or why there are none."""
    restart: Callable[[], None]
    """Has the whole appliance start again."""
    reports: Callable[[], Mapping[str, str]] = dict
    """What the flight recorder has written down, by name. Reads the disk."""
    scribe: Observer = field(default_factory=Observer)
    """Is told the timelines of its turns, and will be told those of all others."""
    measure: Callable[[], None] | None = None
    """Has the whole appliance start again, and measure the echo of the room before."""


@asynccontextmanager
async def open_network(
    appliance: Appliance, effort_s: Mapping[Stage, float], local: Local
) -> AsyncIterator[WebServer]:
    """Let browsers in, and take leave of them in the end.

    Args:
        appliance: what answers them.
        effort_s: seconds that each engine needed for one turn: they decide how many may talk at once.
        local: the conversation at the box.

    Raises:
        ConfigError: the certificate cannot be used, or a port cannot be opened.
    """
    settings = appliance.settings

    visitors = _visitors(appliance, effort_s, local)
    reception = Reception(visitors, local.kiosk, partial(Peer, settings=settings.webrtc))
    archive = Archive(local.keeper, reception, visitors, local.session, local.recorder, appliance.hands)
    server = WebServer(
        settings.http,
        settings.audio.state_folder() / FOLDER,
        reception,
        _hooks(appliance, local, archive),
    )
    await server.start()
    try:
        async with reception.open():  # ends first: pages are told why before their connections close
            yield server
    finally:
        await server.close()


def _visitors(appliance: Appliance, effort_s: Mapping[Stage, float], local: Local) -> Visitors:
    settings = appliance.settings

    def open_talk(name: str, port: RemotePort, observer: Observer, past: Sequence[Turn]) -> Session:
        # A page is one person: what it shows the model knows, until the session is over.
        return appliance.session(
            name, port, Audience(observer, local.tally, local.scribe), past, settings.sessions.idle_s
        )

    return Visitors(
        open_talk,
        partial(RemotePort, settings.remote),
        settings.sessions,
        capacity(appliance, effort_s),
        settings.http.box_name(),
        local.keeper,
    )


def capacity(appliance: Appliance, effort_s: Mapping[Stage, float]) -> int:
    """How many may talk from browsers at once, by what one turn cost."""
    threads = {lane.stage: lane.threads for lane in _lanes(appliance)}
    turn = {stage: Work(seconds, threads[stage]) for stage, seconds in effort_s.items()}
    settings = appliance.settings
    return places(turn, settings.inference.cores or spare_cores(), settings.sessions)


def _news() -> Mapping[str, Any]:
    """What became of the last stick: an update goes before a settings file."""
    update = read_update()
    if lines := news(update, wall()):
        return {"state": "updating" if update.busy else "update", "problems": lines}
    return shown(read_status())


def _hooks(appliance: Appliance, local: Local, archive: Archive) -> Hooks:
    async def say(text: str) -> None:
        if not local.sound().loudspeaker.alive:
            raise InputError(f"The box has no loudspeaker: {local.sound().loudspeaker.line}")
        if not local.session.announce(text):
            raise InputError(
                "The box is in the middle of a conversation, or muted.", "try again when it is silent"
            )

    return Hooks(
        say=say,
        restart=local.restart,
        measure=local.measure,
        status=lambda: {**_status(appliance, local.sound()), "records": asdict(local.keeper.status)},
        settings=lambda: as_dict(appliance.settings),
        obstacle=lambda: obstacle(appliance),
        language=lambda: appliance.settings.http.language,
        setup=_news,
        reports=local.reports,
        metrics=lambda: (*local.tally.metrics(), *_measured(appliance)),
        diagnosis=lambda: {
            "engines.txt": "\n".join(map(str, _lanes(appliance))),
            "sound.txt": local.sound().line,
            "records.txt": local.keeper.status.line,
        },
        conversations=archive.conversations,
        forget=archive.forget,
        updates=Uploads() if Uploads.possible() else None,
        changeable=CHANGEABLE,
        change=archive.change,
    )


def _lanes(appliance: Appliance) -> tuple[LaneHealth, ...]:
    return tuple(appliance.scheduler.health().lanes)


def obstacle(appliance: Appliance) -> str:
    """Why nobody could be answered now."""
    broken = [
        f"{lane.engine} is {lane.state}" + (f": {lane.problem}" if lane.problem else "")
        for lane in _lanes(appliance)
        if lane.state in {LaneState.DOWN, LaneState.OUT} and lane.stage not in DISPENSABLE
    ]
    return "; ".join(broken)


def _status(appliance: Appliance, sound: AudioStatus) -> dict[str, Any]:
    return {
        "state": obstacle(appliance) or "ready",
        "uptime_s": round(process_age_s()),
        "under_pressure": not appliance.rations.relaxed,
        "does_without": appliance.rations.governor.line,
        "sound": {"state": sound.line},
        "keeps_sound": appliance.settings.diagnosis.audio,
        "models": dict(map(_described, _lanes(appliance))),
    }


def _shortages(governor: Governor) -> Iterator[Metric]:
    help_text = (
        "What is done without: 0 nothing, 1 answers ahead, 2 length, 3 larger models, 4 all but phrases."
    )
    yield Metric("appliance_governor_level", help_text, float(governor.level))
    machine = governor.readings
    yield Metric("appliance_memory_available_bytes", "Memory that can be used.", machine.available_mb * 2**20)
    yield Metric("appliance_disk_free_bytes", "Room for recordings and logs.", machine.free_disk_mb * 2**20)
    for name, size_mb in governor.sizes_mb.items():
        labels = (("process", name),)
        yield Metric("appliance_process_resident_bytes", "Memory of a process.", size_mb * 2**20, labels)


def _described(lane: LaneHealth) -> tuple[str, str]:
    """A lane for people: which engine of which stage, how it is, and what has happened to it."""
    words = [lane.engine, str(lane.state)]
    words += ["instead of a better one"] if lane.degraded else []
    words += [f"lost {lane.falls} times, last: {lane.problem}"] if lane.falls else []
    return str(lane.stage), ", ".join((*words, *lane.warnings))


def _measured(appliance: Appliance) -> Iterator[Metric]:
    yield Metric("appliance_tasks", "Tasks of the event loop.", len(asyncio.all_tasks()))
    yield from _shortages(appliance.rations.governor)
    for lane in _lanes(appliance):
        labels = (("stage", str(lane.stage)), ("engine", lane.engine))
        yield Metric(
            "appliance_engine_up",
            "Whether the engine works.",
            float(lane.state not in {LaneState.DOWN, LaneState.OUT}),
            labels,
        )
        yield Metric(
            "appliance_engine_falls_total", "Workers lost since the start.", lane.falls, labels, "counter"
        )
        yield Metric("appliance_engine_busy_seconds_total", "Time at work.", lane.busy_s, labels, "counter")
        yield Metric(
            "appliance_engine_resident_bytes", "Memory of the worker when it was ready.", lane.rss, labels
        )
