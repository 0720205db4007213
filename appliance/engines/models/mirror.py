"""A folder, a USB stick or a web server that holds the files of the store under the same names."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

from appliance.engines.models.http import Patience, http_stream
from appliance.engines.models.transfer import FileSource, Located, SourceError, Stream


class FolderFile:
    """A file in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.site = str(folder)
        self.name = str(folder / name)
        self._path = folder / name

    def locate(self) -> Located:
        """Look whether it is there."""
        if not self._path.is_file():
            raise SourceError("there is no such file")
        return Located(size=self._path.stat().st_size)

    @contextlib.contextmanager
    def open(self, located: Located, start: int) -> Iterator[Stream]:
        """Read it from any byte on."""
        try:
            body = self._path.open("rb")
        except OSError as error:
            raise SourceError(f"it cannot be read: {error.strerror or error}") from None
        with body:
            body.seek(start)
            yield Stream(body, start, located.size)


class WebFile:
    """A file on a web server."""

    def __init__(self, address: str, name: str, patience: Patience) -> None:
        self.site = address.rstrip("/")
        self.name = f"{self.site}/{quote(name)}"
        self._patience = patience

    def locate(self) -> Located:
        """Nothing is known before it is read."""
        return Located()

    def open(self, located: Located, start: int) -> AbstractContextManager[Stream]:  # noqa: ARG002
        """Read it, from `start` on where the server can."""
        return http_stream(self.name, start, self._patience)


def mirror_file(source: str, name: str, patience: Patience) -> FileSource:
    """The file of that name at whatever `source` is: an address or a folder."""
    if source.startswith(("http://", "https://")):
        return WebFile(source, name, patience)
    return FolderFile(Path(source.removeprefix("file://")).expanduser(), name)
