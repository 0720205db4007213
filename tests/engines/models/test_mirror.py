from pathlib import Path

import pytest

from appliance.engines.models.http import Patience
from appliance.engines.models.mirror import FolderFile, WebFile, mirror_file
from appliance.engines.models.transfer import Located, SourceError
from tests.engines.models.server import Served, Server

CALM = Patience(10.0, 10.0)


@pytest.mark.parametrize("source", ["/media/stick", "file:///media/stick", "~/models", "models"])
def test_a_path_is_a_folder(source: str) -> None:
    assert isinstance(mirror_file(source, "a.bin", CALM), FolderFile)


@pytest.mark.parametrize("source", ["http://mirror.lan/models/", "https://mirror.lan"])
def test_an_address_is_a_web_server(source: str) -> None:
    found = mirror_file(source, "a.bin", CALM)
    assert isinstance(found, WebFile)
    assert found.name == f"{source.rstrip('/')}/a.bin"


def test_a_folder_gives_from_any_byte_on(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"0123456789")
    file = FolderFile(tmp_path, "a.bin")
    located = file.locate()
    with file.open(located, 4) as stream:
        assert (stream.start, stream.size, stream.body.read1(100)) == (4, 10, b"456789")


def test_a_folder_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        FolderFile(tmp_path / "unplugged", "a.bin").locate()


def test_a_file_that_went_away(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"), FolderFile(tmp_path, "a").open(Located(), 0):
        pass


def test_a_web_server_gives_from_any_byte_on(server: Server) -> None:
    server.files["/models/a.bin"] = Served(b"0123456789")
    file = WebFile(f"{server.address}/models/", "a.bin", CALM)
    with file.open(file.locate(), 4) as stream:
        assert (stream.start, stream.size, stream.body.read1(100)) == (4, 10, b"456789")
