"""A box in virtual time: the real scheduler over acting engines, a conversation at it, and another beside it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError
from appliance.core.interfaces import VoiceActivityDetector
from appliance.core.speech import Outcome, Stage, Turn
from appliance.inference.job import LOCAL, Inference
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneHealth
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.pipeline.ghosts import GhostSettings
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.reply import ReplySettings
from appliance.pipeline.steady_vad import SteadyDetector
from appliance.sessions.observer import Observer
from appliance.sessions.parts import Parts
from appliance.sessions.phrases import NEEDED
from appliance.sessions.session import Session
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.turns.dialogue import Dialogue, DialogueSettings
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.floor import FloorSettings
from appliance.turns.machine import TurnSettings
from appliance.turns.pauses import PauseSettings
from appliance.turns.release import ReleaseSettings
from appliance.turns.state import IDLE, State
from tests.fakes import LoudnessVad
from tests.faults.actors import LEVELS, Theatre, specs

RATE = 48_000
SAID_S = 1.1
"""s of voice per question: four words."""
VOICE: Samples = np.resize(np.repeat(np.array([0.3, -0.3], np.float32), 40), round(SAID_S * CAPTURE_RATE))
"""A buzz of 200 Hz: as loud as `LoudnessVad` asks for, and no mere offset, which is silence."""
QUESTION = "one two three four"
AT_ONCE_S = 1.5
"""s without a sound that nobody has explained."""
AGAIN_S = 7.5
"""s behind a request for patience."""
LONGEST_S = 45.0
"""s after which somebody who asked something must have been answered, or told that there is no answer."""
PHRASES = {name: 0.3 + 0.01 * number for number, name in enumerate(sorted(NEEDED))}
"""Level of each recorded phrase: its name, as it were."""
PHRASE_S = 1.7
"""s: the longest request for patience."""


@dataclass(frozen=True)
class Heard:
    """A stretch of sound."""

    name: str
    """“answer”, or the phrase."""
    start: float
    """Second on the audio clock."""
    end: float


class Ear(LoudnessVad):
    """As certain as a network: never twice the same."""

    def __init__(self) -> None:
        self._doubt = 0.0

    def probability(self, window: Samples) -> float:
        self._doubt = (self._doubt + 0.001) % 0.0097
        return super().probability(window) - self._doubt


class Speaker(Observer):
    """Who is told what happens, and remembers when."""

    def __init__(self) -> None:
        self.port: WavPort
        self.states: list[tuple[float, State]] = [(0.0, State.LISTENING)]
        self.failures: list[EngineError] = []
        self.turns: list[Turn] = []

    def state(self, state: State) -> None:
        self.states.append((self.port.now(), state))

    def failed(self, turn: int, error: EngineError) -> None:
        self.failures.append(error)

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        self.turns.append(turn)


class Person:
    """Somebody at a port, with a conversation behind it, who asks and waits for the answer."""

    def __init__(
        self,
        name: str,
        inference: Inference,
        vad: Callable[[], VoiceActivityDetector] = Ear,
        port: WavPort | None = None,
    ) -> None:
        self.port = port or WavPort(RATE)
        self.told = Speaker()
        self.told.port = self.port
        self.dialogue = Dialogue(DialogueSettings(system_prompt="Be brief."))
        phrases = {
            phrase: np.full(round(PHRASE_S * RATE), level, np.float32) for phrase, level in PHRASES.items()
        }
        parts = Parts(
            name=name,
            port=self.port,
            loudspeaker=Loudspeaker(self.port),
            inference=inference,
            dialogue=self.dialogue,
            ghosts=GhostSettings(),
            reply=ReplySettings(),
            release=ReleaseSettings(),
            floor=FloorSettings(),
            pauses=PauseSettings(),
            relaxed=lambda: True,
            phrases=phrases,
            observer=self.told,
        )
        ear = SteadyDetector(vad, lambda error: self.told.failed(0, error))
        self.session = Session(
            parts, Listener(ear, EndpointSettings(), ListenSettings()), TurnSettings(), ListenSettings()
        )

    def leave(self) -> None:
        """End the conversation."""
        self.port.close()

    async def ask(self, after_s: float = 0.5) -> "Answer":
        """Say something, in a moment, and wait until the box rests; what came of it."""
        turns, failures = len(self.told.turns), len(self.told.failures)
        began = self.port.now()
        over = self.port.say(VOICE, began + after_s)
        await clock.sleep_until(clock.now() + over - began + 1.7)
        while self.told.states[-1][1] not in IDLE or not self.port.heard().idle:
            assert self.port.now() < over + LONGEST_S, f"still {self.told.states[-1][1]}"
            await clock.sleep_until(clock.now() + 0.1)
        await clock.sleep_until(clock.now() + 0.5)
        return Answer(
            said_until=over,
            states=[entry for entry in self.told.states if entry[0] >= began],
            heard=[sound for sound in heard(self.port.speaker()) if sound.end > began],
            turns=self.told.turns[turns:],
            failures=self.told.failures[failures:],
        )


@dataclass
class Answer:
    """What came of a question."""

    said_until: float
    states: list[tuple[float, State]]
    heard: list[Heard]
    turns: list[Turn]
    failures: list[EngineError]

    @property
    def names(self) -> str:
        """What was heard, in order."""
        return ", ".join(name for name, _ in groupby(sound.name for sound in self.heard)) or "nothing"

    @property
    def answered(self) -> bool:
        """All of the reply was heard."""
        return bool(self.turns) and self.turns[-1].outcome is Outcome.ANSWERED

    def silences(self) -> list[float]:
        """s without a sound: from the moment at which the box took them to be done, and between what was heard."""
        due = max((at for at, state in self.states if state is State.THINKING), default=None)
        if due is None or due < self.said_until:
            return []
        moments = [due]
        for sound in self.heard:
            moments += [sound.start, sound.end] if sound.start >= due else []
        return [after - before for before, after in zip(moments[::2], moments[1::2], strict=False)]

    def check_silences(self) -> None:
        """Nobody waits in a silence that nobody has explained."""
        for number, silence in enumerate(self.silences()):
            explained = any(sound.name in {"one-moment", "still-working"} for sound in self.heard[:number])
            limit = AGAIN_S if explained else AT_ONCE_S
            assert silence <= limit, f"{silence:.2f} s of silence: {self.names}"


def heard(track: Samples) -> list[Heard]:
    """What was heard, stretch by stretch."""
    periods = track[: len(track) // 480 * 480].reshape(-1, 480)
    levels = np.round(np.median(np.abs(periods), axis=1).astype(np.float64), 3)
    known = {0.0: ""} | {round(level, 3): name for name, level in PHRASES.items()}
    known |= {round(level, 3): "answer" for level in LEVELS.values()}
    names = [known.get(float(level), "?") for level in levels]
    for index, name in enumerate(names):  # ramps at the edges of sounds belong to them
        if name == "?":
            names[index] = names[index - 1] or (names[index + 1] if index + 1 < len(names) else "")
    stretches, at = [], 0
    for name, group in groupby(names):
        length = len(list(group))
        if name and name != "?":
            stretches.append(Heard(name, at / 100, (at + length) / 100))
        at += length
    return stretches


@dataclass
class House:
    """A box with two people at it."""

    theatre: Theatre = field(default_factory=Theatre)
    settings: InferenceSettings = field(
        default_factory=lambda: InferenceSettings(cores=4, climb_s=8, rest_s=2)
    )
    vad: Callable[[], VoiceActivityDetector] = Ear
    wrap: Callable[[Inference], Inference] = lambda inference: inference
    port: Callable[[], WavPort] = lambda: WavPort(RATE)
    shared: bool = False
    """Somebody else talks to it, too."""

    async def __aenter__(self) -> "House":
        """Come in; every engine that can be started is."""
        stages = (Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS)
        self.lanes = {stage: Lane(specs(stage), self.settings, self.theatre.launch) for stage in stages}
        self.scheduler = Scheduler(list(self.lanes.values()), self.settings)
        await self.scheduler.open(anyhow=True)
        inference = self.wrap(self.scheduler)
        self.person = Person(LOCAL, inference, self.vad, self.port())
        self.guest = Person("guest", inference)
        self.people = (self.person, self.guest)[: 1 + self.shared]
        self.running = [asyncio.create_task(person.session.run()) for person in self.people]
        await clock.sleep_until(clock.now() + 1.0)
        return self

    async def __aexit__(self, *_: object) -> None:
        for person in self.people:
            person.leave()
        done = await asyncio.gather(*self.running, return_exceptions=True)
        await self.scheduler.close()
        bugs = [bug for bug in done if isinstance(bug, Exception)]
        if bugs:
            raise bugs[0]

    def health(self, stage: Stage) -> LaneHealth:
        return self.lanes[stage].health()
