"""The folder of model files: which are there, whether they are right, and how to get the others."""

import contextlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.core.clock import wall
from appliance.core.errors import ModelError
from appliance.engines.models.fetch import digest
from appliance.engines.models.ledger import Entry, Ledger
from appliance.engines.models.manifest import ROLES, Installed, Manifest, Model, ModelFile, Role
from appliance.engines.models.pull import Progress, Puller
from appliance.engines.models.settings import ModelSettings


class Fault(StrEnum):
    """What can be wrong with a model file."""

    ABSENT = "absent"
    DAMAGED = "damaged"
    OTHER = "another version"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `verify` found wrong."""

    model: str
    """Its id."""
    file: str
    """Name in the store, or the package that should hold it."""
    fault: Fault
    """What is wrong."""
    detail: str
    """In words."""
    remedy: str
    """The command that mends it."""


class ModelStore:
    """Owns a folder of model files and the lock beside them. Asks the network only to pull."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        settings: ModelSettings | None = None,
        notes: Path | None = None,
    ) -> None:
        """Begin.

        Args:
            folder: the models and their lock.
            manifest: which there could be.
            settings: where they come from.
            notes: a folder that remembers which files were right where `folder` cannot be written: a service that may
                only read its models would read all of them in full at each start. What it says saves that look;
                it never says which digest is right, and whoever parses a file compares its digest in any case.
        """
        self.folder = folder
        self.manifest = manifest
        self._settings = settings or ModelSettings()
        self._ledger = Ledger(folder)
        self._notes = Ledger(notes) if notes else None

    def path(self, model: str) -> Path:
        """Where a model lies: its first file, or the folder inside an installed package.

        Raises:
            ModelError: it is absent or changed; names the command that obtains it.
        """
        wanted = self.manifest.model(model)
        if not self.has(model):
            raise _absence(wanted, self.folder)
        if wanted.installed:
            return _installed(wanted.installed) or self.folder
        return self.folder / wanted.files[0].name

    def digests(self, model: str) -> dict[str, str]:
        """The sha256 that each file of a model must have: the manifest's, or that of the day it was obtained.

        Whoever parses a file compares it: `has` looks at sizes and times only.
        """
        entries = self._ledger.entries()
        return {
            file.name: file.sha256 or entries[file.name].sha256
            for file in self.manifest.model(model).files
            if file.sha256 or file.name in entries
        }

    def has(self, model: str) -> bool:
        """Whether all of a model is there, as far as a quick look tells."""
        wanted = self.manifest.model(model)
        if wanted.installed:
            return _installed(wanted.installed) is not None
        return all(self._right(file) for file in wanted.files)

    def missing(self, profile: str, roles: Sequence[Role] = ROLES) -> tuple[str, ...]:
        """The models of a profile that are not there."""
        return tuple(model for model in self.manifest.profile(profile).models(roles) if not self.has(model))

    def pull(
        self, models: Iterable[str], progress: Callable[[Progress], None] = lambda _: None
    ) -> tuple[str, ...]:
        """Obtain those models that are not there; tells which. Small ones come first.

        Every model is tried, whatever happens to the others. What is complete stays, what was begun
        is continued by the next pull.

        Raises:
            HubUnreachableError: only an unreachable hub or mirror stood in the way.
            ModelError: something could not be obtained; says why for each source.
        """
        wanted = [self.manifest.model(model) for model in dict.fromkeys(models)]
        absent = [model for model in wanted if not self.has(model.id)]
        if not absent:
            return ()
        with self._ledger.exclusive():
            puller = Puller(self.folder, self._settings, self._ledger, progress)
            puller.pull([(model, self._absent_files(model)) for model in sorted(absent, key=_weight)])
        for model in absent:
            if model.installed:
                raise _absence(model, self.folder)
        return tuple(model.id for model in absent)

    def verify(
        self, models: Iterable[str], heard: Callable[[str, int, int], None] = lambda *_: None
    ) -> list[Finding]:
        """Read all files of those models and compare their digests. Empty: all is well.

        `heard` is told file name, bytes read and bytes in all.
        """
        return [
            finding
            for model in dict.fromkeys(models)
            for finding in self._verify(self.manifest.model(model), heard)
        ]

    def _verify(self, model: Model, heard: Callable[[str, int, int], None]) -> Sequence[Finding]:
        if model.installed and not _installed(model.installed):
            absence = _absence(model, self.folder)
            package = model.installed.package
            return [Finding(model.id, package, Fault.ABSENT, absence.problem, absence.remedy)]
        entries = self._ledger.entries()
        found = [(file, self._fault(file, entries.get(file.name), heard)) for file in model.files]
        return [Finding(model.id, file.name, *fault, _obtain(model)) for file, fault in found if fault]

    def _fault(
        self, file: ModelFile, entry: Entry | None, heard: Callable[[str, int, int], None]
    ) -> tuple[Fault, str] | None:
        path = self.folder / file.name
        if not path.is_file():
            return Fault.ABSENT, f"no {file.name} in {self.folder}"
        size = path.stat().st_size
        found = digest(path, lambda done: heard(file.name, done, size))
        recorded = entry.sha256 if entry else None
        right = file.sha256 or recorded
        if right is None:
            return Fault.OTHER, f"nobody knows where {file.name} came from: sha256 {found}"
        if found == right:
            return None
        self._remember(file.name, None)  # or the quick look would go on trusting it
        return Fault.OTHER if found == recorded else Fault.DAMAGED, f"sha256 is {found}, not {right}"

    def _absent_files(self, model: Model) -> list[ModelFile]:
        return [file for file in model.files if not self._right(file)]

    def _right(self, file: ModelFile) -> bool:
        """A quick look at one file; a long one when it was touched or put there by hand."""
        try:
            stat = (self.folder / file.name).stat()
        except OSError:
            return False
        entry = self._ledger.entries().get(file.name)
        right = file.sha256 or (entry.sha256 if entry else None)
        if entry and entry.sha256 == right and entry.describes(stat):
            return True
        if right is None or (file.sha256 and stat.st_size != file.size):
            return False
        noted = self._notes.entries().get(file.name) if self._notes else None
        if noted and noted.sha256 == right and noted.describes(stat):
            return True
        if digest(self.folder / file.name) != right:
            return False
        came_from = entry.source if entry else "put there by hand"
        times = stat.st_mtime_ns, stat.st_ctime_ns
        self._remember(file.name, Entry(right, stat.st_size, times[0], came_from, None, _today(), times[1]))
        return True

    def _remember(self, name: str, entry: Entry | None) -> None:
        """Write it into the lock, or else into the notes; forget it in both.

        Where neither can be written, or is busy, the file is read again next time.
        """
        for ledger in filter(None, (self._ledger, self._notes)):
            with contextlib.suppress(ModelError, OSError), ledger.exclusive():
                ledger.record(name, entry)
                if entry:
                    return


def _obtain(model: Model) -> str:
    return f"Run: appliance models pull {model.id}"


def _absence(model: Model, folder: Path) -> ModelError:
    if model.installed:
        problem = (
            f"The data of {model.id!r} is not there: the package {model.installed.package} is not installed"
        )
        return ModelError(problem, "Run: make run")
    return ModelError(f"The model {model.id!r} is not in {folder}", _obtain(model))


def _installed(data: Installed) -> Path | None:
    """The folder inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(data.package)
    for place in (spec and spec.submodule_search_locations) or ():
        if (Path(place) / data.path).exists():
            return Path(place) / data.path
    return None


def _today() -> str:
    return wall().isoformat(timespec="seconds")


def _weight(model: Model) -> int:
    return model.size
