"""A model of everything around the machine: what may happen next, and what its actions bring about.

Small enough to be explored completely: `steps` follows every event that is possible in every
situation that can be reached, and tells what the machine did and which of it made no sense.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, get_args

from appliance.core.speech import Stage
from appliance.turns.commands import Action
from appliance.turns.endpoint import Phase
from appliance.turns.events import (
    Backchannel,
    Button,
    DeadlinePassed,
    Event,
    FloorTaken,
    LoudspeakerLost,
    MicrophoneLost,
    NothingSaid,
    NotUnderstood,
    PhraseEnded,
    ReplyEnded,
    ReplyShown,
    ReplyStarted,
    SpeechConfirmed,
    SpeechDropped,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    StageFailed,
    Stalled,
    TurnEvent,
    Unclear,
    UtteranceEnded,
)
from appliance.turns.machine import TABLE, Machine, State, Table, TurnSettings

EVENTS: tuple[type[Event], ...] = get_args(Event)
TURN_EVENTS: tuple[type[TurnEvent], ...] = get_args(TurnEvent)
CLOSING = frozenset({Action.CLOSE_ANSWERED, Action.CLOSE_CUT, Action.CLOSE_SHOWN, Action.CLOSE_FAILED})

GRAMMAR: dict[Phase, dict[type[Event], Phase]] = {
    Phase.QUIET: {SpeechStarted: Phase.CANDIDATE},
    Phase.CANDIDATE: {SpeechDropped: Phase.QUIET, SpeechConfirmed: Phase.SPEECH},
    Phase.SPEECH: {SpeechPaused: Phase.PAUSE, UtteranceEnded: Phase.QUIET},
    Phase.PAUSE: {SpeechResumed: Phase.SPEECH, UtteranceEnded: Phase.QUIET},
}
"""What the endpointer may say next; test_endpoint.py shows that it keeps to it."""


class Sound(StrEnum):
    """What the loudspeaker holds."""

    NONE = "none"
    QUEUED = "queued"
    """Perhaps the beginning of a reply, of which nothing has left yet."""
    REPLY = "reply"
    APOLOGY = "apology"
    QUESTION = "question"


@dataclass(frozen=True)
class World:
    """A situation."""

    ear: Phase = Phase.QUIET
    """What the endpointer hears."""
    followed: bool = False
    """What it hears is being transcribed."""
    weighed: bool = False
    """Its words are being judged."""
    drafted: bool = False
    """An answer to it is being prepared."""
    open: bool = False
    """A turn has been begun and not been closed."""
    working: bool = False
    """Engines may be at work on its reply."""
    bridged: bool = False
    """Somebody was asked for patience, and has heard nothing of the reply since."""
    sound: Sound = Sound.NONE
    ducked: bool = False

    def possible(self, state: State) -> set[type[Event]]:
        """What can happen next."""
        speech = set() if state is State.MUTED else set(GRAMMAR[self.ear])
        alarm = set() if state is State.MUTED else {DeadlinePassed}
        failure = {StageFailed, Stalled} if self.working else set()
        news: dict[Sound, set[type[Event]]] = {
            Sound.NONE: set(),
            Sound.QUEUED: {NothingSaid, NotUnderstood, ReplyStarted, ReplyShown},
            Sound.REPLY: {ReplyEnded, LoudspeakerLost},
            Sound.APOLOGY: {PhraseEnded, LoudspeakerLost},
            Sound.QUESTION: {PhraseEnded, LoudspeakerLost},
        }
        return {
            *get_args(Button),
            MicrophoneLost,
            *(speech | alarm | failure),
            *news[self.sound],
            *self._verdicts(),
        }

    def _verdicts(self) -> set[type[Event]]:
        """Only what is transcribed is judged, and only what is over is not an interruption."""
        if not (self.ducked and self.followed):
            return set()
        return {FloorTaken, Backchannel, Unclear} if self.weighed else {FloorTaken}

    def after(self, event: type[Event]) -> "World":
        """What `event` means for the world."""
        if event in GRAMMAR[self.ear]:
            return replace(self, ear=GRAMMAR[self.ear][event], weighed=False)
        if event is ReplyStarted:
            return replace(self, sound=Sound.REPLY, bridged=False)
        if event is ReplyShown:
            return replace(self, working=False, bridged=False)
        if event in {NothingSaid, NotUnderstood, ReplyEnded}:
            return replace(self, sound=Sound.NONE, working=False, bridged=False)
        if event is PhraseEnded:
            return replace(self, sound=Sound.NONE)
        return self

    def allows(self, action: Action) -> bool:
        """Whether `action` makes sense now."""
        return EFFECTS[action][0](self)

    def done(self, action: Action) -> "World":
        """The world after `action`."""
        return replace(self, **EFFECTS[action][1])


def _over(world: World) -> bool:
    # What was heard is written down when a turn is closed, so nothing more may be heard.
    return world.open and not world.working and world.sound is Sound.NONE


EFFECTS: dict[Action, tuple[Callable[[World], bool], dict[str, Any]]] = {
    Action.FOLLOW: (lambda w: w.ear is Phase.SPEECH and not w.followed, {"followed": True}),
    Action.WEIGH: (
        lambda w: w.ear is Phase.PAUSE and w.followed and w.ducked and not w.weighed,
        {"weighed": True},
    ),
    Action.DRAFT: (
        lambda w: w.ear is Phase.PAUSE and w.followed and not w.drafted and not w.open,
        {"drafted": True},
    ),
    Action.TEAR_UP: (lambda w: w.drafted, {"drafted": False}),
    Action.ANSWER: (
        lambda w: w.ear is Phase.QUIET and w.followed and not w.open,
        {"followed": False, "drafted": False, "open": True, "working": True, "sound": Sound.QUEUED},
    ),
    Action.ANSWER_TYPED: (
        lambda w: w.ear is Phase.QUIET and not w.followed and not w.open and not w.ducked,
        {"open": True, "working": True, "sound": Sound.QUEUED},
    ),
    Action.ANNOUNCE: (
        lambda w: w.ear is Phase.QUIET and not w.followed and not w.open and not w.ducked,
        {"open": True, "working": True, "sound": Sound.QUEUED},
    ),
    Action.BRIDGE: (lambda w: w.working and not w.ducked, {"bridged": True}),
    Action.CANCEL: (lambda w: w.working, {"working": False, "bridged": False}),
    Action.HUSH: (lambda w: w.sound is not Sound.NONE, {"sound": Sound.NONE}),
    Action.DUCK: (lambda w: w.sound is Sound.REPLY and not w.ducked, {"ducked": True}),
    Action.UNDUCK: (lambda w: w.ducked, {"ducked": False, "weighed": False}),
    Action.APOLOGISE: (lambda w: w.open and not w.working, {"sound": Sound.APOLOGY}),
    Action.ASK: (lambda w: _over(w) and not w.ducked, {"sound": Sound.QUESTION}),
    Action.CLOSE_ANSWERED: (_over, {"open": False}),
    Action.CLOSE_CUT: (_over, {"open": False}),
    Action.CLOSE_SHOWN: (_over, {"open": False}),
    Action.CLOSE_FAILED: (_over, {"open": False}),
    Action.DISCARD: (lambda _: True, {"ear": Phase.QUIET, "followed": False, "drafted": False}),
    Action.FORGET: (lambda w: not w.open and not w.followed, {}),
}
"""When each action makes sense, and what it changes."""


@dataclass(frozen=True)
class Step:
    """One event, and what came of it."""

    machine: Machine
    """As it was before; `tell` a copy."""
    world: World
    """As it was before."""
    event: type[Event]
    actions: tuple[Action, ...]
    state: State
    """The machine's, afterwards."""
    after: World
    senseless: tuple[Action, ...]
    """Actions that the world did not allow when their turn came."""

    def __str__(self) -> str:
        did = ", ".join(self.actions) or "nothing"
        return f"{self.machine.state}: {self.event.__name__} → {self.state}: {did}; {self.after}"


