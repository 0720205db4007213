"""How sound is, one way and both, for people and for whoever plays or listens."""

from dataclasses import dataclass
from typing import Final

from appliance.audio.echo_memory import Chosen
from appliance.audio.rights import Right


@dataclass(frozen=True, slots=True)
class Side:
    """How the microphone is, or the loudspeaker."""

    alive: bool
    """Its callbacks are coming."""
    line: str
    """The device in use, or what is wrong."""
    gone: bool = False
    """It has been away for longer than a device takes that is only opened anew."""
    refused: Right = Right.NONE
    """Rights that the system did not grant its process."""
    chosen: Chosen | None = None
    """It and its counterpart, as it sees them; None where it knows of none."""


STARTING: Final = Side(alive=False, line="Sound is starting")


@dataclass(frozen=True, slots=True)
class AudioStatus:
    """How sound is, both ways."""

    microphone: Side
    """What is heard with."""
    loudspeaker: Side
    """What is spoken with."""

    @property
    def alive(self) -> bool:
        """Both are."""
        return self.microphone.alive and self.loudspeaker.alive

    @property
    def chosen(self) -> Chosen | None:
        """The devices in use, and what is to be done about their echo; None unless there are both."""
        return self.microphone.chosen if self.alive else None

    @property
    def line(self) -> str:
        """The devices in use, or what is wrong with them."""
        ears, mouth = self.microphone, self.loudspeaker
        heard = f"Listening to {ears.line}" if ears.alive else ears.line
        played = f"playing to {mouth.line}" if mouth.alive else mouth.line
        echo = f", echo: {self.chosen.mode}" if self.chosen else ""
        return heard if heard == played else f"{heard}; {played}{echo}"
