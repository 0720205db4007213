"""A conversation of the bench with a program that is no pipeline: it is said, and not waited for."""

import sys
from pathlib import Path

import numpy as np

from scripts.peers.talk import Clip, converse


def test_a_pipeline_that_cannot_start_is_a_row_with_its_reason(tmp_path: Path) -> None:
    clip = Clip("a", np.zeros(16_000, np.int16), 0.1, 0.9)
    command = [sys.executable, "-c", "raise ValueError('there is no model')"]
    run = converse(command, [(clip, clip)], tmp_path / "out" / "nobody-1.wav")
    assert run.failure == "did not start: ValueError: there is no model (nobody-1.log)"
    assert not run.verdicts
