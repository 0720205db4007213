"""Whose turn it is: the whole behaviour of a conversation as one table.

House rules
-----------
* Every transition is a row. Reading the table is knowing the behaviour.
* No guards: two things that can happen are two events. No flags: a flag is a missing state.
* Every state but MUTED has a deadline, so that time alone always brings the machine to rest.
  A deadline is a safety net for lost sound and hung work, never the ordinary way to move on;
  only LISTENING's is: a conversation that nobody continues is over.
* A pair that is not in the table changes nothing and commands nothing. Most such pairs are
  echoes of things already decided (a reply that ends after it was interrupted).
* Events about an abandoned turn are dropped by their number before the table is read.
* The machine never waits, reads a clock or touches sound. It is told what happened and when,
  says what to do, and says when it wants to be woken.

The states are in `state`.

Speech that is not confirmed never costs a reply. Confirmed speech wins the floor at once where no
reply is heard; over a reply it is judged first, by what it says and how long it lasts, and wins
unless it was surely a backchannel. In THINKING unconfirmed speech changes nothing: there is no
sound to duck, and the answer must not be lost to a cough.

Whoever was asked for patience is owed an answer: what ends in silence from THINKING ends with an
apology from STALLING.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from appliance.core.speech import Stage
from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    AnnouncementMade,
    Backchannel,
    DeadlinePassed,
    Event,
    FloorTaken,
    LoudspeakerLost,
    MicrophoneLost,
    MutePressed,
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
    StopPressed,
    TextTyped,
    TurnEvent,
    Unclear,
    UnmutePressed,
    UtteranceEnded,
)
from appliance.turns.state import ANSWERING as ANSWERING
from appliance.turns.state import AUDIBLE as AUDIBLE
from appliance.turns.state import DUCKED as DUCKED
from appliance.turns.state import HEARD as HEARD
from appliance.turns.state import IDLE as IDLE
from appliance.turns.state import PHRASES as PHRASES
from appliance.turns.state import State as State

OVERDUE = {State.THINKING: Stage.LLM, State.STALLING: Stage.LLM, State.SPEAKING: Stage.PLAYBACK}
"""What is to blame where time alone shows that something broke: the model takes longest, and what is being heard
goes on for ever when the loudspeaker takes no sound."""

BEGINNING = frozenset({Action.ANSWER, Action.ANSWER_TYPED, Action.ANNOUNCE})
"""Actions with which a turn begins."""

S, A = State, Action
Row = tuple[State, tuple[Action, ...]]

Table = Mapping[tuple[State, type[Event]], Row]

_LEAVING: Mapping[State, tuple[Action, ...]] = {
    S.LISTENING: (A.DISCARD,),
    S.HEARING: (A.DISCARD,),
    S.WAITING: (A.DISCARD,),
    S.THINKING: (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.DISCARD),
    S.STALLING: (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.DISCARD),
    S.SPEAKING: (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.DISCARD),
    S.YIELDING: (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DISCARD),
    S.WEIGHING: (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DISCARD),
    S.ASKING: (A.HUSH, A.CLOSE_CUT, A.DISCARD),
    S.APOLOGISING: (A.HUSH, A.CLOSE_FAILED, A.DISCARD),
}
"""How each state is left when somebody presses a button: nothing goes on that was heard, thought or said."""

_BUTTONS: Table = {
    **{(state, MutePressed): (S.MUTED, leaving) for state, leaving in _LEAVING.items()},
    **{(state, StopPressed): (S.LISTENING, leaving) for state, leaving in _LEAVING.items()},
    **{(state, TextTyped): (S.THINKING, (*leaving, A.ANSWER_TYPED)) for state, leaving in _LEAVING.items()},
    (S.MUTED, UnmutePressed): (S.LISTENING, ()),
    # Only when nobody speaks: whoever announces something can wait, people who talk cannot.
    (S.LISTENING, AnnouncementMade): (S.THINKING, (A.DISCARD, A.ANNOUNCE)),
}

_LOSSES: Table = {
    # Half an utterance is not answered. In a pause it may have been a whole one: then they get their answer.
    (S.HEARING, MicrophoneLost): (S.LISTENING, (A.DISCARD,)),
    # An answer that nobody can hear is read; of one that broke off, the history has what was heard.
    (S.THINKING, ReplyShown): (S.LISTENING, (A.HUSH, A.CLOSE_SHOWN)),
    (S.STALLING, ReplyShown): (S.LISTENING, (A.HUSH, A.CLOSE_SHOWN)),
    (S.SPEAKING, LoudspeakerLost): (S.LISTENING, (A.HUSH, A.CANCEL, A.CLOSE_CUT)),
    (S.YIELDING, LoudspeakerLost): (S.HEARING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT)),
    (S.WEIGHING, LoudspeakerLost): (S.WAITING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DRAFT)),
    (S.ASKING, LoudspeakerLost): (S.LISTENING, (A.HUSH, A.CLOSE_CUT)),
    (S.APOLOGISING, LoudspeakerLost): (S.LISTENING, (A.HUSH, A.CLOSE_FAILED)),
}
"""What becomes of a turn whose microphone or loudspeaker is unplugged."""

TABLE: Table = {
    (S.LISTENING, SpeechStarted): (S.HEARING, ()),
    # Speech that began while the box still spoke or thought, and went on after it.
    (S.LISTENING, SpeechConfirmed): (S.HEARING, (A.FOLLOW,)),
    (S.LISTENING, DeadlinePassed): (S.LISTENING, (A.FORGET,)),
    (S.HEARING, SpeechConfirmed): (S.HEARING, (A.FOLLOW,)),
    (S.HEARING, SpeechDropped): (S.LISTENING, ()),
    (S.HEARING, SpeechPaused): (S.WAITING, (A.DRAFT,)),
    # Without a pause: the utterance reached its longest length.
    (S.HEARING, UtteranceEnded): (S.THINKING, (A.ANSWER,)),
    (S.HEARING, DeadlinePassed): (S.LISTENING, (A.DISCARD,)),
    (S.WAITING, SpeechResumed): (S.HEARING, (A.TEAR_UP,)),
    (S.WAITING, UtteranceEnded): (S.THINKING, (A.ANSWER,)),
    (S.WAITING, DeadlinePassed): (S.LISTENING, (A.DISCARD,)),
    (S.THINKING, ReplyStarted): (S.SPEAKING, ()),
    # Nothing is heard yet, but something may be queued already: hence the HUSH.
    (S.THINKING, SpeechConfirmed): (S.HEARING, (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW)),
    (S.THINKING, NothingSaid): (S.LISTENING, (A.CLOSE_CUT,)),
    (S.THINKING, NotUnderstood): (S.APOLOGISING, (A.APOLOGISE,)),
    (S.THINKING, StageFailed): (S.APOLOGISING, (A.CANCEL, A.APOLOGISE)),
    (S.THINKING, DeadlinePassed): (S.APOLOGISING, (A.CANCEL, A.APOLOGISE)),
    (S.THINKING, Stalled): (S.STALLING, (A.BRIDGE,)),
    (S.STALLING, Stalled): (S.STALLING, (A.BRIDGE,)),
    (S.STALLING, ReplyStarted): (S.SPEAKING, ()),
    (S.STALLING, SpeechConfirmed): (S.HEARING, (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW)),
    (S.STALLING, NothingSaid): (S.APOLOGISING, (A.APOLOGISE,)),
    (S.STALLING, NotUnderstood): (S.APOLOGISING, (A.APOLOGISE,)),
    (S.STALLING, StageFailed): (S.APOLOGISING, (A.CANCEL, A.APOLOGISE)),
    (S.STALLING, DeadlinePassed): (S.APOLOGISING, (A.CANCEL, A.APOLOGISE)),
    (S.SPEAKING, ReplyEnded): (S.LISTENING, (A.CLOSE_ANSWERED,)),
    (S.SPEAKING, Stalled): (S.SPEAKING, (A.BRIDGE,)),
    (S.SPEAKING, SpeechStarted): (S.YIELDING, (A.DUCK,)),
    # Speech that began before the reply did: they had not finished.
    (S.SPEAKING, SpeechConfirmed): (S.HEARING, (A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW)),
    (S.SPEAKING, StageFailed): (S.APOLOGISING, (A.CANCEL, A.APOLOGISE)),
    (S.SPEAKING, DeadlinePassed): (S.APOLOGISING, (A.HUSH, A.CANCEL, A.APOLOGISE)),
    (S.YIELDING, SpeechDropped): (S.SPEAKING, (A.UNDUCK,)),
    (S.YIELDING, SpeechConfirmed): (S.YIELDING, (A.FOLLOW,)),
    (S.YIELDING, SpeechPaused): (S.WEIGHING, (A.WEIGH,)),
    (S.YIELDING, FloorTaken): (S.HEARING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT)),
    (S.YIELDING, UtteranceEnded): (S.THINKING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.ANSWER)),
    (S.YIELDING, ReplyEnded): (S.HEARING, (A.UNDUCK, A.CLOSE_ANSWERED)),
    (S.YIELDING, StageFailed): (S.APOLOGISING, (A.UNDUCK, A.CANCEL, A.DISCARD, A.APOLOGISE)),
    (S.YIELDING, DeadlinePassed): (S.SPEAKING, (A.UNDUCK, A.DISCARD)),
    (S.WEIGHING, SpeechResumed): (S.YIELDING, ()),
    (S.WEIGHING, FloorTaken): (S.WAITING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DRAFT)),
    (S.WEIGHING, Backchannel): (S.SPEAKING, (A.UNDUCK, A.DISCARD)),
    (S.WEIGHING, Unclear): (S.ASKING, (A.HUSH, A.UNDUCK, A.CANCEL, A.DISCARD, A.ASK)),
    # The words came too late to be judged: then the person wins.
    (S.WEIGHING, UtteranceEnded): (S.THINKING, (A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.ANSWER)),
    (S.WEIGHING, ReplyEnded): (S.WAITING, (A.UNDUCK, A.CLOSE_ANSWERED, A.DRAFT)),
    (S.WEIGHING, StageFailed): (S.APOLOGISING, (A.UNDUCK, A.CANCEL, A.DISCARD, A.APOLOGISE)),
    (S.WEIGHING, DeadlinePassed): (S.SPEAKING, (A.UNDUCK, A.DISCARD)),
    (S.ASKING, PhraseEnded): (S.LISTENING, (A.CLOSE_CUT,)),
    (S.ASKING, SpeechConfirmed): (S.HEARING, (A.HUSH, A.CLOSE_CUT, A.FOLLOW)),
    (S.ASKING, DeadlinePassed): (S.LISTENING, (A.HUSH, A.CLOSE_CUT)),
    (S.APOLOGISING, PhraseEnded): (S.LISTENING, (A.CLOSE_FAILED,)),
    (S.APOLOGISING, SpeechConfirmed): (S.HEARING, (A.HUSH, A.CLOSE_FAILED, A.FOLLOW)),
    (S.APOLOGISING, DeadlinePassed): (S.LISTENING, (A.HUSH, A.CLOSE_FAILED)),
    **_LOSSES,
    **_BUTTONS,
}


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How long each state may last before something must be wrong."""

    conversation_idle_s: Annotated[float, Interval(ge=5, le=86_400)] = 120.0
    """s of silence after which the conversation is forgotten: the next speaker is somebody else."""
    hearing_s: Annotated[float, Interval(ge=5, le=300)] = 45.0
    """s; longer than the longest utterance, so it only passes when sound stops arriving."""
    thinking_s: Annotated[float, Interval(ge=2, le=120)] = 20.0
    """s from the endpoint to first audio after which we give up. It only passes where nobody asks for patience."""
    stalling_s: Annotated[float, Interval(ge=2, le=120)] = 9.0
    """s from a request for patience to the next, or to first audio, after which we give up: longer than the phrase
    (1.7) and the silence behind it (6). With three requests an answer has 25 s: an engine that hangs is noticed
    within 3 to 5, a new one is there after 0.3 to 3, and answers."""
    speaking_s: Annotated[float, Interval(ge=5, le=600)] = 90.0
    """s; longer than the longest reply, so it only passes when the loudspeaker stops taking sound."""
    yielding_s: Annotated[float, Interval(ge=0.3, le=10)] = 2.0
    """s that the reply stays ducked while nobody can tell what is said over it."""
    phrase_s: Annotated[float, Interval(ge=2, le=60)] = 10.0
    """s; longer than the longest recorded phrase."""

    def deadline_s(self, state: State) -> float | None:
        """Seconds that `state` may last; None for ever."""
        return {
            S.LISTENING: self.conversation_idle_s,
            S.HEARING: self.hearing_s,
            S.WAITING: self.hearing_s,
            S.THINKING: self.thinking_s,
            S.STALLING: self.stalling_s,
            S.SPEAKING: self.speaking_s,
            S.YIELDING: self.yielding_s,
            S.WEIGHING: self.yielding_s,
            S.ASKING: self.phrase_s,
            S.APOLOGISING: self.phrase_s,
        }.get(state)


