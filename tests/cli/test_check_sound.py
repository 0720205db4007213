"""What `appliance check` says about the sound of a microphone."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from appliance.cli.check_sound import judge
from appliance.core.audio import CAPTURE_RATE
from appliance.core.findings import Finding, Verdict
from appliance.core.resample import resample
from appliance.pipeline.sound_check import SoundFault
from tests.cli.program import NOWHERE
from tests.shared import clip, needs_shared
from tests.virtual_sound import VirtualSound, needs_sound

RATE = 48_000


def noise(seconds: float = 4.0, level: float = 0.01) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, level, round(seconds * RATE)).astype(np.float32)


def judged(*channels: NDArray[np.float32], channel: int = 0) -> list[Finding]:
    return list(judge(np.stack(channels, axis=1), RATE, channel))


def test_a_dead_channel_that_is_listened_to_names_the_other_and_the_setting() -> None:
    nothing = np.zeros_like(noise())
    (finding,) = judged(nothing, noise())
    assert finding.verdict is Verdict.WARNING
    assert finding.detail == "Channel 0, which is listened to, is dead; channel 1 is not."
    assert finding.remedy == "set audio.capture_channel to 1"


def test_a_dead_channel_that_nobody_uses_is_named_and_harmless() -> None:
    dead, fine = judged(noise(), np.zeros_like(noise()))
    assert dead.verdict is fine.verdict is Verdict.OK
    assert dead.detail == "Channel 1 is dead, but channel 0 is listened to."
    assert "no voice" in fine.detail


def test_silence_everywhere_is_a_microphone_that_is_off() -> None:
    nothing = np.zeros_like(noise())
    (finding,) = judged(nothing, nothing)
    assert (finding.verdict, finding.detail) == (Verdict.WARNING, SoundFault.SILENT.problem)
    assert finding.remedy == SoundFault.SILENT.remedy


@needs_shared
@pytest.mark.parametrize(
    ("gain", "offset", "faults"),
    [
        (1.0, 0.0, []),
        (20.0, 0.0, [SoundFault.CLIPPED]),
        (1.0, 0.05, [SoundFault.OFFSET]),
        (0.01, 0.02, [SoundFault.OFFSET, SoundFault.FAINT]),
    ],
)
def test_a_person_at_a_bad_microphone(gain: float, offset: float, faults: list[SoundFault]) -> None:
    person = resample(clip("people/91c3d88a.flac"), CAPTURE_RATE, RATE)
    sound = np.clip(gain * person + noise(len(person) / RATE, 1e-5)[: len(person)] + offset, -1, 1)
    details = [finding.detail for finding in judged(sound.astype(np.float32))]
    if faults:
        assert details == [fault.problem for fault in faults]
    else:
        assert len(details) == 1
        assert details[0].endswith("dBFS at the loudest, a voice among it")


@pytest.mark.sound
@needs_sound
class TestOnAPrivateServer:
    def test_a_muted_microphone(self, virtual_sound: VirtualSound, tmp_path: Path) -> None:
        assert self.check(virtual_sound, tmp_path)["detail"] == SoundFault.SILENT.problem

    def test_one_that_is_off_centre(self, virtual_sound: VirtualSound, tmp_path: Path) -> None:
        wav = tmp_path / "noise.wav"
        soundfile.write(wav, noise(15.0) + 0.1, RATE)
        speaking = threading.Thread(target=virtual_sound.speak, args=(wav,))
        speaking.start()
        try:
            finding = self.check(virtual_sound, tmp_path)
        finally:
            speaking.join()
        assert finding["detail"] == SoundFault.OFFSET.problem

    def check(self, sound: VirtualSound, folder: Path) -> dict[str, str]:
        # In a process of its own: PortAudio knows only the devices that were there when it was loaded.
        variables = NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(folder)}
        ended = subprocess.run(
            [sys.executable, "-m", "appliance", "check", "--json"],
            env=sound.environment | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "say something" in ended.stderr
        findings: list[dict[str, str]] = json.loads(ended.stdout)
        return next(each for each in findings if each["subject"] == "microphone sound")
