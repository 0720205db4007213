"""Model files that are damaged where no digest tells: the worker may die of them, the lane says what is wrong."""

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import EngineError, ModelError
from appliance.core.speech import Stage
from appliance.engines.llama_settings import LlamaSettings
from appliance.inference.lane import Lane
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.models import MODELS, SILERO, SMART_TURN, SMOLLM2, needs_model

pytestmark = pytest.mark.engines
MOST = 2**63 - 1
ONE_TRY = InferenceSettings(attempts=1, start_budget_s=60.0)


def gguf(version: int = 3, tensors: int = 0, keys: int = 0, rest: bytes = b"") -> bytes:
    """A header of llama.cpp's format."""
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


def key(name: bytes, kind: int, value: bytes) -> bytes:
    """An entry of it."""
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


GGUF = {
    "nothing": b"",
    "magic alone": b"GGUF",
    "version 999": gguf(999),
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "no keys": gguf(),
    "keys without end": gguf(keys=MOST),
    "tensors without end": gguf(tensors=MOST),
    "a text of 8 EB": gguf(keys=1, rest=struct.pack("<Q", MOST) + b"general.architecture"),
    "a list of 8 EB": gguf(keys=1, rest=key(b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, MOST))),
    "a kind of nobody": gguf(keys=1, rest=key(b"general.architecture", 99, b"")),
    "an architecture of nobody": gguf(
        keys=1, rest=key(b"general.architecture", 8, struct.pack("<Q", 6) + b"nobody")
    ),
}


def refusal(factory: str, kwargs: dict[str, Any], stage: Stage) -> EngineError:
    """Why no worker has become ready."""

    async def story() -> EngineError:
        lane = Lane([EngineSpec(stage, "damaged", factory, kwargs)], ONE_TRY)
        try:
            with pytest.raises(EngineError) as raised:
                await lane.open()
        finally:
            await lane.close()
        return raised.value

    return asyncio.run(story())


def llama(path: Path) -> EngineError:
    return refusal("appliance.engines.llama:Llama", {"model": path, "settings": LlamaSettings()}, Stage.LLM)


@pytest.mark.parametrize("content", GGUF.values(), ids=GGUF.keys())
def test_a_language_model_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    assert llama(path).problem


@needs_model(SMOLLM2)
@pytest.mark.parametrize("kept", [1000, 100_000, 50_000_000])
def test_a_language_model_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "model.gguf"
    with (MODELS / SMOLLM2).open("rb") as whole:
        path.write_bytes(whole.read(kept))
    assert llama(path).problem


@needs_model(SMOLLM2)
@pytest.mark.parametrize(
    "name", [b"llama.embedding_length", b"llama.attention.head_count", b"llama.block_count"]
)
@pytest.mark.parametrize("value", [0, 2**32 - 1])
def test_a_language_model_of_absurd_size(tmp_path: Path, name: bytes, value: int) -> None:
    path, data = tmp_path / "model.gguf", bytearray((MODELS / SMOLLM2).read_bytes())
    at = data.index(name) + len(name) + 4
    data[at : at + 4] = struct.pack("<I", value)
    path.write_bytes(data)
    assert llama(path).problem


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _noise(data: bytes) -> bytes:
    return data[:200] + bytes(255 - byte for byte in data[200:1200]) + data[1200:]


@needs_model(SMART_TURN)
@pytest.mark.parametrize("damage", [_half, _noise])
def test_a_damaged_network(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(damage((MODELS / SMART_TURN).read_bytes()))
    assert refusal("appliance.engines.smart_turn:SmartTurn", {"model": path}, Stage.TURN_END).problem


@needs_model(SILERO)
@pytest.mark.parametrize("damage", [_half, _noise])
def test_a_damaged_detector(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    from appliance.engines.silero import Silero

    path = tmp_path / "network.onnx"
    path.write_bytes(damage((MODELS / SILERO).read_bytes()))
    with pytest.raises(ModelError) as raised:
        Silero(path).probe()
    assert raised.value.problem
