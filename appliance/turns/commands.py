"""What the turn machine asks of the session. The machine decides, the session does."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.core.speech import Stage


class Action(StrEnum):
    """One thing to do. A row of the table is a list of these, carried out in order."""

    FOLLOW = "follow"
    """Somebody is speaking: begin to transcribe, while they speak."""
    WEIGH = "weigh"
    """They pause over the reply: judge by their words what they want."""
    DRAFT = "draft"
    """They pause: prepare an answer silently, in case they are done."""
    TEAR_UP = "tear_up"
    """They go on: throw the draft away."""
    ANSWER = "answer"
    """Begin the turn: understand the utterance that just ended, and answer it, with the draft if there is one."""
    ANSWER_TYPED = "answer_typed"
    """Begin the turn: answer what was typed."""
    ANNOUNCE = "announce"
    """Begin a turn in which nobody asked: say a given text."""
    CANCEL = "cancel"
    """Stop all work on the turn's reply. What is already queued in the loudspeaker stays."""
    HUSH = "hush"
    """Silence the loudspeaker and drop what is queued in it."""
    DUCK = "duck"
    """Lower the loudspeaker and let it wait at the end of the word: somebody may be speaking."""
    UNDUCK = "unduck"
    """Bring the loudspeaker back, from the word where it waits."""
    APOLOGISE = "apologise"
    """Play the recorded apology for what failed, behind what is queued."""
    BRIDGE = "bridge"
    """Play a recorded request for patience, in the midst of whatever of the reply is there."""
    ASK = "ask"
    """Play the recorded question what was meant."""
    CLOSE_ANSWERED = "close_answered"
    """The turn is over and its reply was heard to the end: write it into the history."""
    CLOSE_CUT = "close_cut"
    """The turn is over early: write into the history just what was heard."""
    CLOSE_SHOWN = "close_shown"
    """The turn is over, and its reply was shown, since no loudspeaker was there: write all of it into the history."""
    CLOSE_FAILED = "close_failed"
    """The turn is over because something broke: write into the history just what was heard."""
    DISCARD = "discard"
    """Throw away the utterance being heard, and a draft of its answer."""
    FORGET = "forget"
    """Nobody has spoken for long: the next person starts a conversation of their own."""


@dataclass(frozen=True, slots=True)
class Command:
    """An action and what it is about."""

    action: Action
    turn: int
    """Number of the turn; also the generation: events of an earlier one are stale."""
    stage: Stage | None = None
    """APOLOGISE only: the stage that failed; None when nothing broke and we did not understand."""
    failures: int = 0
    """APOLOGISE only: turns that have failed in a row, this one included."""
    text: str = ""
    """ANSWER_TYPED: what was typed; ANNOUNCE: what is to be said."""
