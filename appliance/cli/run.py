"""`appliance run`: the appliance itself."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from appliance.app import Appliance, local_port, open_appliance
from appliance.audio.side import AudioStatus
from appliance.cli.black_box import BlackBox, open_box
from appliance.cli.check_echo import silence
from appliance.cli.greeting import Greeting, due, measure_once
from appliance.cli.obtain import obtain
from appliance.cli.output import console
from appliance.cli.vigil import Vigil, answers, first
from appliance.core import clock
from appliance.core.clock import process_age_s
from appliance.core.errors import ApplianceError, EngineError
from appliance.core.heap import return_what_is_freed
from appliance.core.speech import Outcome, Turn
from appliance.device.firsts import Firsts
from appliance.device.memory import read_status
from appliance.device.update.status import news, read_update
from appliance.device.welcome import language
from appliance.diagnosis.crashes import note_tasks
from appliance.diagnosis.sentences import sentence
from appliance.engines.models import EngineName
from appliance.hands import open_hands
from appliance.inference.confine import renounce
from appliance.inference.job import LOCAL
from appliance.network import Local, open_network
from appliance.pipeline.sound_check import SoundFault
from appliance.records.keeper import Keeper, open_keeper
from appliance.sessions.observer import Observer
from appliance.sessions.phrases import HISS
from appliance.sessions.recorder import Recorder
from appliance.sessions.trace import Stamps
from appliance.settings import Settings
from appliance.tally import Tally
from appliance.warm import WarmTurn, warm_turn
from appliance.web.audience import Audience
from appliance.web.kiosk import Kiosk

log = logging.getLogger("appliance.network")

REOPEN_S = 5.0
"""s before a network side that broke is opened anew."""

SELDOM_S = 3600.0
"""s between two restarts for no other reason than that the process has grown."""

RESTART = -1
"""Instead of an exit code: start again in the same process, under whatever watches it."""


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "run",
        parents=[common],
        help="start the appliance: listen and answer until stopped",
        description="Obtains the models if need be, starts all engines, holds one silent turn through "
        "them, says READY, and answers whoever speaks. Without a sound device it stays up and waits for one. "
        "Ctrl-C stops it.",
    )
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - every command is given them
    """Serve until stopped."""
    renounce()
    return_what_is_freed()
    with open_box(settings) as box:
        vigil = Vigil(settings)
        vigil.screen.open()
        vigil.obtaining()
        obtain(settings, vigil.obtaining)
        code = asyncio.run(_serve(settings, vigil, box))
        vigil.stopped()
    if code == RESTART:
        os.execv(sys.executable, [sys.executable, "-m", "appliance", *sys.argv[1:]])  # noqa: S606 - ourselves
    return code


class Terminal(Observer):
    """An `Observer` who writes the conversation down."""

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        console.print(f"!    turn {turn}: {error}", markup=False)

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        delay = stamps.since("first_audio", "speech_ended")
        timing = "" if delay is None else f"  [first audio {delay:.0f} ms after the last word]"
        if turn.transcript or not turn.heard:  # else the box spoke of its own accord
            console.print(f"you  {turn.transcript or '(not understood)'}", markup=False)
        if turn.outcome in {Outcome.INTERRUPTED, Outcome.SHOWN}:
            console.print(f"box  {turn.heard} — ({turn.outcome}){timing}", markup=False)
        elif turn.heard:
            console.print(f"box  {turn.heard}{timing}", markup=False)
        if turn.cause and turn.cause.notable:
            console.print(f"     {sentence(turn.cause)}", markup=False)

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        """See `Observer`."""
        for fault in faults:
            console.print(f"!    {fault.problem}\n     → {fault.remedy}", markup=False)


async def _serve(settings: Settings, vigil: Vigil, box: BlackBox) -> int:
    loop = asyncio.get_running_loop()
    note_tasks(loop)
    stopped: asyncio.Future[int] = loop.create_future()  # the exit code that whoever stops us expects
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
        loop.add_signal_handler(number, _stop, stopped, code)
    vigil.starting()
    serving = asyncio.create_task(_hold(settings, vigil, box, lambda: _stop(stopped, RESTART)))
    either: set[asyncio.Future[Any]] = {serving, stopped}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        console.print("Starting again." if stopped.result() == RESTART else "Stopping.")
        vigil.stopping(again=stopped.result() == RESTART)
        serving.cancel()
    try:
        await serving
    except asyncio.CancelledError:
        pass
    except BaseExceptionGroup as group:
        raise first(group) from None
    return stopped.result() if stopped.done() else 0


def _stop(stopped: "asyncio.Future[int]", code: int) -> None:
    if not stopped.done():
        stopped.set_result(code)


@asynccontextmanager
async def _opened(settings: Settings, vigil: Vigil) -> AsyncIterator[tuple[Keeper, Appliance]]:
    """What is kept, and the engines, with what the box can do besides talking."""
    folder = settings.audio.state_folder()
    async with (
        open_keeper(folder, settings.records) as keeper,
        open_hands(folder, settings.records) as hands,
        open_appliance(settings, guests=settings.http.enabled, anyhow=True, risen=vigil.risen) as engines,
    ):
        yield keeper, replace(engines, hands=hands)


async def _hold(settings: Settings, vigil: Vigil, box: BlackBox, restart: Callable[[], None]) -> None:
    async with _opened(settings, vigil) as (keeper, appliance):
        console.print(f"Engines: {', '.join(appliance.engines)}.{box.notice}", markup=False)
        vigil.trying()
        warm = None if vigil.fell else await _warm(appliance)  # after a fall people come first
        firsts = await _get_to_know_the_room(appliance, vigil)
        port = local_port(settings)
        tally, past = Tally(), keeper.recall(LOCAL, None, settings.turns.conversation_idle_s)
        said = past.turns if past else ()
        kiosk = Kiosk(settings.sessions, settings.http.box_name(), port.levels, said)
        recorder = Recorder(keeper, LOCAL, None, past)
        observers = Audience(Terminal(), kiosk.narrator, tally, recorder, box.scribe)
        session = appliance.session(LOCAL, box.overhear(port), observers, said)
        kiosk.show(session)
        console.print(f"Records: {keeper.status.line}.{_going_on(said)}", markup=False)
        for line in news(read_update(), clock.wall()):
            console.print(f"Update: {line}", markup=False)
        await port.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(session.run())
                await asyncio.sleep(0)  # from here on it has buttons
                local = Local(
                    session, kiosk, tally, keeper, recorder, lambda: port.status, restart, box.reports
                )
                local = replace(local, measure=partial(_measure_next, firsts, restart), scribe=box.scribe)
                greeting = _greeting(appliance, firsts, local)
                tasks.create_task(greeting.run(fell=vigil.fell))
                tasks.create_task(_serve_network(appliance, warm, local, greeting, vigil))
                appliance.rations.restart = _seldom(restart)
                keeper.may_write = box.room = lambda: appliance.rations.governor.may_record
                tasks.create_task(appliance.hands.ring(session, port.playback_rate))
                tasks.create_task(box.keep(appliance, port))
                tasks.create_task(vigil.keep(appliance, session, lambda: port.status))
                await asyncio.sleep(0)  # from here on somebody watches
                _ready(port.status)
        finally:
            await port.close()


async def _get_to_know_the_room(appliance: Appliance, vigil: Vigil) -> Firsts:
    """Measure its echo, if that is due: before anybody is listened to, for it takes the devices."""
    audio = appliance.settings.audio
    firsts = Firsts(audio.state_folder(), read_status())
    if not vigil.fell and due(audio, firsts):
        vigil.measuring()
        await measure_once(audio, firsts, lambda rate: appliance.phrases(rate).get(HISS, silence(rate)))
    return firsts


def _measure_next(firsts: Firsts, restart: Callable[[], None]) -> None:
    firsts.measure_next()
    restart()


def _greeting(appliance: Appliance, firsts: Firsts, local: Local) -> Greeting:
    """What a new box says; the session says it when nobody speaks and somebody can hear it."""
    settings, engines = appliance.settings, appliance.selection.tts
    voice = settings.espeak.voice if engines[0].engine is EngineName.ESPEAK else "en"  # Piper's is English
    return Greeting(
        firsts,
        settings.http.box_name(),
        language(settings.http.language, voice),
        lambda text: local.sound().loudspeaker.alive and local.session.announce(text),
        lambda: local.kiosk.screens,
    )


def _ready(sound: AudioStatus) -> None:
    """Say so, and let Python's collector rest."""
    console.print(f"READY after {process_age_s():.1f} s. {describe_sound(sound)}", markup=False)
    _settle()


