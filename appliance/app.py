"""The composition root: what the appliance is made of, started from the bottom up, stopped in reverse."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from appliance.audio.bridge import Bridge
from appliance.audio.canceller import HybridCanceller
from appliance.core.audio import Samples
from appliance.core.interfaces import AudioPort
from appliance.core.speech import Stage, Turn
from appliance.engines.models import (
    MANIFEST_FILE,
    Choice,
    EngineName,
    ModelStore,
    Selection,
    best_available,
    load_manifest,
)
from appliance.engines.onnx_session import Provider
from appliance.engines.silero import Silero
from appliance.guardian.readings import Instruments, Places
from appliance.hands import Hands
from appliance.inference.cores import spare_cores
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.scheduler import Scheduler
from appliance.inference.spec import EngineSpec
from appliance.pipeline.conditioner import Conditioner
from appliance.pipeline.listen import Listener
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.steady_vad import SteadyDetector
from appliance.pipeline.tempo import Tempo
from appliance.rations import Rations
from appliance.sessions.chronicle import Chronicle
from appliance.sessions.diary import Diary
from appliance.sessions.observer import Observer
from appliance.sessions.parts import Parts
from appliance.sessions.phrases import load_phrases
from appliance.sessions.session import Session
from appliance.settings import Settings
from appliance.transports.local import LocalPort
from appliance.turns.dialogue import Dialogue
from appliance.web.audience import Audience

NOTES = "models"
"""What was seen of models that may only be read, in the folder for what must outlive a restart."""

PHRASES = MANIFEST_FILE.parent / "phrases"
"""The recorded phrases."""

GPUS = ("/dev/nvidia0", "/dev/nvhost-gpu", "/dev/nvgpu/igpu0")
"""Device files of GPUs that engines would use, on PCs and on Jetson boards: there the memory is what is scarce."""

LANES = (Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS)
"""Stages whose engines run in processes of their own; the detector of speech is too small for one."""

FACTORIES = {
    EngineName.SMART_TURN: "appliance.engines.smart_turn:SmartTurn",
    EngineName.WHISPER: "appliance.engines.whisper:Whisper",
    EngineName.SPHINX: "appliance.engines.sphinx:Sphinx",
    EngineName.LLAMA: "appliance.engines.llama:Llama",
    EngineName.PIPER: "appliance.engines.piper:Piper",
    EngineName.ESPEAK: "appliance.engines.espeak:Espeak",
}
"""By name: only the worker process of an engine imports it."""


def open_store(settings: Settings) -> ModelStore:
    """The models of this machine."""
    notes = settings.audio.state_folder() / NOTES
    return ModelStore(settings.models.store_folder(), load_manifest(), settings.models, notes)


@dataclass(frozen=True, slots=True)
class Appliance:
    """A running appliance, to which ports can be connected."""

    settings: Settings
    """Everything that was tuned."""
    scheduler: Scheduler
    """The engines."""
    selection: Selection
    """The models they were given."""
    detector: Callable[[], Silero]
    """Every session listens with a detector of its own, since it keeps state."""
    rations: Rations
    """What the machine has room for."""
    diary: Diary
    """How long turns take here, and why one took longer."""
    tempo: Tempo = field(default_factory=Tempo)
    """How fast its model writes and its voice speaks. One for all conversations: the first words of each profit."""
    hands: Hands = field(default_factory=Hands)
    """What the box can do besides talking."""

    @property
    def engines(self) -> tuple[str, ...]:
        """Names of the engines in use."""
        return tuple(lane.engine for lane in self.scheduler.health().lanes)

    def session(
        self,
        name: str,
        port: AudioPort,
        observer: Observer,
        past: Sequence[Turn] = (),
        idle_s: float | None = None,
    ) -> Session:
        """A conversation on a port.

        Args:
            name: of the session.
            port: its microphone and loudspeaker.
            observer: is told how it goes.
            past: turns from before a restart, with which it goes on.
            idle_s: s of silence after which it is forgotten; None: as at the box's own microphone.
        """
        settings, loudspeaker = self.settings, Loudspeaker(port)
        turns = settings.turns if idle_s is None else replace(settings.turns, conversation_idle_s=idle_s)
        companion = self.hands.companion(loudspeaker, self.condition)
        parts = Parts(
            name=name,
            port=port,
            loudspeaker=loudspeaker,
            inference=self.scheduler,
            dialogue=self._dialogue(past),
            ghosts=settings.transcript,
            reply=settings.reply,
            release=settings.release,
            floor=settings.floor,
            pauses=settings.pauses,
            relaxed=lambda: self.rations.relaxed,
            phrases=self.phrases(port.playback_rate),
            observer=Audience(observer, Chronicle(name), companion),
            tempo=self.tempo,
            deeds=companion.deeds,
            diary=self.diary,
            begun=past[-1].number if past else 0,
        )
        return self.rations.welcome(Session(parts, self._listener(parts), turns, settings.listen))

    def condition(self) -> str:
        """How the box is, in a sentence that it can say."""
        down = {LaneState.DOWN, LaneState.OUT}
        broken = [lane.engine for lane in self.scheduler.health().lanes if lane.state in down]
        if broken:
            return f"Not all is well: {' and '.join(broken)} cannot be used at the moment."
        does_without = self.rations.governor.line
        return f"I am working {does_without}" if does_without else "All is well."

    def _dialogue(self, past: Sequence[Turn]) -> Dialogue:
        dialogue = Dialogue(self.settings.dialogue)
        dialogue.replay(past)
        return dialogue

    def _listener(self, parts: Parts) -> Listener:
        settings, conditioner = self.settings, Conditioner(self.settings.conditioner)
        ear = partial(SteadyDetector, self.detector, partial(parts.observer.failed, parts.begun))
        return Listener(ear(), settings.endpoint, settings.listen, conditioner, ear)

    def phrases(self, rate: int) -> dict[str, Samples]:
        """The recorded phrases at a port's rate (Hz)."""
        return _phrases(rate)


