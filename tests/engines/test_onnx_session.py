"""Files that are no networks."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.core.errors import ModelError
from appliance.engines.onnx_session import Provider, at_hand, fallback, native, open_session


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"The voice activity model is missing: .*vad\.onnx"):
        open_session(tmp_path / "vad.onnx", "voice activity model")


def test_a_file_with_another_digest_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "vad.onnx"
    file.write_bytes(b"hello")
    with pytest.raises(ModelError, match=r"damaged or another one: the sha256 of .* is 2cf24dba"):
        open_session(file, "voice activity model", "0" * 64)


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    file = tmp_path / "vad.onnx"
    file.write_bytes(b"hello")
    with pytest.raises(ModelError, match=r"The voice activity model cannot be read: .*vad\.onnx") as error:
        open_session(file, "voice activity model")
    assert "appliance models verify" in error.value.remedy


def test_the_processor_is_always_there_and_comes_last() -> None:
    assert Provider.CPU in at_hand()
    for provider in Provider:
        assert native(provider)[-1] == "CPUExecutionProvider"


@dataclass
class Session:
    uses: list[str]

    def get_providers(self) -> list[str]:
        return self.uses


def test_what_does_not_run_where_it_was_wanted_says_so() -> None:
    assert fallback(Provider.CPU, Session(["CPUExecutionProvider"])) == ""
    assert fallback(Provider.CUDA, Session(["CUDAExecutionProvider", "CPUExecutionProvider"])) == ""
    assert fallback(Provider.TENSORRT, Session(["CPUExecutionProvider"])) == (
        "It was to run on TENSORRT, and runs on CPUExecutionProvider instead."
    )
