"""Where the time goes between somebody's last word and the answer: one phase after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.speech import Stage
from appliance.inference.story import Blame, JobStory
from appliance.sessions.trace import Stamps


class Phase(StrEnum):
    """What somebody waits for. In order: each begins where the one before has ended, and never before the endpoint."""

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


def spans(stamps: Stamps, jobs: Sequence[JobStory], shift_s: float) -> dict[Phase, Span]:
    """The phases of a turn whose answer was heard; empty otherwise.

    What was prepared before the endpoint took nobody's time: such a phase has no length.

    Args:
        stamps: of the turn.
        jobs: of the turn.
        shift_s: from the loop's clock to the audio clock.
    """
    ended, endpoint, heard = stamps.speech_ended, stamps.endpoint, stamps.first_audio
    if ended is None or endpoint is None or heard is None:
        return {}
    made = min((job.first for job in jobs if job.stage is Stage.TTS and job.first is not None), default=None)
    marks = {
        Phase.HEARING: stamps.transcript,
        Phase.READING: stamps.first_token,
        Phase.WRITING: stamps.first_clause,
        Phase.VOICE: None if made is None else (made + shift_s) * 1000,
        Phase.PLAYING: heard,
    }
    found, position = {Phase.PAUSE: Span(ended, endpoint)}, endpoint
    for phase, mark in marks.items():
        end = position if mark is None else min(max(mark, position), heard)
        found[phase], position = Span(position, end), end
    return found


def waited_ms(
    phases: dict[Phase, Span], jobs: Sequence[JobStory], shift_s: float, blame: Blame
) -> dict[Phase, float]:
    """How long of each phase its jobs stood still because of `blame`. Side by side counts once."""
    found = {}
    for phase, stage in STAGES.items():
        waits = [wait for job in jobs if job.stage is stage for wait in job.waits if wait.blame is blame]
        total, done = 0.0, phases[phase].start
        for since, until in sorted((wait.since, wait.until) for wait in waits):
            total += phases[phase].overlap_ms(max((since + shift_s) * 1000, done), (until + shift_s) * 1000)
            done = max(done, (until + shift_s) * 1000)
        found[phase] = total
    return found
