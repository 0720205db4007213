"""Pipecat at the judge's sound card: `python -m scripts.peers.with_pipecat SOCKET OUTFIT`.

Its pipeline is the one of its own quick start, with its defaults: Silero VAD, Smart Turn v3.2, interruptions on, the
voice sentence by sentence. Ours are the three services that call the engines and the transport that is the card,
written against its documented base classes.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from scripts.peers.engines import Engines, Outfit
from scripts.peers.wire import MIC_RATE, Wire

PRE_ROLL_S = 1.0
"""s of sound before the VAD has noticed a voice that belong to the utterance, as in its `SegmentedSTTService`."""
TRANSCRIPT_S = 0.5
"""s in which a transcript is there for certain. Its turn end waits for one that long at most if none is final; ours
always are."""


class Ear(STTService):
    """The recogniser follows while one speaks, and says what it understood when the VAD hears the end."""

    def __init__(self, engines: Engines, wire: Wire) -> None:
        super().__init__(
            ttfs_p99_latency=TRANSCRIPT_S,
            sample_rate=MIC_RATE,
            settings=STTSettings(model="local", language=None),
        )
        self._engines, self._wire = engines, wire
        self._before = bytearray()
        self._utterance: int | None = None
        self._work: asyncio.Queue[tuple[int, bytes | None]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        """See `STTService`."""
        await super().start(frame)
        self._task = self.create_task(self._listen())

    async def cleanup(self) -> None:
        """See `STTService`."""
        await super().cleanup()
        if self._task:
            await self.cancel_task(self._task)
            self._task = None

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Sound goes to the recogniser while somebody speaks; before, a little is kept."""
        if self._utterance is None:
            self._before += audio
            del self._before[: -round(2 * PRE_ROLL_S * MIC_RATE)]
        else:
            self._work.put_nowait((self._utterance, audio))
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """The VAD tells where an utterance begins and ends."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame) and self._utterance is None:
            self._utterance = self._engines.new_utterance()
            self._work.put_nowait((self._utterance, bytes(self._before)))
            self._before.clear()
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._utterance is not None:
            self._work.put_nowait((self._utterance, None))
            self._utterance = None

    async def _listen(self) -> None:
        while True:
            utterance, sound = await self._work.get()
            if sound is not None:
                await self._engines.hear(utterance, sound)
                continue
            text = await self._engines.understand(utterance)
            self._wire.note(heard=text)
            if text:
                frame = TranscriptionFrame(text, "", time_now_iso8601(), finalized=True)
                await self.push_frame(frame)


class Mind(LLMService):
    """The language model."""

    def __init__(self, engines: Engines, wire: Wire) -> None:
        super().__init__(settings=_unset(LLMSettings))
        self._engines, self._wire = engines, wire

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """A context asks for an answer."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        said = ""
        try:
            await self.push_frame(LLMFullResponseStartFrame())
            async for piece in self._engines.answer(_dialogue(frame.context)):
                said += piece
                await self.push_frame(LLMTextFrame(piece))
        finally:
            self._wire.note(said=said)
            await self.push_frame(LLMFullResponseEndFrame())


class Voice(TTSService):
    """The voice."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self._engines = engines

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        """See `TTSService`."""

        async def sound() -> AsyncGenerator[bytes, None]:
            async for chunk, _ in self._engines.say(text):
                yield chunk

        async for frame in self._stream_audio_frames_from_iterator(
            sound(), in_sample_rate=self._engines.rate, context_id=context_id
        ):
            yield frame


class Microphone(BaseInputTransport):
    """The card's microphone, 20 ms at a time as in its local transport."""

    def __init__(self, wire: Wire, params: TransportParams, about: dict[str, str]) -> None:
        super().__init__(params)
        self._wire, self._about = wire, about
        self.done = asyncio.Event()
        """The card has hung up."""

    async def start(self, frame: StartFrame) -> None:
        """See `BaseInputTransport`."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.create_task(self._capture())

    async def _capture(self) -> None:
        self._wire.ready(**self._about)
        half = b""
        async for sound in self._wire.microphone():
            half += sound
            if len(half) >= 2 * MIC_RATE // 50:
                await self.push_audio_frame(InputAudioRawFrame(half, MIC_RATE, 1))
                half = b""
        self.done.set()


class Loudspeaker(BaseOutputTransport):
    """The card's loudspeaker; a write waits while its buffer is full, as in its local transport."""

    def __init__(self, wire: Wire, params: TransportParams) -> None:
        super().__init__(params)
        self._wire = wire

    async def start(self, frame: StartFrame) -> None:
        """See `BaseOutputTransport`."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """See `BaseOutputTransport`."""
        await self._wire.play(frame.audio)
        return True


async def run(socket: str, outfit: Path) -> None:
    """Talk until the card hangs up."""
    engines = Engines(Outfit.load(outfit))
    vad = VADParams()
    about = {
        "name": "Pipecat",
        "version": version("pipecat-ai"),
        "processes": "one, a thread for each engine",
        "turn end": f"Smart Turn v3.2 at {vad.stop_secs} s of silence, else {SmartTurnParams().stop_secs} s",
        "changed": f"sound at the voice's own rate; transcripts promised within {TRANSCRIPT_S} s instead of 1.0",
        "interruption": f"{vad.start_secs} s of voice (Silero, confidence {vad.confidence}, volume {vad.min_volume})",
    }
    # Its output has 24 kHz unless told otherwise; in the voice's own rate nothing has to be converted.
    await engines.start()
    wire = await Wire.connect(socket, engines.rate)
    rates = PipelineParams(audio_in_sample_rate=MIC_RATE, audio_out_sample_rate=engines.rate)
    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    microphone, loudspeaker = Microphone(wire, params, about), Loudspeaker(wire, params)
    context = LLMContext([{"role": "system", "content": engines.system_prompt}])
    pair = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer(params=vad))
    )
    pipeline = Pipeline(
        [
            microphone,
            Ear(engines, wire),
            pair.user(),
            Mind(engines, wire),
            Voice(engines),
            loudspeaker,
            pair.assistant(),
        ]
    )
    worker = PipelineWorker(pipeline, params=rates, idle_timeout_secs=None)
    runner = WorkerRunner()
    await runner.add_workers(worker)
    before = engines.busy_s
    running = asyncio.create_task(runner.run())
    await asyncio.wait(
        {running, asyncio.create_task(microphone.done.wait())}, return_when=asyncio.FIRST_COMPLETED
    )
    wire.note(busy_s={name: seconds - before[name] for name, seconds in engines.busy_s.items()})
    await worker.queue_frame(EndFrame())
    await asyncio.wait({running}, timeout=5)


def _dialogue(context: LLMContext) -> list[tuple[str, str]]:
    """Its messages as plain (role, text)."""
    found: list[tuple[str, str]] = []
    for message in context.get_messages():
        # Its own notes to the model in mid-conversation; its adapters for local servers turn them into the user's too.
        role = "user" if message["role"] == "developer" else message["role"]
        text = message.get("content")
        if isinstance(text, list):
            text = " ".join(part.get("text", "") for part in text)
        if role in {"system", "user", "assistant"} and text:
            found.append((role, text))
    return found


def _unset(kind: type[LLMSettings]) -> LLMSettings:
    """Settings of which none is set; it wants each to be said."""
    from dataclasses import fields

    named: dict[str, Any] = {field.name: None for field in fields(kind) if field.name != "extra"}
    return kind(**named)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
