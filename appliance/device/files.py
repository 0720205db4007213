"""Files of the system that are made anew all together, or not at all."""

import errno
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError

MOST_BYTES: Final = 1_000_000
"""Of a file that is replaced and may have to be put back."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a file is to be."""

    path: str
    """Where, below the root folder of the system."""
    text: str = ""
    """What it holds."""
    mode: int = 0o644
    """Who may read it."""
    target: str = ""
    """Where it leads, if it is a symbolic link."""
    absent: bool = False
    """Whether it is to be gone."""


def enabled(unit: str) -> NewFile:
    """That a unit is started with the system: what `systemctl enable` would write."""
    return NewFile(f"etc/systemd/system/multi-user.target.wants/{unit}", target=f"/lib/systemd/system/{unit}")


def differing(root: Path, files: Iterable[NewFile]) -> list[NewFile]:
    """Those that are not so yet."""
    return [file for file in files if not _is_so(root / file.path, file)]


def write_all(root: Path, files: Iterable[NewFile]) -> None:
    """Have all of them so. What can fail is done first, beside the files; then they are renamed, one after the other.

    Raises:
        ApplianceError: the system does not let us; everything is as it was.
    """
    staged: list[tuple[Path, Path | None]] = []
    try:
        for file in files:
            staged.append((root / file.path, _stage(root / file.path, file)))  # noqa: PERF401 - known if one fails
        _exchange(staged)
        for folder in {path.parent for path, _ in staged if path.parent.is_dir()}:
            _sync(folder)
    except OSError as error:
        remedy = (
            "run it as root"
            if error.errno in {errno.EACCES, errno.EPERM}
            else "see that the disk is not full"
        )
        raise ApplianceError(f"{error.filename} cannot be written: {error.strerror}", remedy) from None
    finally:
        for _, fresh in staged:
            if fresh:
                fresh.unlink(missing_ok=True)


def _is_so(path: Path, file: NewFile) -> bool:
    if file.absent:
        return not path.is_symlink() and not path.exists()
    if file.target:
        return path.is_symlink() and str(path.readlink()) == file.target
    try:
        same = not path.is_symlink() and path.read_bytes() == file.text.encode()
        return same and path.stat().st_mode & 0o777 == file.mode
    except OSError:
        return False


def _stage(path: Path, file: NewFile) -> Path | None:
    """Write it beside its place. A name that nobody can guess, made by us: no link there can lead us elsewhere."""
    if file.absent:
        return None
    _make(path.parent, 0o700 if file.mode == 0o600 else 0o755)
    fresh = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    if file.target:
        fresh.symlink_to(file.target)
        return fresh
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(file.text.encode())
            os.fchmod(opened.fileno(), file.mode)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _make(folder: Path, mode: int) -> None:
    """Parents are everybody's to look into, whatever the umask."""
    if not folder.is_dir():
        _make(folder.parent, 0o755)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def _exchange(staged: Iterable[tuple[Path, Path | None]]) -> None:
    """Rename all; where one cannot be, those before it are put back. At no moment is a file missing that was there."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for path, fresh in staged:
            done.append((path, _second_name(path)))
            if fresh:
                fresh.replace(path)
            else:
                path.unlink(missing_ok=True)
    except OSError:
        for path, kept in reversed(done):
            if kept:
                kept.replace(path)
            else:
                path.unlink(missing_ok=True)
        raise
    for _, kept in done:
        if kept:
            kept.unlink(missing_ok=True)


def _second_name(path: Path) -> Path | None:
    """Another name for what is there, under which it stays until all has gone well."""
    if not path.is_symlink() and not path.exists():
        return None
    kept = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    os.link(path, kept, follow_symlinks=False)
    return kept


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
