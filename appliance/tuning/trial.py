"""Trying an engine out: a few jobs of a conversation, with their times."""

import statistics
from itertools import count
from typing import Any

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Message, Role, Stage
from appliance.inference.job import Inference, Job, Priority
from appliance.tuning.verdict import ModelTrial

SESSION = "tuning"
ROUNDS = 3
"""Repetitions, of which the median counts."""
BUDGET_S = 120.0
"""s that one job may take; what is slower is of no use."""

TEXT = (
    "On our walk through the old town we passed the market hall, the library with its green roof, two bakeries, and "
    "a small museum about bridges, where a guide told us how the river was crossed before there was any of them. "
)
"""About 45 tokens of plain English."""
PARAGRAPHS = 4
"""Of them in a prompt: longer than the largest chunk that is tried half full, short enough for a small context."""

QUESTION = "Tell me a story about a river."
PIECES = 24
"""Of an answer: what comes after them would only confirm it."""

CLAUSE = "Good morning, what can I do for you today?"
"""What the voice says."""

_fresh = count(1)
"""Begins each prompt with another number, or the model would have it in mind from the last time."""


async def try_model(inference: Inference, rounds: int = ROUNDS) -> ModelTrial:
    """Have the language model read and write.

    Raises:
        EngineError: it failed.
    """
    reads, writes = [], []
    for _ in range(rounds):
        reads.append(await _read(inference))
        writes.append(await _write(inference))
    return ModelTrial(statistics.median(reads), statistics.median(writes))


async def try_voice(inference: Inference, rounds: int = ROUNDS) -> float:
    """Have the voice say a clause; returns the s until all of it was there.

    Raises:
        EngineError: it failed.
    """
    times = []
    for _ in range(rounds):
        began = clock.now()
        async with inference.stream(_job(Stage.TTS, "synthesize", CLAUSE)) as chunks:
            async for _chunk in chunks:
                pass
        times.append(clock.now() - began)
    return statistics.median(times)


async def _read(inference: Inference) -> float:
    """Tokens per second of a prompt that the model does not know."""
    prompt = [Message(Role.SYSTEM, f"{next(_fresh)}. " + TEXT * PARAGRAPHS)]
    began = clock.now()
    tokens: int = await inference.call(_job(Stage.LLM, "prefill", prompt))
    if tokens <= 0:
        raise EngineError(Stage.LLM, "The language model read nothing of a prompt that it did not know")
    return tokens / _since(began)


async def _write(inference: Inference) -> float:
    """Tokens per second of an answer, from its first one on."""
    messages = [Message(Role.SYSTEM, f"{next(_fresh)}. You tell stories."), Message(Role.USER, QUESTION)]
    pieces, first = 0, 0.0
    async with inference.stream(_job(Stage.LLM, "generate", messages)) as answer:
        async for _piece in answer:
            first = first or clock.now()
            pieces += 1
            if pieces == PIECES:
                break
    if pieces < 2:
        raise EngineError(
            Stage.LLM, "The language model answers with a word, which tells nothing about its speed"
        )
    return (pieces - 1) / _since(first)


def _since(moment: float) -> float:
    return max(clock.now() - moment, 1e-6)


def _job(stage: Stage, method: str, *args: object) -> Job[Any]:
    return Job(stage, method, args, Priority.BACKGROUND, SESSION, 0, BUDGET_S)
