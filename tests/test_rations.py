"""What levels mean for engines: on paper, with scripted workers on virtual time, and with one that really grows."""

import asyncio
from pathlib import Path

import pytest

from appliance.core.errors import EngineError, ModelError
from appliance.core.speech import Stage
from appliance.engines.llama_settings import LlamaSettings
from appliance.engines.models import Choice, EngineName, load_manifest
from appliance.guardian.levels import Level
from appliance.guardian.readings import Instruments
from appliance.guardian.settings import GovernorSettings
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.rations import OVERHEAD_MB, Rations, affordable, first_level, fit, needs_mb
from tests.guardian.machine import GB, Machine
from tests.inference.scripted import World, job, spec
from tests.virtual_time import run

LLAMA = LlamaSettings(context_tokens=2048, answer_tokens=120, answer_sentences=3)
LLM = [spec(Stage.LLM, name="large", settings=LLAMA), spec(Stage.LLM, name="small", settings=LLAMA)]
TTS = [spec(Stage.TTS, name="voice"), spec(Stage.TTS, name="robot")]
TURN_END = [spec(Stage.TURN_END, name="melody")]
ENGINES = {Stage.LLM: LLM, Stage.TTS: TTS, Stage.TURN_END: TURN_END}
SIZES_MB = {"large": 1700, "small": 250, "voice": 180, "robot": 20, "melody": 80}
SETTINGS = InferenceSettings(restart_delay_s=1, climb_s=10, rest_s=1)
PERCENT = 8 * GB // 100
"""kB."""


def test_what_each_level_leaves_a_stage() -> None:
    assert fit(LLM, Level.FULL) == fit(LLM, Level.CERTAIN) == (LLM, 0)
    brief, best = fit(LLM, Level.BRIEF)
    assert best == 0
    less = brief[0].kwargs["settings"]
    assert (less.context_tokens, less.answer_tokens, less.answer_sentences) == (1024, 60, 2)
    assert less.dialogues == 1
    assert fit(LLM, Level.SMALL) == (brief, 1)
    assert fit(LLM, Level.CANNED) == fit(TURN_END, Level.CANNED) == ((), 0)
    assert fit(TTS, Level.BRIEF) == (TTS, 0)
    assert fit(TTS, Level.SMALL) == fit(TTS, Level.CANNED) == (TTS, 1)


def test_little_is_not_made_less() -> None:
    tight = LlamaSettings(context_tokens=768, answer_tokens=30, answer_sentences=1, dialogues=1)
    (brief,), _ = fit([spec(Stage.LLM, settings=tight)], Level.BRIEF)
    assert brief.kwargs["settings"] == tight


def test_what_is_needed() -> None:
    sizes = [[1700, 250], [180, 20], [80], []]
    assert needs_mb(sizes, Level.FULL) == OVERHEAD_MB + 1960
    assert needs_mb(sizes, Level.SMALL) == OVERHEAD_MB + 350
    assert affordable(sizes, 3000) is Level.FULL
    assert affordable(sizes, 2000) is Level.SMALL
    assert affordable(sizes, 650) is None


def choices(*sizes_mb: int) -> list[Choice]:
    return [Choice(f"m{size}", EngineName.LLAMA, Path(), size, {}) for size in sizes_mb]


def test_the_start_says_why_it_is_not_the_best_or_refuses_with_a_remedy() -> None:
    models = [choices(1700, 250), choices(80)]
    assert first_level("cpu", models, 4000) == (Level.FULL, "")
    assert first_level("cpu", models, 1000) == (
        Level.SMALL,
        "Only 1000 MB of memory are available; profile 'cpu' needs 2130 MB.",
    )
    with pytest.raises(ModelError, match="even the smaller models of profile 'cpu' need 680 MB") as refusal:
        first_level("cpu", models, 600)
    assert "appliance models list" in refusal.value.remedy


