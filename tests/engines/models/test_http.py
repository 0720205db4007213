import pytest

from appliance.engines.models.http import Patience, http_stream
from appliance.engines.models.transfer import SourceError, UnreachableError, WrongBytesError
from tests.engines.models.server import Served, Server, nobody

CALM = Patience(10.0, 10.0)


def read(url: str, start: int = 0, patience: Patience = CALM) -> tuple[int, int | None, bytes]:
    with http_stream(url, start, patience) as stream:
        content = b"".join(iter(lambda: stream.body.read1(1 << 16), b""))
        return stream.start, stream.size, content


def test_from_the_beginning_and_from_the_middle(server: Server) -> None:
    server.files["/a"] = Served(b"0123456789")
    assert read(f"{server.address}/a") == (0, 10, b"0123456789")
    assert read(f"{server.address}/a", 4) == (4, 10, b"456789")


def test_a_server_without_ranges_begins_at_the_beginning(server: Server) -> None:
    server.files["/a"] = Served(b"0123456789", ranges=False)
    assert read(f"{server.address}/a", 4) == (0, 10, b"0123456789")


def test_a_redirection_keeps_the_place_but_not_the_secret(server: Server) -> None:
    server.files["/a"] = Served(b"", redirect=f"http://localhost:{server.server_port}/b")
    server.files["/b"] = Served(b"0123456789")
    with http_stream(f"{server.address}/a", 4, CALM, {"authorization": "Bearer me"}) as stream:
        assert stream.body.read1(100) == b"456789"
    first, second = server.asked
    assert first.headers["authorization"] == "Bearer me"
    assert "authorization" not in second.headers


def test_behind_the_end(server: Server) -> None:
    server.files["/a"] = Served(b"0123456789")
    with pytest.raises(WrongBytesError, match="416"):
        read(f"{server.address}/a", 10)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, SourceError), (401, SourceError), (500, UnreachableError)]
)
def test_refusals(server: Server, status: int, kind: type[SourceError]) -> None:
    server.files["/a"] = Served(b"", status=status)
    with pytest.raises(SourceError, match=str(status)) as raised:
        read(f"{server.address}/a")
    assert type(raised.value) is kind


def test_a_server_that_never_answers(server: Server) -> None:
    server.silent = True
    with pytest.raises(UnreachableError, match=r"does not answer within 0\.05 s"):
        read(f"{server.address}/a", patience=Patience(0.05, 10.0))


def test_a_server_that_stops_before_the_headers(server: Server) -> None:
    server.silent = True
    with pytest.raises(UnreachableError, match="does not answer"):
        read(f"{server.address}/a", patience=Patience(10.0, 0.05))


def test_nobody_there() -> None:
    with pytest.raises(UnreachableError, match="cannot be reached"):
        read(f"{nobody()}/a")


def test_an_address_that_is_none() -> None:
    with pytest.raises(SourceError, match="is no address"):
        read("http://[broken/a")
