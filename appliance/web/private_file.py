"""Files that only the appliance may read, and that are never half written."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Replace a file by `data`, readable by nobody else (0600). After a power cut it is the old or the new one."""
    _make(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the beginning
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make(folder: Path) -> None:
    """`mkdir(parents=True)` makes the parents for everybody."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, for whoever wants to look into it; an older such file is replaced."""
    aside = path.with_name(f"{path.name}.broken")
    path.replace(aside)
    return aside
