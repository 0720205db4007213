"""What the box tells a page, as JSON text. One class per message, named after what has happened.

`tests/web/test_messages.py` finds every class by itself and holds its encoding to the plan.
"""

import json
from dataclasses import asdict, dataclass
from typing import ClassVar, Final

from appliance.core.cause import Cause
from appliance.core.errors import Failure

MOST_BYTES: Final = 60_000
"""Of a message: a data channel carries 65,536 where nothing else was agreed on (RFC 8841, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the conversation, as a page shows it."""

    turn: int
    """Its number."""
    you: str
    """What the person said; empty when it was not understood."""
    heard: str
    """What they heard of the reply."""
    outcome: str
    """See `core.speech.Outcome`."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of every connection: all that a page must know, however long it was away."""

    type: ClassVar[str] = "hello"
    session: str
    """Say it when connecting again, to go on with the conversation."""
    box: str
    """Name of the appliance."""
    state: str
    """As in `StateChanged`."""
    muted: bool
    """As in `Muted`."""
    conversation: tuple[Line, ...] = ()
    """Oldest first; replaces whatever the page shows."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Whose turn it is."""

    type: ClassVar[str] = "state"
    state: str
    """See `turns.machine.State`."""


@dataclass(frozen=True, slots=True)
class PartlyHeard:
    """This much is understood of what is being said."""

    type: ClassVar[str] = "partial"
    text: str
    """All of it; its end may still change."""
    stable: int
    """Characters from its start that will hardly change."""


@dataclass(frozen=True, slots=True)
class Understood:
    """This is what the person said."""

    type: ClassVar[str] = "understood"
    turn: int
    """Number of the turn that answers it."""
    text: str
    """Final."""


@dataclass(frozen=True, slots=True)
class Saying:
    """The reply goes on."""

    type: ClassVar[str] = "saying"
    turn: int
    """Number of the turn."""
    text: str
    """What was heard of it so far, from its start."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long somebody waited, in ms from the end of their last word; None where it did not happen."""

    endpoint_ms: float | None
    """To the decision that they were done."""
    first_audio_ms: float | None
    """To the first sample of the answer."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """A turn is over."""

    type: ClassVar[str] = "turn"
    turn: int
    """Its number."""
    you: str
    """What the person said."""
    said: str
    """What the model produced."""
    heard: str
    """What was heard of it."""
    outcome: str
    """See `core.speech.Outcome`."""
    timing: Timing
    """How long it took."""
    cause: Cause | None = None
    """Why it took longer than usual, or failed, in stable words and figures."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something broke, or could not be understood as a message."""

    type: ClassVar[str] = "failed"
    turn: int
    """In which turn."""
    stage: str
    """See `core.speech.Stage`; "page" when a message of the page's own is meant."""
    problem: str
    """A sentence."""
    remedy: str = ""
    """What mends it."""
    failure: str = Failure.OTHER
    """What kind of failure, for pages that say it in another language: see `core.errors.Failure`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a microphone's sound."""

    problem: str
    """A sentence."""
    remedy: str
    """What mends it."""
    fault: str
    """Which one, for pages that say it in another language: see `pipeline.sound_check.SoundFault`."""


@dataclass(frozen=True, slots=True)
class SoundFaults:
    """What is wrong with the microphone's sound now; nothing when empty."""

    type: ClassVar[str] = "sound"
    faults: tuple[Fault, ...]
    """All of them."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud it is, for a screen that has no microphone of its own. RMS, 0 to 1."""

    type: ClassVar[str] = "levels"
    you: float
    """In the room."""
    box: float
    """Its loudspeaker."""


@dataclass(frozen=True, slots=True)
class Muted:
    """The box is deaf and quiet now, or no longer."""

    type: ClassVar[str] = "muted"
    on: bool
    """Deaf and quiet."""


@dataclass(frozen=True, slots=True)
class Flush:
    """Drop the sound that waits to be played. Only where sound travels through a WebSocket."""

    type: ClassVar[str] = "flush"


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping."""

    type: ClassVar[str] = "pong"
    t: float
    """What the page had sent with it."""


@dataclass(frozen=True, slots=True)
class Bye:
    """Last message: the session is over, or another connection has taken it."""

    type: ClassVar[str] = "bye"
    reason: str
    """idle, duration, replaced, revoked, restart or ended."""
    problem: str
    """A sentence."""
    remedy: str
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class Full:
    """Instead of all others: nobody else can talk at the moment. Over WebRTC the answer to the offer says so."""

    type: ClassVar[str] = "busy"
    place: int
    """In the queue, 1 being next; 0 when even that is full."""
    problem: str
    """A sentence."""
    remedy: str
    """What to do about it."""


Message = (
    Hello
    | StateChanged
    | PartlyHeard
    | Understood
    | Saying
    | TurnOver
    | Failed
    | SoundFaults
    | Levels
    | Muted
    | Flush
    | Pong
    | Bye
    | Full
)


def encode(message: Message) -> str:
    """As JSON text, its `type` first."""
    return json.dumps({"type": message.type, **asdict(message)}, ensure_ascii=False, separators=(",", ":"))
