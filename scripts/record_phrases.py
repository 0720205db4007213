"""Records the phrases of models/phrases/phrases.toml with Flite, at the level of the appliance's voices."""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import soundfile

from appliance.core.audio import Samples
from appliance.engines.voice_sound import Passage, gain_for, speech_chunks

PHRASES = Path(__file__).parents[1] / "models" / "phrases"
VOICE = "slt"
STRETCH = 1.1
"""A tenth slower than the voice by itself: apologies come unexpected, and over a loudspeaker in a room."""
SILENCE_S = 0.04
"""Seconds at both ends, to which levelling adds 10 ms before the voice."""


def main() -> None:
    texts: dict[str, str] = tomllib.loads((PHRASES / "phrases.toml").read_text(encoding="utf-8"))
    for stale in {path.stem for path in PHRASES.glob("*.wav")} - texts.keys():
        (PHRASES / f"{stale}.wav").unlink()
    for name, text in texts.items():
        samples, rate = spoken(text)
        soundfile.write(PHRASES / f"{name}.wav", levelled(samples, rate), rate, subtype="PCM_16")
        print(f"{name}: {text}")


def spoken(text: str) -> tuple[Samples, int]:
    """What Flite makes of a text, and its rate."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spoken.wav"
        speed = f"duration_stretch={STRETCH}"
        try:
            subprocess.run(
                ["flite", "-voice", VOICE, "--setf", speed, "-t", text, "-o", str(file)], check=True
            )
        except FileNotFoundError:
            sys.exit("Flite is missing. On Debian and Ubuntu: sudo apt-get install flite")
        samples, rate = soundfile.read(file, dtype="float32")
    return samples, rate


def levelled(samples: Samples, rate: int) -> Samples:
    """The common loudness, trimmed ends, silence around."""
    (chunk,) = speech_chunks([Passage((samples,), (), SILENCE_S)], rate, gain_for(samples, rate))
    silence = np.zeros(round(SILENCE_S * rate), dtype=np.float32)
    return np.concatenate([silence, chunk.samples])


if __name__ == "__main__":
    main()
