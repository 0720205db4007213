"""Where the time goes: between somebody's last word and the answer, and between an interruption and silence.

Each phase begins where the one before has ended, so that they are, to the sample, all of the wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.speech import Stage
from appliance.inference.story import Blame, JobStory
from appliance.sessions.trace import Stamps


class Phase(StrEnum):
    """What somebody waits for. In order: each begins where the one before has ended."""

    ARRIVING = "arriving"
    """That their last sound comes to the box."""
    PAUSE = "pause"
    """That the box is sure they are done."""
    HEARING = "hearing"
    """The transcript."""
    READING = "reading"
    """The model's first token."""
    WRITING = "writing"
    """The first clause."""
    VOICE = "voice"
    """Its first sound."""
    PLAYING = "playing"
    """That it leaves the loudspeaker."""


class Yielding(StrEnum):
    """What somebody waits for who speaks over a reply, likewise."""

    NOTICING = "noticing"
    """That the reply is lowered."""
    JUDGING = "judging"
    """That the box is sure they want the floor."""
    FADING = "fading"
    """That the last sample leaves the loudspeaker."""


STAGES = {
    Phase.HEARING: Stage.STT,
    Phase.READING: Stage.LLM,
    Phase.WRITING: Stage.LLM,
    Phase.VOICE: Stage.TTS,
}
"""Whose jobs are waited for in which phase."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a turn, in ms on the audio clock."""

    start: float
    """From here."""
    end: float
    """To here."""

    @property
    def ms(self) -> float:
        """How long."""
        return self.end - self.start

    def overlap_ms(self, start: float, end: float) -> float:
        """How much of this lies between those moments."""
        return max(0.0, min(self.end, end) - max(self.start, start))


def spans(stamps: Stamps) -> dict[Phase, Span]:
    """The phases of a turn whose answer was heard; empty otherwise.

    What was prepared before the endpoint took nobody's time: such a phase has no length.
    """
    ended, endpoint, heard = stamps.speech_ended, stamps.endpoint, stamps.first_audio
    if ended is None or endpoint is None or heard is None:
        return {}
    heard = max(heard, ended)
    marks = (
        stamps.arrived,
        endpoint,
        stamps.transcript,
        stamps.first_token,
        stamps.first_clause,
        stamps.first_sound,
        heard,
    )
    return dict(zip(Phase, _chain(ended, marks, heard), strict=True))


def yielding(stamps: Stamps) -> dict[Yielding, Span]:
    """From the first sound of an interruption, or the button, to the loudspeaker's last; empty where none was heard."""
    begun = stamps.hushed if stamps.barge_in is None else stamps.barge_in
    if begun is None or stamps.silent is None:
        return {}
    silent = max(stamps.silent, begun)  # between two clauses it was silent already
    return dict(zip(Yielding, _chain(begun, (stamps.ducked, stamps.hushed, silent), silent), strict=True))


def _chain(start: float, marks: Iterable[float | None], last: float) -> Iterable[Span]:
    """One span up to each mark. One that is missing, or came before its turn, makes none."""
    for mark in marks:
        end = start if mark is None else min(max(mark, start), last)
        yield Span(start, end)
        start = end


def waited_ms(
    phases: dict[Phase, Span], jobs: Sequence[JobStory], shift_s: float, blame: Blame
) -> dict[Phase, float]:
    """How long of each phase its jobs stood still because of `blame`. Side by side counts once.

    Args:
        phases: of a turn.
        jobs: of the turn.
        shift_s: from the loop's clock to the audio clock.
        blame: what for.
    """
    found = {}
    for phase, stage in STAGES.items():
        waits = [wait for job in jobs if job.stage is stage for wait in job.waits if wait.blame is blame]
        total, done = 0.0, phases[phase].start
        for since, until in sorted((wait.since, wait.until) for wait in waits):
            total += phases[phase].overlap_ms(max((since + shift_s) * 1000, done), (until + shift_s) * 1000)
            done = max(done, (until + shift_s) * 1000)
        found[phase] = total
    return found
