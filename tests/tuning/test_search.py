"""The search on machines that exist on paper."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from appliance.engines.models import ModelStore, Selection
from appliance.engines.onnx_session import Provider
from appliance.settings import Settings
from appliance.tuning.search import Search
from appliance.tuning.verdict import ModelTrial
from tests.engines.models.conftest import fill_hub
from tests.engines.models.server import Server

BEST_THREADS = 3


@dataclass
class Paper:
    """A machine whose memory is busy with three threads, and on which small chunks are dear."""

    def speed(self, threads: int) -> float:
        return min(threads, BEST_THREADS)

    async def model(self, settings: Settings, selection: Selection) -> ModelTrial:
        speed = self.speed(settings.llm.threads) * 100 / selection.llm[0].memory_mb
        return ModelTrial(
            300 * speed * settings.llm.chunk_tokens / (settings.llm.chunk_tokens + 20), 20 * speed
        )

    async def voice(self, settings: Settings, selection: Selection) -> float:
        assert selection.tts
        return 0.4 / self.speed(settings.piper.threads)

    def providers(self) -> Sequence[Provider]:
        return tuple(Provider)


def search(store: ModelStore, settings: Settings, cores: int) -> tuple[Search, list[str]]:
    told: list[str] = []
    found = Search(settings, store, Paper(), told.append, cores)
    asyncio.run(found.run())
    return found, told


@pytest.fixture
def filled(store: ModelStore, server: Server) -> ModelStore:
    fill_hub(server)
    store.pull(store.missing("bundled"))
    return store


def settings(profile: str = "bundled") -> Settings:
    plain = Settings()
    return replace(plain, models=replace(plain.models, profile=profile), llm=replace(plain.llm, gpu_layers=0))


def test_what_was_found_is_used_in_the_next_trial(filled: ModelStore) -> None:
    found, told = search(filled, settings(), 8)
    assert found.settings.llm.threads == BEST_THREADS
    assert [f"{advice.section}.{advice.key}" for advice in found.found] == ["llm.threads", "llm.chunk_tokens"]
    assert told[0] == "The language model on one core."
    assert told[-1].endswith("at a time.")


def test_one_core_leaves_no_choice_of_threads(filled: ModelStore) -> None:
    found, _ = search(filled, settings(), 1)
    assert found.settings.llm.threads == 1
    assert not found.found[0].changes


def test_chunks_fit_into_the_context(filled: ModelStore) -> None:
    small = settings()
    small = replace(small, llm=replace(small.llm, context_tokens=512))
    _, told = search(filled, small, 1)
    assert not any("256" in line for line in told)
