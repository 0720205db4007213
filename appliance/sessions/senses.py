"""Notices that the microphone or the loudspeaker is gone or back, and has people told: aloud, if that is possible."""

from collections.abc import Callable

from appliance.core.interfaces import AudioPort
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.phrases import MICROPHONE_BACK, MICROPHONE_GONE
from appliance.turns.events import LoudspeakerLost, MicrophoneLost
from appliance.turns.state import DUCKED, PHRASES, State

HEARD = frozenset({State.SPEAKING, *DUCKED, *PHRASES})
"""States in which something must be heard."""


class Senses:
    """Owns what people still have to be told about the devices of one port."""

    def __init__(self, port: AudioPort, announce: Callable[[str], bool]) -> None:
        """`announce` says something aloud; False: not now, since somebody speaks or is spoken to."""
        self.lacks: tuple[SoundFault, ...] = ()
        """What is not there at present."""
        self._port = port
        self._announce = announce
        self._owed = ""
        """What is to be said as soon as it can be: only the newest matters."""

    def notice(self, state: State) -> MicrophoneLost | LoudspeakerLost | None:
        """Look, and return what the conversation must know. To be called with every frame."""
        before, self.lacks = self.lacks, self._missing()
        ears, had_ears = (SoundFault.NO_MICROPHONE not in lacks for lacks in (self.lacks, before))
        if ears is not had_ears:
            self._owed = MICROPHONE_BACK if ears else MICROPHONE_GONE
        if self._owed and not self._port.speechless and self._announce(self._owed):
            self._owed = ""
        if self._port.speechless and state in HEARD:
            return LoudspeakerLost()
        return MicrophoneLost() if had_ears and not ears else None

    def _missing(self) -> tuple[SoundFault, ...]:
        there = {
            SoundFault.NO_MICROPHONE: not self._port.deaf,
            SoundFault.NO_LOUDSPEAKER: not self._port.speechless,
        }
        return tuple(fault for fault, is_there in there.items() if not is_there)
