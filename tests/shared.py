"""Recordings and small models that live beside the repository, for the tests that want real input."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples

SHARED = Path(os.environ.get("APPLIANCE_TEST_SHARED", Path(__file__).parents[2] / "shared"))

needs_shared = pytest.mark.skipif(not (SHARED / "clips").is_dir(), reason=f"no recordings in {SHARED}/clips")
needs_whisper_fixture = pytest.mark.skipif(
    not (SHARED / "models" / "ggml-fixture.en.bin").is_file(),
    reason=f"no ggml-fixture.en.bin in {SHARED}/models",
)


def clip(name: str) -> Samples:
    """One recording by its path below clips/, 16 kHz mono float32."""
    samples, rate = soundfile.read(SHARED / "clips" / name, dtype="float32")
    assert rate == CAPTURE_RATE
    return np.asarray(samples, dtype=np.float32)


def labels(group: str) -> dict[str, Any]:
    """The labels of people, or of spoken, by file name."""
    loaded: dict[str, Any] = json.loads((SHARED / "clips" / f"{group}.json").read_text())
    return loaded
