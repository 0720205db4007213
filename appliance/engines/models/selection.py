"""The best models that are there, and what is lost without the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.models.manifest import BUNDLED, NEEDED, ROLES, EngineName, Model, Role
from appliance.engines.models.store import ModelStore

MEANING = {
    Stage.VAD: "speech detection",
    Stage.TURN_END: "turn taking",
    Stage.STT: "hearing",
    Stage.LLM: "answers",
    Stage.TTS: "voice",
}
"""What a role is to a person."""


SILENCE = "silence alone"
"""What ends turns where no model hears it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One model that is there."""

    model: str
    """Its id."""
    engine: EngineName
    """What runs it."""
    path: Path
    """What the engine is given."""
    memory_mb: int
    """MB of the running engine."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """The sha256 that each of its files, which lie beside `path`, must have when it is parsed. None for data of
    installed packages."""

    @property
    def files(self) -> dict[Path, str]:
        """The same by path."""
        return {self.path.parent / name: sha256 for name, sha256 in self.digests.items()}


@dataclass(frozen=True, slots=True)
class Loss:
    """A role that a lesser model must fill, or none."""

    role: Role
    """Which."""
    wanted: str
    """Id of the best model of the profile."""
    instead: str
    """Id of the model that takes its place, or what does."""
    note: str
    """What one gets from that."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What can be run now."""

    profile: str
    """What was asked for."""
    vad: tuple[Choice, ...]
    """Models that tell speech from noise, best first."""
    stt: tuple[Choice, ...]
    """Models that understand speech, best first."""
    llm: tuple[Choice, ...]
    """Models that answer, best first."""
    tts: tuple[Choice, ...]
    """Voices, best first."""
    losses: tuple[Loss, ...]
    """What is not as the profile wants it."""
    turn_end: tuple[Choice, ...] = ()
    """Models that hear the end of a turn, best first; the only role that may be empty."""

    @property
    def line(self) -> str:
        """What is lost and how to get it, in one line; empty when nothing is."""
        if not self.losses:
            return ""
        lost = ", ".join(
            f"{MEANING[loss.role]} by {loss.instead} ({_gist(loss.note)})" for loss in self.losses
        )
        return f"Without the models of {self.profile!r}: {lost}. Get them: {pull_profile(self.profile)}"


def best_available(store: ModelStore, profile: str) -> Selection:
    """For each role of a profile the models that are there, best first.

    The bundled models stand behind those of every profile. Uses no network.

    Raises:
        ModelError: for some role there is none; names the command that obtains one.
    """
    candidates = {role: _candidates(store, profile, role) for role in ROLES}
    present = {role: tuple(_choice(store, m) for m in candidates[role] if store.has(m.id)) for role in ROLES}
    if empty := [MEANING[role] for role in NEEDED if not present[role]]:
        raise ModelError(
            f"No model for {' and '.join(empty)} in {store.folder}", f"Run: {pull_profile(BUNDLED)}"
        )
    losses = tuple(
        _loss(store, role, wanted, present[role])
        for role in ROLES
        for wanted in candidates[role][:1]
        if wanted.id not in {choice.model for choice in present[role]}
    )
    return Selection(
        profile,
        vad=present[Stage.VAD],
        stt=present[Stage.STT],
        llm=present[Stage.LLM],
        tts=present[Stage.TTS],
        losses=losses,
        turn_end=present[Stage.TURN_END],
    )


def pull_profile(profile: str) -> str:
    """What to type to get all models of a profile."""
    return f"appliance models pull --profile {profile}"


def _candidates(store: ModelStore, profile: str, role: Role) -> list[Model]:
    chosen = store.manifest.profile(profile).choices(role)
    bundled = store.manifest.profiles.get(BUNDLED)
    return [
        store.manifest.model(m) for m in dict.fromkeys(chosen + (bundled.choices(role) if bundled else ()))
    ]


def _choice(store: ModelStore, model: Model) -> Choice:
    return Choice(model.id, model.engine, store.path(model.id), model.memory_mb, store.digests(model.id))


def _loss(store: ModelStore, role: Role, wanted: Model, present: Sequence[Choice]) -> Loss:
    if not present:
        return Loss(role, wanted.id, SILENCE, "who pauses is cut off, or waits longer.")
    got = store.manifest.model(present[0].model)
    return Loss(role, wanted.id, got.id, got.note)


def _gist(note: str) -> str:
    first = note.split(". ", maxsplit=1)[0].rstrip(".")
    return first[:1].lower() + first[1:]
