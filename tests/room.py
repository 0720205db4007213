"""A whole session without hardware or models: a WAV port, scripted engines, virtual time."""

from collections.abc import Sequence

import numpy as np

from appliance.converse import Report, Say, converse
from appliance.core.audio import Samples
from appliance.core.speech import Turn
from appliance.hands import Hands
from appliance.pipeline.ghosts import GhostSettings
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.reply import ReplySettings
from appliance.sessions.deeds import Deeds, no_deeds
from appliance.sessions.observer import Observer
from appliance.sessions.parts import Parts
from appliance.sessions.phrases import NEEDED
from appliance.sessions.session import Session
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.turns.dialogue import Dialogue, DialogueSettings
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.floor import FloorSettings
from appliance.turns.machine import State, TurnSettings
from appliance.turns.pauses import PauseSettings
from appliance.turns.release import ReleaseSettings
from appliance.web.audience import Audience
from tests.fakes import LoudnessVad, Script, ScriptedInference, Witness
from tests.virtual_time import run

PHRASE_LEVEL = 0.5
"""Level of every recorded phrase; the sound of turn n has level n/100."""


class Room:
    """A session, everything it was made of, and what came of it."""

    def __init__(
        self,
        script: Script | None = None,
        listening: ListenSettings | None = None,
        reply: ReplySettings | None = None,
        *,
        relaxed: bool = True,
        past: Sequence[Turn] = (),
    ) -> None:
        self.inference = ScriptedInference(script or Script())
        self.witness = Witness()
        self.report = Report()
        self.dialogue = Dialogue(DialogueSettings(system_prompt="Be brief."))
        self.dialogue.replay(past)
        self.hushes: dict[int, float] = {}
        """Second at which the loudspeaker was hushed, by turn."""
        self.hands: Hands | None = None
        self.loudspeaker: Loudspeaker
        self.deeds: Deeds = no_deeds
        """What can be done without the model."""
        self.port: WavPort
        self.session: Session
        self._listening = listening or ListenSettings()
        self._reply = reply or ReplySettings()
        self._relaxed = relaxed
        self._begun = past[-1].number if past else 0

    def open(self, port: WavPort, observer: Observer) -> Session:
        """What the composition root does."""
        phrase = np.full(port.playback_rate // 2, PHRASE_LEVEL, np.float32)
        self.port = port
        self.loudspeaker = _Watched(port, self)
        if self.hands:
            companion = self.hands.companion(self.loudspeaker, lambda: "All is well.")
            self.deeds, observer = companion.deeds, Audience(observer, companion)
        parts = Parts(
            name="room",
            port=port,
            loudspeaker=self.loudspeaker,
            inference=self.inference,
            dialogue=self.dialogue,
            ghosts=GhostSettings(),
            reply=self._reply,
            release=ReleaseSettings(),
            floor=FloorSettings(),
            pauses=PauseSettings(),
            relaxed=lambda: self._relaxed,
            phrases=dict.fromkeys(NEEDED, phrase),
            observer=Audience(observer, self.witness),
            begun=self._begun,
            deeds=self.deeds,
        )
        listener = Listener(LoudnessVad(), EndpointSettings(), self._listening)
        self.session = Session(parts, listener, TurnSettings(), self._listening)
        return self.session

    def silent_loudspeaker(self) -> Loudspeaker:
        """One that nobody listens to."""
        return Loudspeaker(WavPort(16_000))

    def hold(self, *says: Say) -> Samples:
        """Hold a conversation in virtual time; returns what the loudspeaker played."""
        return run(converse(self.open, says, self.report))

    @property
    def turns(self) -> list[Turn]:
        """Turns in the order in which they ended."""
        return self.witness.turns

    @property
    def stamps(self) -> list[Stamps]:
        """Their stamps."""
        return self.witness.stamps

    @property
    def states(self) -> list[State]:
        """All states entered."""
        return self.witness.states


class _Watched(Loudspeaker):
    """A loudspeaker that notes when which turn was hushed."""

    def __init__(self, port: WavPort, room: Room) -> None:
        super().__init__(port)
        self._room = room

    def hush(self) -> None:
        self._room.hushes[self._room.session.turn] = self._room.port.now()
        super().hush()


def levels(speaker: Samples, rate: int = 48_000) -> list[int]:
    """What was heard, per 10 ms: 0 silence, n turn n, 50 a recorded phrase (ramps round to the nearest)."""
    periods = speaker[: len(speaker) // (rate // 100) * (rate // 100)].reshape(-1, rate // 100)
    return [round(float(np.median(period)) * 100) for period in periods]
