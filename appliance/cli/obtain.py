"""Gets the models of the profile, with progress bars, and says in one line what is missing of the best."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from appliance.app import open_store
from appliance.cli.output import progress_console
from appliance.core.errors import ModelError
from appliance.engines.models import BUNDLED, NEEDED, ModelStore, Progress, best_available
from appliance.settings import Settings


def obtain(settings: Settings, moved: Callable[[], None] = lambda: None) -> None:
    """Make sure that there are models to run; asks the network only for those that are not there.

    Args:
        settings: which models, from where.
        moved: called with every piece that comes.

    Raises:
        ModelError: not even the bundled ones could be obtained.
    """
    store, profile = open_store(settings), settings.models.profile
    missing = store.missing(profile)
    if missing:
        progress_console.print(f"Obtaining models for profile {profile} into {store.folder}…", markup=False)
        try:
            pull(store, missing, moved)
        except ModelError as error:
            progress_console.print(str(error), markup=False)
            pull(store, store.missing(BUNDLED, NEEDED), moved)
    if line := best_available(store, profile).line:
        progress_console.print(line, markup=False)


def pull(
    store: ModelStore, models: Iterable[str], moved: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Obtain models, showing how far each file is; `moved` is called with every piece. Returns those obtained.

    Raises:
        ModelError: something could not be obtained.
    """
    with _bars() as bars:
        return store.pull(models, _Display(bars, moved).show)


class _Display:
    """One bar per file."""

    def __init__(self, bars: Bars, moved: Callable[[], None]) -> None:
        self._bars = bars
        self._moved = moved
        self._tasks: dict[str, TaskID] = {}

    def show(self, progress: Progress) -> None:
        """Move the bar of a file."""
        if progress.file not in self._tasks:
            self._tasks[progress.file] = self._bars.add_task(progress.file, total=progress.total)
        self._moved()
        self._bars.update(self._tasks[progress.file], completed=progress.done, total=progress.total)


@contextmanager
def _bars() -> Iterator[Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=progress_console) as bars:
        yield bars
