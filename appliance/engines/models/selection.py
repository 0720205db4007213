"""The best models that are there, and what is lost without the others."""

from dataclasses import dataclass
from pathlib import Path

from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.models.manifest import BUNDLED, ROLES, EngineName, Model, Role
from appliance.engines.models.store import ModelStore

MEANING = {Stage.VAD: "speech detection", Stage.STT: "hearing", Stage.LLM: "answers", Stage.TTS: "voice"}
"""What a role is to a person."""


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


@dataclass(frozen=True, slots=True)
class Loss:
    """A role that a lesser model must fill."""

    role: Role
    """Which."""
    wanted: str
    """Id of the best model of the profile."""
    instead: str
    """Id of the model that takes its place."""
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
    if empty := [MEANING[role] for role in ROLES if not present[role]]:
        raise ModelError(
            f"No model for {' and '.join(empty)} in {store.folder}", f"Run: {pull_profile(BUNDLED)}"
        )
    losses = tuple(
        Loss(role, candidates[role][0].id, got.id, got.note)
        for role in ROLES
        if (got := store.manifest.model(present[role][0].model)).id != candidates[role][0].id
    )
    return Selection(
        profile, present[Stage.VAD], present[Stage.STT], present[Stage.LLM], present[Stage.TTS], losses
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
    return Choice(model.id, model.engine, store.path(model.id), model.memory_mb)


def _gist(note: str) -> str:
    first = note.split(". ", maxsplit=1)[0].rstrip(".")
    return first[:1].lower() + first[1:]
