"""LiveKit Agents at the judge's sound card, without a server: `python -m scripts.peers.with_livekit SOCKET OUTFIT`.

An `AgentSession` with its defaults: bundled Silero VAD, its local turn detector, the answer begun before the turn is
over. Ours are the three plug-ins that call the engines, and the audio input and output that are the card, written
against its documented base classes, as its own console's are.
"""

import asyncio
import sys
import time
import uuid
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, inference, llm, stt, tts, vad
from livekit.agents.language import LanguageCode
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions
from livekit.agents.voice import io

from scripts.peers.engines import Engines, Outfit
from scripts.peers.wire import MIC_RATE, PERIOD_S, Wire

ENGLISH = LanguageCode("en")


class Ear(stt.STT):
    """The recogniser follows while one speaks, and says what it understood when the VAD hears the end."""

    def __init__(self, engines: Engines, wire: Wire, detector: vad.VAD) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(streaming=True, interim_results=False, offline_recognize=False)
        )
        self.engines, self.wire, self.detector = engines, wire, detector

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError("it follows")

    def stream(
        self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS, **_: Any
    ) -> stt.RecognizeStream:
        """See `stt.STT`."""
        return Listening(self, conn_options)


class Listening(stt.RecognizeStream):
    """One conversation of an `Ear`. The VAD delimits the utterances, as in LiveKit's own `StreamAdapter`."""

    def __init__(self, ear: Ear, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=ear, conn_options=conn_options, sample_rate=MIC_RATE)
        self._ear = ear

    async def _run(self) -> None:
        events = self._ear.detector.stream()
        await asyncio.gather(self._forward(events), self._follow(events))

    async def _forward(self, events: vad.VADStream) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                events.push_frame(frame)
        events.end_input()

    async def _follow(self, events: vad.VADStream) -> None:
        engines, utterance = self._ear.engines, None
        async for event in events:
            if event.type is vad.VADEventType.START_OF_SPEECH:
                utterance = engines.new_utterance()
                self._tell(stt.SpeechEventType.START_OF_SPEECH)
            if utterance is None:
                continue
            if (
                event.type is not vad.VADEventType.END_OF_SPEECH
            ):  # whose frames are all of the utterance again
                await engines.hear(utterance, b"".join(bytes(frame.data) for frame in event.frames))
                continue
            ended = time.time() - event.silence_duration - event.inference_duration
            self._tell(stt.SpeechEventType.END_OF_SPEECH, speech_end_time=ended)
            text, utterance = await engines.understand(utterance), None
            self._ear.wire.note(heard=text)
            if text:
                words = [stt.SpeechData(language=ENGLISH, text=text, confidence=1.0)]
                self._tell(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=words, speech_end_time=ended)

    def _tell(self, kind: stt.SpeechEventType, **facts: Any) -> None:
        self._event_ch.send_nowait(stt.SpeechEvent(type=kind, **facts))


