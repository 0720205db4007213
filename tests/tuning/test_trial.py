"""How fast an engine is said to be, on a clock that knows how fast it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Job, Priority
from appliance.tuning.trial import try_model, try_voice
from tests.fakes import Script, ScriptedInference
from tests.virtual_time import run


class Paced(ScriptedInference):
    """Reads 200 tokens a second, writes 20, and says a clause in two pieces and 0.3 s."""

    tokens = 100
    pieces = 21

    @asynccontextmanager
    async def stream(self, job: Job[Any]) -> AsyncIterator[AsyncIterator[Any]]:
        self.jobs.append(job)
        yield self._work(job)

    async def _work(self, job: Job[Any]) -> AsyncIterator[Any]:
        match job.method:
            case "prefill":
                await clock.sleep_until(clock.now() + self.tokens / 200)
                yield self.tokens
            case "generate":
                await clock.sleep_until(clock.now() + 0.7)  # reading: not counted
                for _ in range(self.pieces):
                    yield "word "
                    await clock.sleep_until(clock.now() + 0.05)
            case "synthesize":
                for _ in range(2):
                    await clock.sleep_until(clock.now() + 0.15)
                    yield SpeechChunk(np.zeros(100, np.float32), 16_000, ())


def test_a_model_reads_and_writes() -> None:
    inference = Paced(Script())
    trial = run(try_model(inference))
    assert trial.read_per_s == pytest.approx(200)
    assert trial.write_per_s == pytest.approx(20, rel=0.1)
    assert trial.clause_s == pytest.approx(24 / 200 + 8 / 20, rel=0.1)
    prompts = [job.args[0][0].text for job in inference.jobs]
    assert len(set(prompts)) == len(prompts), "a prompt that the model has in mind is read in no time"
    assert {job.priority for job in inference.jobs} == {Priority.BACKGROUND}


def test_a_voice_is_timed_to_its_last_sound() -> None:
    assert run(try_voice(Paced(Script()))) == pytest.approx(0.3)


@pytest.mark.parametrize(("attribute", "value"), [("tokens", 0), ("pieces", 1)])
def test_a_model_that_tells_nothing_about_its_speed(attribute: str, value: int) -> None:
    inference = Paced(Script())
    setattr(inference, attribute, value)
    with pytest.raises(EngineError) as raised:
        run(try_model(inference))
    assert raised.value.stage is Stage.LLM
