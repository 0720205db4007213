"""Following an utterance: what the recogniser is given, when, and what comes back."""

import asyncio
from typing import Any

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage, Transcript
from appliance.inference.job import Job, Priority
from appliance.pipeline.listen import Utterance
from appliance.pipeline.transcribe import BLOCK, LONGEST_BLOCK, discard, transcribe
from tests.fakes import Script, ScriptedInference, voice
from tests.virtual_time import run

WINDOW = 512


class Recogniser(ScriptedInference):
    """Understands one more word with every block, and may be slow."""

    def __init__(self, script: Script | None = None, accept_s: float = 0.0) -> None:
        super().__init__(script or Script(transcripts=["what time is it"]))
        self._accept_s = accept_s
        self._words = 0

    async def call(self, job: Job[Any]) -> Any:
        result = await super().call(job)
        if job.method != "accept":
            return result
        await clock.sleep_until(clock.now() + self._accept_s)
        self._words += 1
        return " ".join(["word"] * (self._words // 2))


async def speak(utterance: Utterance, windows: int) -> None:
    """Somebody speaks, in real time."""
    for _ in range(windows):
        await asyncio.sleep(WINDOW / 16_000)
        utterance.extend(voice(WINDOW / 16_000), 0.9)
    utterance.end(0, utterance.length)


async def follow(
    inference: ScriptedInference, windows: int, partials: list[str]
) -> tuple[Transcript, Utterance]:
    utterance = Utterance([voice(0.5)])
    speaking = asyncio.create_task(speak(utterance, windows))
    transcript = await transcribe(inference, utterance, "room", 3, partials.append)
    await speaking
    return transcript, utterance


def blocks(inference: ScriptedInference) -> list[Any]:
    return [job.args[1] for job in inference.jobs if job.method == "accept"]


def test_all_of_it_is_given_once_and_in_order() -> None:
    inference = Recogniser()
    transcript, utterance = run(follow(inference, 50, []))
    assert transcript.text == "what time is it"
    np.testing.assert_array_equal(np.concatenate(blocks(inference)), run(utterance.beyond(0, 0)))
    assert {job.args[0] for job in inference.jobs} == {utterance.number}
    assert {(job.stage, job.session, job.turn) for job in inference.jobs} == {(Stage.STT, "room", 3)}


def test_it_is_given_while_it_is_spoken() -> None:
    async def main() -> tuple[int, int]:
        inference = Recogniser()
        utterance = Utterance([voice(0.5)])
        following = asyncio.create_task(transcribe(inference, utterance, "room", 1, lambda _: None))
        speaking = asyncio.create_task(speak(utterance, 50))
        await asyncio.sleep(1.0)
        given, there = sum(map(len, blocks(inference))), utterance.length
        await asyncio.gather(following, speaking)
        return given, there

    given, there = run(main())
    assert there - given <= BLOCK + WINDOW


def test_the_end_is_urgent_and_what_leads_to_it_is_not() -> None:
    inference = Recogniser()
    run(follow(inference, 20, []))
    assert [job.priority for job in inference.jobs] == [Priority.PARTIAL] * (len(inference.jobs) - 1) + [
        Priority.TRANSCRIPT
    ]


def test_a_recogniser_in_arrears_catches_up_in_steps() -> None:
    inference = Recogniser(accept_s=3.0)
    _, utterance = run(follow(inference, 200, []))
    sizes = [len(block) for block in blocks(inference)]
    assert max(sizes) == LONGEST_BLOCK
    assert sum(sizes) == utterance.length


def test_what_is_understood_so_far_is_told_when_it_changes() -> None:
    partials: list[str] = []
    run(follow(Recogniser(), 50, partials))
    assert len(partials) > 3
    assert partials == sorted(set(partials), key=len)


def test_an_utterance_that_has_long_ended_is_read_at_once() -> None:
    async def main() -> tuple[float, int]:
        utterance = Utterance([voice(2.0)])
        utterance.end(0, utterance.length)
        inference, start = Recogniser(), clock.now()
        await transcribe(inference, utterance, "room", 1, lambda _: None)
        return clock.now() - start, sum(map(len, blocks(inference)))

    assert run(main()) == (0.0, 32_000)


@pytest.mark.parametrize("method", ["accept", "finish"])
def test_what_the_recogniser_dies_of_is_told(method: str) -> None:
    inference = Recogniser(Script(fails=lambda job: job.method == method))
    with pytest.raises(EngineError) as failure:
        run(follow(inference, 20, []))
    assert failure.value.stage is Stage.STT


def test_an_utterance_is_forgotten_by_its_number() -> None:
    inference = ScriptedInference(Script())
    utterance = Utterance([])
    run(discard(inference, utterance, "room", 2))
    assert [(job.method, job.args) for job in inference.jobs] == [("discard", (utterance.number,))]
