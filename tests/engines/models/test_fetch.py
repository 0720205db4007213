import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.models.fetch import fetch
from appliance.engines.models.manifest import ModelFile
from appliance.engines.models.transfer import Located, SourceError, Stream, WrongBytesError
from tests.engines.models.conftest import on_hub

CONTENT = bytes(range(100))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Flaky:
    """A source that gives so many bytes and breaks off, again and again; in the end it gives all."""

    name = site = "flaky"

    def __init__(
        self, content: bytes, breaks: list[int], *, ranges: bool = True, size: int | None = None
    ) -> None:
        self.content = content
        self.breaks = breaks
        self.ranges = ranges
        self.size = size
        self.given = 0

    def locate(self) -> Located:
        return Located("v1", self.size)

    @contextmanager
    def open(self, located: Located, start: int) -> Iterator[Stream]:
        start = start if self.ranges else 0
        body = self.content[start:][: self.breaks.pop(0) if self.breaks else None]
        self.given += len(body)
        yield Stream(io.BufferedReader(io.BytesIO(body)), start, self.size)


def bring(source: Flaky, folder: Path, *, stated: bool = True) -> str:
    file = ModelFile("a.bin", len(CONTENT), (on_hub("a.bin"),), SHA256 if stated else None)
    return fetch(source, file, folder, lambda *_: None).sha256


@given(breaks=st.lists(st.integers(1, 60), max_size=12), left=st.integers(0, 100))
def test_however_often_it_breaks_all_comes_once(breaks: list[int], left: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name), Flaky(CONTENT, breaks)
        (folder / f"a.bin.{SHA256[:12]}.part").write_bytes(CONTENT[:left])
        assert bring(source, folder) == SHA256
        assert source.given == len(CONTENT) - left
        assert [path.name for path in folder.iterdir()] == ["a.bin"]
        assert (folder / "a.bin").read_bytes() == CONTENT


@given(junk=st.binary(min_size=1, max_size=150))
def test_whatever_was_left_behind_the_file_is_right(junk: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"a.bin.{SHA256[:12]}.part").write_bytes(junk)
        assert bring(Flaky(CONTENT, []), folder) == SHA256
        assert (folder / "a.bin").read_bytes() == CONTENT


def test_a_source_without_ranges_that_always_breaks_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cut off"):
        bring(Flaky(CONTENT, [50, 60, 60, 70], ranges=False), tmp_path)


def test_wrong_bytes_are_asked_for_once(tmp_path: Path) -> None:
    source = Flaky(b"!" * len(CONTENT), [])
    with pytest.raises(WrongBytesError):
        bring(source, tmp_path)
    assert source.given == len(CONTENT)
    assert list(tmp_path.iterdir()) == []


def test_an_endless_file_ends(tmp_path: Path) -> None:
    with pytest.raises(WrongBytesError, match="more than 100 bytes"):
        bring(Flaky(bytes(10_000_000), []), tmp_path)
    with pytest.raises(WrongBytesError, match="more than 400 bytes"):
        bring(Flaky(bytes(10_000_000), []), tmp_path, stated=False)


def test_a_file_of_unknown_size_ends_where_it_ends(tmp_path: Path) -> None:
    assert bring(Flaky(CONTENT, []), tmp_path, stated=False) == SHA256


def test_a_part_nobody_can_vouch_for_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "a.bin.unknown.part").write_bytes(b"junk")
    source = Flaky(CONTENT, [30], size=len(CONTENT))
    assert bring(source, tmp_path, stated=False) == SHA256
    assert source.given == len(CONTENT)


def test_an_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    with pytest.raises(SourceError):
        bring(Flaky(CONTENT, [50, 0]), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_parts_of_other_versions_are_swept_away(tmp_path: Path) -> None:
    (tmp_path / "a.bin.0123456789ab.part").write_bytes(b"of an older manifest")
    bring(Flaky(CONTENT, []), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
