"""What watches over `appliance run`: the proofs it must give, and what it tells systemd from start to stop."""

import asyncio
import faulthandler
import logging
from collections.abc import Callable
from contextlib import suppress

from appliance.app import Appliance
from appliance.audio.side import AudioStatus
from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.core.speech import Stage
from appliance.guardian.deadman import DeadMan
from appliance.guardian.notify import Notifier
from appliance.guardian.progress import Progress, Proof
from appliance.guardian.watch import Watch
from appliance.network import obstacle
from appliance.sessions.session import Session
from appliance.settings import Settings
from appliance.web.starting import Starting, Step

log = logging.getLogger(__name__)

TRACE = "frozen.txt"
"""In the folder for what must outlive a restart: where every thread stood when the appliance last froze."""

FETCH_S = 60.0
"""s within which a download gets on, if only by a piece."""

MEASURING_S = 150.0
"""s in which the echo is measured, or nobody could: a little more than `greeting.PATIENCE_S`."""

ENGINES = {Stage.STT: Step.HEARING, Stage.LLM: Step.ANSWERS, Stage.TTS: Step.VOICE}
"""Engines that are waited for, as the screen shows them."""

MARK = "running"
"""A file in the same folder, there while the appliance is ready. Who finds it at the start was not told to stop."""

OVERDUE_S = 1.0
"""s by which a state of the conversation may outlive its deadline: timers of a busy loop are late."""

LOOK_S = 0.1
"""s of which a busy loop may take longer without being impatient with itself."""


class Vigil:
    """Owns the dead man's switch and the line to systemd, from before the models are there until the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._notifier = Notifier()
        self.screen = Starting(settings.http)
        """What the box's own screen shows meanwhile."""
        if not faulthandler.is_enabled():  # the flight recorder keeps it where the next start finds it
            faulthandler.enable()  # whoever aborts us gets to know where we stood
        self._mark = settings.audio.state_folder() / MARK
        self.fell = self._mark.exists()
        """The last life of the appliance did not end as it should: it crashed, froze, or lost its power."""
        self._deadman = DeadMan(settings.audio.state_folder() / TRACE)
        if words := self._deadman.last_words():
            log.error("The last life of the appliance ended because it was frozen:\n%s", words)

    def obtaining(self) -> None:
        """The models are being looked for, or a piece of one has come."""
        self.screen.begin(Step.MODELS)
        self._notifier.status("Obtaining models.")
        self._notifier.extend(FETCH_S)

    def starting(self) -> None:
        """The engines are being started, all at once."""
        self.screen.done(Step.MODELS)
        for step in ENGINES.values():
            self.screen.begin(step)
        self.screen.to_come(Step.TRIAL, Step.PAGE)  # whether the echo is measured is decided then
        budget_s = 2 * self._settings.inference.start_budget_s  # a fallback may be started after the first
        self._notifier.status("Starting engines.")
        self._notifier.extend(budget_s)
        if self._settings.guardian.frozen_s:
            self._deadman.hold(budget_s)

    def risen(self, stage: Stage) -> None:
        """The engine of a stage is ready."""
        if step := ENGINES.get(stage):
            self.screen.done(step)

    def trying(self) -> None:
        """The engines are asked a question, unheard."""
        self._notifier.status("Asking itself a question, unheard.")
        self.screen.begin(Step.TRIAL)

    def opening(self) -> None:
        """Only the page is left, whose port the screen gives up. Blocks for a moment."""
        for step in (Step.TRIAL, Step.ECHO):
            self.screen.done(step)
        self.screen.begin(Step.PAGE)
        self.screen.close()

    def measuring(self) -> None:
        """The echo of the room is being measured: once in a box's life, or because its owner wants it."""
        self._notifier.status("Measuring the echo of the room.")
        self.screen.done(Step.TRIAL)
        self.screen.begin(Step.ECHO)
        self._notifier.extend(MEASURING_S)
        if self._settings.guardian.frozen_s:
            self._deadman.hold(MEASURING_S)

    async def keep(self, appliance: Appliance, session: Session, sound: Callable[[], AudioStatus]) -> None:
        """It is ready: watch until cancelled.

        Raises:
            FrozenError: something has stopped that can only be mended by starting again.
        """
        watch = Watch(
            self._settings.guardian,
            Progress(proofs(appliance, session)),
            self._deadman,
            self._notifier,
            lambda: status(appliance, sound()),
        )
        self._notifier.ready()
        with suppress(OSError):  # a full disk costs the next start its haste, nothing else
            self._mark.touch()
        await watch.run()

    def stopping(self, *, again: bool) -> None:
        """It has been told to stop, or to start again in the same process."""
        with suppress(OSError):
            self._mark.unlink()
        if again:
            self._notifier.restarting()
        else:
            self._notifier.stopping()

    def stopped(self) -> None:
        """Nothing of it runs any more."""
        self.screen.close()
        self._deadman.let_go()


def proofs(appliance: Appliance, session: Session) -> tuple[Proof, ...]:
    """What must get on besides the event loop. Workers and sound have their own pulse, and are replaced one by one."""
    scheduler, governor = appliance.scheduler, appliance.rations.governor
    frozen_s = appliance.settings.guardian.frozen_s
    return (
        Proof("Listening", lambda: session.position, frozen_s),
        Proof("The conversation", lambda: session.turn if session.overdue_s > OVERDUE_S else None, frozen_s),
        Proof("The scheduler", scheduler.neglected, frozen_s),
        Proof("The supervision of an engine", lambda: scheduler.abandoned() or None, frozen_s),
        Proof("The governor", lambda: governor.looks, frozen_s + appliance.settings.governor.look_every_s),
    )


def status(appliance: Appliance, sound: AudioStatus) -> str:
    """The appliance in a line for people."""
    if problem := obstacle(appliance):
        return f"Not ready: {problem}"
    without = appliance.rations.governor.line
    return f"Ready, {without} {sound.line}." if without else f"Ready. {sound.line}."


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a person should read of a group of errors: one of ours, if there is one."""
    ours = group.subgroup(ApplianceError) or group
    return (
        first(ours.exceptions[0])
        if isinstance(ours.exceptions[0], BaseExceptionGroup)
        else ours.exceptions[0]
    )


async def answers(port: int, every_s: float = 2.0, within_s: float = 3.0) -> None:
    """Return when the web server has stopped answering this machine; where it never did, never."""
    answered = await _asked(port, within_s)
    while await _asked(port, within_s) or not answered:
        await clock.sleep_until(clock.now() + every_s)


async def _asked(port: int, within_s: float) -> bool:
    """Whether something that speaks HTTP is there."""
    question, patience = asyncio.create_task(_ask(port)), asyncio.create_task(_attentive(within_s))
    try:
        await asyncio.wait({question, patience}, return_when=asyncio.FIRST_COMPLETED)
        return question.done() and question.result()
    finally:
        question.cancel()
        patience.cancel()
        await asyncio.gather(question, patience, return_exceptions=True)


async def _ask(port: int) -> bool:
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return (await reader.read(5)) == b"HTTP/"
    except OSError:
        return False
    finally:
        if writer:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _attentive(seconds: float) -> None:
    """Wait for so long, not counting the time in which the loop was busy: nobody could answer then."""
    for _ in range(max(1, round(seconds / LOOK_S))):
        await asyncio.sleep(LOOK_S)
