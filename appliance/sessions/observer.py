"""Who wants to know how a conversation goes: screens, counters, recorders."""

from collections.abc import Sequence

from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Turn
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.turns.commands import Command
from appliance.turns.events import Event
from appliance.turns.machine import State


class Observer:
    """Who wants to know how the conversation goes. Called on the event loop; must not block.

    This one wants to know nothing; whoever inherits need only say what interests them.
    """

    def state(self, state: State) -> None:
        """The machine has changed its state."""

    def decided(self, event: Event, commands: Sequence[Command]) -> None:
        """This has happened, and the machine commanded that."""

    def partial(self, partial: Partial) -> None:
        """This much is understood of what is being said."""

    def understood(self, turn: int, text: str) -> None:
        """This is what was said, and it is being answered."""

    def saying(self, turn: int, heard: str) -> None:
        """This much of the reply has been heard so far; a few times a second."""

    def failed(self, turn: int, error: EngineError) -> None:
        """A stage broke."""

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """A turn is over."""

    def traced(self, timeline: Timeline) -> None:
        """This is what happened in it and when; right behind `turn`."""

    def forgotten(self) -> None:
        """Whoever speaks next begins a new conversation: the model knows nothing of the one so far."""

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        """These things are wrong with the microphone's sound now; none of them is."""