@pytest.mark.parametrize(
    ("profile", "available_mb"),
    [("bundled", 900), ("cpu-small", 1500), ("jetson-8gb", 5200), ("jetson-16gb", 12_000)],
)
def test_every_profile_fits_the_machine_it_is_made_for(profile: str, available_mb: int) -> None:
    """Of an 8 GB Jetson, 5.2 GB are left by its system (notes on engines, section 6)."""
    sizes = load_manifest().sizes_mb(profile)
    assert affordable(sizes, available_mb) is Level.FULL


def test_memory_runs_out_and_the_engines_follow(tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    def running(lanes: dict[Stage, Lane]) -> list[str]:
        return [
            lane.spec.name if lane.state is LaneState.IDLE else str(lane.state) for lane in lanes.values()
        ]

    async def main() -> None:
        world = World()
        lanes = {stage: Lane(specs, SETTINGS, world.launch) for stage, specs in ENGINES.items()}
        scheduler = Scheduler(list(lanes.values()), SETTINGS)
        await scheduler.open()
        rations = Rations(scheduler, ENGINES, SIZES_MB, GovernorSettings(), Instruments(machine.places))
        governing = asyncio.create_task(rations.governor.run())
        seen = []
        for percent, seconds in ((50, 5), (7, 5), (5, 15), (3, 15), (1, 15)):
            machine.memory(percent * PERCENT)
            await asyncio.sleep(seconds)
            seen.append(running(lanes))
        assert seen == [
            ["large", "voice", "melody"],
            ["large", "voice", "melody"],
            ["large", "voice", "melody"],
            ["small", "robot", "melody"],
            ["out of order", "robot", "out of order"],
        ]
        with pytest.raises(EngineError, match=r"large|small.*memory"):
            await scheduler.call(job(Stage.LLM, Priority.DECODE))
        machine.memory(50 * PERCENT)
        await asyncio.sleep(1000)
        assert running(lanes) == ["large", "voice", "melody"]
        assert lanes[Stage.LLM].spec.kwargs["settings"] == LLAMA
        assert rations.relaxed
        assert {lane.health().falls for lane in lanes.values()} == {0}
        governing.cancel()
        await scheduler.close()

    run(main(), limit_s=20_000)


def test_a_start_with_too_little_memory_takes_the_smaller_engines_until_there_is_more(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.memory(GB)

    async def main() -> None:
        world = World()
        lane = Lane(LLM, SETTINGS, world.launch)
        scheduler = Scheduler([lane], SETTINGS)
        rations = Rations(scheduler, ENGINES, SIZES_MB, GovernorSettings(), Instruments(machine.places))
        rations.begin("cpu", [choices(1700, 250)])
        await scheduler.open()
        assert world.started == ["small"]
        assert rations.governor.line.startswith("with smaller models: Only 1024 MB")
        governing = asyncio.create_task(rations.governor.run())
        await asyncio.sleep(500)
        assert world.started == ["small"], "there is calm, and still no room"
        machine.memory(7 * GB)
        await asyncio.sleep(1000)
        assert lane.spec.name == "large"
        governing.cancel()
        await scheduler.close()

    run(main(), limit_s=20_000)


def test_a_worker_that_really_grows_is_renewed_between_two_jobs() -> None:
    engine = EngineSpec(Stage.LLM, "Fake", "tests.inference.engines:Fake")
    settings = GovernorSettings(growth=1, growth_mb=64, look_every_s=0.1)

    async def ask(scheduler: Scheduler, method: str, *args: object) -> object:
        return await scheduler.call(Job[object](Stage.LLM, method, args, Priority.DECODE, "local", 1, 60.0))

    async def main() -> None:
        lane = Lane([engine], InferenceSettings())
        scheduler = Scheduler([lane], InferenceSettings(cores=1))
        await scheduler.open()
        rations = Rations(scheduler, {Stage.LLM: [engine]}, {}, settings, Instruments())
        try:
            before = await ask(scheduler, "pid")
            rations.governor.look()
            assert await ask(scheduler, "pid") == before, "it has the size it had at its birth"
            await ask(scheduler, "grow", 100)
            rations.governor.look()
            assert await ask(scheduler, "pid") != before
            assert lane.health().falls == 0
            assert rations.governor.sizes_mb["Fake"] > 64
        finally:
            await scheduler.close()

    asyncio.run(main())
