"""What the appliance itself adds: from the endpoint decision to the first sample, with engines that take no time.

Real clock, real session, real voice activity detector. Once the engines are called directly, which leaves
the pipeline alone; once they sit in processes of their own, behind the lanes and the scheduler.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from appliance.app import Appliance, open_store
from appliance.converse import Report, Say, converse, read_recording
from appliance.core.audio import PERIOD_MS, Samples
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Message, SpeechChunk, Stage, Transcript
from appliance.engines.models import best_available
from appliance.inference.job import Inference, Job
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.spec import EngineSpec
from appliance.pipeline.reply import ReplySettings
from appliance.settings import load_settings
from appliance.transports.wavfile import SilentPort
from appliance.warm import QUESTION
from scripts.bench_figures import SPREAD, Plan, Section, Table, judged, spread
from scripts.evaluate_stt import Never
from scripts.evaluation.company import Ease

LIMIT_MS = 30.0
"""ms, at the 95th percentile: the limit this project sets itself."""

REST_S = 1.0
"""s between questions: endpoint, answer, and a moment of quiet."""

RATE = 22_050
"""Hz of the voice: Piper's, so that its conversion to the loudspeaker's rate is paid."""


class Instant:
    """An engine for every stage, whose work takes no time."""

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:  # noqa: ARG002
        return ""

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:  # noqa: ARG002
        return Transcript("how many days are in a week", 0.9)

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        return self.finish(utterance, cancel)

    def discard(self, utterance: int, cancel: CancelToken) -> None: ...

    def probability(self, samples: Samples, cancel: CancelToken) -> float:  # noqa: ARG002
        return 1.0

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:  # noqa: ARG002
        return 0

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:  # noqa: ARG002
        yield from ("There ", "are ", "seven. ", "I ", "counted ", "them.")

    def synthesize(self, text: str, cancel: CancelToken) -> Iterator[SpeechChunk]:  # noqa: ARG002
        yield SpeechChunk(np.full(RATE, 0.1, np.float32), RATE)


class Direct:
    """An `Inference` that calls an engine where it stands."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @asynccontextmanager
    async def stream(self, job: Job[Any]) -> AsyncIterator[AsyncIterator[Any]]:
        yield self._results(job)

    def life(self, stage: Stage) -> int:  # noqa: ARG002
        return 0

    def spare(self) -> bool:
        return False

    def doubt(self, job: Job[Any], problem: str) -> None:
        raise NotImplementedError(f"{job.method}: {problem}")

    async def call(self, job: Job[Any]) -> Any:
        return await anext(self._results(job))

    async def _results(self, job: Job[Any]) -> AsyncIterator[Any]:
        result = getattr(self._engine, job.method)(*job.args, cancel=Never())
        for value in result if isinstance(result, Iterator) else [result]:
            await asyncio.sleep(0)
            yield value


def orchestration(plan: Plan) -> Section:
    """Endpoint decision → first sample."""
    measured = {
        "engines called directly": asyncio.run(_in_process(plan.instant_turns)),
        "engines in processes of their own": asyncio.run(_through_lanes(plan.instant_turns)),
    }
    rows = [
        (name, *(figures := spread(values)), judged(figures[2], LIMIT_MS, "ms (p95)"))
        for name, values in measured.items()
    ]
    note = "endpoint decision → first sample, engines that take no time, a period (10 ms) of the loudspeaker included"
    return Section([Table(("path", *SPREAD, "limit"), rows)], note, measured)


async def _in_process(turns: int) -> list[float]:
    return await _delays(Direct(Instant()), turns)


async def _through_lanes(turns: int) -> list[float]:
    settings = load_settings(None).inference
    stages = (Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS)
    specs = [EngineSpec(stage, f"instant-{stage}", f"{__name__}:Instant") for stage in stages]
    scheduler = Scheduler([Lane([spec], settings) for spec in specs], settings)
    await scheduler.open()
    try:
        return await _delays(scheduler, turns)
    finally:
        await scheduler.close()


async def _delays(inference: Inference, turns: int) -> list[float]:
    """ms from the endpoint to the first sample, for the same question again and again."""
    settings = replace(
        load_settings(None), reply=ReplySettings(speculate=False)
    )  # or nothing is left to do then
    selection = best_available(open_store(settings), settings.models.profile)
    vad = selection.vad[0].path
    appliance = Appliance(settings, inference, selection, vad, Ease())  # type: ignore[arg-type]
    question, report = read_recording(QUESTION), Report()
    every_s = len(question) / 16_000 + REST_S
    says = [Say(question, at=REST_S + turn * every_s) for turn in range(turns)]
    await converse(
        lambda port, observer: appliance.session("bench", port, observer), says, report, SilentPort()
    )
    stamps = [turn["stamps"] for turn in report.turns]
    answered = [stamp for stamp in stamps if stamp["first_audio"] is not None]
    # The port counts sound from the beginning of the period in which it was queued. A device could not do that:
    # one more period.
    return [stamp["first_audio"] + PERIOD_MS - stamp["endpoint"] for stamp in answered]
