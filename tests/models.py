"""Model files for the tests that run a real engine; absent ones skip their tests by name."""

import os
from pathlib import Path

import pytest

MODELS = Path(os.environ.get("APPLIANCE_TEST_MODELS", Path(__file__).parents[1] / ".cache" / "models"))
"""A folder of model files; by default the store that `appliance models pull` fills."""

SILERO = "silero_vad_16k_op15.onnx"
SMART_TURN = "smart-turn-v3.2-cpu.onnx"
SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"


def test_model(name: str) -> Path:
    """Where a model file lies, in the folder itself or anywhere below it."""
    return next(iter(sorted(MODELS.rglob(name))), MODELS / name)


test_model.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test to pytest


def needs_model(name: str) -> pytest.MarkDecorator:
    """Skip by name when the file is absent."""
    return pytest.mark.skipif(not test_model(name).is_file(), reason=f"no {name} in {MODELS}")
