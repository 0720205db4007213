"""Writes down how a conversation goes, in events without a word that was said: states, commands, stamps, causes."""

import logging
from collections.abc import Sequence

from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Turn
from appliance.diagnosis.events import note
from appliance.diagnosis.scrub import alias
from appliance.inference.job import LOCAL
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.turns.commands import Command
from appliance.turns.events import Event
from appliance.turns.machine import State

log = logging.getLogger("appliance.sessions")


class Chronicle(Observer):
    """An `Observer` of one conversation."""

    def __init__(self, session: str) -> None:
        """`session` is its name; those of browsers are secrets, and are written as aliases."""
        self._session = session if session == LOCAL else alias("page", session)

    def state(self, state: State) -> None:
        """See `Observer`."""
        note(log, logging.DEBUG, "state", session=self._session, state=state)

    def decided(self, event: Event, commands: Sequence[Command]) -> None:
        """See `Observer`. Of typed words and announcements only that there were some."""
        if commands:
            actions = " ".join(command.action.value for command in commands)
            kind, turn = type(event).__name__, commands[0].turn or None
            note(
                log, logging.DEBUG, "decided", session=self._session, turn=turn, after=kind, commands=actions
            )

    def understood(self, turn: int, text: str) -> None:
        """See `Observer`."""
        note(log, logging.DEBUG, "turn.understood", session=self._session, turn=turn, words=len(text.split()))

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        told = {"stage": str(error.stage), "failure": str(error.failure)}
        note(log, logging.WARNING, "stage.failed", error.problem, session=self._session, turn=turn, **told)

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        marks = {f"{name}_ms": ms for name, ms in stamps.as_dict().items() if ms is not None}
        failed = turn.outcome is Outcome.FAILED and turn.cause and turn.cause.failure
        level, event = (logging.WARNING, "turn.failed") if failed else (logging.INFO, "turn.over")
        note(
            log,
            level,
            event,
            session=self._session,
            turn=turn.number,
            outcome=turn.outcome,
            **_cause(turn),
            **marks,
        )

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        """See `Observer`."""
        note(log, logging.INFO, "sound.faults", session=self._session, faults=" ".join(faults) or "none")


def _cause(turn: Turn) -> dict[str, str | int]:
    """What is known of why it was slow or failed."""
    cause = turn.cause
    if cause is None:
        return {}
    fields = {
        "why": cause.why,
        "cause_ms": cause.ms or None,
        "wait_ms": cause.wait_ms,
        "stage": cause.stage,
        "failure": cause.failure,
        "count": cause.count,
    }
    return {key: value for key, value in fields.items() if value is not None}
