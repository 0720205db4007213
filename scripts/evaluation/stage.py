"""Plays a scene to a whole session on the virtual clock, and writes down everything that happened."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Turn
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.transports.simulated import SimulatedLoudspeaker
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State
from scripts.evaluation.company import Company
from scripts.evaluation.processor import Work
from scripts.evaluation.scenario import Cue, Scene, Until
from scripts.evaluation.sounds import Library, noise_gain

RATE = CAPTURE_RATE
"""Hz of the loudspeaker: the lowest that keeps a voice whole, and that of the microphone, for its echo."""
LIMIT_S = 90.0
"""s after which a play has failed."""
REST_S = 1.5
"""s of rest after which nothing more will come: an endpoint (1.6 s at most) begins in speech, not in rest."""
UNANSWERED_S = 4.0
"""s after the last cue in which an answer must have begun, or none will."""
SHOWN_S = 0.3
"""s that an answer is listened to when only its beginning matters."""
PATIENCE_S = 15.0
"""s that a cue waits for the reply over which it is to be heard."""
STEP_S = 0.01
ECHO_DELAY_S = 0.03
"""s from the loudspeaker to the microphone of the echo that is left."""

QUIET = frozenset({State.LISTENING, State.MUTED})


@dataclass(frozen=True, slots=True)
class Played:
    """A cue, and when it was really heard."""

    cue: Cue
    begin: float
    """s on the audio clock at which somebody is first heard in it."""
    end: float
    """s at which they are last heard."""
    speech: tuple[tuple[float, float], ...]
    """s: its stretches of speech."""


@dataclass
class Performance:
    """All that is known of one play. Times are s on the audio clock."""

    scene: Scene
    played: list[Played] = field(default_factory=list)
    states: list[tuple[float, State]] = field(default_factory=list)
    """Entered when."""
    replies: list[float] = field(default_factory=list)
    """When replies were first heard."""
    turns: list[tuple[Turn, Stamps]] = field(default_factory=list)
    """In the order in which they were closed."""
    failures: list[str] = field(default_factory=list)
    """What broke."""
    record: list[Work] = field(default_factory=list)
    """Jobs; `at` is on the audio clock too."""
    recording: Samples = field(default_factory=lambda: np.empty(0, np.float32))
    """What the loudspeaker played, at `RATE`."""


class Prompter(Observer):
    """An `Observer` that writes into a performance."""

    def __init__(self, port: WavPort, performance: Performance) -> None:
        self._port = port
        self._book = performance

    def state(self, state: State) -> None:
        """See `Observer`."""
        book = self._book
        before = book.states[-1][1] if book.states else State.LISTENING
        book.states.append((self._port.now(), state))
        if state is State.SPEAKING and before is State.THINKING:
            book.replies.append(self._port.heard().started)

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        self._book.failures.append(f"turn {turn}, {error.stage}: {error.problem}")

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        self._book.turns.append((turn, stamps))


class RoomPort(WavPort):
    """A `WavPort` in whose microphone some of its own loudspeaker is left."""

    def __init__(self, echo_db: float | None) -> None:
        self._speaker = SimulatedLoudspeaker(RATE)
        super().__init__(RATE, self._speaker)
        self._echo = 0.0 if echo_db is None else 10 ** (echo_db / 20)
        self._delay = round(ECHO_DELAY_S * RATE)

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`."""
        async for frame in super().frames():
            yield self._with_echo(frame) if self._echo else frame

    def _with_echo(self, frame: AudioFrame) -> AudioFrame:
        first = frame.start - self._delay
        period = RATE // 100
        periods = self._speaker.track[max(first, 0) // period : (first + len(frame.samples)) // period + 1]
        if first < 0 or not periods:
            return frame
        heard = np.concatenate(periods)[first % period :][: len(frame.samples)]
        return AudioFrame(frame.samples + self._echo * heard, frame.rate, frame.start)


async def play(scene: Scene, company: Company, library: Library) -> Performance:
    """Play one scene. Runs on a loop with virtual time.

    Raises:
        TimeoutError: it never came to an end.
    """
    performance = Performance(scene)
    appliance, processor = company.cast(scene)
    port = RoomPort(scene.echo_db)
    session = appliance.session("evaluation", port, Prompter(port, performance))
    opened = clock.now()
    running = asyncio.create_task(session.run())
    directing = asyncio.create_task(Director(scene, port, performance, library).direct())
    try:
        async with asyncio.timeout(LIMIT_S + scene.seconds):
            await asyncio.wait({running, directing}, return_when=asyncio.FIRST_COMPLETED)
            if directing.done():
                directing.result()
            port.close()
            await running
    finally:
        for task in (directing, running):
            task.cancel()
        await asyncio.gather(directing, running, return_exceptions=True)
    performance.recording = port.speaker()
    for work in processor.record:
        work.at -= opened
    performance.record = processor.record
    return performance


class Director:
    """Lets the cues be heard at their moments, and ends the play."""

    def __init__(self, scene: Scene, port: WavPort, performance: Performance, library: Library) -> None:
        self._scene = scene
        self._port = port
        self._book = performance
        self._library = library

    async def direct(self) -> None:
        """Returns when the play is over."""
        await asyncio.sleep(0)  # the session opens the port
        self._begin_noise()
        for cue in self._scene.cues:
            moment = await self._moment(cue)
            if moment is None:
                break  # what it was to be heard over never came: the figures will tell
            self._speak(cue, moment)
        await self._end()

    def _begin_noise(self) -> None:
        scene = self._scene
        if not scene.noise:
            return
        noise = self._library.background(scene.noise, scene.seconds or LIMIT_S)
        if scene.snr_db is not None:
            noise = noise * np.float32(
                noise_gain(self._library.sound(scene.cues[0].sound), noise, scene.snr_db)
            )
        self._port.say(noise, 0.0)

    def _speak(self, cue: Cue, moment: float) -> None:
        sound = self._library.sound(cue.sound)
        at = self._port.say(sound.samples, moment) - len(sound.samples) / CAPTURE_RATE
        speech = tuple((at + begin, at + end) for begin, end in sound.speech)
        self._book.played.append(Played(cue, at + sound.begin, at + sound.end, speech))

    async def _moment(self, cue: Cue) -> float | None:
        """When a cue begins; None: never.

        What is heard over a reply is placed by its first sound, not by the silence before it.
        """
        if cue.at is not None:
            return cue.at
        since = self._book.played[-1].end if self._book.played else 0.0
        begun = await self._reply_after(since)
        if begun is None:
            return None
        if cue.over is not None:
            return begun + cue.over - self._library.sound(cue.sound).begin
        await self._until(lambda: self._book.states[-1][1] in QUIET, PATIENCE_S * 4)
        return self._port.now() + (cue.after or 0.0)

    async def _reply_after(self, since: float) -> float | None:
        """When the first reply after `since` was first heard."""
        await self._until(lambda: self._replied(since), PATIENCE_S)
        return next((at for at in self._book.replies if at >= since), None)

    def _replied(self, since: float) -> bool:
        return any(at >= since for at in self._book.replies)

    async def _end(self) -> None:
        scene, book = self._scene, self._book
        over = max([scene.seconds, *(played.end for played in book.played)])
        await clock.sleep_until(clock.now() + max(0.0, over - self._port.now()))
        if scene.until is Until.ANSWER:
            await self._until(lambda: self._replied(over), UNANSWERED_S)
            await clock.sleep_until(clock.now() + SHOWN_S)
        else:
            await self._until(self._at_rest, LIMIT_S)

    def _at_rest(self) -> bool:
        at, state = self._book.states[-1] if self._book.states else (0.0, State.LISTENING)
        over = self._book.played[-1].end if self._book.played else 0.0
        return state in QUIET and self._port.now() > max(at, over) + REST_S

    async def _until(self, true: Callable[[], bool], patience_s: float) -> None:
        """Return when it is true, or when it has taken too long."""
        end = clock.now() + patience_s
        while not true() and clock.now() < end:
            await clock.sleep_until(clock.now() + STEP_S)


def sounds_of(scenes: list[Scene]) -> set[str]:
    """Names of all that is said in them."""
    return {cue.sound for scene in scenes for cue in scene.cues}
