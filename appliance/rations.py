"""What each level of the governor means for the engines: which of them run, with how much, and what that takes."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from weakref import WeakSet

from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.llama_settings import LlamaSettings
from appliance.engines.models import Choice
from appliance.guardian.governor import Body, Governor
from appliance.guardian.levels import Level
from appliance.guardian.readings import Instruments
from appliance.guardian.settings import GovernorSettings
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.spec import EngineSpec
from appliance.sessions.session import Session

OVERHEAD_MB = 350
"""MB beside the engines: the main process (160, more with browsers), sound (70), and what a reply needs."""

LEAST_CONTEXT, LEAST_ANSWER = 1024, 40
"""Tokens that a language model keeps at least where it has less."""

EXPENDABLE = (Stage.LLM, Stage.TURN_END)
"""Stages that have no engine where there is room for nothing but recorded phrases."""


class Rations:
    """The governor and its `Household`: the lanes, the conversations, and what they may take."""

    def __init__(
        self,
        scheduler: Scheduler,
        engines: Mapping[Stage, Sequence[EngineSpec]],
        sizes_mb: Mapping[str, int],
        settings: GovernorSettings,
        instruments: Instruments,
    ) -> None:
        """Ration `engines`, best first, which are known to have such sizes, by name."""
        self.governor = Governor(settings, instruments, self)
        self.restart: Callable[[], None] = lambda: None
        """Has the whole appliance start again; where nobody would start it, nothing happens."""
        self._scheduler = scheduler
        self._engines = engines
        self._sizes_mb = sizes_mb
        self._settings = settings
        self._sessions: WeakSet[Session] = WeakSet()

    @property
    def relaxed(self) -> bool:
        """Whether there is room for work that may be for nothing."""
        return self.governor.relaxed

    def begin(self, profile: str, choices: Sequence[Sequence[Choice]]) -> None:
        """Choose what there is room to start with, before anything is started: see `first_level`."""
        level, reason = first_level(profile, choices, self.governor.look_at_once().available_mb)
        if level:
            self.governor.begin_at(level, reason)

    def welcome(self, session: Session) -> Session:
        """From now on this conversation is not disturbed."""
        self._sessions.add(session)
        return session

    def resting(self) -> bool:
        """Nobody speaks or is answered."""
        return all(session.resting for session in self._sessions)

    def bodies(self) -> Sequence[Body]:
        """Our own process, and one per engine."""
        main = Body("main", os.getpid(), self._settings.main_mb, lambda _: self.restart())
        return (main, *map(self._body, self._scheduler.lanes))

    def apply(self, level: Level, reason: str) -> None:
        """Let every stage use what the level leaves it."""
        for lane in self._scheduler.lanes:
            stage = lane.spec.stage
            specs, best = fit(self._engines[stage], level)
            lane.refit(specs, best, reason)

    def more_mb(self, level: Level) -> float:
        """MB that are needed to go up to this level. An engine that comes back is started beside the one in use."""
        match level:
            case Level.CERTAIN:
                return sum(self._size_mb(spec) for spec in self._engines.get(Stage.LLM, ())[:1]) / 2
            case Level.BRIEF:
                return sum(self._size_mb(specs[0]) for specs in self._engines.values() if len(specs) > 1)
            case Level.SMALL:
                return sum(
                    self._size_mb(self._engines[stage][-1]) for stage in EXPENDABLE if stage in self._engines
                )
        return 0.0

    def _size_mb(self, spec: EngineSpec) -> float:
        return self._sizes_mb.get(spec.name, 0)

    def _body(self, lane: Lane) -> Body:
        health, settings = lane.health(), self._settings
        size_mb = max(self._size_mb(lane.spec), health.rss / 2**20)
        return Body(health.engine, health.pid, size_mb * settings.growth + settings.growth_mb, lane.renew)


def fit(specs: Sequence[EngineSpec], level: Level) -> tuple[Sequence[EngineSpec], int]:
    """What a level leaves a stage of its engines: which, none perhaps, and the number of the best that may be used."""
    if level is Level.CANNED and specs[0].stage in EXPENDABLE:
        return (), 0
    kept = specs if level < Level.BRIEF else [_brief(spec) for spec in specs]
    return kept, 0 if level < Level.SMALL else 1 if level is Level.SMALL else len(specs) - 1


def _brief(spec: EngineSpec) -> EngineSpec:
    """The same with less, where that is possible."""
    settings = spec.kwargs.get("settings")
    if not isinstance(settings, LlamaSettings):
        return spec
    less = replace(
        settings,
        dialogues=1,
        context_tokens=min(settings.context_tokens, max(LEAST_CONTEXT, settings.context_tokens // 2)),
        answer_tokens=min(settings.answer_tokens, max(LEAST_ANSWER, settings.answer_tokens // 2)),
        answer_sentences=min(settings.answer_sentences, 2),
    )
    return replace(spec, kwargs=spec.kwargs | {"settings": less})


def needs_mb(sizes_mb: Sequence[Sequence[int]], level: Level) -> int:
    """MB that the appliance takes at a level, if its stages have engines of these sizes, best first."""
    return OVERHEAD_MB + sum(sizes[:2][-1 if level >= Level.SMALL else 0] for sizes in sizes_mb if sizes)


def affordable(sizes_mb: Sequence[Sequence[int]], available_mb: float) -> Level | None:
    """The best level to start with where so much is available; None: not even the smaller engines fit."""
    return next(
        (level for level in (Level.FULL, Level.SMALL) if needs_mb(sizes_mb, level) <= available_mb), None
    )


def first_level(profile: str, choices: Sequence[Sequence[Choice]], available_mb: float) -> tuple[Level, str]:
    """The level to start with, and why it is not the best one, as a sentence.

    Args:
        profile: whose models they are.
        choices: per stage, best first.
        available_mb: MB of memory that nobody uses yet.

    Raises:
        ModelError: there is no room for the appliance.
    """
    sizes = [[choice.memory_mb for choice in stage] for stage in choices]
    level, wanted = affordable(sizes, available_mb), needs_mb(sizes, Level.FULL)
    if level is None:
        least = needs_mb(sizes, Level.SMALL)
        raise ModelError(
            f"There is no room in memory: {available_mb:.0f} MB are available, and even the smaller models of"
            f" profile {profile!r} need {least} MB",
            "close other programs, or choose a smaller models.profile: appliance models list",
        )
    if level is Level.FULL:
        return level, ""
    return (
        level,
        f"Only {available_mb:.0f} MB of memory are available; profile {profile!r} needs {wanted} MB.",
    )
