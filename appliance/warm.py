"""The warm turn: a recorded question through every engine, in silence, before we call ourselves ready."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.app import PHRASES, Appliance
from appliance.converse import Report, Say, converse, read_recording
from appliance.core.errors import ApplianceError
from appliance.core.speech import Outcome, Stage
from appliance.inference.job import LOCAL
from appliance.transports.wavfile import SilentPort

QUESTION = PHRASES / "warm-question.wav"


@dataclass(frozen=True, slots=True)
class WarmTurn:
    """What came of it."""

    heard: str
    """What was understood of the question."""
    answered: str
    """What would have been said."""
    first_audio_ms: float
    """From the end of the question to the first sample of the answer."""
    effort_s: Mapping[Stage, float]
    """Seconds that each engine was at work for it."""

    def __str__(self) -> str:
        timing = f"first audio after {self.first_audio_ms:.0f} ms"
        return f"Heard “{self.heard}”, answered “{self.answered}”, {timing}."


async def warm_turn(appliance: Appliance) -> WarmTurn:
    """Hold it.

    Raises:
        ApplianceError: no answer came out; says where it got stuck.
    """
    report = Report()
    question = Say(read_recording(QUESTION), at=0.6)  # behind the pre-roll, as in life
    before = _effort_s(appliance)
    await converse(
        lambda port, observer: appliance.session(LOCAL, port, observer), [question], report, SilentPort()
    )
    turn = report.turns[0] if report.turns else None
    if turn is None or turn["outcome"] != Outcome.ANSWERED:
        stuck = "; ".join(report.failures) or f"the question was not {'answered' if turn else 'heard'}"
        raise ApplianceError(f"the warm turn failed: {stuck}", "`appliance check` looks for the cause")
    stamps = turn["stamps"]
    effort_s = {stage: seconds - before[stage] for stage, seconds in _effort_s(appliance).items()}
    return WarmTurn(
        turn["transcript"], turn["said"], stamps["first_audio"] - stamps["speech_ended"], effort_s
    )


def _effort_s(appliance: Appliance) -> Mapping[Stage, float]:
    effort_s: defaultdict[Stage, float] = defaultdict(float)
    for lane in appliance.scheduler.health().lanes:
        effort_s[lane.stage] += lane.busy_s
    return effort_s