class Machine:
    """Where the conversation stands: a state, the number of the turn, failures in a row."""

    def __init__(self, settings: TurnSettings, now: float, table: Table = TABLE, turn: int = 0) -> None:
        """Begin to listen, after so many turns from before a restart."""
        self._settings = settings
        self._table = table
        self.state = State.LISTENING
        self.turn = turn
        self.failures = 0
        self.deadline: float | None = None
        """When it wants `DeadlinePassed`, on the caller's clock in seconds."""
        self.rest(now)

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take one event; return what to do about it, in order."""
        if isinstance(event, TurnEvent) and event.turn != self.turn:
            return []
        row = self._table.get((self.state, type(event)))
        if row is None:
            return []
        before = self.state
        self.state, actions = row
        self.rest(now)
        return [self._command(action, event, before) for action in actions]

    def rest(self, now: float) -> None:
        """Allow the present state its whole time, from now on."""
        allowed_s = self._settings.deadline_s(self.state)
        self.deadline = None if allowed_s is None else now + allowed_s

    def recover(self, now: float) -> None:
        """Something broke outside of the table: whatever went on is over. Who was muted stays muted."""
        self.failures += 1
        if self.state is not State.MUTED:
            self.state = State.LISTENING
        self.rest(now)

    def _command(self, action: Action, event: Event, before: State) -> Command:
        stage = event.stage if isinstance(event, StageFailed) else None
        text = event.text if isinstance(event, TextTyped | AnnouncementMade) else ""
        if action in BEGINNING:
            self.turn += 1
        elif action is Action.CLOSE_ANSWERED or (action is Action.CLOSE_CUT and before in HEARD):
            self.failures = 0  # who interrupts an answer has heard one
        elif action is Action.APOLOGISE and not isinstance(event, NotUnderstood | NothingSaid):
            self.failures += 1
            stage = stage or OVERDUE.get(before)
        return Command(action, self.turn, stage, self.failures, text)
