"""A whole conversation with recordings as the microphone, timed on the audio clock, and its report."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import ApplianceError, EngineError, InputError
from appliance.core.resample import resample, usual
from appliance.core.speech import Turn
from appliance.sessions.observer import Observer
from appliance.sessions.session import Session
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State

GAP_S = 1.0
"""s between the end of a reply and the next recording."""

UNANSWERED_S = 1.0
"""s after the end of a recording in which a turn must have begun, or none will: endpoint plus margin."""

LONGEST_CLIP_S = 600.0
"""s; a longer file is surely not something to say to a kiosk."""

MOST_CHANNELS = 64
"""Of a recording; libsndfile reads 1024, which take 268 MB per block."""

BLOCK = 65_536
"""Samples read from a file at once."""

PATIENCE_S = 300.0
"""s after which a conversation that does not come to rest is given up."""


@dataclass(frozen=True, slots=True)
class Say:
    """A recording to speak into the microphone."""

    samples: Samples
    """16 kHz mono."""
    at: float | None = None
    """Second on the audio clock; None: 1 s after the previous reply has ended."""

    @classmethod
    def parse(cls, argument: str) -> "Say":
        """From FILE or FILE@SECONDS.

        Raises:
            InputError: no such file, not a recording, not a number, too long.
        """
        name, separator, second = argument.rpartition("@")
        if not separator or Path(argument).is_file():
            return cls(read_recording(Path(argument)))
        try:
            at = float(second)
        except ValueError:
            raise InputError(
                f"there is no file {argument}, and {second!r} is not a number of seconds"
            ) from None
        if not 0 <= at <= LONGEST_CLIP_S:
            raise InputError(f"{argument!r} must begin between second 0 and {LONGEST_CLIP_S:.0f}")
        return cls(read_recording(Path(name)), at)


@dataclass
class Report(Observer):
    """What happened; also the `Observer` that finds out."""

    ready_ms: float = 0.0
    """From the start of the program to the end of the warm turn."""
    turns: list[dict[str, Any]] = field(default_factory=list)
    """In the order in which they ended."""
    failures: list[str] = field(default_factory=list)
    """What broke, in words."""
    audio: dict[str, int] = field(default_factory=dict)
    """Overruns, underruns, dropped."""
    _timelines: list[Timeline] = field(default_factory=list)
    _state: State = State.LISTENING
    _begun: int = 0

    @property
    def at_rest(self) -> bool:
        """The box listens to silence, and every turn that has begun is over."""
        return self._state is State.LISTENING and self._begun == len(self.turns)

    def state(self, state: State) -> None:
        """See `Observer`."""
        self._state = state
        self._begun += state is State.THINKING  # where every turn begins

    def failed(self, turn: int, error: EngineError) -> None:
        """See `Observer`."""
        self.failures.append(f"turn {turn}, {error.stage}: {error.problem}")

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        self.turns.append(asdict(turn) | {"stamps": stamps.as_dict()})

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`."""
        self._timelines.append(timeline)

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """Of the turns; not part of the report."""
        return tuple(self._timelines)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {key: value for key, value in asdict(self).items() if not key.startswith("_")}


POLL_S = 0.05
"""s between two looks at whether the box is at rest."""

OpenSession = Callable[[WavPort, Observer], Session]


async def converse(
    open_session: OpenSession, says: Sequence[Say], report: Report, port: WavPort | None = None
) -> Samples:
    """Speak the recordings to a new session; return what its loudspeaker played.

    Args:
        open_session: makes a session on a port, with an observer.
        says: those without a time wait for the reply before them.
        report: is filled.
        port: to use instead of a new one.

    Raises:
        ApplianceError: the conversation never came to rest.
    """
    port = port or WavPort()
    session = open_session(port, report)
    conversation = asyncio.create_task(session.run())
    talking = asyncio.create_task(_talk(port, says, report))
    try:
        await asyncio.wait({conversation, talking}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done():
            talking.result()
            port.close()
        await conversation
    finally:
        talking.cancel()
        conversation.cancel()
        await asyncio.gather(talking, conversation, return_exceptions=True)
    report.audio = port.counters()
    return port.speaker()


async def _talk(port: WavPort, says: Sequence[Say], report: Report) -> None:
    end = max([port.say(say.samples, say.at) for say in says if say.at is not None], default=0.0)
    for number, say in enumerate(says):
        if say.at is None:
            if number:
                await _rest(port, end, report)
            end = max(end, port.say(say.samples, port.now() + GAP_S))
    await _rest(port, end, report)


async def _rest(port: WavPort, end: float, report: Report) -> None:
    """Return when everything said until `end` (s) has been answered, or will not be."""
    known = len(report.turns)
    while (
        port.now() < end
        or not report.at_rest
        or (len(report.turns) == known and port.now() < end + UNANSWERED_S)
    ):
        if port.now() > end + PATIENCE_S:
            raise ApplianceError(f"the conversation did not come to rest within {PATIENCE_S:.0f} s")
        await clock.sleep_until(clock.now() + POLL_S)


def read_recording(path: Path) -> Samples:
    """A recording as 16 kHz mono.

    Raises:
        InputError: says why it cannot be used.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        # What is no number is refused below, and needs no warning of its own.
        with soundfile.SoundFile(path) as file, np.errstate(invalid="ignore", over="ignore"):
            _refuse_absurd(path, file)
            # In blocks, because ten minutes of eight channels would be gigabytes at once.
            blocks = [block.mean(axis=1) for block in file.blocks(BLOCK, dtype="float32", always_2d=True)]
    except (OSError, soundfile.LibsndfileError) as error:
        raise InputError(
            f"cannot read the recording {path}: {error}", "give a WAV, FLAC or OGG file"
        ) from None
    samples = np.concatenate([np.empty(0, np.float32), *blocks])
    if not len(samples):
        raise InputError(f"{path} holds no sound")
    if not np.isfinite(samples).all():
        raise InputError(f"{path} is damaged: some of its samples are no numbers")
    return resample(samples, file.samplerate, CAPTURE_RATE)


def _refuse_absurd(path: Path, file: soundfile.SoundFile) -> None:
    """A header may claim anything, and some of it would cost all memory to convert."""
    rate = file.samplerate
    if not usual(rate, CAPTURE_RATE):
        raise InputError(f"{path} has an unusual sample rate, {rate} Hz", "convert it to 16000 Hz")
    if file.frames > LONGEST_CLIP_S * rate:
        raise InputError(f"{path} is longer than {LONGEST_CLIP_S:.0f} s")
    if file.channels > MOST_CHANNELS or not file.seekable():
        raise InputError(f"{path} is no recording that can be read here", "give a WAV, FLAC or OGG file")
