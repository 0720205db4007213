"""What the pipeline asks of an engine, and the contract it asks through."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from appliance.core.speech import Stage

T = TypeVar("T")

LOCAL = "local"
"""Name of the session at the box's own microphone."""


class Priority(IntEnum):
    """Who gets the cores first. What a person is waiting for comes before what might help later."""

    FIRST_CLAUSE = 0
    """Speech of the first clause of a reply: somebody is listening to silence."""
    TRANSCRIPT = 1
    """The transcript of an utterance that is over or may be."""
    TURN_END = 2
    """Whether the speaker is done: short, and everything else waits for it."""
    SPEECH = 3
    """Speech of later clauses: the loudspeaker is still busy with the one before."""
    DECODE = 4
    """Language model of a session that is answering."""
    PARTIAL = 5
    """Streaming recognition while the person speaks."""
    SPECULATION = 6
    """Work that may be thrown away."""
    BACKGROUND = 7
    """Warm-up, calibration."""


@dataclass(frozen=True)  # without slots: Python 3.11 cannot make Job[T](…) of a frozen class that has them
class Job(Generic[T]):
    """One call of an engine's method. The method's results are T, one or many."""

    stage: Stage
    """Which lane."""
    method: str
    """Name of the engine's method; it is called with `args` and a `cancel` token."""
    args: tuple[Any, ...]
    """Picklable."""
    priority: Priority
    session: str
    """Who asks."""
    turn: int
    """For which turn."""
    budget_s: float
    """Seconds of running (not of waiting in line) after which the lane is taken for hung and restarted."""
    weight: float = 0.0
    """How much the engine must read first if it has none of it in mind, in any unit (characters); 0: no memory."""


class Inference(Protocol):
    """Runs jobs. The appliance's is the scheduler over engine processes; a test's is a script."""

    def stream(self, job: Job[T]) -> AbstractAsyncContextManager[AsyncIterator[T]]:
        """Start a job; iterate over its results as they come. Leaving early cancels it.

        Raises (from the iteration):
            EngineError: the engine failed, died, ran over its budget, or is overloaded.
        """

    def life(self, stage: Stage) -> int:
        """Changes whenever the engine of a stage was replaced: what it had been told is gone."""

    def spare(self) -> bool:
        """Whether a job could start now without anybody waiting for it."""

    def doubt(self, job: Job[Any], problem: str) -> None:
        """What came of a job cannot be used, and `problem` says why. An engine of which that is said twice within
        some turns is restarted, as one is that fails twice."""

    async def call(self, job: Job[T]) -> T:
        """Run a job that has exactly one result. Cancelling the caller cancels the job.

        Raises:
            EngineError: as above.
        """
