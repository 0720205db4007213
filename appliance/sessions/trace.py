"""When things happened in a turn: the one place that says which moments are noted, what they mean and who notes them.

All are on the audio clock of the conversation's port, which counts the microphone's samples, so that a recording proves
them. They are in ms, and always a whole number of samples: of those 16 make a ms, and sixteenths are exact in binary,
so that sums and differences of stamps are exact, too.
"""

from dataclasses import asdict, dataclass
from typing import Final

from appliance.core.audio import CAPTURE_RATE

SAMPLES_PER_MS: Final = CAPTURE_RATE // 1000


def on_samples(seconds: float) -> float:
    """ms of the sample that is nearest to a second of the audio clock."""
    return round(seconds * CAPTURE_RATE) / SAMPLES_PER_MS


@dataclass(slots=True)
class Stamps:
    """All in ms since the port opened, in the order of life; None where it did not happen.

    `speech_started`, `speech_ended` and `barge_in` are places in the captured sound; `first_audio`, `reply_ended` and
    `silent` are moments at which samples left the loudspeaker, as its port knows them (`AudioPort.heard`); all others
    are moments of the main process (`AudioPort.now`).
    """

    speech_started: float | None = None
    """First sample of the first voiced window of the utterance. The endpointer, at the commit."""
    noticed: float | None = None
    """It was sure that somebody speaks, and the recogniser began to follow. `Hearing`."""
    first_words: float | None = None
    """The first words were understood, while they were still being said. `Hearing`."""
    speech_ended: float | None = None
    """End of its last voiced window. The endpointer, at the commit."""
    arrived: float | None = None
    """That window had come from the microphone to the detector of speech. `Ears`."""
    drafted: float | None = None
    """A pause was noticed, and work on the answer began, in case this was the end. `Hearing`."""
    endpoint: float | None = None
    """The decision that it is over. `Hearing`, at the commit."""
    transcript: float | None = None
    """The final transcript is there. `Exchange`."""
    model_asked: float | None = None
    """The model was given the dialogue, to continue it. `Reply`."""
    first_token: float | None = None
    """The model's first token. `Reply`."""
    first_clause: float | None = None
    """The first clause has gone to the voice. `Reply`."""
    first_sound: float | None = None
    """The voice's first sound, at the rate of the loudspeaker. `Recital`."""
    queued: float | None = None
    """The first of it is in the loudspeaker's queue, behind everything else. `Playout`."""
    first_audio: float | None = None
    """The first sample of the reply has left the loudspeaker. `Airing`."""
    last_token: float | None = None
    """The model has written all. `Reply`."""
    reply_ended: float | None = None
    """The last sample that was heard of it has left. `Exchange`, when the turn is closed."""
    barge_in: float | None = None
    """First sample of the voice over the reply that ended it. `Overlap`, from the endpointer."""
    ducked: float | None = None
    """The loudspeaker was told to lower the reply, and to wait at the end of the word. `Overlap`."""
    hushed: float | None = None
    """The loudspeaker was told to be silent. `Overlap`."""
    silent: float | None = None
    """The last sample after that has left. `Overlap`."""

    def mark(self, name: str, seconds: float) -> None:
        """Note that `name` happened, the first time only."""
        if getattr(self, name) is None:
            setattr(self, name, on_samples(seconds))

    def since(self, name: str, origin: str) -> float | None:
        """ms from `origin` to `name`, when both happened."""
        end, start = getattr(self, name), getattr(self, origin)
        return None if end is None or start is None else end - start

    def as_dict(self) -> dict[str, float | None]:
        """By name, for reports."""
        return asdict(self)
