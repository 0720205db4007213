"""Everybody who takes part in every play: the real engines, and a model that says what the scene wants."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from appliance.app import LANES, Appliance, engine_specs, open_store
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Message, Role, Stage
from appliance.engines.models import best_available
from appliance.engines.silero import Silero
from appliance.sessions.diary import Diary
from appliance.settings import Settings
from scripts.evaluation.processor import Processor
from scripts.evaluation.scenario import Scene

FIRST_WORD_S = 0.073
"""s from question to first token of SmolLM2 135M on one core (BENCHMARKS.md, engines)."""
WORD_S = 0.016
"""s per word, at its 81 tokens a second and 1.3 tokens a word."""


class ScriptedModel:
    """A `LanguageModel` that says what it was told to: the n-th reply to the n-th thing a person said."""

    def __init__(self, replies: Sequence[str]) -> None:
        self._replies = replies

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:  # noqa: ARG002
        """There is nothing to read."""
        return 0

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Word by word."""
        asked = sum(message.role is Role.USER for message in messages)
        for word in self._replies[min(asked, len(self._replies)) - 1].split(" "):
            cancel.raise_if_cancelled()
            yield f"{word} "

    def probe(self) -> None:
        """Nothing can be wrong with it."""

    def warm(self) -> None:
        """It needs nothing."""

    def close(self) -> None:
        """It holds nothing."""


class Ease:
    """Instead of `Rations`: a machine that has room, whatever else this one does meanwhile."""

    relaxed = True

    def welcome(self, _session: object) -> None:
        """It disturbs nobody."""


@dataclass(frozen=True)
class Company:
    """Owns the engines of this process; they live from play to play, as in life."""

    settings: Settings
    """Those of the appliance."""
    engines: Mapping[Stage, Any]
    """By what they do."""
    base: Appliance
    """What sessions are made by."""
    factor: float
    """s on the virtual clock per s of processor time."""
    cores: int
    """Jobs that may run at once."""

    def cast(self, scene: Scene) -> tuple[Appliance, Processor]:
        """An appliance for one play, and the engines behind it."""
        engines, charges = dict(self.engines), dict.fromkeys(self.engines, self._measured)
        if scene.replies:
            engines[Stage.LLM], charges[Stage.LLM] = ScriptedModel(scene.replies), _scripted
        processor = Processor(engines, charges, self.cores)
        reply = replace(self.settings.reply, speculate=scene.speculate)
        settings = replace(self.settings, reply=reply)
        return replace(self.base, settings=settings, scheduler=processor), processor  # type: ignore[arg-type]  # an Inference

    def _measured(self, method: str, number: int, spent: float) -> float:  # noqa: ARG002
        return spent * self.factor


@contextmanager
def open_company(settings: Settings, factor: float, cores: int) -> Iterator[Company]:
    """Load the engines that the appliance would load.

    Raises:
        ModelError: one is absent; says how to get it.
    """
    selection = best_available(open_store(settings), settings.models.profile)
    with ExitStack() as stack:
        engines = {}
        for stage in LANES:
            specs = engine_specs(stage, selection, settings)
            if not specs:
                continue  # a turn end model may be absent
            engine = specs[0].build()
            stack.callback(engine.close)
            engine.probe()
            engine.warm()
            engines[stage] = engine
        detector = partial(Silero, selection.vad[0].path)
        base = Appliance(settings, None, selection, detector, Ease(), Diary())  # type: ignore[arg-type]  # see cast()
        yield Company(settings, engines, base, factor, cores)


def _scripted(method: str, number: int, spent: float) -> float:  # noqa: ARG001
    if method != "generate":
        return 0.0
    return FIRST_WORD_S if number == 0 else WORD_S
