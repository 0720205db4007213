"""How the file is opened: looked at, mended from a copy if it is broken, brought up to date, unlocked."""

import logging
import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

from appliance.records import backup
from appliance.records.cipher import Cipher
from appliance.records.database import connect, readable, whole
from appliance.records.problems import RecordsError
from appliance.records.schema import MIGRATIONS, migrate, version
from appliance.records.store import Store

FILE: Final = "records.sqlite3"
"""Its name in the folder for what must outlive a restart."""

log = logging.getLogger("appliance.records")


def open_store(folder: Path, key_file: str = "") -> Store:
    """Open the file, whatever has happened to it.

    Args:
        folder: where it is, or will be.
        key_file: see `RecordSettings`.

    Raises:
        RecordsError: it is of a newer version, or the key does not fit. Nothing was touched.
        OSError: the disk is full, or the like.
        sqlite3.Error: likewise.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    cipher = Cipher.load(key_file)
    for left_behind in folder.glob(f".{path.stem}.*"):  # by somebody who was killed while they made a copy
        left_behind.unlink()
    _mend(path)
    db = connect(path)
    try:
        _update(db, path)
        store = Store(db, path, cipher)
        store.unlock()
    except BaseException:
        db.close()
        raise
    return store


def _mend(path: Path) -> None:
    """Have a file that is whole, or none: the last good copy takes the place of one that is broken or gone."""
    if whole(path) and _ours(path):
        return
    aside = backup.set_aside(path)
    copy = backup.restore(path)
    if aside:
        log.warning(
            "%s was broken and is now called %s. %s",
            path,
            aside.name,
            f"{copy.name} has taken its place." if copy else "There is no copy: it begins anew.",
        )
    elif copy:
        log.warning("%s was gone; %s has taken its place.", path, copy.name)


def _ours(path: Path) -> bool:
    """Whether it has the tables of its version, and nothing else. What a newer one must look like nobody knows."""
    with (
        closing(sqlite3.connect(path)) as db,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as model,
    ):
        found = version(db)
        if found > len(MIGRATIONS):
            return True
        for statement in chain.from_iterable(MIGRATIONS[: max(0, found)]):
            model.execute(statement)
        shape = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        return found >= 0 and db.execute(shape).fetchall() == model.execute(shape).fetchall()


def _update(db: sqlite3.Connection, path: Path) -> None:
    """Migrate; an older file is copied before."""
    found = _refuse_newer(db, path)
    if 0 < found < len(MIGRATIONS):
        before = backup.before_update(db, path, found)
        log.warning("%s is brought up to date; as it was it is kept as %s.", path, before.name)
    migrate(db)


def _refuse_newer(db: sqlite3.Connection, path: Path) -> int:
    """The version of a file that can be used."""
    found = version(db)
    if found > len(MIGRATIONS):
        raise RecordsError(
            f"{path} was written by a newer version of the appliance",
            "install that version again, or move the file away to begin anew",
        )
    return found


def read_changes(folder: Path) -> dict[str, dict[str, str]]:
    """What the owner has chosen, as JSON by section and key; for programs that do not own the file.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    with readable(), closing(_reader(path)) as db:
        if not 0 < version(db) <= len(MIGRATIONS):
            return {}
        found: dict[str, dict[str, str]] = {}
        for section, key, value in db.execute(
            "SELECT section, key, value FROM setting ORDER BY section, key"
        ):
            found.setdefault(section, {})[key] = value
        return found


def write_change(folder: Path, section: str, key: str, value: object) -> None:
    """Write down what the owner has chosen, also while the appliance is running; None takes it back.

    Raises:
        RecordsError: the file is of a newer version.
        OSError: the disk is full, or the like.
        sqlite3.Error: likewise.
    """
    path = folder / FILE
    if not path.is_file():
        open_store(folder).close()
    with closing(connect(path)) as db:
        _refuse_newer(db, path)
        migrate(db)
        Store(db, path, Cipher()).change(section, key, value)


def _reader(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing; on a disk that may only be read it does without the log beside the file."""
    for mode in ("mode=ro", "immutable=1"):
        db = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", 1.0, uri=True, isolation_level=None)
        try:
            version(db)
        except sqlite3.OperationalError:
            db.close()
            if mode == "immutable=1":
                raise
        else:
            return db
    raise AssertionError("one of both was returned or raised")