def make(kind: type[Event], turn: int) -> Event:
    """An event of this kind, about this turn if it is about one."""
    known = {"turn": turn, "stage": Stage.LLM, "at": 0, "start": 0, "end": 0, "text": "hello"}
    return kind(**{field.name: known[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def take(machine: Machine, world: World, kind: type[Event]) -> tuple[Machine, Step]:
    """Let `kind` happen to a copy of the machine."""
    told = copy.copy(machine)
    actions = tuple(command.action for command in told.handle(make(kind, told.turn), now=0.0))
    after, senseless = world.after(kind), []
    for action in actions:
        if not after.allows(action):
            senseless.append(action)
        after = after.done(action)
    return told, Step(machine, world, kind, actions, told.state, after, tuple(senseless))


def steps(table: Table = TABLE, *, anything: bool = False) -> Iterator[Step]:
    """Every step from every situation that can be reached.

    Args:
        table: what the machine goes by.
        anything: every event may happen at any moment, however little sense it makes.
    """
    start = Machine(TurnSettings(), 0.0, table), World()
    waiting, known = deque([start]), {(start[0].state, start[1])}
    while waiting:
        machine, world = waiting.popleft()
        for kind in EVENTS if anything else sorted(world.possible(machine.state), key=EVENTS.index):
            told, step = take(machine, world, kind)
            yield step
            if (told.state, step.after) not in known:
                known.add((told.state, step.after))
                waiting.append((told, step.after))
