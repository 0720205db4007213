"""When things happened in a turn: milliseconds on the audio clock, so that a recording proves them."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Stamps:
    """All in ms since the port opened; None where it did not happen."""

    speech_started: float | None = None
    """First voiced window of the utterance."""
    speech_ended: float | None = None
    """End of its last voiced window."""
    endpoint: float | None = None
    """The decision that it is over."""
    transcript: float | None = None
    """The final transcript is there."""
    first_token: float | None = None
    """The model's first token."""
    first_clause: float | None = None
    """The first clause has gone to the voice."""
    first_audio: float | None = None
    """The first sample of the reply has left the loudspeaker."""
    reply_ended: float | None = None
    """The last sample that was heard of it has left."""

    def mark(self, name: str, seconds: float) -> None:
        """Note that `name` happened, the first time only."""
        if getattr(self, name) is None:
            setattr(self, name, round(seconds * 1000, 1))

    def since(self, name: str, origin: str) -> float | None:
        """ms from `origin` to `name`, when both happened."""
        end, start = getattr(self, name), getattr(self, origin)
        return None if end is None or start is None else end - start

    def as_dict(self) -> dict[str, float | None]:
        """By name, for reports."""
        return asdict(self)
