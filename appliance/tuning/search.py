"""The search for better settings: one knob after the other, each tried with what was found before."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from appliance.app import has_gpu, open_appliance, uses_gpu
from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.models import EngineName, ModelStore, Selection, best_available
from appliance.engines.onnx_session import Provider, at_hand
from appliance.settings import Settings
from appliance.tuning import verdict
from appliance.tuning.trial import ROUNDS, try_model, try_voice
from appliance.tuning.verdict import Advice, ModelTrial

CHUNKS: Final = (32, 64, 128, 256)
"""Tokens per chunk that are tried: below, every chunk costs more than its share; above, nothing is gained on a CPU."""

Told = Callable[[str], None]
"""Is told what is being tried, a line each time."""


class Bench(Protocol):
    """Where candidates are tried."""

    async def model(self, settings: Settings, selection: Selection) -> ModelTrial:
        """The speed of the best language model of a selection."""

    async def voice(self, settings: Settings, selection: Selection) -> float:
        """s that its best voice takes for a clause."""

    def providers(self) -> Sequence[Provider]:
        """What the voice could run on."""


class ThisMachine:
    """The `Bench`: each candidate has an engine process of its own, as the appliance would run it."""

    def __init__(self, rounds: int = ROUNDS) -> None:
        """Repeat everything so many times."""
        self._rounds = rounds

    async def model(self, settings: Settings, selection: Selection) -> ModelTrial:
        """See `Bench`. Without fallbacks: one that took over would be measured in its place."""
        alone = replace(selection, llm=selection.llm[:1])
        async with open_appliance(settings, [Stage.LLM], alone) as appliance:
            return await try_model(appliance.scheduler, self._rounds)

    async def voice(self, settings: Settings, selection: Selection) -> float:
        """See `Bench`."""
        alone = replace(selection, tts=selection.tts[:1])
        async with open_appliance(settings, [Stage.TTS], alone) as appliance:
            return await try_voice(appliance.scheduler, self._rounds)

    def providers(self) -> Sequence[Provider]:
        """See `Bench`."""
        return at_hand() if has_gpu() else (Provider.CPU,)


class Search:
    """Owns the settings on their way to better ones."""

    def __init__(self, settings: Settings, store: ModelStore, bench: Bench, told: Told, cores: int) -> None:
        """Begin with the settings in force, the models that are here, and so many physical cores for engines.

        Raises:
            ModelError: a model is absent.
        """
        self.settings = settings
        """With everything that was found so far."""
        self.found: list[Advice] = []
        self._bench = bench
        self._told = told
        self._store = store
        self._selection = best_available(store, settings.models.profile)
        self._cores = cores

    async def run(self) -> None:
        """Try everything that matters for the engines of the profile."""
        if profile := await self._profile():
            self._take(profile)
            self._selection = best_available(self._store, profile.value)
        if uses_gpu(self.settings):
            self._take(await self._processor())
        if not uses_gpu(self.settings):
            self._take(await self._model_threads())
        self._take(await self._chunk())
        if self._selection.tts[0].engine is EngineName.PIPER:
            if len(providers := self._bench.providers()) > 1:
                self._take(await self._voice_provider(providers))
            self._take(await self._voice_threads())

    def _take(self, advice: Advice) -> None:
        self.found.append(advice)
        section = replace(getattr(self.settings, advice.section), **{advice.key: advice.value})
        self.settings = replace(self.settings, **{advice.section: section})

    async def _profile(self) -> Advice | None:
        """The profiles of which all models are here, by their language models, the largest first."""
        names = self._store.manifest.profiles
        there = {name: selection for name in names if (selection := _complete(self._store, name))}
        models = {selection.llm[0].model: (name, selection) for name, selection in there.items()}
        if len(models) < 2:
            return None
        by_size = sorted(models.values(), key=lambda each: each[1].llm[0].memory_mb, reverse=True)
        trials = [(name, await self._try(f"of {name}", selection)) for name, selection in by_size]
        return verdict.largest(self.settings.models.profile, trials)

    async def _processor(self) -> Advice:
        was = self.settings.llm.gpu_layers
        gpu = await self._try("on the GPU", gpu_layers=-1)
        cpu = await self._try("without it", gpu_layers=0, threads=min(4, self._cores))
        return verdict.processor(was, gpu, cpu)

    async def _model_threads(self) -> Advice:
        counts = verdict.thread_counts(self._cores)
        costs = {count: (await self._try(f"on {_cores(count)}", threads=count)).clause_s for count in counts}
        return verdict.threads("llm", self.settings.llm.threads, costs, "a first clause")

    async def _chunk(self) -> Advice:
        largest = min(max(CHUNKS), self.settings.llm.context_tokens // 4)
        sizes = [size for size in CHUNKS if size <= largest]
        trials = {
            size: await self._try(f"reading {size} tokens at a time", chunk_tokens=size) for size in sizes
        }
        return verdict.chunk(self.settings.llm.chunk_tokens, trials)

    async def _voice_provider(self, providers: Sequence[Provider]) -> Advice:
        costs = {each: await self._try_voice(f"with {each.upper()}", provider=each) for each in providers}
        return verdict.provider(self.settings.piper.provider, costs)

    async def _voice_threads(self) -> Advice:
        counts = verdict.thread_counts(self._cores)
        costs = {count: await self._try_voice(f"on {_cores(count)}", threads=count) for count in counts}
        return verdict.threads("piper", self.settings.piper.threads, costs, "a clause of speech")

    async def _try_voice(self, how: str, **changes: Any) -> float:
        self._told(f"The voice {how}.")
        settings = replace(self.settings, piper=replace(self.settings.piper, **changes))
        return await self._bench.voice(settings, self._selection)

    async def _try(self, how: str, selection: Selection | None = None, **changes: Any) -> ModelTrial:
        self._told(f"The language model {how}.")
        settings = replace(self.settings, llm=replace(self.settings.llm, **changes))
        return await self._bench.model(settings, selection or self._selection)


def _complete(store: ModelStore, profile: str) -> Selection | None:
    """The models of a profile, if none of them is missing."""
    try:
        selection = best_available(store, profile)
    except ModelError:
        return None
    return None if selection.losses else selection


def _cores(count: int) -> str:
    return "one core" if count == 1 else f"{count} cores"
