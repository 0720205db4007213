"""What is said and heard in a conversation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from appliance.core.audio import Samples

if TYPE_CHECKING:
    from appliance.core.cause import Cause  # which knows the stages


class Stage(StrEnum):
    """A part of the chain that can fail on its own, and be blamed for it."""

    CAPTURE = "capture"
    VAD = "vad"
    TURN_END = "turn_end"
    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    PLAYBACK = "playback"
    CONVERSATION = "conversation"
    """What joins the others: a bug of ours."""


class Role(StrEnum):
    """Who speaks a message, in the words of chat templates."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the dialogue as the language model sees it."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser understood of one utterance."""

    text: str
    """As written by the recogniser, stripped; empty when it heard no words."""
    confidence: float
    """The engine's own estimate, 0 to 1; only comparable within one engine."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is understood of an utterance while it is being spoken."""

    text: str
    """All of it, for the display; its end may still change."""
    stable: int
    """Characters from its start that will hardly change any more: whole words."""


@dataclass(frozen=True, slots=True)
class WordMark:
    """Where a word of the synthesised text begins in the sound."""

    offset: int
    """Characters from the start of the text given to the engine."""
    sample: int
    """Samples from the start of the sound that this text became."""


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A piece of synthesised speech."""

    samples: Samples
    """float32 mono."""
    rate: int
    """Hz."""
    words: tuple[WordMark, ...] = ()
    """Words that begin in this chunk, in order; empty when the voice offers no alignment.
    `sample` counts from the start of the first chunk of the same text."""


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    """The reply was heard to its end."""
    INTERRUPTED = "interrupted"
    """Some of the reply was heard."""
    UNHEARD = "unheard"
    """There was a turn, and nothing of a reply left the loudspeaker."""
    SHOWN = "shown"
    """There was no loudspeaker: the reply could only be read."""
    FAILED = "failed"
    """A stage broke; an apology was played instead of the rest."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange, after it is over."""

    number: int
    """Counts from 1 within the session."""
    transcript: str
    """What the person said."""
    said: str
    """What the model produced."""
    heard: str
    """What of it left the loudspeaker, cut after the last whole word."""
    outcome: Outcome
    cause: "Cause | None" = None
    """Why it was slow or failed; None where nobody kept a diary."""