def _settle() -> None:
    """What is here now stays, and Python's collector need not look at it again and again.

    A look at everything takes 0.3 ms then instead of 35 (150,000 objects), in which nobody is heard; and it comes
    sooner, because it waits until a quarter of all is new: circles with the sound of turns had grown to 80 MB.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # now it knows how little there is


def _going_on(said: Sequence[Turn]) -> str:
    return f" The conversation goes on after turn {said[-1].number}." if said else ""


def _seldom(restart: Callable[[], None]) -> Callable[[], None]:
    """Restarts that would follow one another too closely are left out."""
    born = clock.now()
    return lambda: restart() if clock.now() - born >= SELDOM_S else None


async def _warm(appliance: Appliance) -> WarmTurn | None:
    """None where no answer came out: the box says so to whoever asks it, and tries to mend itself meanwhile."""
    try:
        warm = await warm_turn(appliance)
    except ApplianceError as error:
        console.print(f"!    {error}", markup=False)
        return None
    console.print(str(warm), markup=False)
    return warm


async def _serve_network(
    appliance: Appliance, warm: WarmTurn | None, local: Local, greeting: Greeting, vigil: Vigil
) -> None:
    """Let browsers in. Whatever happens there, the conversation at the box goes on."""
    while appliance.settings.http.enabled:
        try:
            warm = warm or await _warm(appliance)
            await asyncio.to_thread(vigil.opening)
            async with open_network(appliance, warm.effort_s if warm else {}, local) as server:
                console.print(
                    server.invitation().text(), markup=False, highlight=False, soft_wrap=True, emoji=False
                )
                greeting.door = server
                await answers(server.ports[1])
            log.error("The web server does not answer any more, and is opened anew.")
        except ApplianceError as error:
            console.print(f"!    Nobody can talk to it from a browser: {error}", markup=False)
            return
        except Exception:
            log.exception("The network side broke, and is opened anew in %g s.", REOPEN_S)
            await asyncio.sleep(REOPEN_S)


def describe_sound(status: AudioStatus) -> str:
    """Whether one can speak."""
    # Without a device the log has just said why, and will say when there is one.
    ears, mouth = status.microphone, status.loudspeaker
    match ears.alive, mouth.alive:
        case True, True:
            return f"Speak when you like. {status.line}"
        case True, False:
            return f"Speak when you like; answers are shown. {mouth.line}"
        case False, True:
            return f"Announcements are heard, people are not. {ears.line}"
    return "Waiting for a sound device."
