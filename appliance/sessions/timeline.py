"""The timeline of one turn: its stamps, and what ran on which lane meanwhile and what waited for what.

Nothing in it was said by anybody: moments, figures, names of parts and stable words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE
from appliance.core.speech import Turn
from appliance.inference.story import JobStory
from appliance.sessions.phases import Span, spans, yielding
from appliance.sessions.trace import Stamps, on_samples
from appliance.sessions.why import Facts

VERSION: Final = 1
"""Of the lines that are written."""
STREAK_MS: Final = 250.0
"""ms between two jobs of one kind on one lane that are drawn as one: a recogniser has ten a second."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A stretch in which a job stood still. In ms on the audio clock."""

    why: str
    """See `Blame`."""
    behind: str
    """The lane whose job was in the way; empty when that is not known."""
    start: float
    """From here."""
    end: float
    """To here."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job on its lane, or several of one kind in a row. In ms on the audio clock."""

    lane: str
    """Which stage's."""
    method: str
    """What was asked of the engine."""
    engine: str
    """Which one had it; empty when none did."""
    asked: float
    """When it was asked for."""
    began: float | None
    """When it got its engine."""
    first: float | None
    """When its first result came."""
    ended: float
    """When it was over."""
    jobs: int = 1
    """How many."""
    busy: float = 0.0
    """ms from each beginning to its end, without what it stood still."""
    cold: bool = False
    """The engine had another conversation in mind, or none."""
    failure: str = ""
    """What ended it, if not its own end."""
    waits: tuple[Stand, ...] = ()
    """In order."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One turn, once it is over."""

    session: str
    """Whose; a name that must not be written as it is where it comes from a browser."""
    turn: int
    """Its number."""
    time: str
    """Wall time when it was over, for people."""
    outcome: str
    """See `Outcome`."""
    why: str
    """See `Why`."""
    stamps: Stamps
    """When things happened."""
    work: tuple[Work, ...] = ()
    """What ran for it, by the time at which it was asked for."""
    resumed: int = 0
    """Pauses that were taken for an end, and were none."""
    captured: int = 0
    """Samples of the microphone since its port was opened."""
    dropped: int = 0
    """How many of them were lost."""
    version: int = field(default=VERSION)
    """Of this form."""

    @property
    def phases(self) -> dict[str, Span]:
        """From the last word to the first sound; empty where none was heard."""
        return {str(phase): span for phase, span in spans(self.stamps).items()}

    @property
    def yielding(self) -> dict[str, Span]:
        """From the first sound of an interruption to silence; empty where there was none."""
        return {str(phase): span for phase, span in yielding(self.stamps).items()}

    @property
    def wait_ms(self) -> float | None:
        """From the last word to the first sound."""
        return self.stamps.since("first_audio", "speech_ended")

    def as_dict(self) -> dict[str, Any]:
        """For JSON; with what follows from the stamps: the length of the speech, the wait behind it and its parts."""
        told = asdict(self)
        told["stamps"] = {name: ms for name, ms in told["stamps"].items() if ms is not None}
        told["speech_ms"] = self.stamps.since("speech_ended", "speech_started")
        told["wait_ms"] = self.wait_ms
        told["phases_ms"] = {name: span.ms for name, span in self.phases.items()}
        told["yielding_ms"] = {name: span.ms for name, span in self.yielding.items()}
        return told


def timeline(session: str, turn: Turn, facts: Facts, now: float, dropped: int) -> Timeline:
    """The timeline of a turn that is over at second `now` of the audio clock, with so many samples lost till then."""
    return Timeline(
        session,
        turn.number,
        clock.wall().isoformat(timespec="milliseconds"),
        str(turn.outcome),
        str(turn.cause.why) if turn.cause else "",
        facts.stamps,
        tuple(_streaks(_works(facts))),
        facts.resumed,
        captured=round(now * CAPTURE_RATE),
        dropped=dropped,
    )


def _works(facts: Facts) -> list[Work]:
    """The jobs, without those of sounds that came before and were nothing, and bear the same number."""
    started, shift_s = facts.stamps.speech_started or 0.0, facts.shift_s
    done = (_work(job, shift_s) for job in facts.jobs if job.ended is not None)
    return sorted((work for work in done if work.ended >= started), key=lambda work: work.asked)


def _work(job: JobStory, shift_s: float) -> Work:
    def at(moment: float) -> float:
        return on_samples(moment + shift_s)

    assert job.ended is not None, "only jobs that are over are told"
    began, first = (None if moment is None else at(moment) for moment in (job.began, job.first))
    waits = tuple(
        Stand(str(wait.blame), str(wait.behind or ""), at(wait.since), at(wait.until))
        for wait in job.waits
        if wait.until > wait.since
    )
    stood = sum(max(0.0, wait.end - max(wait.start, began)) for wait in waits) if began is not None else 0.0
    busy = 0.0 if began is None else at(job.ended) - began - stood
    return Work(
        str(job.stage),
        job.method,
        job.engine,
        at(job.asked),
        began,
        first,
        at(job.ended),
        busy=busy,
        cold=job.cold,
        failure=job.failure,
        waits=waits,
    )


def _streaks(works: Sequence[Work]) -> Iterable[Work]:
    """Jobs of one kind that follow each other closely and had nothing in their way become one."""
    lanes: dict[str, list[list[Work]]] = {}
    for work in works:
        streaks = lanes.setdefault(work.lane, [])
        if streaks and _goes_on(streaks[-1][-1], work):
            streaks[-1].append(work)
        else:
            streaks.append([work])
    joined = (_joined(streak) for streaks in lanes.values() for streak in streaks)
    return sorted(joined, key=lambda work: work.asked)


def _goes_on(before: Work, work: Work) -> bool:
    same = (before.method, before.engine, before.failure) == (work.method, work.engine, work.failure)
    plain = not (work.waits or before.waits or work.failure or work.cold)
    return same and plain and work.asked - before.ended <= STREAK_MS


def _joined(streak: Sequence[Work]) -> Work:
    if len(streak) == 1:
        return streak[0]
    busy = sum(work.busy for work in streak)
    return replace(streak[0], ended=streak[-1].ended, jobs=len(streak), busy=busy)
