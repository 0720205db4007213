import hashlib

import pytest

from appliance.engines.models.http import Patience
from appliance.engines.models.hub import HubFile
from appliance.engines.models.transfer import Located, SourceError
from tests.engines.models.conftest import on_hub
from tests.engines.models.server import COMMIT, Server

CALM = Patience(10.0, 10.0)


def test_a_branch_is_resolved_to_its_commit_and_read_there(server: Server) -> None:
    server.on_hub("owner/repo", "a.bin", b"0123456789")
    file = HubFile(on_hub("a.bin"), server.address, CALM)
    located = file.locate()
    assert located == Located(COMMIT, 10, hashlib.sha256(b"0123456789").hexdigest())
    with file.open(located, 4) as stream:
        assert (stream.start, stream.body.read1(100)) == (4, b"456789")
    assert [asked.path.split("/")[4] for asked in server.asked] == ["main", COMMIT]


def test_the_tag_of_a_small_file_is_no_digest(server: Server) -> None:
    server.on_hub("owner/repo", "a.json", b"{}").claims_sha256 = "a" * 40
    assert HubFile(on_hub("a.json"), server.address, CALM).locate().sha256 is None


def test_a_web_server_that_is_no_hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.engines.models.server.COMMIT", "")
    server.on_hub("owner/repo", "a.bin", b"<html>")
    with pytest.raises(SourceError, match="no model hub"):
        HubFile(on_hub("a.bin"), server.address, CALM).locate()


def test_the_hub_itself_is_the_default() -> None:
    assert HubFile(on_hub("a.bin"), "", CALM).site.startswith("http")
