"""Several who want to know how one conversation goes."""

from collections.abc import Sequence

from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Turn
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.observer import Observer
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.turns.commands import Command
from appliance.turns.events import Event
from appliance.turns.machine import State


class Audience(Observer):
    """An `Observer` who passes on what it is told, to each in turn."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def state(self, state: State) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.state(state)

    def decided(self, event: Event, commands: Sequence[Command]) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.decided(event, commands)

    def partial(self, partial: Partial) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.partial(partial)

    def understood(self, turn: int, text: str) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.understood(turn, text)

    def saying(self, turn: int, heard: str) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.saying(turn, heard)

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.failed(turn, error)

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.turn(turn, stamps)

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.traced(timeline)

    def forgotten(self) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.forgotten()

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.sound(faults)
