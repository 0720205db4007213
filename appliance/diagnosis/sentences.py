"""The sentence of a cause, in English, for the terminal and for reports. Pages have their own."""

from collections.abc import Mapping
from typing import Final

from appliance.core.cause import Cause, Why
from appliance.core.errors import Failure
from appliance.core.speech import Stage

PARTS: Final[Mapping[Stage | None, str]] = {
    Stage.CAPTURE: "the microphone",
    Stage.VAD: "the detector of speech",
    Stage.TURN_END: "the turn end model",
    Stage.STT: "the recogniser",
    Stage.LLM: "the language model",
    Stage.TTS: "the voice",
    Stage.PLAYBACK: "the loudspeaker",
    Stage.CONVERSATION: "the conversation",
    None: "an engine",
}
"""What people call the stages."""

SLOW: Final[Mapping[Why, str]] = {
    Why.USUAL: "As fast as usual.",
    Why.ENGINE_RESTART: "Slow, because {part} had to be started again ({s} s).",
    Why.QUEUE: "Slow, because {part} was busy with somebody else ({s} s).",
    Why.PARKED: "Slow, because {part} had to wait for more urgent work ({s} s).",
    Why.PRESSURE: "Slow, because the machine is short of memory or too hot: nothing was prepared in the pause ({s} s).",
    Why.COLD_CACHE: "Slow, because the language model had to read the whole conversation again ({s} s).",
    Why.REOPENED: "Slow, because you went on after a pause, and it had to begin again ({s} s).",
    Why.LONG_PAUSE: "Slow, because it sounded as if you would go on, and it waited ({s} s longer than usual).",
    Why.HEARING: "Slow, because the recogniser took long ({s} s longer than usual).",
    Why.READING: "Slow, because the language model took long to begin ({s} s longer than usual).",
    Why.WRITING: "Slow, because the language model took long to write its first {count} words ({s} s more than usual).",
    Why.VOICE: "Slow, because the voice took long ({s} s longer than usual).",
    Why.LOUDSPEAKER: "Slow, because the loudspeaker was late ({s} s).",
    Why.LINE: "Slow, because the network was late ({s} s).",
    Why.WENT_ON: "Nothing of the answer was heard: somebody went on speaking, or stopped it.",
    Why.NO_WORDS: "A sound without words.",
    Why.NOT_UNDERSTOOD: "It heard somebody, and understood no words.",
    Why.TOO_LONG: "Given up after {s} s: {part} did not get done.",
}
"""All but the failures of engines."""

FAILED: Final[Mapping[Failure, str]] = {
    Failure.BROKEN: "Failed, because {part} could not do it.",
    Failure.DIED: "Failed, because {part} crashed; it is started again.",
    Failure.HUNG: "Failed, because {part} hung; it is started again.",
    Failure.OUT_OF_ORDER: "Failed, because {part} is out of order.",
    Failure.OVERLOADED: "Failed, because too many wait for {part}.",
    Failure.REPLACED: "Failed, because {part} was started again in the middle.",
    Failure.SPEECHLESS: "Failed, because {part} answered nothing that can be said.",
    Failure.MISSING: "Failed, because {part} is missing.",
}
"""By how an engine failed; whatever else it was, it could not do it."""


def sentence(cause: Cause) -> str:
    """One sentence that a person understands."""
    if cause.why is Why.FAILED:
        template = FAILED.get(cause.failure or Failure.BROKEN, FAILED[Failure.BROKEN])
    else:
        template = SLOW[cause.why]
    return template.format(part=PARTS[cause.stage], s=f"{cause.ms / 1000:.1f}", count=cause.count or "")
