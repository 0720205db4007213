"""What a conversation is made of: everything that all its turns share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.core.audio import Samples
from appliance.core.interfaces import AudioPort
from appliance.inference.job import Inference
from appliance.pipeline.ghosts import GhostSettings
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.reply import ReplySettings
from appliance.pipeline.tempo import Tempo
from appliance.sessions.deeds import Deeds, no_deeds
from appliance.sessions.diary import Diary
from appliance.sessions.observer import Observer
from appliance.turns.dialogue import Dialogue
from appliance.turns.floor import FloorSettings
from appliance.turns.pauses import PauseSettings
from appliance.turns.release import ReleaseSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What all turns of a session share."""

    name: str
    """Of the session; the scheduler keeps sessions apart by it."""
    port: AudioPort
    """Microphone and loudspeaker."""
    loudspeaker: Loudspeaker
    """The playing half of the port."""
    inference: Inference
    """The engines."""
    dialogue: Dialogue
    """The history."""
    ghosts: GhostSettings
    """What counts as a transcript."""
    reply: ReplySettings
    """How soon replies begin."""
    release: ReleaseSettings
    """How long to wait in a pause."""
    floor: FloorSettings
    """Who wins that speaks over a reply."""
    pauses: PauseSettings
    """How a speaker's own pauses are learned."""
    relaxed: Callable[[], bool]
    """Whether the machine can afford work that may be thrown away."""
    phrases: dict[str, Samples]
    """Recorded phrases by name, at the port's playback rate."""
    observer: Observer
    """Who is told."""
    deeds: Deeds = no_deeds
    """What can be done without asking the model."""
    begun: int = 0
    """Number of the newest turn of the dialogue, when it was begun before a restart."""
    tempo: Tempo = field(default_factory=Tempo)
    """How fast its model writes and its voice speaks."""
    diary: Diary = field(default_factory=Diary)
    """Who knows how long turns take here, and why one took longer."""
