"""Tells a conversation to pages while it happens, and all over again to a page that comes late."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Turn
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.budget import Budget
from appliance.sessions.observer import Observer
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.turns.machine import IDLE, State
from appliance.web.messages import (
    MOST_BYTES,
    Failed,
    Fault,
    Hello,
    Line,
    Message,
    Muted,
    PartlyHeard,
    Saying,
    SoundFaults,
    StateChanged,
    Timing,
    TurnOver,
    Understood,
    encode,
)

MOST_OPEN: Final = 8
"""Turns that are not over yet. There are two at most: one is written down while the next is being said."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A turn that is not over."""

    understood: Understood | None = None
    saying: Saying | None = None


class Narrator(Observer):
    """An `Observer`. Owns what was said in one conversation, as far as a page must know it."""

    def __init__(self, tell: Callable[[Message], None], kept_turns: int, past: Sequence[Turn] = ()) -> None:
        """Begin, or go on.

        Args:
            tell: takes every message at once; who does not listen now can ask for `story` later.
            kept_turns: how many the story has.
            past: turns from before a restart.
        """
        self.turns = past[-1].number if past else 0
        """Turns that are over."""
        self.characters = sum(len(turn.said) for turn in past)
        """What the model has written in them."""
        self.budget = Budget()
        """Where the waits in it went, for the owner."""
        self._stirred = clock.now()
        self._tell = tell
        self._log: deque[Line] = deque(maxlen=kept_turns)  # full: the oldest turn is no longer shown
        self._log.extend(map(_line, past))
        self._open: dict[int, _Open] = {}
        self._state = State.LISTENING
        self._faults = SoundFaults(())

    @property
    def now(self) -> State:
        """Whose turn it is."""
        return self._state

    @property
    def lines(self) -> tuple[Line, ...]:
        """What was said lately, oldest first."""
        return tuple(self._log)

    @property
    def idle_s(self) -> float:
        """Seconds since anybody has spoken or was spoken to."""
        return clock.now() - self._stirred if self._state in IDLE else 0.0

    def stir(self) -> None:
        """Somebody is there."""
        self._stirred = clock.now()

    def story(self, session: str, box: str) -> list[Message]:
        """What a page must be told that connects now: the hello first, then what has begun and is not over."""
        hello = Hello(session, box, self._state, self._state is State.MUTED)
        room = MOST_BYTES - len(encode(hello).encode())
        told: list[Message] = [Hello(hello.session, hello.box, hello.state, hello.muted, self._newest(room))]
        for turn in self._open.values():
            told += [message for message in (turn.understood, turn.saying) if message]
        return [*told, self._faults] if self._faults.faults else told

    def state(self, state: State) -> None:
        """See `Observer`."""
        before, self._state = self._state, state
        self.stir()
        self._tell(StateChanged(state))
        if State.MUTED in (before, state):
            self._tell(Muted(state is State.MUTED))

    def partial(self, partial: Partial) -> None:
        """See `Observer`."""
        self._tell(PartlyHeard(partial.text, partial.stable))

    def understood(self, turn: int, text: str) -> None:
        """See `Observer`."""
        understood = Understood(turn, text)
        self._note(turn, _Open(understood))
        self._tell(understood)

    def saying(self, turn: int, heard: str) -> None:
        """See `Observer`."""
        saying = Saying(turn, heard)
        self._note(turn, _Open(self._open.get(turn, _Open()).understood, saying))
        self._tell(saying)

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        self._tell(Failed(turn, error.stage, error.problem, error.remedy, error.failure))

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        self._open.pop(turn.number, None)
        self.turns += 1
        self.characters += len(turn.said)
        if turn.transcript or turn.heard:  # else it was a noise
            self._log.append(_line(turn))
        timing = Timing(stamps.since("endpoint", "speech_ended"), stamps.since("first_audio", "speech_ended"))
        self._tell(
            TurnOver(turn.number, turn.transcript, turn.said, turn.heard, turn.outcome, timing, turn.cause),
        )

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`."""
        self.budget.traced(timeline)

    def forgotten(self) -> None:
        """See `Observer`."""
        self._log.clear()

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        """See `Observer`."""
        self._faults = SoundFaults(tuple(Fault(fault.problem, fault.remedy, fault) for fault in faults))
        self._tell(self._faults)

    def _note(self, turn: int, so_far: _Open) -> None:
        self._open[turn] = so_far
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]

    def _newest(self, room: int) -> tuple[Line, ...]:
        """As many of the newest turns as fit into so many bytes."""
        lines: deque[Line] = deque()
        for line in reversed(self._log):
            room -= _size(line)
            if room < 0:
                break
            lines.appendleft(line)
        return tuple(lines)


def _line(turn: Turn) -> Line:
    return Line(turn.number, turn.transcript, turn.heard, turn.outcome)


def _size(line: Line) -> int:
    """Bytes of a turn within a message, its comma included."""
    fields = {"turn": line.turn, "you": line.you, "heard": line.heard, "outcome": line.outcome}
    return len(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()) + 1
