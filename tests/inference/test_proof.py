"""Files that are, and are not, what was obtained."""

import hashlib
import os
from pathlib import Path

import pytest

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage
from appliance.inference.proof import Proof


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights")
    return path


def proof(file: Path) -> Proof:
    return Proof(Stage.LLM, {file: hashlib.sha256(b"weights").hexdigest()})


def test_what_was_read_is_what_was_loaded(file: Path) -> None:
    proof(file).confirm()


def test_an_engine_without_files_has_nothing_to_prove() -> None:
    Proof(Stage.TTS, {}).confirm()


def test_another_file_is_told_by_name_with_a_remedy(file: Path) -> None:
    file.write_bytes(b"weighty")
    with pytest.raises(EngineError, match=r"the file model\.gguf is damaged or another one") as error:
        proof(file)
    assert (error.value.stage, error.value.failure, error.value.retryable) == (
        Stage.LLM,
        Failure.MODEL,
        False,
    )
    assert error.value.remedy == "Run: appliance models verify, then: appliance models pull"


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"the file gone\.bin cannot be read: No such file"):
        proof(tmp_path / "gone.bin")


def test_a_file_that_is_swapped_while_the_engine_loads_is_noticed(file: Path) -> None:
    proven = proof(file)
    other = file.with_name("other")
    other.write_bytes(b"weights")
    other.replace(file)
    with pytest.raises(EngineError, match="changed while it was being loaded"):
        proven.confirm()


def test_a_file_that_is_rewritten_with_its_old_date_is_noticed(file: Path) -> None:
    proven, stat = proof(file), file.stat()
    with file.open("r+b") as out:
        out.write(b"W")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    if file.stat().st_ctime_ns == stat.st_ctime_ns:
        pytest.skip("the clock of this file system is too coarse for a test this fast")
    with pytest.raises(EngineError, match="changed while it was being loaded"):
        proven.confirm()
