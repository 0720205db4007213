"""A conversation with the turn machine, in words short enough for stories."""

from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    DeadlinePassed,
    Event,
    MutePressed,
    ReplyStarted,
    SpeechConfirmed,
    SpeechDropped,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UnmutePressed,
    UtteranceEnded,
)
from appliance.turns.machine import Machine, State, Table, TurnSettings

A = Action
STARTED, CONFIRMED, DROPPED = SpeechStarted(0), SpeechConfirmed(0), SpeechDropped()
PAUSED, RESUMED, ENDED = SpeechPaused(1), SpeechResumed(), UtteranceEnded(0, 1)
LATE, MUTE, UNMUTE = DeadlinePassed(), MutePressed(), UnmutePressed()
QUESTION = (STARTED, CONFIRMED, PAUSED, ENDED)


class Talk:
    """A conversation with a machine."""

    def __init__(self, table: Table) -> None:
        self._machine = Machine(TurnSettings(), 0.0, table)

    def tell(self, *events: Event) -> list[Command]:
        """Let these happen; returns what was done about them."""
        return [command for event in events for command in self._machine.handle(event, 0.0)]

    def does(self, *events: Event) -> list[Action]:
        """As `tell`, without the details."""
        return [command.action for command in self.tell(*events)]

    def is_in(self, state: State) -> bool:
        """Whether it stands there now."""
        return self._machine.state is state


def thinking(table: Table) -> Talk:
    """A first question has been asked."""
    talk = Talk(table)
    talk.tell(*QUESTION)
    return talk


def speaking(table: Table) -> Talk:
    """The answer to it is being heard."""
    talk = thinking(table)
    talk.tell(ReplyStarted(1))
    return talk
