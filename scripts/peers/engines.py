"""The engines of our profile inside a peer: the same runtimes, the same files, the same parameters, in threads.

What is compared is how a pipeline orders its work, so everybody is given the same work. An engine has one thread, in
which its calls queue up; that is how these frameworks run a local model by themselves.
"""

import asyncio
import pickle
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.core.errors import Cancelled
from appliance.core.speech import Message, Role, Stage
from appliance.inference.spec import EngineSpec

OVER: Final = object()

WARM_WORDS = "Hello there."


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the judge gives to every pipeline; travels as a file."""

    engines: dict[Stage, EngineSpec]
    """Speech to text, language model and voice."""
    system_prompt: str

    def save(self, path: Path) -> None:
        """Write it."""
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(path: Path) -> "Outfit":
        """Read it again, in another process of the same user."""
        outfit: Outfit = pickle.loads(path.read_bytes())
        return outfit


class Token:
    """A `CancelToken` among threads."""

    def __init__(self) -> None:
        self.cancelled = False
        self._actions: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Nobody wants the result any more."""
        with self._lock:
            self.cancelled = True
            actions, self._actions = self._actions, []
        for action in actions:
            action()

    def raise_if_cancelled(self) -> None:
        """See `CancelToken`."""
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        """See `CancelToken`."""
        with self._lock:
            if not self.cancelled:
                self._actions.append(action)
                return
        action()


class Engine:
    """One engine and its thread."""

    def __init__(self, spec: EngineSpec) -> None:
        self.busy_s = 0.0
        """s of work so far."""
        self._spec = spec
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=spec.stage)
        self._engine: Any = None

    async def start(self) -> None:
        """Load the model and touch everything the first job needs."""
        await self.call(self._load)

    async def call(self, job: Callable[..., Any], *arguments: Any) -> Any:
        """Do something in its thread."""

        def timed() -> Any:
            began = time.monotonic()
            try:
                return job(*arguments)
            finally:
                self.busy_s += time.monotonic() - began

        return await asyncio.get_running_loop().run_in_executor(self._thread, timed)

    async def stream(self, begin: Callable[[Token], Iterator[Any]]) -> AsyncIterator[Any]:
        """What an engine yields, piece by piece; whoever stops listening cancels it."""
        token = Token()
        pieces = begin(token)
        try:
            while (piece := await self.call(next, pieces, OVER)) is not OVER:
                yield piece
        except Cancelled:
            return
        finally:
            token.cancel()
            self._thread.submit(pieces.close)  # type: ignore[attr-defined]  # all of them are generators

    @property
    def engine(self) -> Any:
        """Only for its own thread."""
        return self._engine

    def _load(self) -> None:
        self._engine = self._spec.build()
        self._engine.probe()
        self._engine.warm()


class Engines:
    """The three of them, in the words of a pipeline."""

    def __init__(self, outfit: Outfit) -> None:
        self.system_prompt = outfit.system_prompt
        self._ear, self._mind, self._voice = (
            Engine(outfit.engines[stage]) for stage in (Stage.STT, Stage.LLM, Stage.TTS)
        )
        self._utterance = 0
        self.rate = 0
        """Hz of the voice."""

    async def start(self) -> None:
        """Load and warm all: everybody's first turn is as quick as the others."""
        await asyncio.gather(*(engine.start() for engine in (self._ear, self._mind, self._voice)))
        system = Message(Role.SYSTEM, self.system_prompt)
        await self._mind.call(lambda: self._mind.engine.prefill([system], Token()))
        async for _, rate in self.say(WARM_WORDS):
            self.rate = rate

    @property
    def busy_s(self) -> dict[str, float]:
        """s of work of each."""
        engines = {"stt": self._ear, "llm": self._mind, "tts": self._voice}
        return {name: round(engine.busy_s, 3) for name, engine in engines.items()}

    def new_utterance(self) -> int:
        """A number for what begins to be said."""
        self._utterance += 1
        return self._utterance

    async def hear(self, utterance: int, sound: bytes) -> None:
        """The next stretch of an utterance, int16 at 16 kHz; recognisers that can follow do."""
        samples = as_samples(np.frombuffer(sound, np.int16))
        await self._ear.call(lambda: self._ear.engine.accept(utterance, samples, Token()))

    async def understand(self, utterance: int) -> str:
        """All of it, which is over."""
        transcript = await self._ear.call(lambda: self._ear.engine.finish(utterance, Token()))
        return str(transcript.text)

    async def answer(self, messages: Sequence[tuple[str, str]]) -> AsyncIterator[str]:
        """Pieces of the answer to a dialogue of (role, text)."""
        dialogue = [Message(Role(role), text) for role, text in messages]
        async for piece in self._mind.stream(lambda token: self._mind.engine.generate(dialogue, token)):
            yield piece

    async def say(self, text: str) -> AsyncIterator[tuple[bytes, int]]:
        """Sound, int16, and its rate, as the voice renders it."""
        async for chunk in self._voice.stream(lambda token: self._voice.engine.synthesize(text, token)):
            yield as_pcm(chunk.samples), chunk.rate


def as_samples(sound: NDArray[np.int16]) -> Samples:
    """Sound of the card as ours."""
    return np.asarray(sound / np.float32(32768), np.float32)


def as_pcm(samples: Samples) -> bytes:
    """Our sound as the card's."""
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes()
