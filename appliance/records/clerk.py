"""The thread on which the file is used, and what its errors mean."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from appliance.core import clock
from appliance.records.conversation import Past
from appliance.records.opening import open_store
from appliance.records.problems import RecordsError, damaged, obstacle
from appliance.records.settings import RecordSettings
from appliance.records.store import Store

T = TypeVar("T")

DAY_S: Final = 86_400.0
RECALLED_S: Final = DAY_S
"""s for which a conversation may lie still and be gone on with, whatever rules those who hold it have."""


class Clerk:
    """Owns the open file and its thread. Does one thing at a time, in the order in which it was asked."""

    def __init__(self, folder: Path, settings: RecordSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, "records")
        self._store: Store | None = None

    @property
    def ready(self) -> bool:
        """The file is open."""
        return self._store is not None

    @property
    def changes(self) -> int:
        """See `Store`; 0 while the file is not open."""
        return self._store.changes if self._store else 0

    async def open(self) -> list[Past]:
        """Open the file; returns the conversations that may be gone on with, the newest first.

        Raises:
            RecordsError: it cannot be used now.
        """

        def work() -> tuple[Store, list[Past]]:
            store = open_store(self._folder, self._settings.key_file)
            try:
                self.forget_old(store)
                return store, store.going_on(clock.wall().timestamp() - RECALLED_S)
            except BaseException:
                store.close()
                raise

        self._store, past = await self._run(work)
        return past

    async def do(self, work: Callable[[Store], T]) -> T:
        """Do something with the file.

        Raises:
            RecordsError: the disk, or the file, is against it.
        """
        store = self._store
        if store is None:
            raise RecordsError("the file is not open", "it is tried again every few seconds")
        return await self._run(lambda: work(store))

    def forget_old(self, store: Store) -> None:
        """On the thread: delete what is too old or too much. Copies that hold it go too."""
        oldest = clock.wall().timestamp() - self._settings.keep_days * DAY_S
        if store.forget(oldest, self._settings.most_mb * 1_000_000):
            store.back_up(alone=True)

    async def drop(self) -> None:
        """Close the file."""
        store, self._store = self._store, None
        if store:
            await asyncio.get_running_loop().run_in_executor(self._thread, store.close)

    def leave(self) -> None:
        """Nothing more will be asked. A disk that hangs is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and damaged(error):
                await self.drop()
                raise RecordsError(
                    "the file has broken", "it is mended from its last copy by itself"
                ) from error
            passing = obstacle(error)
            if passing is None:
                raise
            raise passing from error