class Mind(llm.LLM):
    """The language model."""

    def __init__(self, engines: Engines, wire: Wire) -> None:
        super().__init__()
        self.engines, self.wire = engines, wire

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> llm.LLMStream:
        """See `llm.LLM`."""
        return Answering(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Answering(llm.LLMStream):
    """One answer of a `Mind`."""

    async def _run(self) -> None:
        mind, name, said = self._llm, uuid.uuid4().hex, ""
        assert isinstance(mind, Mind)
        try:
            async for piece in mind.engines.answer(_dialogue(self._chat_ctx)):
                said += piece
                delta = llm.ChoiceDelta(role="assistant", content=piece)
                self._event_ch.send_nowait(llm.ChatChunk(id=name, delta=delta))
        finally:
            mind.wire.note(said=said)


class Voice(tts.TTS):
    """The voice; the session cuts the answer into sentences for it."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=engines.rate, num_channels=1
        )
        self.engines = engines

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """See `tts.TTS`."""
        return Saying(tts=self, input_text=text, conn_options=conn_options)


class Saying(tts.ChunkedStream):
    """One sentence of a `Voice`."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        voice = self._tts
        assert isinstance(voice, Voice)
        output_emitter.initialize(
            request_id=uuid.uuid4().hex,
            sample_rate=voice.engines.rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        async for sound, _ in voice.engines.say(self._input_text):
            output_emitter.push(sound)
        output_emitter.flush()


class Microphone(io.AudioInput):
    """The card's microphone."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(label="card")
        self._sound: AsyncIterator[bytes] = wire.microphone()
        self.done = asyncio.Event()
        """The card has hung up."""

    async def __anext__(self) -> rtc.AudioFrame:
        try:
            sound = await anext(self._sound)
        except StopAsyncIteration:
            self.done.set()
            raise
        return rtc.AudioFrame(sound, MIC_RATE, 1, len(sound) // 2)


class Loudspeaker(io.AudioOutput):
    """The card's loudspeaker, which can pause."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(
            label="card", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=wire.rate
        )
        self._wire = wire
        self._waiting = bytearray()
        self._played_s = 0.0
        self._ends = False
        self._may_play, self._something = asyncio.Event(), asyncio.Event()
        self._may_play.set()
        self._playing = asyncio.create_task(self._play())

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """See `io.AudioOutput`."""
        await super().capture_frame(frame)
        self._waiting += bytes(frame.data)
        self._something.set()

    def flush(self) -> None:
        """See `io.AudioOutput`."""
        super().flush()
        self._ends = True
        self._something.set()

    def clear_buffer(self) -> None:
        """See `io.AudioOutput`."""
        self._waiting.clear()
        self._over(interrupted=True)

    def pause(self) -> None:
        """See `io.AudioOutput`."""
        super().pause()
        self._may_play.clear()

    def resume(self) -> None:
        """See `io.AudioOutput`."""
        super().resume()
        self._may_play.set()

    async def _play(self) -> None:
        step = 2 * round(self._wire.rate * PERIOD_S)
        while True:
            await self._may_play.wait()
            if self._waiting:
                if not self._played_s:
                    self.on_playback_started(created_at=time.time())
                sound = bytes(self._waiting[:step])
                del self._waiting[:step]
                self._played_s += len(sound) / 2 / self._wire.rate
                await self._wire.play(sound)
            elif self._ends:
                self._over(interrupted=False)
            else:
                self._something.clear()
                await self._something.wait()

    def _over(self, *, interrupted: bool) -> None:
        self._ends = False
        if self._pending_playback_count:
            played, self._played_s = self._played_s, 0.0
            self.on_playback_finished(playback_position=played, interrupted=interrupted)


async def run(socket: str, outfit: Path) -> None:
    """Talk until the card hangs up."""
    engines = Engines(Outfit.load(outfit))
    await engines.start()
    detector = inference.VAD()
    wire = await Wire.connect(socket, engines.rate)
    session: AgentSession[None] = AgentSession(
        stt=Ear(engines, wire, detector),
        llm=Mind(engines, wire),
        tts=Voice(engines),
        vad=detector,
        # For 3 s of the first reply nobody may interrupt, until an echo canceller has settled. There is no echo here.
        aec_warmup_duration=None,
    )
    microphone = Microphone(wire)
    session.input.audio = microphone
    session.output.audio = Loudspeaker(wire)
    await session.start(Agent(instructions=engines.system_prompt))
    before = engines.busy_s
    wire.ready(**about(session))
    await microphone.done.wait()
    wire.note(busy_s={name: seconds - before[name] for name, seconds in engines.busy_s.items()})
    await asyncio.wait({asyncio.create_task(session.aclose())}, timeout=5)


def about(session: "AgentSession[None]") -> dict[str, str]:
    """For the report."""
    turns, detector = session.options.turn_handling, session.turn_detection
    ends, stops = turns["endpointing"], turns["interruption"]
    return {
        "name": "LiveKit Agents",
        "version": version("livekit-agents"),
        "processes": "one, a thread for each engine",
        "changed": "aec_warmup_duration=None: there is no echo here",
        "turn end": f"{getattr(detector, 'model', detector)}, {ends['min_delay']} to {ends['max_delay']} s of silence",
        "interruption": f"{stops['min_duration']} s of voice, resumed after {stops['false_interruption_timeout']} s "
        "without words",
    }


def _dialogue(context: llm.ChatContext) -> list[tuple[str, str]]:
    """Its messages as plain (role, text)."""
    roles = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
    return [(roles[message.role], text) for message in context.messages() if (text := message.text_content)]


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
