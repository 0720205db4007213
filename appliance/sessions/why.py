"""Why a turn was slow, or failed: a table of reasons, of which the one that cost most is told.

A reason costs so many ms of somebody's waiting, beyond what is usual on this box. What stood in the way of a job
(an engine that was down, somebody else's turn) is taken out of the phase it fell into: the engine was not slow.
Where two reasons cost the same, the one further up explains more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.core.cause import Cause, Why
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage
from appliance.inference.story import Blame, JobStory
from appliance.sessions.phases import Phase, Span, spans, waited_ms
from appliance.sessions.trace import Stamps
from appliance.sessions.usual import Usual

NOTICEABLE_MS: Final = 300
"""ms beyond the usual from which a delay is worth a sentence: gaps between speakers spread as much (Stivers 2009)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a turn that is over. Nothing that was said."""

    stamps: Stamps
    """When things happened."""
    outcome: Outcome
    """How it ended."""
    jobs: Sequence[JobStory] = ()
    """What was asked of the engines for it."""
    shift_s: float = 0.0
    """From the loop's clock, on which the jobs were timed, to the audio clock."""
    words: bool = True
    """Whether any were understood."""
    error: EngineError | None = None
    """What broke, if something did."""
    lasted_ms: float = 0.0
    """From the end of the last word to the end of the turn."""
    first_words: int = 0
    """Words of the first clause of the answer."""
    resumed: int = 0
    """Pauses that were taken for an end, and were none."""
    pressed: bool = False
    """The machine was under pressure."""
    remote: bool = False
    """The loudspeaker is somewhere on the network."""


@dataclass(frozen=True, slots=True)
class Case:
    """The facts, measured."""

    facts: Facts
    """What is known."""
    phases: dict[Phase, Span]
    """Where the time went."""
    usual: Usual
    """Where it usually goes."""

    def stood_ms(self, *blames: Blame) -> float:
        """How long somebody waited for jobs that stood still because of these."""
        return sum(self._stood_ms(phase, *blames) for phase in self.phases)

    def beyond_ms(self, *phases: Phase) -> float:
        """How much longer than usual these took, without the time in which their jobs stood still."""
        return sum(
            max(0.0, self.phases[phase].ms - self._stood_ms(phase, *Blame) - self.usual.ms(phase))
            for phase in phases
        )

    def cold(self) -> bool:
        """Whether the model remembered nothing of the conversation."""
        writing = [job for job in self.facts.jobs if job.method == "generate"]
        return any(job.cold for job in writing)

    def _stood_ms(self, phase: Phase, *blames: Blame) -> float:
        facts = self.facts
        return sum(
            waited_ms(self.phases, facts.jobs, facts.shift_s, blame).get(phase, 0.0) for blame in blames
        )


PREPARED: Final = (Phase.HEARING, Phase.READING, Phase.WRITING, Phase.VOICE)
"""What is done while somebody pauses, where there is time and room for it."""

Cost = Callable[[Case], float]

REASONS: Final[tuple[tuple[Why, Stage | None, Cost], ...]] = (
    (Why.ENGINE_RESTART, None, lambda case: case.stood_ms(Blame.ENGINE)),
    (Why.QUEUE, None, lambda case: case.stood_ms(Blame.OTHERS)),
    (Why.PARKED, Stage.LLM, lambda case: case.stood_ms(Blame.PARKED, Blame.OWN)),
    (Why.PRESSURE, None, lambda case: case.facts.pressed * case.beyond_ms(*PREPARED)),
    (Why.COLD_CACHE, Stage.LLM, lambda case: case.cold() * case.beyond_ms(Phase.READING)),
    (Why.REOPENED, None, lambda case: bool(case.facts.resumed) * case.beyond_ms(*PREPARED[:2])),
    (Why.LONG_PAUSE, None, lambda case: case.beyond_ms(Phase.PAUSE)),
    (Why.HEARING, Stage.STT, lambda case: case.beyond_ms(Phase.HEARING)),
    (Why.READING, Stage.LLM, lambda case: case.beyond_ms(Phase.READING)),
    (Why.WRITING, Stage.LLM, lambda case: case.beyond_ms(Phase.WRITING)),
    (Why.VOICE, Stage.TTS, lambda case: case.beyond_ms(Phase.VOICE)),
    (Why.LINE, None, lambda case: case.facts.remote * case.beyond_ms(Phase.ARRIVING, Phase.PLAYING)),
    (Why.LOUDSPEAKER, Stage.PLAYBACK, lambda case: case.beyond_ms(Phase.PLAYING)),
)
"""What it may have been, whose part that is, and what it cost."""


def why(facts: Facts, usual: Usual) -> Cause:
    """The sentence of a turn, in figures."""
    if facts.outcome is Outcome.FAILED:
        return _why_failed(facts)
    case = Case(facts, spans(facts.stamps), usual)
    if not case.phases:
        return Cause(Why.WENT_ON if facts.words else Why.NO_WORDS)
    wait = facts.stamps.since("first_audio", "speech_ended")
    wait_ms = None if wait is None else round(wait)
    reason, stage, cost = max(((word, stage, cost(case)) for word, stage, cost in REASONS), key=_cost)
    if cost < NOTICEABLE_MS:
        return Cause(Why.USUAL, wait_ms=wait_ms)
    return Cause(reason, round(cost), wait_ms, stage or _blamed(case), count=_count(reason, facts))


def _cost(reason: tuple[Why, Stage | None, float]) -> float:
    return reason[2]  # of equals, max takes the first


def _blamed(case: Case) -> Stage | None:
    """Whose job waited longest."""
    waits = [(wait.until - wait.since, job.stage) for job in case.facts.jobs for wait in job.waits]
    return max(waits)[1] if waits else None


def _count(reason: Why, facts: Facts) -> int | None:
    return {Why.WRITING: facts.first_words, Why.REOPENED: facts.resumed}.get(reason)


def _why_failed(facts: Facts) -> Cause:
    if facts.error:
        return Cause(Why.FAILED, stage=facts.error.stage, failure=facts.error.failure)
    if not facts.words and facts.stamps.transcript is not None:
        return Cause(Why.NOT_UNDERSTOOD, stage=Stage.STT)
    return Cause(Why.TOO_LONG, round(facts.lasted_ms), stage=_stuck(facts.stamps))


def _stuck(stamps: Stamps) -> Stage:
    """Which part had not done its work."""
    steps = (
        (stamps.transcript, Stage.STT),
        (stamps.first_clause, Stage.LLM),
        (stamps.first_audio, Stage.TTS),
    )
    return next((stage for stamp, stage in steps if stamp is None), Stage.PLAYBACK)