@cache
def _phrases(rate: int) -> dict[str, Samples]:
    """Converting them takes half a second, in which nobody would be heard."""
    return load_phrases(PHRASES, rate)


def local_port(settings: Settings) -> LocalPort:
    """The microphone and the loudspeaker of this machine."""
    return LocalPort(Bridge(settings.audio), partial(HybridCanceller, settings.canceller))


@asynccontextmanager
async def open_appliance(
    settings: Settings,
    stages: Sequence[Stage] = LANES,
    selection: Selection | None = None,
    *,
    guests: bool = False,
    anyhow: bool = False,
    risen: Callable[[Stage], None] = lambda _: None,
) -> AsyncIterator[Appliance]:
    """Start the engines of `stages`, and stop them again.

    Args:
        settings: all of them.
        stages: what is needed.
        selection: models to use; by default the best of the profile that are present.
        guests: whether people in browsers talk to it too. Otherwise the language model keeps one dialogue in mind.
        anyhow: go on without engines that do not work, and try them again and again.
        risen: is told of each stage when its engine is ready.

    Raises:
        ModelError: a model is absent, or there is no memory for it; says what to do.
        EngineError: a stage has no engine that works.
    """
    selection = selection or best_available(open_store(settings), settings.models.profile)
    meant = settings if guests else replace(settings, llm=replace(settings.llm, dialogues=1))
    engines = {stage: engine_specs(stage, selection, meant) for stage in stages}
    async with AsyncExitStack() as stack:
        lanes = [Lane(specs, settings.inference) for specs in engines.values() if specs]
        scheduler = Scheduler(lanes, settings.inference)
        stack.push_async_callback(scheduler.close)
        known = [_choices(stage, selection) for stage in stages]
        sizes_mb = {choice.model: choice.memory_mb for choices in known for choice in choices}
        places = Places(disk=settings.audio.state_folder())
        rations = Rations(scheduler, engines, sizes_mb, settings.governor, Instruments(places))
        rations.begin(settings.models.profile, [selection.vad, *known])
        await scheduler.open(anyhow=anyhow, risen=risen)
        governing = asyncio.create_task(rations.governor.run(), name="governor")
        stack.push_async_callback(_end, governing)
        scheduler.told = (diary := Diary()).note
        yield Appliance(settings, scheduler, selection, _detector(selection.vad[0]), rations, diary)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def engine_specs(stage: Stage, selection: Selection, settings: Settings) -> list[EngineSpec]:
    """The engines of a stage, best first: what it runs on, and what it degrades to. Only the turn end may have none."""
    return [_engine_spec(stage, choice, settings) for choice in _choices(stage, selection)]


def _choices(stage: Stage, selection: Selection) -> tuple[Choice, ...]:
    return {
        Stage.TURN_END: selection.turn_end,
        Stage.STT: selection.stt,
        Stage.LLM: selection.llm,
        Stage.TTS: selection.tts,
    }[stage]


def _engine_spec(stage: Stage, choice: Choice, settings: Settings) -> EngineSpec:
    factory, threads = FACTORIES[choice.engine], 1
    kwargs: dict[str, Any] = {}
    gpu = choice.engine in {EngineName.LLAMA, EngineName.WHISPER} and uses_gpu(settings)
    match choice.engine:
        case EngineName.SMART_TURN:
            kwargs = {"model": choice.path}
        case EngineName.WHISPER:
            threads = settings.inference.cores or spare_cores()
            kwargs = {"model": choice.path, "threads": threads, "gpu": gpu}
        case EngineName.LLAMA:
            threads = settings.llm.threads
            kwargs = {"model": choice.path, "settings": settings.llm}
        case EngineName.PIPER:
            gpu = settings.piper.provider is not Provider.CPU and has_gpu()
            kwargs = {"voice": choice.path, "settings": settings.piper}
        case EngineName.ESPEAK:
            kwargs = {"settings": settings.espeak}
    return EngineSpec(stage, choice.model, factory, kwargs, threads, choice.files, gpu)


def _detector(choice: Choice) -> Callable[[], Silero]:
    return partial(Silero, choice.path, choice.digests.get(choice.path.name, ""))


def uses_gpu(settings: Settings) -> bool:
    """Whether the language model runs on a GPU."""
    return settings.llm.gpu_layers != 0 and has_gpu()


def has_gpu() -> bool:
    """Whether there are device files of one."""
    return any(Path(device).exists() for device in GPUS)
