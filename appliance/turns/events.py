"""What can happen in a conversation. Two things that can happen are two events, never one with a flag."""

from dataclasses import dataclass

from appliance.core.speech import Stage


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """First evidence of speech; it may yet prove to be a cough."""

    at: int
    """Sample where the speech began, on the audio clock."""


@dataclass(frozen=True, slots=True)
class SpeechConfirmed:
    """There has been enough of it: somebody is speaking."""

    at: int
    """Sample where the speech began."""


@dataclass(frozen=True, slots=True)
class SpeechDropped:
    """It was a cough, a door, a single window of noise."""


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The speaker has been silent for a moment; the utterance may be over."""

    at: int
    """Sample where the silence began."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """It was not over."""


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """The endpoint decision: what was said until now is one utterance."""

    start: int
    """Sample where the speech began."""
    end: int
    """Sample where the last voiced window ended."""


@dataclass(frozen=True, slots=True)
class FloorTaken:
    """What is said over the reply is an interruption."""


@dataclass(frozen=True, slots=True)
class Backchannel:
    """It was an “uh-huh”: somebody listens, and the reply shall go on."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """It was a voice, it is over, and nobody knows what it wanted."""


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """The utterance held no words, only noise."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Somebody clearly spoke, and the transcript cannot be trusted."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The first sample of the reply has left the loudspeaker."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The last sample of the reply has left the loudspeaker."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """All of the reply is there, and no loudspeaker: whoever looks at a screen can read it."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A stage broke while working for this turn."""

    turn: int
    """Number of the turn this is about."""
    stage: Stage
    """Which one."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """Somebody has waited in silence for too long, and the answer, or the rest of it, is still being worked on."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class PhraseEnded:
    """The last sample of a recorded phrase, an apology or a question, has left the loudspeaker."""

    turn: int
    """Number of the turn this is about."""


@dataclass(frozen=True, slots=True)
class MicrophoneLost:
    """It was unplugged, or broke."""


@dataclass(frozen=True, slots=True)
class LoudspeakerLost:
    """It was unplugged, or broke, and what was to be heard will not be."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The machine's own deadline has been reached."""


@dataclass(frozen=True, slots=True)
class MutePressed:
    """Somebody wants the box deaf and quiet."""


@dataclass(frozen=True, slots=True)
class UnmutePressed:
    """Somebody wants it back."""


@dataclass(frozen=True, slots=True)
class StopPressed:
    """Somebody wants the box to leave off, and goes on talking to it."""


@dataclass(frozen=True, slots=True)
class TextTyped:
    """Somebody typed what others say."""

    text: str
    """Not empty."""


@dataclass(frozen=True, slots=True)
class AnnouncementMade:
    """The box is to say something of its own accord."""

    text: str
    """Not empty."""


SpeechEvent = SpeechStarted | SpeechConfirmed | SpeechDropped | SpeechPaused | SpeechResumed | UtteranceEnded
TurnEvent = (
    NothingSaid | NotUnderstood | ReplyStarted | ReplyEnded | ReplyShown | StageFailed | Stalled | PhraseEnded
)
Verdict = FloorTaken | Backchannel | Unclear
Button = MutePressed | UnmutePressed | StopPressed | TextTyped | AnnouncementMade
Loss = MicrophoneLost | LoudspeakerLost
Event = SpeechEvent | Verdict | TurnEvent | Loss | DeadlinePassed | Button
