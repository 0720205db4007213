"""The composition root: what the appliance is made of, started from the bottom up, stopped in reverse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core.audio import Samples
from appliance.core.interfaces import AudioPort
from appliance.core.speech import Stage
from appliance.engines.models import EngineName, ModelStore, Selection, load_manifest
from appliance.engines.silero import Silero
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler, spare_cores
from appliance.inference.spec import EngineSpec
from appliance.pipeline.listen import Listener
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.sessions.exchange import Observer, Parts
from appliance.sessions.phrases import load_phrases
from appliance.sessions.session import Session
from appliance.settings import Settings
from appliance.turns.dialogue import Dialogue

MODELS = Path(__file__).parents[1] / "models"
"""The manifest and the recorded phrases."""

LANES = (Stage.STT, Stage.LLM, Stage.TTS)
"""Stages whose engines run in processes of their own; the others are too small for one."""


def open_store(settings: Settings) -> ModelStore:
    """The models of this machine."""
    return ModelStore(settings.models, load_manifest(MODELS / "manifest.toml"))


@dataclass(frozen=True, slots=True)
class Appliance:
    """A running appliance, to which ports can be connected."""

    settings: Settings
    scheduler: Scheduler
    """The engines."""
    selection: Selection
    """The models they were given."""
    vad_model: Path
    """Every session listens with a detector of its own, since it keeps state."""

    def session(self, name: str, port: AudioPort, observer: Observer) -> Session:
        """A new conversation on a port."""
        settings = self.settings
        parts = Parts(
            name=name,
            port=port,
            loudspeaker=Loudspeaker(port),
            inference=self.scheduler,
            dialogue=Dialogue(settings.dialogue),
            ghosts=settings.transcript,
            phrases=self.phrases(port.playback_rate),
            observer=observer,
        )
        listener = Listener(Silero(self.vad_model), settings.endpoint, settings.listen)
        return Session(parts, listener, settings.turns, settings.listen)

    def phrases(self, rate: int) -> dict[str, Samples]:
        """The recorded phrases at a port's rate (Hz)."""
        return load_phrases(MODELS / "phrases", rate)


@asynccontextmanager
async def open_appliance(settings: Settings, stages: Sequence[Stage] = LANES) -> AsyncIterator[Appliance]:
    """Start the engines of `stages` on the best models present, and stop them again.

    Raises:
        ModelError: a model is absent; says how to get it.
        EngineError: a stage has no engine that works.
    """
    store = open_store(settings)
    selection = store.best_available(settings.models.profile)
    lanes = [Lane(engine_specs(stage, store, selection, settings), settings.inference) for stage in stages]
    async with AsyncExitStack() as stack:
        scheduler = Scheduler(lanes, settings.inference)
        stack.push_async_callback(scheduler.close)
        await scheduler.open()
        yield Appliance(settings, scheduler, selection, store.path(selection.best(Stage.VAD)))


def engine_specs(
    stage: Stage, store: ModelStore, selection: Selection, settings: Settings
) -> list[EngineSpec]:
    """The engines of a stage, best first: what it runs on, and what it degrades to."""
    return [_engine_spec(stage, model, store, settings) for model in selection.present(stage)]


def _engine_spec(stage: Stage, model_id: str, store: ModelStore, settings: Settings) -> EngineSpec:
    model = store.manifest.model(model_id)
    threads = settings.inference.cores or spare_cores()
    match model.engine:
        case EngineName.SPHINX:
            return EngineSpec(stage, model_id, "appliance.engines.sphinx:Sphinx")
        case EngineName.ESPEAK:
            kwargs: dict[str, Any] = {"settings": settings.espeak}
            return EngineSpec(stage, model_id, "appliance.engines.espeak:Espeak", kwargs)
        case EngineName.WHISPER:
            kwargs = {"model": store.path(model_id), "threads": threads}
            return EngineSpec(stage, model_id, "appliance.engines.whisper:Whisper", kwargs, threads)
        case EngineName.LLAMA:
            kwargs = {"model": store.path(model_id), "settings": settings.llm}
            return EngineSpec(stage, model_id, "appliance.engines.llama:Llama", kwargs, settings.llm.threads)
        case EngineName.PIPER:
            kwargs = {"voice": store.path(model_id), "settings": settings.piper}
            return EngineSpec(stage, model_id, "appliance.engines.piper:Piper", kwargs)
    raise ValueError(f"{model.engine} runs in no lane")
